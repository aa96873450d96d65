"""The embedded engine on the product's model: errors deny, the clock is the enforcement point's, every question ends, costs little."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import scenarios

from policies import walk
from policies.embedded import Embedded
from policies.fga_model import Model, parse_model, shipped
from policies.relations import (
    Answer,
    BadQuestion,
    Check,
    Condition,
    ConditionFailed,
    Context,
    RelationsError,
    TooComplex,
    Tuple,
)
from policies.tuples import MemoryTuples
from policies.walk import HOPS_MAX, Walk
from protocol.ids import UnixMs

NOW = UnixMs(1_795_338_000_000)  # 2026-11-22T09:00:00Z
END = UnixMs(1_830_297_600_000)  # 2028-01-01T00:00:00Z
GROUPS = parse_model(b"""{"schema_version": "1.1", "type_definitions": [
  {"type": "user"},
  {"type": "group", "relations": {
     "member": {"this": {}}, "banned": {"this": {}}, "parent": {"this": {}},
     "above": {"union": {"child": [{"this": {}},
        {"tupleToUserset": {"tupleset": {"relation": "parent"}, "computedUserset": {"relation": "above"}}}]}},
     "sister": {"this": {}},
     "both": {"intersection": {"child": [
        {"tupleToUserset": {"tupleset": {"relation": "parent"}, "computedUserset": {"relation": "member"}}},
        {"tupleToUserset": {"tupleset": {"relation": "sister"}, "computedUserset": {"relation": "member"}}}]}},
     "odd": {"difference": {"base": {"this": {}}, "subtract": {"computedUserset": {"relation": "odd"}}}},
     "allowed": {"difference": {"base": {"this": {}}, "subtract": {"computedUserset": {"relation": "banned"}}}}},
   "metadata": {"relations": {
     "member": {"directly_related_user_types": [{"type": "user"}, {"type": "group", "relation": "member"}]},
     "banned": {"directly_related_user_types": [{"type": "user"}, {"type": "group", "relation": "member"}]},
     "parent": {"directly_related_user_types": [{"type": "group"}]},
     "sister": {"directly_related_user_types": [{"type": "group"}]},
     "above": {"directly_related_user_types": [{"type": "user"}]},
     "odd": {"directly_related_user_types": [{"type": "user"}]},
     "allowed": {"directly_related_user_types": [{"type": "user"}]}}}}]}""")


def _relations() -> Embedded:
    return Embedded(model=shipped(), tuples=MemoryTuples(scenarios.people()))


def _ask(tuples: list[Tuple], user: str, relation: str, obj: str, model: Model = GROUPS) -> bool:
    return Walk(model, MemoryTuples(tuples), user, {}).ask(obj, relation)


class Counted(MemoryTuples):
    """Counts look-ups: each is one query of a store."""

    looked_up = 0

    def find(self, obj: str, relation: str, user: str) -> Tuple | None:
        self.looked_up += 1
        return super().find(obj, relation, user)

    def usersets(self, obj: str, relation: str) -> Sequence[Tuple]:
        self.looked_up += 1
        return super().usersets(obj, relation)

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        self.looked_up += 1
        return super().read(obj, relation)

    def of_user(self, user: str) -> Sequence[Tuple]:
        self.looked_up += 1
        return super().of_user(user)


def _looked_up(tuples: list[Tuple], user: str, obj: str) -> tuple[bool, int]:
    """Whether the user is a member of a group, and how many look-ups that took."""
    counted = Counted(tuples)
    return Walk(GROUPS, counted, user, {}).ask(obj, "member"), counted.looked_up


def _clique(size: int) -> list[Tuple]:
    return [
        Tuple(f"group:{a}#member", "member", f"group:{b}") for a in range(size) for b in range(size) if a != b
    ]


# What the caller may not say, and what must be there.


def test_time_counts_from_the_context_alone() -> None:
    relations = _relations()
    for now, expected in ((NOW, True), (UnixMs(END - 1), True), (END, False)):
        assert (
            relations.check(
                Check("user:security-officer", "can_publish_alert", "node:csd-limburg", Context(now))
            )
            is expected
        )


def test_missing_context_is_an_error_and_not_a_no() -> None:
    relations = _relations()
    question = Check(
        "service:gate-7", "can_check_ban", "facility:cruise-terminal", Context(NOW, "access-control")
    )
    with pytest.raises(ConditionFailed, match=r"service_grant\.client_ip: the parameter is missing"):
        relations.check(question)
    assert relations.check_many([question]) == (Answer.NO_ANSWER,)
    there = Context(NOW, "access-control", "10.7.3.4")
    assert relations.check(Check("service:gate-7", "can_check_ban", "facility:cruise-terminal", there))


@pytest.mark.parametrize("address", ["10.8.0.1", "::ffff:10.7.3.4", "2001:db8::1"])
def test_another_network_is_a_no(address: str) -> None:
    asked = Check(
        "service:gate-7", "can_check_ban", "facility:cruise-terminal", Context(NOW, "access-control", address)
    )
    assert not _relations().check(asked)


@pytest.mark.parametrize("address", ["10.7.3.4, 10.8.0.1", "", "fe80::1%eth0", "localhost"])
def test_what_is_no_address_is_an_error(address: str) -> None:
    asked = Check(
        "service:gate-7", "can_check_ban", "facility:cruise-terminal", Context(NOW, "access-control", address)
    )
    with pytest.raises(ConditionFailed, match="is not of type ipaddress"):
        _relations().check(asked)


@pytest.mark.parametrize(
    ("user", "relation", "obj", "where"),
    [
        ("user:a", "can_draft", "ship:x", "object"),
        ("user:a", "can_draft", "node:*", "object"),
        ("user:a", "can_sail", "node:x", "relation"),
        ("pirate:a", "can_draft", "node:x", "user"),
        ("user:a:b", "can_draft", "node:x", "user"),
        ("node:x#pirate", "can_draft", "node:x", "user"),
    ],
)
def test_a_question_that_the_model_does_not_know_is_an_error(
    user: str, relation: str, obj: str, where: str
) -> None:
    with pytest.raises(BadQuestion) as caught:
        _relations().check(Check(user, relation, obj, Context(NOW)))
    assert caught.value.where == where


def test_many_questions_answer_in_order_and_do_not_spoil_each_other() -> None:
    here, context = "node:csd-limburg", Context(NOW)
    answers = _relations().check_many(
        [
            Check("user:security-officer", "can_publish_alert", here, context),
            Check("user:security-officer", "can_sail", here, context),
            Check("user:security-officer", "can_retract_any", here, context),
            Check("user:a b", "can_draft", here, context),
            Check("user:port-captain", "can_retract_any", here, context),
        ]
    )
    assert answers == (Answer.YES, Answer.NO_ANSWER, Answer.NO, Answer.NO_ANSWER, Answer.YES)


def test_contextual_tuples_count_for_one_question_only() -> None:
    relations = _relations()
    oneself = Tuple("user:pab-officer", "oneself", "user:pab-officer")
    asked = Check("user:pab-officer", "can_read_own_file", "user:pab-officer", Context(NOW), (oneself,))
    assert relations.check(asked)
    assert not relations.check(Check(asked.user, asked.relation, asked.object, asked.context))


def test_a_stored_condition_that_the_model_no_longer_asks_for_gives_nothing() -> None:
    old = Tuple("user:a", "police", "node:x", Condition("need_to_know", {}))
    assert not Walk(shipped(), MemoryTuples([old]), "user:a", Context(NOW).values()).ask("node:x", "police")
    assert not Walk(shipped(), MemoryTuples([Tuple("user:a", "police", "node:x")]), "user:a", {}).ask(
        "node:x", "police"
    )


# Cycles, depth, size.


def test_a_clique_of_twelve_groups_costs_a_few_look_ups_a_group() -> None:
    tuples = [*_clique(12), Tuple("user:in", "member", "group:11")]
    for user, member in (("user:in", True), ("user:out", False)):
        found, looked_up = _looked_up(tuples, user, "group:0")
        assert found is member
        assert looked_up <= 6 * 12  # where every path were walked: millions


def test_a_clique_larger_than_the_hops_ends_too() -> None:
    tuples = [*_clique(60), Tuple("user:in", "member", "group:59")]
    for user, member in (("user:in", True), ("user:out", False)):
        found, looked_up = _looked_up(tuples, user, "group:0")
        assert found is member
        assert looked_up <= 6 * 60


def test_a_cycle_below_but_not_denies() -> None:
    """As OpenFGA: nobody is in the cyclic group, yet what cannot be ruled out is not granted."""
    tuples = [
        Tuple("user:a", "allowed", "group:x"),
        Tuple("group:c#member", "banned", "group:x"),
        Tuple("group:d#member", "member", "group:c"),
        Tuple("group:c#member", "member", "group:d"),
    ]
    assert not _ask(tuples, "user:a", "allowed", "group:x")
    assert _ask(tuples[:3], "user:a", "allowed", "group:x")


def test_what_a_cycle_left_open_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """`a` is found to hold after `b`, which waits for it, was left open; the question needs both."""
    tuples = [
        Tuple("group:a", "parent", "group:x"),
        Tuple("group:b", "sister", "group:x"),
        Tuple("group:b#member", "member", "group:a"),
        Tuple("group:c#member", "member", "group:a"),
        Tuple("group:a#member", "member", "group:b"),
        Tuple("user:u", "member", "group:c"),
    ]
    assert _ask(tuples, "user:u", "both", "group:x")
    assert not _ask(tuples, "user:v", "both", "group:x")
    monkeypatch.setattr(Walk, "_laid_out", lambda _self, _question: False)
    assert not _ask(tuples, "user:u", "both", "group:x")  # the fault planted


def test_a_relation_that_excludes_itself_is_never_granted() -> None:
    assert not _ask([Tuple("user:a", "odd", "group:x")], "user:a", "odd", "group:x")


def _chain(hops: int) -> list[Tuple]:
    pointers = [Tuple(f"group:{n + 1}", "parent", f"group:{n}") for n in range(hops)]
    return [*pointers, Tuple("user:top", "above", f"group:{hops}")]


def test_hops_have_a_limit_and_beyond_it_is_an_error() -> None:
    assert _ask(_chain(HOPS_MAX), "user:top", "above", "group:0")
    with pytest.raises(TooComplex):
        _ask(_chain(HOPS_MAX + 1), "user:top", "above", "group:0")


def test_depth_is_the_shortest_way() -> None:
    """A long way round first, a short one behind it: the answer does not depend on their order."""
    pointers = [Tuple(f"group:{n + 1}", "parent", f"group:{n}") for n in range(HOPS_MAX + 5)]
    short = Tuple(f"group:{HOPS_MAX + 5}", "parent", "group:0")
    top = Tuple("user:top", "above", f"group:{HOPS_MAX + 5}")
    for tuples in ([*pointers, short, top], [short, *pointers, top]):
        assert _ask(tuples, "user:top", "above", "group:0")


def test_places_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "PLACES_MAX", 100)
    wide = [Tuple(f"group:{n}#member", "member", "group:all") for n in range(101)]
    with pytest.raises(TooComplex):
        _ask(wide, "user:a", "member", "group:all")
    assert _ask([*wide, Tuple("user:a", "member", "group:all")], "user:a", "member", "group:all")


def test_a_member_of_everything_is_found_through_one_walk() -> None:
    """A walk remembers what it found out, and only for its user."""
    tuples = MemoryTuples([*_clique(5), Tuple("user:in", "member", "group:4")])
    asking = Walk(GROUPS, tuples, "user:in", {})
    assert all(asking.ask(f"group:{n}", "member") for n in range(5))
    assert not any(Walk(GROUPS, tuples, "user:out", {}).ask(f"group:{n}", "member") for n in range(5))


@pytest.mark.parametrize(
    ("answers", "either", "both"),
    [
        ((True, False), True, False),
        ((True, None), True, None),
        ((False, None), None, False),
        ((None, None), None, None),
    ],
)
def test_the_logic_is_kleenes(
    answers: tuple[bool | None, ...], either: bool | None, both: bool | None
) -> None:
    for order in (answers, answers[::-1]):
        assert walk.union(iter(order)) is either
        assert walk.intersection(iter(order)) is both


def test_a_pointer_whose_condition_fails_is_an_error_whatever_is_behind_it() -> None:
    """Nobody is behind the partner; that it cannot be told whether it counts is no reason to grant what excludes it."""
    asked = Check("user:nobody", "partner_delegate", "community:steering", Context(NOW))
    with pytest.raises(ConditionFailed, match=r"agreement\.purpose"):
        _relations().check(asked)


def test_an_error_stands_unless_the_rest_decides() -> None:
    error = RelationsError("x")
    assert walk.union(iter((error, True))) is True
    assert walk.union(iter((error, False))) is error
    assert walk.intersection(iter((error, False))) is False
    assert walk.intersection(iter((error, True))) is error
    assert walk.union(iter((error, None))) is walk.union(iter((None, error))) is None
    assert walk.negation(error) is error
    assert walk.negation(None) is None


# Work: what a question costs is what it looks up; `make bench` measures the time.


def test_a_role_right_looks_up_a_handful_of_tuples() -> None:
    counted = Counted(scenarios.people())
    asked = Check(
        "user:suspended-all", "can_publish_alert", "node:csd-limburg", Context(NOW, "port-security")
    )
    Embedded(model=shipped(), tuples=counted).check(asked)
    assert 0 < counted.looked_up <= 40
