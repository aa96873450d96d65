"""One contract of all relations engines: in memory, over the node's store, and on a real OpenFGA server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import openfga_here
import pytest
from inline_store import InlineStore

from node.openfga_calls import Calls
from node.relations_openfga import OpenFga
from node.store.tuples import WritingTuples, embedded
from policies import cases, tuple_rules
from policies.cases import Circle, InCase, Part, Question, ask
from policies.embedded import Embedded
from policies.fga_model import shipped
from policies.need import CaseId
from policies.officers import (
    RegisterRight,
    Right,
    Role,
    employment,
    home,
    membership,
    node_of,
    of_node,
    of_person,
    register_right,
    role,
)
from policies.relations import (
    Answer,
    BadQuestion,
    BadTuple,
    Check,
    Condition,
    Context,
    Relations,
    RelationsError,
    Tuple,
)
from policies.tuples import MemoryTuples
from protocol.ids import NodeId, OrganisationId, RecordId, UnixMs
from protocol.members import Standing

NODE, PORT = NodeId("port-x--gate"), OrganisationId("port-x")
START, NOW, END = (
    UnixMs(1_795_000_000_000),
    UnixMs(1_795_338_000_000),
    UnixMs(1_830_000_000_000),
)
PERIOD = membership(START, END)
GATE = Tuple(
    "service:gate-7",
    "gate_service",
    "facility:quay",
    Condition(
        "service_grant",
        {
            "valid_from": "2026-11-01T00:00:00Z",
            "valid_until": "2027-11-01T00:00:00Z",
            "purposes": ["access-control"],
            "cidr": "10.7.0.0/16",
        },
    ),
)
ENGINES = ("memory", "store", pytest.param("openfga", marks=pytest.mark.engines))


class Stored:
    """The embedded engine as a node has it: each write a transaction, each question a snapshot."""

    def __init__(self) -> None:
        self._store = InlineStore()

    def check(self, question: Check) -> bool:
        return self._store.read(lambda reader: embedded(shipped(), reader).check(question))

    def check_many(self, questions: Sequence[Check]) -> tuple[Answer, ...]:
        return self._store.read(lambda reader: embedded(shipped(), reader).check_many(questions))

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        return self._store.read(lambda reader: embedded(shipped(), reader).read(obj, relation))

    def write(self, add: Sequence[Tuple], remove: Sequence[Tuple] = ()) -> None:
        self._store.write(
            lambda tx: Embedded(model=shipped(), tuples=WritingTuples(tx)).write(add, remove)
        ).result()


@pytest.fixture(scope="module")
def server() -> Iterator[OpenFga]:
    with openfga_here.server() as url:
        engine = openfga_here.engine(url)
        yield engine
        engine.calls.close()


def emptied(engine: OpenFga) -> OpenFga:
    engine.change([], list(engine.calls.read()))
    return engine


@pytest.fixture(params=ENGINES)
def relations(request: pytest.FixtureRequest) -> Relations:
    if request.param == "openfga":
        return emptied(request.getfixturevalue("server"))
    return Stored() if request.param == "store" else Embedded(model=shipped(), tuples=MemoryTuples())


def asked(user: str, relation: str, obj: str, **context: str) -> Check:
    return Check(user, relation, obj, Context(NOW, **context))


def officer(name: Role = Role.SECURITY_OFFICER) -> Tuple:
    return role("jo", name, NODE, PERIOD)


def test_a_role_is_answered_for_its_period_and_in_order(relations: Relations) -> None:
    relations.write([node_of(NODE, PORT), officer()])
    publish = asked("user:jo", Right.PUBLISH_ALERT, of_node(NODE))
    for now, expected in ((START - 1, False), (START, True), (END - 1, True), (END, False)):
        assert relations.check(replace(publish, context=Context(UnixMs(now)))) is expected
    many = [publish, asked("user:al", Right.PUBLISH_ALERT, of_node(NODE)), publish] * 20
    assert relations.check_many(many) == (Answer.YES, Answer.NO, Answer.YES) * 20
    assert relations.check_many([]) == ()


def test_what_was_written_is_read_and_can_be_taken_back(relations: Relations) -> None:
    relations.write([officer()])
    assert list(relations.read(of_node(NODE), Role.SECURITY_OFFICER)) == [officer()]
    longer = replace(officer(), condition=membership(START, UnixMs(END + 1)))
    relations.write([longer, officer(Role.ANALYST)])
    assert list(relations.read(of_node(NODE), Role.SECURITY_OFFICER)) == [longer]
    relations.write([longer])
    relations.write(
        [], [officer(), officer(Role.POLICE)]
    )  # by user, relation and object; what is not there is gone
    assert list(relations.read(of_node(NODE), Role.SECURITY_OFFICER)) == []
    assert list(relations.read(of_node(NODE), Role.ANALYST)) == [officer(Role.ANALYST)]


def test_a_suspension_ends_a_role_at_once(relations: Relations) -> None:
    relations.write([node_of(NODE, PORT), officer()])
    assert relations.check(asked("user:jo", Right.DRAFT, of_node(NODE)))
    relations.write(register_right(PORT, RegisterRight.WITHDRAWN))
    assert not relations.check(asked("user:jo", Right.DRAFT, of_node(NODE)))


def test_missing_context_is_an_error_and_spoils_no_other_answer(relations: Relations) -> None:
    relations.write([GATE, node_of(NODE, PORT), officer()])
    here = {"purpose": "access-control", "client_ip": "10.7.3.4"}
    for lacking in ({}, {"purpose": "access-control"}, {"client_ip": "10.7.3.4"}):
        with pytest.raises(RelationsError):
            relations.check(asked("service:gate-7", "can_check_ban", "facility:quay", **lacking))
    assert relations.check(asked("service:gate-7", "can_check_ban", "facility:quay", **here))
    assert not relations.check(
        asked("service:gate-7", "can_check_ban", "facility:quay", purpose="learning", client_ip="10.7.3.4")
    )
    both = [
        asked("service:gate-7", "can_check_ban", "facility:quay"),
        asked("user:jo", Right.DRAFT, of_node(NODE)),
        asked("service:gate-7", "can_check_ban", "facility:quay", **here),
    ]
    assert relations.check_many(both) == (Answer.NO_ANSWER, Answer.YES, Answer.YES)


@pytest.mark.parametrize(
    ("user", "relation", "obj"),
    [
        ("user:jo", "can_sail", "node:x"),
        ("user:jo", "can_draft", "ship:x"),
        ("pirate:jo", "can_draft", "node:x"),
        ("user:jo", "can_draft", "node:*"),
    ],
)
def test_what_the_model_does_not_know_is_an_error(
    relations: Relations, user: str, relation: str, obj: str
) -> None:
    with pytest.raises(BadQuestion):
        relations.check(asked(user, relation, obj))
    assert relations.check_many([asked(user, relation, obj)]) == (Answer.NO_ANSWER,)


def test_a_contextual_tuple_counts_for_its_question_alone(relations: Relations) -> None:
    relations.write([home("jo", NODE)])
    own = asked("user:jo", "can_read_own_file", of_person("jo"))
    with_oneself = replace(own, contextual=(Tuple("user:jo", "oneself", "user:jo"),))
    assert relations.check_many([own, with_oneself, own]) == (Answer.NO, Answer.YES, Answer.NO)
    assert list(relations.read("user:jo", "oneself")) == []
    bad = replace(own, contextual=(Tuple("user:jo", "security_officer", of_node(NODE)),))
    assert relations.check_many([bad, with_oneself]) == (Answer.NO_ANSWER, Answer.YES)


CASE, ENTRY = CaseId(bytes(range(16))), RecordId(bytes(range(16, 32)))
FOUR_HOURS = 4 * 3_600_000


def said(relations: Relations, *, standing: Standing | None = Standing.MEMBER, now: int = NOW) -> InCase:
    """What one person is in the case."""
    circle = Circle("ports-x", PORT, standing)
    question = Question("jo", CASE, circle, frozenset({"port-security", "learning"}))
    (answer,) = ask(relations, [question], UnixMs(now))
    return answer


def employed(relations: Relations) -> None:
    """Jo works at the port, and the case is of a community."""
    relations.write([node_of(NODE, PORT), employment("jo", PORT, PERIOD), cases.circle(CASE, "ports-x")])


BOTH, NOBODY = frozenset({"port-security", "learning"}), frozenset[str]()


def test_a_broken_glass_reads_for_its_time_and_does_nothing_else(relations: Relations) -> None:
    employed(relations)
    until = UnixMs(NOW + FOUR_HOURS)
    relations.write([cases.glass("jo", CASE, NOW, until, ENTRY)])
    assert said(relations) == InCase(BOTH, NOBODY, leads=False)
    assert said(relations, standing=Standing.CLIENT).read == BOTH
    for now, read in ((NOW - 1, NOBODY), (until - 1, BOTH), (until, NOBODY)):
        assert said(relations, now=now).read == read
    assert said(relations, standing=None) == cases.OUTSIDE
    for part in (Part.READ_OUT, Part.CONFLICTED):
        relations.write([cases.put_out("jo", CASE, part)])
        assert said(relations) == cases.OUTSIDE
        relations.write([], [cases.put_out("jo", CASE, part)])
    expelled = Tuple("user:jo", "expelled", "community:ports-x")
    relations.write([expelled])
    assert said(relations) == cases.OUTSIDE
    relations.write([], [expelled])
    with pytest.raises(ValueError, match="four hours"):
        cases.glass("jo", CASE, NOW, UnixMs(until + 1), ENTRY)
    held = cases.glass("jo", CASE, NOW, until, ENTRY)
    assert held.condition is not None
    for fault in ({"valid_until": "2090-01-01T00:00:00Z"}, {"audit_entry": ""}):
        context = {**held.condition.context, **fault}
        relations.write([replace(held, condition=Condition("glass_broken", context))])
        assert said(relations) == cases.OUTSIDE


def test_who_is_read_in_contributes_for_the_purposes_of_the_case_and_a_lead_reads_in(
    relations: Relations,
) -> None:
    employed(relations)
    relations.write([cases.read_in("jo", CASE, START, END, frozenset({"learning", "crisis"}))])
    assert said(relations) == InCase(frozenset({"learning"}), frozenset({"learning"}), leads=False)
    assert said(relations, now=END) == cases.OUTSIDE
    relations.write([cases.lead("jo", CASE, PERIOD)])
    assert said(relations) == InCase(BOTH, BOTH, leads=True)
    relations.write([cases.put_out("jo", CASE, Part.READ_OUT)])
    assert said(relations) == cases.OUTSIDE


def test_the_contract_notices_a_glass_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: a person by broken glass is taken for one who is read in for good."""
    monkeypatch.setattr(
        cases,
        "glass",
        lambda person, case, opened, _until, _entry: cases.read_in(person, case, opened, END, BOTH),
    )
    with pytest.raises(AssertionError):
        test_a_broken_glass_reads_for_its_time_and_does_nothing_else(
            Embedded(model=shipped(), tuples=MemoryTuples())
        )


