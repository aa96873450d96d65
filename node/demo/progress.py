"""What happens in the demonstration, in words, from what its nodes log. Never a title or a text: no log has one.

A line is told once: an alert when it leaves, each port that confirms it with the time that took, both by the origin's clock;
withdrawals, look-outs that were seen, connections that end and come back.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

RECENT = 200
"""Releases for which confirmations are still awaited; older ones are told no more."""
_CHUNK = 1 << 20

Event = Mapping[str, Any]


@dataclass(slots=True)
class _Release:
    feed: str
    index: int
    at: datetime
    what: str
    told: set[str] = field(default_factory=set)


class Progress:
    """Makes words of the events of all nodes; `names` are the ports' by node."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._releases: deque[_Release] = deque(maxlen=RECENT)
        self._down: set[frozenset[str]] = set()
        self._tellers: dict[str, Callable[[Event], Iterator[str]]] = {
            "alert released by rule": self._released_by_rule,
            "alert waits for an officer": self._waits,
            "record released by an officer": self._released_by_officer,
            "a peer holds more": self._confirmed,
            "record withdrawn": self._withdrawn,
            "an indicator was matched": self._matched,
            "peer connected": self._connected,
            "a dialled session ended": self._disconnected,
            "ais source lost": self._source_lost,
        }

    def words(self, event: Event) -> list[str]:
        """What a person is told of one event; most events are nothing to tell."""
        teller = self._tellers.get(str(event.get("event")))
        try:
            return [] if teller is None else list(teller(event))
        except (KeyError, TypeError, ValueError):
            return []  # a line of another version; the log itself has it

    def _released_by_rule(self, event: Event) -> Iterator[str]:
        yield self._released(event, f"alert of {event['detector']} released by rule")

    def _released_by_officer(self, event: Event) -> Iterator[str]:
        yield self._released(event, f"{event['kind']} released by an officer")

    def _released(self, event: Event, what: str) -> str:
        self._releases.append(_Release(event["feed"], event["index"], _at(event), what))
        return f"{self._name(event['node'])}: {what}"

    def _waits(self, event: Event) -> Iterator[str]:
        yield f"{self._name(event['node'])}: alert of {event['detector']} waits for an officer"

    def _confirmed(self, event: Event) -> Iterator[str]:
        peer, size, at = str(event["peer"]), int(event["size"]), _at(event)
        for one in self._releases:
            if one.feed == event["feed"] and one.index < size and peer not in one.told:
                one.told.add(peer)
                took = (at - one.at).total_seconds() * 1000
                yield f"{self._name(event['node'])}: {one.what}: received at {self._name(peer)} in {took:.0f} ms"

    def _withdrawn(self, event: Event) -> Iterator[str]:
        yield f"{self._name(event['node'])}: {event['kind']} withdrawn"

    def _matched(self, event: Event) -> Iterator[str]:
        there, here = self._name(event["origin"]), self._name(event["node"])
        yield f"{here}: seen what {there} looks for; sighting {event['how']}"

    def _connected(self, event: Event) -> Iterator[str]:
        pair = frozenset({str(event["node"]), str(event["peer"])})
        if pair in self._down:
            self._down.discard(pair)
            yield f"{self._pair(pair)}: connected again"

    def _disconnected(self, event: Event) -> Iterator[str]:
        pair = frozenset({str(event["node"]), str(event["peer"])})
        if pair not in self._down:
            self._down.add(pair)
            yield f"{self._pair(pair)}: connection lost; each keeps what the other does not have yet"

    def _source_lost(self, event: Event) -> Iterator[str]:
        yield f"{self._name(event['node'])}: AIS receiver {event['sensor']} lost"

    def _name(self, node: object) -> str:
        return self._names.get(str(node), str(node))

    def _pair(self, pair: frozenset[str]) -> str:
        return " and ".join(sorted(self._name(node) for node in pair))


class Tail:
    """New whole lines of one log, as it grows."""

    def __init__(self, log: Path, start: int) -> None:
        self._log, self._at, self._rest = log, start, b""

    def events(self) -> Iterator[Event]:
        """The JSON lines since the last time."""
        try:
            with self._log.open("rb") as lines:
                lines.seek(self._at)
                chunk = lines.read(_CHUNK)
        except FileNotFoundError:
            return
        self._at += len(chunk)
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        for line in whole:
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                yield found


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event["timestamp"])
