"""Questions, tuples and contexts as values; what the write path refuses; tuples laid over others."""

from __future__ import annotations

import pytest

from policies.embedded import Embedded
from policies.fga_model import shipped
from policies.relations import (
    Answer,
    BadTuple,
    Check,
    Condition,
    Context,
    Tuple,
    well_formed_object,
    well_formed_user,
)
from policies.tuple_rules import ANCESTORS_MAX, CHANGE_MAX
from policies.tuples import MemoryTuples, Overlay
from protocol.ids import UnixMs

FROM_UNTIL = {"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2028-01-01T00:00:00Z"}
MEMBER = Condition("active_membership", FROM_UNTIL)
GATE = {**FROM_UNTIL, "purposes": ["access-control"], "cidr": "10.7.0.0/16"}
NOW = UnixMs(1_795_338_000_000)  # 2026-11-22T09:00:00Z


def _relations(*stored: Tuple) -> Embedded:
    return Embedded(model=shipped(), tuples=MemoryTuples(stored))


def _parent(child: str, parent: str) -> Tuple:
    return Tuple(f"community:{parent}", "parent", f"community:{child}")


def test_only_yes_is_true() -> None:
    assert [bool(answer) for answer in Answer] == [True, False, False]


@pytest.mark.parametrize("text", ["user:a", "user:*", "node:port-x#police", "user:jan@port.example"])
def test_a_user_is_an_object_a_wildcard_or_a_userset(text: str) -> None:
    assert well_formed_user(text)


@pytest.mark.parametrize(
    "text", ["", "a", "user:", ":a", "user:a b", "user:a:b", "user:*#x", "user:a#", "user:a#b#c", "us*er:a"]
)
def test_anything_else_is_malformed(text: str) -> None:
    assert not well_formed_user(text)
    assert not well_formed_object(text)


def test_a_context_says_nothing_that_it_was_not_told() -> None:
    assert set(Context(NOW).values()) == {"now"}
    assert set(Context(NOW, "enforcement", "192.0.2.1").values()) == {"now", "purpose", "client_ip"}


def test_a_complete_tuple_is_written_and_taken_away() -> None:
    relations = _relations()
    given = Tuple("user:a", "security_officer", "node:x", MEMBER)
    relations.write([given])
    assert relations.read("node:x", "security_officer") == (given,)
    assert relations.check(Check("user:a", "can_publish_alert", "node:x", Context(NOW)))
    relations.write([], [given])
    assert not relations.check(Check("user:a", "can_publish_alert", "node:x", Context(NOW)))


REFUSED = {
    "no condition": Tuple("user:a", "police", "node:x"),
    "other condition": Tuple("user:a", "police", "node:x", Condition("service_grant", GATE)),
    "unknown condition": Tuple("user:a", "police", "node:x", Condition("forever")),
    "condition where none is": Tuple("user:a", "suspended", "node:x", MEMBER),
    "unknown type": Tuple("user:a", "police", "ship:x", MEMBER),
    "unknown relation": Tuple("user:a", "pirate", "node:x", MEMBER),
    "a right is not written": Tuple("user:a", "can_administer", "node:x", MEMBER),
    "wrong sort of user": Tuple("node:y", "police", "node:x", MEMBER),
    "a node is nobody": Tuple("node:y", "member_organisation", "community:c", MEMBER),
    "everybody": Tuple("user:*", "administrator", "node:x", MEMBER),
    "malformed user": Tuple("user:a b", "police", "node:x", MEMBER),
    "malformed object": Tuple("user:a", "police", "node:*", MEMBER),
    "parameter left open": Tuple("user:a", "police", "node:x", Condition("active_membership", {"valid_from": FROM_UNTIL["valid_from"]})),
    "parameter too many": Tuple("user:a", "police", "node:x", Condition("active_membership", {**FROM_UNTIL, "note": "x"})),
    "stores now": Tuple("user:a", "police", "node:x", Condition("active_membership", {**FROM_UNTIL, "now": "2026-06-01T00:00:00Z"})),
    "stores the address": Tuple("service:g", "gate_service", "facility:f", Condition("service_grant", {**GATE, "client_ip": "10.7.0.1"})),
    "purposes left open": Tuple("service:g", "gate_service", "facility:f", Condition("service_grant", {**FROM_UNTIL, "cidr": "10.7.0.0/16"})),
    "not a time": Tuple("user:a", "police", "node:x", Condition("active_membership", {**FROM_UNTIL, "valid_until": "never"})),
    "a time without zone": Tuple("user:a", "police", "node:x", Condition("active_membership", {**FROM_UNTIL, "valid_until": "2028-01-01T00:00:00"})),
    "33 purposes": Tuple("service:g", "gate_service", "facility:f", Condition("service_grant", {**GATE, "purposes": ["p"] * 33})),
    "not a network": Tuple("service:g", "gate_service", "facility:f", Condition("service_grant", {**GATE, "cidr": "10.7.0.0"})),
    "itself": Tuple("node:x#police", "police", "node:x", MEMBER),
    "own parent": _parent("c", "c"),
}  # fmt: skip


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
def test_a_tuple_that_would_give_more_than_it_says_is_refused(refused: Tuple) -> None:
    relations = _relations()
    with pytest.raises(BadTuple) as caught:
        relations.write([Tuple("user:b", "police", "node:x", MEMBER), refused])
    assert relations.read("node:x", "police") == ()  # all or none
    assert "user:" not in str(caught.value)  # who it is about is not repeated


