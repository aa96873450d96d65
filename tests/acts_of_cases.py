"""Acts on cases, for `test_acts_crash.py`."""

from __future__ import annotations

from cases_here import HOUR_MS, broken, lines, opened, overseen, puts, reads_in, seen
from more_acts import Ready
from officers_here import MODEL, hire, visitor
from ports import NORTH_SEA, Port, port

from node.commands import break_glass, open_case, put_in, read_in, review_conduct
from node.commands.accept import accept_batch
from node.commands.append import append
from node.commands.publish import Released
from policies.need import CaseId
from policies.officers import Role
from protocol.entry import build_superseded
from protocol.fields import DAY_MS
from protocol.ids import UnixMs
from protocol.label import parse
from protocol.operation import Target


class Scene:
    """A lead with a case and a record in it, and a colleague."""

    def __init__(self, *, filled: bool = True) -> None:
        self.at: Port = port()
        self.lead, self.other = hire(self.at, "a.lead"), hire(self.at, "b.other")
        self.record: Released = self.at.release()
        self.case: CaseId = opened(self.at, self.lead)
        overseen(self.at)
        if filled:
            puts(self.at, self.lead, self.case, self.record)


def opening_a_case() -> Ready:
    at = port()
    who = visitor(at, hire(at, "a.lead"))
    given = {"name": "Scouts", "circle": "ports-be"}
    return Ready(at, lambda tx: open_case.open_case(tx, at.ctx, MODEL, officer=who, lead=who, **given))


def closing_a_case() -> Ready:
    here = Scene()
    who = visitor(here.at, here.lead)
    return Ready(here.at, lambda tx: open_case.close_case(tx, here.at.ctx, here.case, officer=who))


def reading_in() -> Ready:
    here = Scene()
    lead, other = visitor(here.at, here.lead), visitor(here.at, here.other)
    until = UnixMs(here.at.clock.at + DAY_MS)
    return Ready(
        here.at,
        lambda tx: read_in.read_in(
            tx,
            here.at.ctx,
            MODEL,
            here.case,
            person=other,
            purposes=frozenset({"port-security"}),
            until=until,
            officer=lead,
        ),
    )


def reading_out() -> Ready:
    here = Scene()
    reads_in(here.at, here.lead, here.case, here.other)
    lead = visitor(here.at, here.lead)
    return Ready(
        here.at,
        lambda tx: read_in.read_out(tx, here.at.ctx, MODEL, here.case, person=here.other, officer=lead),
    )


def putting_in() -> Ready:
    here = Scene(filled=False)
    who = visitor(here.at, here.lead)
    one = seen(here.at, who, here.record.record)
    assert one is not None
    return Ready(here.at, lambda tx: put_in.put_in(tx, here.at.ctx, MODEL, here.case, one, officer=who))


def taking_out() -> Ready:
    here = Scene()
    who = visitor(here.at, here.lead)
    one = seen(here.at, who, here.record.record)
    assert one is not None
    return Ready(here.at, lambda tx: put_in.take_out(tx, here.at.ctx, here.case, one, officer=who))


def breaking_the_glass() -> Ready:
    here = Scene()
    who = visitor(here.at, here.other)
    return Ready(
        here.at,
        lambda tx: break_glass.break_glass(
            tx,
            here.at.ctx,
            MODEL,
            here.case,
            reason="Seen again",
            lasts_ms=HOUR_MS,
            officer=who,
        ),
    )


def reviewing_a_glass() -> Ready:
    here = Scene()
    row, who = broken(here.at, here.other, here.case), visitor(here.at, here.lead)
    return Ready(
        here.at,
        lambda tx: review_conduct.review(tx, here.at.ctx, MODEL, row.entry, words="Right to", officer=who),
    )


def reviewing_what_was_put_in() -> Ready:
    here = Scene()
    puts(here.at, here.lead, here.case, here.at.release())
    conduct = hire(here.at, "d.conduct", Role.INTEGRITY_OFFICER)
    (line,) = lines(here.at, conduct)
    who = visitor(here.at, conduct)
    return Ready(
        here.at,
        lambda tx: review_conduct.review(
            tx, here.at.ctx, MODEL, line.newest.entry, words="Right to", officer=who
        ),
    )


def taking_what_another_port_moved() -> Ready:
    """What comes is the wider record of one that is in a case here."""
    at, there = port(), port(NORTH_SEA)
    one = there.release()
    at.pull(there, one.feed.feed)
    lead = hire(at, "a.lead")
    puts(at, lead, opened(at, lead), one)
    wider = there.release("BE:NONE//TLP:GREEN//AUD ports-be")
    said = build_superseded(
        target=Target(one.record, one.version),
        successor=wider.record,
        issued_ms=there.ctx.now(),
        register=there.ctx.register.version,
    )
    there.store.write(
        lambda tx: append(tx, there.ctx, parse(one.feed.label), [said], there.ctx.register)
    ).result()
    at.pull(there, one.feed.feed)
    batch = there.serve(at, wider.feed.feed, 0)
    assert batch is not None
    return Ready(at, lambda tx: accept_batch(tx, at.ctx, NORTH_SEA, batch))


ACTS = (
    opening_a_case,
    closing_a_case,
    reading_in,
    reading_out,
    putting_in,
    taking_out,
    breaking_the_glass,
    reviewing_a_glass,
    reviewing_what_was_put_in,
    taking_what_another_port_moved,
)
