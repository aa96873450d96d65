"""Why somebody may read a record: each condition named, none of its content, and the same answer as reading gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
import registers
from hypothesis import given, settings
from hypothesis import strategies as st
from label_strategies import labels, readers
from officers_here import MODEL, hire, readable, visitor
from ports import AMBER, ANTWERP, LIMBURG, NORTH_SEA, SCHELDT, Port, port
from record_examples import NOW as START
from record_examples import example

from node.cli import main
from node.commands import search
from node.commands.address import Address
from node.commands.explain import Explained, explain, explain_node, explain_person
from node.commands.publish import Released
from node.store import holds
from node.store.holds import HoldRow, HoldState
from policies.clearance import Reader, for_node, for_reader, may_follow, may_read
from policies.decision import Permit
from policies.officers import Role
from protocol.ids import NodeId, RecordId, UnixMs
from protocol.label import Label
from protocol.v1 import records_pb2 as pb

REGISTER = registers.register()
NOW = UnixMs(START)
RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port"


def told(at: Port, out: Released, login: str) -> Explained:
    found = at.store.read(lambda r: explain_person(r, at.ctx, MODEL, Address(out.record), login))
    assert found is not None
    return found


def denied(found: Explained) -> list[str]:
    return [f"{line.part}: {line.words}" for line in found.lines if not line.holds]


def test_who_reads_it_is_told_so_condition_by_condition() -> None:
    at = port()
    out = at.release(AMBER)
    hire(at, "a.peeters")
    found = told(at, out, "a.peeters")
    assert found.permitted
    assert {line.part for line in found.lines} == {
        "record",
        "relations",
        "label",
        "purpose",
        "conflict",
        "case",
    }
    assert "roles: security_officer" in [line.words for line in found.lines]


@pytest.mark.parametrize("node", [False, True])
def test_an_answer_is_audited_and_what_is_not_here_is_none(node: bool) -> None:
    at = port()
    out, who = at.release(AMBER), hire(at, "a.peeters")
    whom = str(NORTH_SEA) if node else "a.peeters"

    def asked(record: RecordId, whom: str) -> Explained | None:
        return at.store.write(
            lambda tx: explain(tx, at.ctx, MODEL, Address(record), whom, node=node, actor="administrator/cli")
        ).result()

    assert asked(out.record, whom) is not None
    last = at.audits()[-1]
    assert (last.act, last.actor, last.record.record_id) == (
        "policy_explain",
        "administrator/cli",
        out.record,
    )
    assert dict(last.details) == ({"node": whom} if node else {"person": who})
    before = len(at.audits())
    assert asked(out.record, "no.body") is None
    assert asked(RecordId(bytes(16)), whom) is None
    assert len(at.audits()) == before


def test_a_silent_look_out_of_another_port_is_for_integrity_officers_alone() -> None:
    at, north = port(), port(NORTH_SEA)
    message = example("indicator", on_hit=pb.Indicator.ON_HIT_SILENT)
    out = north.publish(message, AMBER)
    at.pull(north, out.feed.feed)
    hire(at, "k.captain", Role.PORT_CAPTAIN)
    hire(at, "i.officer", Role.INTEGRITY_OFFICER, Role.PORT_CAPTAIN)
    assert denied(told(at, out, "k.captain")) == [
        "record: a silent look-out of another port: integrity officers alone see it"
    ]
    assert told(at, out, "i.officer").permitted


@pytest.mark.parametrize(
    ("label", "purposes", "why"),
    [
        (RED, "port-security", "label: recipient: not among the recipients the label names"),
        (AMBER + "//PURPOSE crisis", "port-security", "purpose: purpose (port-security): only for crisis"),
    ],
)
def test_who_does_not_is_told_which_condition_denies(label: str, purposes: str, why: str) -> None:
    at = port()
    out = at.release(label)
    hire(at, "a.peeters", purposes=purposes)
    assert denied(told(at, out, "a.peeters")) == [why]


def test_what_is_withdrawn_on_hold_or_gone_is_said() -> None:
    at = port()
    out = at.release(AMBER)
    hire(at, "a.peeters")
    at.withdraw(out)
    assert denied(told(at, out, "a.peeters")) == [
        "record: it is retracted: its line shows, its text does not"
    ]
    row = HoldRow(
        lineage=out.feed.lineage,
        record=out.record,
        state=HoldState.HELD,
        reference="x",
        asked_by="d",
        asked_ms=at.ctx.now(),
    )
    at.store.write(lambda tx: holds.put(tx, row)).result()
    assert denied(told(at, out, "a.peeters")) == ["record: it is on hold"]


def test_an_account_without_a_role_is_denied_by_relations() -> None:
    at = port()
    out = at.release(AMBER)
    hire(at, "a.peeters")
    at.store.write(lambda tx: tx.run("DELETE FROM relation")).result()
    assert "relations: no role in force here" in denied(told(at, out, "a.peeters"))


def test_nothing_of_the_content_is_in_it() -> None:
    at = port()
    text = example("alert")
    text.common.title = "SECRET-TITLE"
    out = at.publish(text)
    hire(at, "a.peeters", Role.ANALYST)
    assert "SECRET-TITLE" not in str(told(at, out, "a.peeters"))


def test_of_a_node_the_register_and_the_label_say() -> None:
    at = port(ANTWERP)
    out = at.release(SCHELDT)
    where = Address(out.record)
    found = {
        node: at.store.read(lambda r, n=node: explain_node(r, at.ctx, where, n))  # type: ignore[misc]
        for node in (ANTWERP, NORTH_SEA, LIMBURG)
    }
    assert {node: one.permitted for node, one in found.items() if one} == {
        ANTWERP: True,
        NORTH_SEA: True,
        LIMBURG: False,
    }
    other = found[LIMBURG]
    assert other is not None
    assert denied(other) == ["label: community: not in ports-scheldt"]


def test_nobody_and_nothing_are_none() -> None:
    at = port()
    out = at.release()
    assert at.store.read(lambda r: explain_person(r, at.ctx, MODEL, Address(out.record), "nobody")) is None
    assert at.store.read(lambda r: explain_node(r, at.ctx, Address(out.record), LIMBURG)) is not None
    gone = replace(Address(out.record), record=type(out.record)(bytes(16)))
    assert at.store.read(lambda r: explain_node(r, at.ctx, gone, LIMBURG)) is None


def test_it_says_what_reading_does() -> None:
    at = port()
    outs = [at.release(label) for label in (AMBER, SCHELDT, RED)]
    who = visitor(at, hire(at, "a.peeters"))
    for out in outs:
        seen = at.store.read(
            lambda r, o=out: search.found(r, at.ctx, readable(at), who.reading, Address(o.record))  # type: ignore[misc]
        )
        assert told(at, out, "a.peeters").permitted is (seen is not None)


@settings(max_examples=60)
@given(readers(), labels())
def test_each_condition_by_itself_gives_the_decision(reader: Reader, label: Label) -> None:
    for purpose in sorted(reader.purposes) or [""]:
        conditions = for_reader(reader, label, purpose)
        permitted = isinstance(may_read(reader, label, purpose), Permit)
        assert permitted is all(refusal is None for _, refusal in conditions)


@settings(max_examples=60)
@given(st.sampled_from(sorted(REGISTER.nodes)), labels(), st.sampled_from([None, 1, 3]))
def test_each_condition_of_a_node_gives_the_decision(name: NodeId, label: Label, since: int | None) -> None:
    node = REGISTER.nodes[name]
    conditions = for_node(node, label, epoch_since=since, now=NOW)
    decision = may_follow(node, label, REGISTER, origin=NodeId("nobody"), epoch_since=since, now=NOW)
    assert isinstance(decision, Permit) is all(refusal is None for _, refusal in conditions)


def test_the_command_says_it_and_answers_by_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "explain", "--record", "x", "--config", "none.toml", "--node", "n"]) == 4
    assert "32 hexadecimal digits" in capsys.readouterr().err
