"""What the product asks about officers: rights by role and period, nobody about himself, no answer is no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from policies.embedded import Embedded
from policies.fga_model import Computed, Direct, From, Model, parts, shipped
from policies.officers import (
    PUBLISH,
    Asked,
    Manage,
    Officers,
    Place,
    RegisterRight,
    Right,
    Role,
    Seat,
    Standing,
    Tie,
    duty,
    employment,
    home,
    membership,
    node_of,
    of_node,
    of_organisation,
    of_person,
    place,
    register_right,
    role,
    seat,
    suspension,
    tie,
)
from policies.relations import Answer, BadQuestion, BadTuple, Tuple
from policies.tuples import MemoryTuples
from protocol.ids import NodeId, OrganisationId, UnixMs

NODE, OTHER = NodeId("port-x--gate"), NodeId("port-y")
PORT = OrganisationId("port-x")
START, NOW, END = UnixMs(1_000), UnixMs(1_500), UnixMs(2_000)
PERIOD = membership(START, END)


def _officers(*written: Tuple, now: UnixMs = NOW) -> Officers:
    relations = Embedded(model=shipped(), tuples=MemoryTuples())
    relations.write([node_of(NODE, PORT), *written])
    return Officers(relations=relations, now=lambda: now)


def _reached(model: Model, of_type: str, name: str, seen: set[tuple[str, str]]) -> Iterator[str]:
    """The conditions that an answer may meet on its way."""
    relation = model.relation(of_type, name)
    if relation is None or (of_type, name) in seen:
        return
    seen.add((of_type, name))
    for part in parts(relation.rewrite):
        if isinstance(part, Direct):
            for one in relation.direct:
                yield one.condition
                yield from _reached(model, one.type, one.relation, seen) if one.relation else ()
        if isinstance(part, Computed):
            yield from _reached(model, of_type, part.relation, seen)
        if isinstance(part, From):
            for one in model.types[of_type][part.tupleset].direct:
                yield one.condition
                yield from _reached(model, one.type, part.relation, seen)


@pytest.mark.parametrize("right", [*Right, *Role, "on_duty"])
def test_a_right_exists_and_needs_nothing_but_the_time(right: str) -> None:
    assert shipped().relation("node", right) is not None
    assert set(_reached(shipped(), "node", right, set())) <= {"", "active_membership"}


def test_what_people_are_given_exists_in_the_model_for_a_time_or_until_it_is_taken() -> None:
    for of_type, names in (("committee", Seat), ("community", Place), ("user", Tie), ("user", Manage)):
        for name in names:
            assert shipped().relation(of_type, name) is not None, name
    relations = Embedded(model=shipped(), tuples=MemoryTuples())
    relations.write([seat("jo", name, "lcmb-x", PERIOD) for name in Seat])
    relations.write([place("jo", name, "ports-x", PERIOD) for name in Place])
    relations.write([tie("jo", name, "al") for name in Tie])


def test_all_are_asked_about_at_once_and_answered_apart() -> None:
    officers = _officers(role("jo", Role.POLICE, NODE, PERIOD), Tuple("user:al", "expelled", "community:b"))
    asked = [Asked("jo"), Asked("jo", duty("jo", NODE, PERIOD)), Asked("al"), Asked("*")]
    off, on, al, nobody = officers.standings(asked, NODE, communities=("a", "b"))
    assert off.roles == on.roles == {Role.POLICE}
    assert on.rights - off.rights == {Right.CLAIM_ALERT, Right.APPROVE_ELSEWHERE}
    assert not al.roles | al.rights
    assert al.communities == {"a"}
    assert off.communities == {"a", "b"}
    assert nobody == Standing(frozenset(), frozenset(), frozenset())


def test_every_right_to_publish_belongs_to_a_kind() -> None:
    model_rights = {name for name in shipped().types["node"] if name.startswith("can_publish_")}
    assert set(PUBLISH.values()) == model_rights | {Right.REGISTER_BAN}
    assert all(right in {f"can_publish_{kind}", "can_register_ban"} for kind, right in PUBLISH.items())


def test_roles_give_rights_for_their_period_at_their_node() -> None:
    officer = role("jo", Role.SECURITY_OFFICER, NODE, PERIOD)
    for now, expected in ((UnixMs(START - 1), False), (START, True), (UnixMs(END - 1), True), (END, False)):
        assert _officers(officer, now=now).can("jo", Right.PUBLISH_ALERT, of_node(NODE)) is expected
    officers = _officers(officer)
    assert not officers.can("jo", Right.PUBLISH_ALERT, of_node(OTHER))
    assert not officers.can("al", Right.PUBLISH_ALERT, of_node(NODE))
    assert not officers.can("jo", Right.RETRACT_ANY, of_node(NODE))
    assert officers.roles("jo", NODE) == {Role.SECURITY_OFFICER}
    assert {Right.DRAFT, Right.PUBLISH_ALERT, Right.PUBLISH_NOTICE, Right.RETRACT_OWN} <= officers.rights(
        "jo", NODE
    )
    assert not officers.rights("al", NODE)
    assert not officers.roles("al", NODE)


@pytest.mark.parametrize(
    ("name", "right"),
    [(Role.ADMINISTRATOR, Right.ADMINISTER), (Role.AUDITOR, Right.AUDIT), (Role.PORT_CAPTAIN, Right.RETRACT_ANY), (Role.ANALYST, Right.DRAFT)],
)  # fmt: skip
def test_no_role_implies_another(name: Role, right: Right) -> None:
    officers = _officers(role("jo", name, NODE, PERIOD))
    assert officers.can("jo", right, of_node(NODE))
    assert officers.roles("jo", NODE) == {name}
    for other in {Right.ADMINISTER, Right.AUDIT} - {right}:
        assert not officers.can("jo", other, of_node(NODE))


@pytest.mark.parametrize("obj", [of_node(NODE), of_organisation(PORT)])
def test_suspension_ends_all_at_once(obj: str) -> None:
    given = (role("jo", Role.PORT_CAPTAIN, NODE, PERIOD), employment("jo", PORT, PERIOD))
    assert _officers(*given).rights("jo", NODE)
    assert not _officers(*given, suspension("jo", obj)).rights("jo", NODE)


def test_a_withdrawn_organisation_has_no_officers() -> None:
    officer = role("jo", Role.PORT_CAPTAIN, NODE, PERIOD)
    assert not _officers(officer, *register_right(PORT, RegisterRight.WITHDRAWN)).rights("jo", NODE)


def test_bans_take_the_role_and_the_right_of_the_register() -> None:
    officer = role("jo", Role.SECURITY_OFFICER, NODE, PERIOD)
    assert not _officers(officer).can("jo", PUBLISH["port_ban"], of_node(NODE))
    granted = register_right(PORT, RegisterRight.BANS)
    assert _officers(officer, *granted).can("jo", PUBLISH["port_ban"], of_node(NODE))
    assert not _officers(*granted).can("jo", PUBLISH["port_ban"], of_node(NODE))


def test_duty_counts_only_with_a_role() -> None:
    shift = duty("jo", NODE, PERIOD)
    assert not _officers(shift).rights("jo", NODE)
    assert Right.CLAIM_ALERT in _officers(shift, role("jo", Role.POLICE, NODE, PERIOD)).rights("jo", NODE)


def test_nobody_manages_himself() -> None:
    administrator = role("ad", Role.ADMINISTRATOR, NODE, PERIOD)
    officers = _officers(administrator, home("ad", NODE), home("jo", NODE))
    assert officers.can("ad", "can_assign_role", of_person("jo"))
    assert not officers.can("ad", "can_assign_role", of_person("ad"))
    assert officers.can("ad", "can_read_own_file", of_person("ad"))
    assert not officers.can("ad", "can_read_own_file", of_person("jo"))


def test_no_answer_is_no_and_is_told_apart() -> None:
    officers = _officers(role("jo", Role.ADMINISTRATOR, NODE, PERIOD))
    assert officers.ask("jo", "can_sail", of_node(NODE)) is Answer.NO_ANSWER
    assert officers.ask("jo", Right.AUDIT, of_node(NODE)) is Answer.NO
    assert not officers.can("jo", "can_sail", of_node(NODE))


@pytest.mark.parametrize("user_id", ["", "*", "jo#oneself", "jo jo", "a:b", "x" * 300])
def test_an_id_that_is_more_than_one_person_is_nobody(user_id: str) -> None:
    officers = _officers(*register_right(PORT, RegisterRight.BANS))
    assert officers.ask(user_id, "right_bans", of_organisation(PORT)) is Answer.NO_ANSWER
    assert officers.rights(user_id, NODE) == frozenset()
    with pytest.raises(BadQuestion):
        role(user_id, Role.POLICE, NODE, PERIOD)


def test_a_role_without_end_is_refused() -> None:
    open_ended = replace(PERIOD, context={"valid_from": PERIOD.context["valid_from"]})
    with pytest.raises(BadTuple):
        _officers(role("jo", Role.POLICE, NODE, open_ended))
