"""A mistake costs whoever made it: an entry that does not read leaves its node out, and a key is its node's who proves it."""

from __future__ import annotations

from typing import Any

import pytest
import registers

from protocol import possession, register_nodes
from protocol.errors import ProtocolError
from protocol.ids import NodeId
from protocol.register import Register

LIEGE, LIMBURG, GATE = "port-liege", "port-limburg", "port-liege--gate"
ALL = frozenset(entry["id"] for listed in registers.nodes().values() for entry in listed)
Data = registers.Data


def out(register: Register) -> set[str]:
    """The nodes that are left out of the six."""
    return set(ALL - register.nodes.keys())


# ---- Entries that do not read -----------------------------------------------------------------------------------------------

MISTAKES: list[tuple[str, object, str]] = [
        ("id", "port-limburg--x", "id: its organisation's id, alone or followed by -- and a name"),
        ("id", "Port", "id: a node id: a-z, 0-9 and -, 3 to 40, at most one --"),
        ("trusted", True, "trusted: unknown key"),
        ("address", "liege", "address: host:port"),
        ("sites", [], "sites: a list of 1 to 64"),
        ("sites/0/country", "NL", "sites[0].unlocode: begins with the site's country"),
        ("sites", [registers.site("liege", "BELGG")] * 2, "sites[1].id: given twice"),
        ("roles", ["king"], "roles[0]: not in the register's vocabulary"),
        ("log", ["00"], "log[0]: 64 hex digits, lower case"),
        ("log", ["01" + "00" * 31], "log[0]: 32 bytes, canonical, in the prime-order subgroup"),
        ("revoked", ["FF"], "revoked[0]: 64 hex digits, lower case"),
        ("tls", ["no certificate"], "tls[0]: one PEM certificate"),
        ("tls", [registers.pem(b"abc").replace("\n-", "=\n-")], "tls[0]: one PEM certificate"),
        ("proof", {"00": ""}, "proof: a name here: 64 hex digits, lower case"),
        ("proof", {"00" * 32: "00"}, f"proof.{'00' * 32}: 128 hex digits, lower case"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "words"), MISTAKES)
def test_an_entry_that_does_not_read_costs_its_node_alone(path: str, value: object, words: str) -> None:
    register = registers.changed(registers.swap(f"nodes/{LIEGE}/0/{path}", value))
    assert out(register) == {LIEGE}
    assert f"{LIEGE}: left out: nodes.port-liege[0].{words}" in register.refused
    plain = registers.register()
    for name in ALL - {LIEGE}:
        before, after = plain.nodes[NodeId(name)], register.nodes[NodeId(name)]
        assert {field: getattr(before, field) for field in before.__slots__} == {
            field: getattr(after, field) for field in after.__slots__
        }


@pytest.mark.parametrize(("path", "value", "words"), MISTAKES[:3])
def test_what_an_organisation_changes_itself_is_an_error_to_it(path: str, value: object, words: str) -> None:
    change = registers.swap(f"nodes/{LIEGE}/0/{path}", value)
    with pytest.raises(ProtocolError) as refused:
        registers.changed(change, exacting={LIEGE})
    assert str(refused.value) == f"nodes.port-liege[0].{words}"
    assert out(registers.changed(change, exacting={LIMBURG})) == {LIEGE}


def test_an_organisations_other_nodes_stay() -> None:
    def two(_: Data, nodes: Data) -> None:
        nodes[LIEGE].append({**registers.node(GATE, [registers.site("liege", "BELGG")]), "trusted": True})

    register = registers.changed(two)
    assert out(register) == set()
    assert register.refused == (f"{GATE}: left out: nodes.port-liege[1].trusted: unknown key",)


def test_of_too_many_entries_none_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_nodes, "NODES_MAX", 1)

    def two(_: Data, nodes: Data) -> None:
        nodes[LIEGE].append(registers.node(GATE, [registers.site("liege", "BELGG")]))

    register = registers.changed(two)
    assert out(register) == {LIEGE}
    assert f"{LIEGE}: left out: nodes.port-liege: at most 1" in register.refused


def test_of_more_nodes_than_granted_the_first_are_in() -> None:
    def many(board: Data, nodes: Data) -> None:
        board["organisations"][LIEGE]["nodes"] = 1
        nodes[LIEGE].insert(0, registers.node(GATE, [registers.site("liege", "BELGG")]))

    register = registers.changed(many)
    assert out(register) == set()
    assert register.refused == (f"{GATE}: its organisation may have 1 node(s)",)


def test_a_node_listed_twice_is_read_once() -> None:
    def twice(_: Data, nodes: Data) -> None:
        again = registers.node(LIEGE, [registers.site("liege", "BELGG")])
        nodes[LIEGE].append({**again, "log": [registers.public_key("x")], "address": "127.0.0.1:1"})

    register = registers.changed(twice)
    assert register.nodes[NodeId(LIEGE)].address == "127.0.0.1:7401"
    assert register.refused == (f"{LIEGE}: left out: nodes.port-liege[1]: listed twice",)