CONTEXT = PERIOD.context
REFUSED: dict[str, Callable[[], list[Tuple]]] = {
    "no end": lambda: [
        replace(officer(), condition=Condition(PERIOD.name, {"valid_from": CONTEXT["valid_from"]}))
    ],
    "no condition": lambda: [replace(officer(), condition=None)],
    "another condition": lambda: [replace(officer(), condition=Condition("need_to_know", CONTEXT))],
    "a clock of its own": lambda: [
        replace(officer(), condition=Condition(PERIOD.name, {**CONTEXT, "now": CONTEXT["valid_from"]}))
    ],
    "33 purposes": lambda: [
        replace(
            GATE,
            condition=Condition(
                "service_grant", {**_grant(), "purposes": [f"purpose-{number}" for number in range(33)]}
            ),
        )
    ],
    "no network": lambda: [
        replace(GATE, condition=Condition("service_grant", {**_grant(), "cidr": "10.7.0.1"}))
    ],
    "a node as an officer": lambda: [Tuple("node:x", "security_officer", of_node(NODE), PERIOD)],
    "an unknown relation": lambda: [Tuple("user:jo", "king", of_node(NODE), PERIOD)],
    "twice the same": lambda: [officer(), officer()],
    "101 at once": lambda: [role(f"jo-{number}", Role.ANALYST, NODE, PERIOD) for number in range(101)],
    "its own parent": lambda: [Tuple("community:a", "parent", "community:a")],
    "a circle of three": lambda: [
        Tuple("community:a", "parent", "community:b"),
        Tuple("community:b", "parent", "community:c"),
        Tuple("community:c", "parent", "community:a"),
    ],
}


