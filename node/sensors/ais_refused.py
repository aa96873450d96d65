"""Says what of a source's bytes could not be used: with the first of it, and again each time there is twice as much.

Guarantees that a source of nothing but garbage costs a few dozen lines in all, and that none of what it sent stands in them.
"""

from __future__ import annotations

from collections import Counter

from node.log import get

OF_INPUT = (
    *(
        "garbage",
        "bad_checksum",
        "malformed",
        "too_long",
        "bad_tag_block",
        "incomplete",
        "cut_off",
        "no_payload",
    ),
    *("undecodable", "unusable", "bad_position"),
)
"""Counters of the receiver that stand for bytes which came and could not be used, whoever had taken them."""
REASONS = (*OF_INPUT, "datagram_dropped")
"""Those that stand for bytes which came and were not taken: also what a busy node had no time for."""

_log = get("sensors.ais")


class Refused:
    """Watches one source's counters."""

    def __init__(self, sensor: str, counts: Counter[str]) -> None:
        self._sensor, self._counts = sensor, counts
        self._next = 1

    def look(self) -> None:
        """After more bytes: say it, if it is time."""
        total = sum([self._counts[reason] for reason in REASONS])
        if total < self._next:
            return
        self._next = 2 * total
        why = {reason: self._counts[reason] for reason in REASONS if self._counts[reason]}
        _log.info("some of a source is not usable", sensor=self._sensor, refused=total, **why)
