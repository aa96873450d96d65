"""Acts on cases, for `test_acts_crash.py`."""

from __future__ import annotations

from cases_here import (
    HOUR_MS,
    broken,
    lines,
    names_lead,
    opened,
    overseen,
    puts,
    puts_looked,
    raw,
    reads_in,
    reviews,
    seen,
)
from more_acts import Ready
from officers_here import MODEL, hire, visitor
from ports import NORTH_SEA, Port, port
from record_examples import example

from node.commands import (
    break_glass,
    hand_case_over,
    open_case,
    people,
    put_in,
    read_in,
    review_conduct,
    take_by_review,
    take_lead,
)
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
    return Ready(here.at, lambda tx: puts_looked(tx, here.at, here.case, one, who))


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


def putting_in_what_another_refers_to() -> Ready:
    here = Scene(filled=False)
    about = example("alert")
    about.common.derived_from.add(record_id=here.record.record, feed=here.record.feed.feed)
    here.at.publish(about)
    who = visitor(here.at, here.lead)
    one = seen(here.at, who, here.record.record)
    assert one is not None
    return Ready(here.at, lambda tx: puts_looked(tx, here.at, here.case, one, who))


def taking_out_by_review() -> Ready:
    here = Scene()
    conduct = hire(here.at, "d.conduct", Role.INTEGRITY_OFFICER)
    puts(here.at, here.lead, here.case, here.at.release())
    (line,) = lines(here.at, conduct)
    assert reviews(here.at, conduct, line.newest) is True
    who, entry = visitor(here.at, conduct), line.newest.entry
    return Ready(
        here.at, lambda tx: take_by_review.take_by_review(tx, here.at.ctx, MODEL, entry, officer=who)
    )


def naming_a_lead() -> Ready:
    here = Scene()
    lead, other = visitor(here.at, here.lead), visitor(here.at, here.other)
    until = UnixMs(here.at.clock.at + DAY_MS)
    return Ready(
        here.at,
        lambda tx: hand_case_over.name_lead(
            tx, here.at.ctx, MODEL, here.case, person=other, until=until, officer=lead
        ),
    )


def stepping_down() -> Ready:
    here = Scene()
    assert names_lead(here.at, here.lead, here.case, here.other) is True
    who = visitor(here.at, here.lead)
    return Ready(here.at, lambda tx: hand_case_over.step_down(tx, here.at.ctx, MODEL, here.case, officer=who))


def taking_the_lead() -> Ready:
    here = Scene()
    at = here.at
    at.store.write(lambda tx: people.close(tx, at.ctx, raw(here.lead), actor="administrator/cli")).result()
    who = visitor(at, here.other)
    return Ready(at, lambda tx: take_lead.take_lead(tx, at.ctx, MODEL, here.case, reason="Left", officer=who))


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
    putting_in_what_another_refers_to,
    taking_out_by_review,
    naming_a_lead,
    stepping_down,
    taking_the_lead,
    taking_what_another_port_moved,
)
