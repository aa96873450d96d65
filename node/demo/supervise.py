"""Runs the demonstration in the foreground until Ctrl-C or SIGTERM: founds, starts, tells, stops.

Guarantees that it ends with every child ended; that a child which ends by itself is said, with its last words, and ends the
whole: a federation that silently lost a port shows the wrong thing.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType

from node.clock import SystemClock
from node.demo.founding import found
from node.demo.house import House, check_free
from node.demo.people import Invited, invite_all
from node.demo.plan import Plan
from node.demo.processes import last_words
from node.demo.progress import Event, Progress, Tail
from node.demo.table import table
from node.exits import Refused

Say = Callable[[str], None]
_TICK_S = 0.2


class Stop:
    """Whether somebody asked to stop; a second request is the same as the first."""

    def __init__(self) -> None:
        self.asked = False

    def going_on(self) -> bool:
        """Nobody asked yet."""
        return not self.asked

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Ctrl-C, SIGTERM and a terminal that closes ask to stop; afterwards they mean what they meant before."""
        asking = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._ask) for number in asking}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def supervise(plan: Plan, say: Say) -> int:
    """0 after a stop that was asked for. Busy and Refused in words, with everything stopped that was started."""
    stop = Stop()
    if not plan.folder.exists():
        check_free(plan)  # before anything is made
    with stop.listening():
        house = House(plan)
        try:
            check_free(plan)
            found(plan, now=SystemClock().now_ms(), random=os.urandom, say=say)
            invited = invite_all(plan)
            _run(house, stop, invited, say)
        finally:
            _close(house, say)
    return 0


def _run(house: House, stop: Stop, invited: list[Invited], say: Say) -> None:
    plan = house.plan
    if not stop.going_on():
        return
    say(f"starting {len(plan.ports)} ports")
    house.open(stop.going_on)
    for node, missing in house.connect(stop.going_on).items():
        say(f"{node} is not connected to {', '.join(sorted(missing))} yet; it goes on trying")
    if stop.going_on():
        say(f"\n{table(plan, house.nodes, house.receivers, invited)}\n")
        say("Running. Ctrl-C stops everything and keeps the data.")
        _watch(house, stop, say)


def _close(house: House, say: Say) -> None:
    children = house.family.children
    if children:
        say("stopping")
    house.stop()
    house.release()
    for child in children:
        if child.forced:
            say(f"{child.name} did not stop in time and was killed")
    if children:
        say("stopped; the data is kept")


def _watch(house: House, stop: Stop, say: Say) -> None:
    """Tell what happens until somebody asks to stop; Refused when a process ends by itself."""
    progress = Progress({str(port.node): port.name for port in house.plan.ports})
    tails = [
        (port.node, Tail(child.program.log, child.log_from))
        for port, child in zip(house.plan.ports, house.nodes, strict=True)
    ]
    while stop.going_on():
        for node, tail in tails:
            for event in tail.events():
                for words in progress.words({**event, "node": node}):
                    say(f"{_clock(event)}  {words}")
        for child in house.ended():
            raise Refused(f"{child.name} ended by itself (exit code {child.code}): {last_words(child)}")
        time.sleep(_TICK_S)


def _clock(event: Event) -> str:
    """When, as this machine's clock on the wall shows it."""
    try:
        return f"{datetime.fromisoformat(str(event['timestamp'])).astimezone():%H:%M:%S}"
    except (KeyError, ValueError):
        return "--:--:--"