def test_an_open_parameter_would_have_been_the_callers() -> None:
    """The fault planted: around the write path, a tuple without `purposes` takes them from the request."""
    open_tuple = Tuple("user:a", "read_in", "case:c", Condition("need_to_know", FROM_UNTIL))
    with pytest.raises(BadTuple, match="does not store exactly the parameters"):
        _relations().write([open_tuple])
    condition = shipped().conditions["need_to_know"]
    given = {**Context(NOW, "learning").values(), "purposes": ["learning"]}
    assert condition.holds(given=given, stored=FROM_UNTIL)
    assert not condition.holds(given=given, stored={**FROM_UNTIL, "purposes": ["enforcement"]})


def test_32_purposes_are_written() -> None:
    context = {**GATE, "purposes": ["p"] * 32}
    _relations().write(
        [Tuple("service:g", "gate_service", "facility:f", Condition("service_grant", context))]
    )


def test_contextual_tuples_meet_the_same_rules() -> None:
    relations = _relations()
    for each in REFUSED.values():
        if each.relation != "parent":
            asked = Check("user:a", "can_draft", "node:x", Context(NOW), (each,))
            with pytest.raises(BadTuple):
                relations.check(asked)
            assert relations.check_many([asked]) == (Answer.NO_ANSWER,)


@pytest.mark.parametrize("length", [2, 3, 5, 8])
def test_a_parent_that_leads_back_is_refused(length: int) -> None:
    relations = _relations(*(_parent(str(n), str(n + 1)) for n in range(length - 1)))
    with pytest.raises(BadTuple, match="back to itself"):
        relations.write([_parent(str(length - 1), "0")])
    with pytest.raises(BadTuple, match="back to itself"):
        _relations().write([_parent(str(n), str((n + 1) % length)) for n in range(length)])


def test_a_parent_may_move_when_the_old_pointer_goes_in_the_same_write() -> None:
    relations = _relations(_parent("a", "b"))
    relations.write([_parent("b", "a")], [_parent("a", "b")])
    assert relations.read("community:b", "parent") == (_parent("b", "a"),)


def test_levels_end_well_before_the_hops_of_a_question() -> None:
    chain = [_parent(str(n), str(n + 1)) for n in range(ANCESTORS_MAX)]
    relations = _relations(*chain)
    with pytest.raises(BadTuple):
        relations.write([_parent(str(ANCESTORS_MAX), "top")])
    with pytest.raises(BadTuple):
        relations.write([_parent("bottom", "0")])
    relations.write([Tuple("user:s", "steward", f"community:{ANCESTORS_MAX}", MEMBER)])
    assert relations.check(Check("user:s", "can_moderate", "community:0", Context(NOW)))


def test_a_write_is_bounded_and_names_each_tuple_once() -> None:
    given = Tuple("user:a", "police", "node:x", MEMBER)
    with pytest.raises(BadTuple, match="twice"):
        _relations().write([given], [given])
    with pytest.raises(BadTuple, match=str(CHANGE_MAX)):
        _relations().write([Tuple(f"user:{n}", "police", "node:x", MEMBER) for n in range(CHANGE_MAX + 1)])


def test_memory_tuples_hold_one_of_each_key() -> None:
    older = Tuple("user:a", "police", "node:x", MEMBER)
    newer = Tuple("user:a", "police", "node:x", Condition("active_membership", {"valid_from": "x"}))
    tuples = MemoryTuples([older, newer])
    assert tuples.read("node:x", "police") == (newer,)
    assert tuples.of_user("user:a") == (newer,)
    tuples.change([], [older])
    assert tuples.read("node:x", "police") == tuples.of_user("user:a") == ()
    assert tuples.find("node:x", "police", "user:a") is None


def test_an_overlay_adds_replaces_and_hides() -> None:
    stored = [
        Tuple("user:a", "r", "node:x"),
        Tuple("user:b", "r", "node:x"),
        Tuple("node:y#police", "r", "node:x"),
    ]
    over = Tuple("user:a", "r", "node:x", MEMBER)
    laid = Overlay(over=MemoryTuples([over]), under=MemoryTuples(stored), hidden=[stored[1]])
    assert laid.find("node:x", "r", "user:a") == over
    assert laid.find("node:x", "r", "user:b") is None
    assert set(laid.read("node:x", "r")) == {over, stored[2]}
    assert laid.usersets("node:x", "r") == (stored[2],)
    assert laid.of_user("user:b") == ()
