"""What would be if a glass were broken or a lead named is asked of one instant, however long asking takes."""

from __future__ import annotations

import itertools
from dataclasses import replace

from cases_here import opened, puts
from officers_here import MODEL, hire, visitor
from ports import ANTWERP, port
from record_examples import example

from node.commands import break_glass, leading
from node.commands.context import Context
from policies.officers import Role
from protocol.ids import UnixMs


class Ticking:
    """A clock that is read a millisecond later each time."""

    def __init__(self, at: int) -> None:
        self._at = itertools.count(at)

    def now_ms(self) -> UnixMs:
        return UnixMs(next(self._at))


def test_asking_takes_time_and_nothing_of_the_answer() -> None:
    at = port(ANTWERP)
    lead = hire(at, "a.lead")
    other = hire(at, "c.other", Role.PORT_CAPTAIN, Role.SECURITY_OFFICER)
    case = opened(at, lead)
    puts(at, lead, case, at.publish(example("alert")))
    slow: Context = replace(at.ctx, clock=Ticking(at.clock.at))
    who = visitor(at, other)
    assert at.store.read(lambda r: break_glass.may_break(r, slow, MODEL, case, who))
    assert at.store.read(lambda r: leading.could_lead(r, slow, MODEL, case, who))