def _grant() -> dict[str, object]:
    assert GATE.condition is not None
    return dict(GATE.condition.context)


@pytest.mark.parametrize("case", REFUSED)
def test_what_may_not_be_written_is_refused_with_all_that_came_along(relations: Relations, case: str) -> None:
    good = Tuple("user:al", "suspended", of_node(NODE))
    with pytest.raises(BadTuple):
        relations.write([good, *REFUSED[case]()])
    assert list(relations.read(of_node(NODE), "suspended")) == []


def test_a_circle_that_closes_later_is_refused_too(relations: Relations) -> None:
    relations.write(
        [Tuple("community:a", "parent", "community:b"), Tuple("community:b", "parent", "community:c")]
    )
    with pytest.raises(BadTuple):
        relations.write([Tuple("community:c", "parent", "community:a")])
    relations.write(
        [Tuple("community:c", "parent", "community:a")], [Tuple("community:a", "parent", "community:b")]
    )


def test_thirty_two_values_are_not_too_many(relations: Relations) -> None:
    purposes = [f"purpose-{number}" for number in range(31)] + ["access-control"]
    relations.write([replace(GATE, condition=Condition("service_grant", {**_grant(), "purposes": purposes}))])
    here = asked(
        "service:gate-7", "can_check_ban", "facility:quay", purpose="access-control", client_ip="10.7.3.4"
    )
    assert relations.check(here)


def test_the_contract_notices_a_write_path_without_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: tuples that leave a parameter open are written, and whoever asks supplies it."""
    monkeypatch.setattr(tuple_rules, "check_complete", lambda *_: None)
    relations = Embedded(model=shipped(), tuples=MemoryTuples())
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_what_may_not_be_written_is_refused_with_all_that_came_along(relations, "no end")


@pytest.mark.engines
def test_the_contract_notices_a_server_engine_that_takes_an_error_for_a_no(
    monkeypatch: pytest.MonkeyPatch, server: OpenFga
) -> None:
    """The fault planted: what the server cannot answer is a no."""
    real = Calls.ask
    monkeypatch.setattr(
        Calls, "ask", lambda self, asked: tuple(Answer.YES if one else Answer.NO for one in real(self, asked))
    )
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_missing_context_is_an_error_and_spoils_no_other_answer(emptied(server))
