"""Acts about a second person at another port, at both ends. Rows of `test_acts_crash.py`."""

from __future__ import annotations

from elsewhere import Elsewhere
from more_acts import Ready, about_a_plate, coming
from officers_here import everyone, visitor
from ports import ANTWERP, NORTH_SEA, Port

from node.commands import draft, second, second_here
from node.store import feeds, seconds
from policies.plan import Plan
from policies.second import back, sealed
from protocol.ids import FeedId
from protocol.label import parse

PLATE = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL,SOURCE"


def asking_elsewhere() -> Ready:
    world = Elsewhere()
    at, plan = world.origin, world.plan()
    assert isinstance(plan, Plan)
    given = {"node": NORTH_SEA, "officer": world.who, "people": everyone(at), "digest": plan.digest}
    return Ready(at, lambda tx: second.ask(tx, at.ctx, world.row.record, **given))  # type: ignore[arg-type]


def taking_a_question_back() -> Ready:
    world = Elsewhere()
    one, at, who = world.asked(), world.origin, world.who
    return Ready(at, lambda tx: second.take_back(tx, at.ctx, one.question, officer=who))


def changing_what_was_asked_about() -> Ready:
    world = Elsewhere()
    world.asked()
    at = world.origin
    return Ready(
        at,
        lambda tx: draft.change(tx, at.ctx, world.row.record, editor=world.owner, label=parse(world.label)),
    )


def being_asked() -> Ready:
    world = Elsewhere()
    world.asked()
    return coming(world.there, world.origin, _feed(world.origin), sender=ANTWERP)


def hearing_that_it_was_taken_back() -> Ready:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    world.origin.store.write(
        lambda tx: second.take_back(tx, world.origin.ctx, one.question, officer=world.who)
    ).result()
    return coming(world.there, world.origin, _feed(world.origin), 2, sender=ANTWERP)


def answering_elsewhere() -> Ready:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    at, who = world.there, visitor(world.there, world.second)
    return Ready(at, lambda tx: second_here.answer(tx, at.ctx, one.question, officer=who, leaf=one.leaf))


def sending_it_back() -> Ready:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    at, who = world.there, visitor(world.there, world.second)
    return Ready(
        at,
        lambda tx: second_here.answer(tx, at.ctx, one.question, officer=who, leaf=one.leaf, reason="Where?"),
    )


def hearing_an_answer() -> Ready:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    world.answer(one.question)
    label = back(parse(world.label), ANTWERP, NORTH_SEA)
    return coming(world.origin, world.there, _feed(world.there, label.text), sender=NORTH_SEA)


def opening_a_question() -> Ready:
    world = Elsewhere(label=PLATE, message=about_a_plate())
    world.asked()
    world.carry()
    at = world.there
    (one,) = world.waiting()
    assert one.personal
    return Ready(at, lambda tx: second_here.opened(tx, at.ctx, one, officer=world.second))


def forgetting_questions() -> Ready:
    world = Elsewhere()
    one = world.asked()
    at = world.origin
    return Ready(at, lambda tx: seconds.forget(tx, one.until_ms))


def _feed(at: Port, label: str = "") -> FeedId:  # the one that is for the other port
    wanted = label or sealed(parse(Elsewhere.label), NORTH_SEA).text
    return next(one.feed for one in at.store.read(feeds.every) if one.label == wanted)


ACTS = (
    *(asking_elsewhere, taking_a_question_back, changing_what_was_asked_about),
    *(being_asked, hearing_that_it_was_taken_back, answering_elsewhere, sending_it_back, hearing_an_answer),
    *(opening_a_question, forgetting_questions),
)