def test_a_community_may_name_a_node_that_is_not_there() -> None:
    register = registers.changed(registers.swap("board/communities/ports-scheldt/serving/0", GATE))
    assert register.refused == (f"communities.ports-scheldt.serving: not listed: {GATE}",)
    assert GATE not in register.communities["ports-scheldt"].serving


def test_what_no_organisation_can_cause_refuses_the_register() -> None:
    with pytest.raises(ProtocolError, match="nodes: an organisation the board does not list"):
        registers.changed(registers.swap("nodes/nobody", []))


# ---- Whose a key is ---------------------------------------------------------------------------------------------------------


def _claims(uses: dict[str, tuple[str, str]], *proven: str, **more: Any) -> Register:
    """The register in which each of these nodes lists, for a use, the key of a name; `proven` are those who prove it."""

    def change(board: Data, nodes: Data) -> None:
        board["organisations"]["north-sea-port"]["erase"] = [registers.public_key("erase")]
        for node, (use, name) in uses.items():
            entry = nodes[node][0]
            entry[use] = [*entry.get(use, []), registers.public_key(name)]
            entry["proof"] = registers.proof(node, name) if node in proven else {}

    return registers.changed(change, **more)


@pytest.mark.parametrize(
    ("uses", "proven", "left_out"),
    [
        # who copies a key harms itself alone, whatever it lists it for
        ({LIEGE: ("log", "k"), LIMBURG: ("log", "k")}, [LIMBURG], {LIEGE}),
        ({LIEGE: ("hold", "k"), LIMBURG: ("log", "k")}, [LIMBURG], {LIEGE}),
        # where nobody proves it, or both do, neither can be told from the other
        ({LIEGE: ("log", "k"), LIMBURG: ("log", "k")}, [], {LIEGE, LIMBURG}),
        ({LIEGE: ("log", "k"), LIMBURG: ("log", "k")}, [LIEGE, LIMBURG], {LIEGE, LIMBURG}),
        ({LIEGE: ("log", "log port-liege")}, [], {LIEGE}),
        ({LIEGE: ("hold", "log port-liege")}, [LIEGE], {LIEGE}),
        # revoked: by itself, by another that had it, by another that only says so
        ({LIEGE: ("revoked", "log port-liege")}, [LIEGE], {LIEGE}),
        ({LIEGE: ("log", "k"), LIMBURG: ("revoked", "k")}, [LIEGE, LIMBURG], {LIEGE}),
        ({LIEGE: ("log", "k"), LIMBURG: ("revoked", "k")}, [LIMBURG], {LIEGE}),
        ({LIEGE: ("log", "k"), LIMBURG: ("revoked", "k")}, [LIEGE], set()),
        ({LIEGE: ("log", "k"), LIMBURG: ("revoked", "k")}, [], set()),
        ({LIEGE: ("log", "erase")}, [LIEGE], {LIEGE}),
        ({LIEGE: ("tls", "k")}, [], {LIEGE}),
    ],
)  # fmt: skip
def test_a_key_is_its_nodes_who_proves_it(
    uses: dict[str, tuple[str, str]], proven: list[str], left_out: set[str]
) -> None:
    register = _claims(uses, *proven)
    assert out(register) == left_out
    assert {words.partition(":")[0] for words in register.refused if "left out" in words} == left_out


def test_a_certificate_of_two_nodes_is_neithers() -> None:
    """Admission asks that a certificate names its node, so this does not come about; if it did, nobody's door is opened."""
    register = registers.changed(registers.swap(f"nodes/{LIEGE}/0/tls", [registers.pem(b"tls port-limburg")]))
    assert out(register) == {LIEGE, LIMBURG}


def test_a_proof_is_for_one_node() -> None:
    """Another's proof, copied with the key, proves nothing."""

    def copied(_: Data, nodes: Data) -> None:
        nodes[LIMBURG][0]["proof"] = registers.proof(LIMBURG)
        nodes[LIEGE][0].update(log=[registers.public_key("log port-limburg")], proof=registers.proof(LIMBURG))

    assert out(registers.changed(copied)) == {LIEGE}


def test_a_node_that_is_not_of_its_kind_disputes_nothing() -> None:
    def other(_: Data, nodes: Data) -> None:
        nodes[LIEGE][0].update(kind="authority", log=[registers.public_key("log port-limburg")])

    assert out(registers.changed(other)) == {LIEGE}


def test_without_proofs_a_copied_key_would_put_its_owner_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: any organisation could block any other's node."""
    uses = {LIEGE: ("log", "k"), LIMBURG: ("log", "k")}
    assert LIMBURG in _claims(uses, LIMBURG).nodes
    monkeypatch.setattr(possession, "proves", lambda claim, key: False)
    assert LIMBURG not in _claims(uses, LIMBURG).nodes


def test_without_the_dispute_two_nodes_would_have_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault."""
    uses = {LIEGE: ("log", "k"), LIMBURG: ("log", "k")}
    monkeypatch.setattr(register_nodes, "disputed", lambda claims, erase: iter(()))
    assert out(_claims(uses)) == set()
