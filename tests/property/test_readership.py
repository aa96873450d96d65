"""People grouped by what reading depends on: the plan names whom it would name if each were judged alone."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_strategies import COMMUNITIES, COMPARTMENTS, RECIPIENTS, SOME_PURPOSES, catches, labels, with_fault

import policies
from policies import readership
from policies.alike import alike
from policies.clearance import Reader, officer_name
from policies.conflicts import NO_CONFLICTS, Conflicts, Named, digest
from policies.embedded import Embedded
from policies.fga_model import shipped
from policies.officers import MEMBERSHIP, Asked, Officers, membership
from policies.officers import Standing as Stands
from policies.readership import NOTHING, Readership, reads
from policies.relations import EPOCH, Condition, Context, Tuple
from policies.tuples import MemoryTuples
from protocol.ids import NodeId, UnixMs
from protocol.label import Label, Level, parse
from protocol.members import Standing

HOME = NodeId("port-b")
IDS = ("00000000-0000-4000-8000-000000000001", "els", "jan", "tom")
SUBJECTS = ("plate:1ABC234", "imo:9074729")
KEY = bytes(32)
People = list[tuple[str, Reader]]
Grouping = Callable[[People], Readership]


ALL = Reader(
    node=HOME,
    country="BE",
    organisation_countries=frozenset({"BE"}),
    ceiling=dict.fromkeys(("BE", "EU", "NATO"), Level.TOP_SECRET),
    memberships=dict.fromkeys(COMMUNITIES, Standing.MEMBER),
    recipients=frozenset(RECIPIENTS[:2]),
    purposes=frozenset(SOME_PURPOSES),
    clearance=dict.fromkeys(("BE", "EU", "NATO"), Level.TOP_SECRET),
    compartments=frozenset(COMPARTMENTS),
    regimes=frozenset({"judicial"}),
    roles=frozenset({"police"}),
)
"""Who may nearly all."""
LESS: dict[str, object] = {
    "country": "NL",
    "memberships": {COMMUNITIES[0]: Standing.CLIENT},
    "recipients": frozenset[str](),
    "purposes": frozenset(SOME_PURPOSES[:1]),
    "clearance": {"BE": Level.SECRET},
    "compartments": frozenset[str](),
    "roles": frozenset[str](),
    "partner": True,
}
"""One part of it that may be less."""


@st.composite
def staff(draw: st.DrawFn) -> tuple[People, Label, Named]:
    """A few people of one node, mostly alike, a label, and what a record is about."""
    people = []
    for who in IDS:
        part = draw(st.sampled_from(["", *LESS]))
        about = draw(st.sampled_from([NO_CONFLICTS, NO_CONFLICTS, _concerned(SUBJECTS[0])]))
        reading = replace(ALL, **{part: LESS[part]}) if part else ALL  # type: ignore[arg-type]
        named = reading.recipients | {officer_name(HOME, who)}
        people.append((who, replace(reading, recipients=named, conflicts=about)))
    return (
        people,
        draw(labels()),
        draw(st.sampled_from([NOTHING, Named(frozenset(SUBJECTS)), Named(whole=False)])),
    )


def _concerned(subject: str) -> Conflicts:
    return Conflicts(KEY, frozenset({digest(KEY, subject)}))


def one_by_one(people: People, label: Label, about: Named) -> tuple[str, ...]:
    """Whom a plan names, each judged alone."""
    return tuple(sorted(who for who, one in people if reads(one, label) and not one.conflicts.touched(about)))


def names_the_same(people: People, label: Label, about: Named, group: Grouping = Readership) -> None:
    assert group(people).who(label, about) == one_by_one(people, label, about)


@settings(max_examples=250)
@given(staff())
def test_grouped_people_are_named_as_if_each_were_judged_alone(
    case: tuple[People, Label, Named],
) -> None:
    names_the_same(*case)


PLAIN = parse("BE:NONE//TLP:AMBER//AUD bb")
TELLS: dict[str, Label] = {
    "country": replace(PLAIN, countries=frozenset({frozenset({"BE"})})),
    "memberships": PLAIN,
    "recipients": replace(PLAIN, recipients=frozenset({frozenset(RECIPIENTS[:1])})),
    "purposes": replace(PLAIN, purposes=frozenset(SOME_PURPOSES[1:])),
    "clearance": replace(PLAIN, level=Level.TOP_SECRET),
    "compartments": replace(PLAIN, compartments=frozenset(COMPARTMENTS)),
    "roles": replace(PLAIN, caveats=frozenset({"JUDICIAL"})),
    "partner": replace(PLAIN, caveats=frozenset({"NO-EXPORT"})),
}
"""A label that tells who has all of a part from who has less."""


@pytest.mark.parametrize("part", TELLS)
def test_a_grouping_that_forgets_a_part_of_reading_is_caught(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [("els", ALL), ("jan", replace(ALL, **{part: LESS[part]}))]  # type: ignore[arg-type]
    names_the_same(people, TELLS[part], NOTHING)
    monkeypatch.setattr(readership, "_ASKED", tuple(name for name in readership._ASKED if name != part))
    with pytest.raises(AssertionError):
        names_the_same(people, TELLS[part], NOTHING)


def test_a_grouping_that_forgets_names_or_concerns_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def unconcerned(people: People) -> Readership:
        return Readership([(who, replace(one, conflicts=NO_CONFLICTS)) for who, one in people])

    catches(with_fault(names_the_same, group=unconcerned), staff())
    monkeypatch.setattr(readership, "_called", lambda alike, named: ())
    catches(with_fault(names_the_same), staff())


# ---- whom the relations engine is asked about -------------------------------------------------------------------------------

MODEL = shipped()
NODE, HOUSE = "node:port-b", "organisation:port-b"
NOW = 1_800_000_000_000
USERS = ("user:els", "user:jan", "user:tom")
PERIODS = [(NOW - 9, NOW), (NOW - 9, NOW + 5), (NOW - 1, NOW + 9), (NOW + 1, NOW + 9)]


def _period(begins: int, ends: int) -> Condition:
    return membership(UnixMs(begins), UnixMs(ends))


POSSIBLE = [
    *(Tuple(u, "police", NODE, _period(*p)) for u, p in itertools.product(USERS, PERIODS)),
    *(Tuple(u, "employee", HOUSE, _period(*p)) for u, p in itertools.product(USERS, PERIODS[1:3])),
    *(Tuple(u, "suspended", o) for u, o in itertools.product(USERS[:2], (NODE, HOUSE))),
    *(Tuple(u, "expelled", "community:aa") for u in USERS[:2]),
    Tuple(f"{HOUSE}#employee", "expelled", "community:bb"),
    Tuple(HOUSE, "organisation", NODE),
    Tuple("user:*", "withdrawn", HOUSE),
    *(Tuple(NODE, "home", u) for u in USERS),
    Tuple(USERS[0], "close_colleague", USERS[1]),
    Tuple(USERS[1], "close_colleague", USERS[0]),
]
Alike = Callable[[list[Asked], list[Tuple], UnixMs], tuple[list[list[int]], UnixMs | None]]


def _standings(tuples: list[Tuple], asked: Iterable[Asked], now: int) -> list[Stands]:
    engine = Officers(relations=Embedded(model=MODEL, tuples=MemoryTuples(tuples)), now=lambda: UnixMs(now))
    return engine.standings(list(asked), HOME, communities=("aa", "bb"))


def stand_the_same(tuples: list[Tuple], group: Alike = alike) -> None:
    """Of a group all have one standing, and it stays theirs until the moment that is named."""
    asked = [Asked(user.partition(":")[2]) for user in USERS]
    groups, until = group(asked, tuples, UnixMs(NOW))
    for now in (NOW, (until or NOW + 20) - 1):
        each = _standings(tuples, asked, now)
        assert all(each[place] == each[members[0]] for members in groups for place in members)
        assert each == _standings(tuples, asked, NOW)


HISTORIES = st.lists(
    st.sampled_from(POSSIBLE), max_size=14, unique_by=lambda t: (t.user, t.relation, t.object)
)


@settings(max_examples=200)
@given(HISTORIES)
def test_people_who_are_alike_have_one_standing(tuples: list[Tuple]) -> None:
    stand_the_same(tuples)


def test_a_grouping_that_is_blind_or_never_looks_again_is_caught() -> None:
    def blind(asked: list[Asked], tuples: list[Tuple], now: UnixMs) -> tuple[list[list[int]], UnixMs | None]:
        return alike(asked, [one for one in tuples if one.relation != "suspended"], now)

    def for_ever(asked: list[Asked], tuples: list[Tuple], now: UnixMs) -> tuple[list[list[int]], None]:
        return alike(asked, tuples, now)[0], None

    for broken in (blind, for_ever):
        catches(with_fault(stand_the_same, group=broken), HISTORIES.map(lambda tuples: (tuples,)))


def test_those_whom_nothing_tells_apart_are_asked_about_once() -> None:
    hired = [Tuple(u, "police", NODE, _period(NOW - n, NOW + n)) for n, u in enumerate(USERS, 1)]
    asked = [Asked(user.partition(":")[2]) for user in USERS]
    assert alike(asked, hired, UnixMs(NOW)) == ([[0, 1, 2]], NOW + 1)


def test_memberships_are_what_the_model_says_they_are() -> None:
    """Times are compared here and not by the engine: it must come to the same, at the edges too."""
    condition = MODEL.conditions[MEMBERSHIP]
    for begins, ends in itertools.product(range(NOW - 2, NOW + 3), repeat=2):
        stored = _period(begins, ends)
        held = condition.holds(given=Context(UnixMs(NOW)).values(), stored=stored.context)
        assert held == (begins <= NOW < ends)
        groups, _ = alike(
            [Asked("els"), Asked("jan")], [Tuple("user:els", "police", NODE, stored)], UnixMs(NOW)
        )
        assert (len(groups) == 2) == held
    assert EPOCH.tzinfo is not None


def test_no_condition_turns_at_a_moment_that_no_tuple_names() -> None:
    """What is kept until the next moment that a tuple names rests on it: `now` is only ever compared with a stored time."""
    model = json.loads((Path(policies.__file__).parent / "model.json").read_text("utf-8"))
    for condition in model["conditions"].values():
        times = {n for n, p in condition["parameters"].items() if p["type_name"] == "TYPE_NAME_TIMESTAMP"}
        compared = re.findall(r"\bnow (?:>=|<) (\w+)\b", condition["expression"])
        assert set(compared) <= times - {"now"}
        assert len(compared) == len(re.findall(r"\bnow\b", condition["expression"]))
