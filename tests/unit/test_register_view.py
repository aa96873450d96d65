"""The register as data: what is read, what is refused with which words, and what of a claim is left."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import registers
from locations import ROOT

from protocol.errors import ProtocolError
from protocol.ids import NodeId, OrganisationId
from protocol.label import Level, parse
from protocol.members import NodeClaim, Standing, meet
from protocol.register import Register, unknown_names

SCHEMA: dict[str, Any] = json.loads((ROOT / "protocol/v1/register.schema.json").read_text())
ANTWERP = NodeId("port-antwerp-bruges")
POLICE = NodeId("police-limburg")
Data = registers.Data


changed, built = registers.changed, registers.built


def fits(value: Data, definition: str) -> bool:
    schema = {**SCHEMA, "$ref": f"#/$defs/{definition}"}
    schema.pop("oneOf")
    validator = jsonschema.Draft202012Validator(schema)
    return bool(validator.is_valid(value))


def test_the_view_holds_what_was_signed() -> None:
    register = registers.register()
    antwerp = register.nodes[ANTWERP]
    assert [site.unlocode for site in antwerp.sites] == ["BEANR", "BEZEE"]
    assert register.serving(ANTWERP) == {"ports-be", "ports-scheldt", "pfso-network"}
    assert antwerp.rights == {"bans", "security_level"}
    assert register.nodes[POLICE].levels == {"BE": Level.SECRET, "EU": Level.RESTRICTED}
    assert register.retention_ceilings["alert_unconfirmed"] == 30 * 86_400_000
    assert register.countries == {"BE", "NL"}
    assert {entry.refused for entry in register.nodes.values()} == {()}
    assert (register.version, register.status, register.policy, register.refused) == (3, "demo", "BE", ())


def test_standing_is_the_organisations_in_the_community() -> None:
    nodes = registers.register().nodes
    standing = {
        n: entry.memberships["pfso-network"].standing
        for n, entry in nodes.items()
        if "pfso-network" in entry.communities
    }
    assert standing == {
        ANTWERP: Standing.MEMBER,
        "north-sea-port": Standing.MEMBER,
        "port-liege": Standing.CLIENT,
        "port-rotterdam": Standing.CLIENT,
    }


def test_a_partner_is_never_a_member() -> None:
    register = changed(
        lambda b, _: (
            b["communities"]["ports-be"]["members"].update({"port-rotterdam": 1})
            or b["communities"]["ports-be"]["serving"].append("port-rotterdam")
        )
    )
    assert register.nodes[NodeId("port-rotterdam")].memberships["ports-be"].standing is Standing.CLIENT


def test_only_a_node_that_serves_a_community_is_in_it() -> None:
    register = changed(lambda b, _: b["communities"]["ports-be"].update(serving=["port-liege"]))
    assert register.serving(ANTWERP) == {"ports-scheldt", "pfso-network"}
    assert register.serving(NodeId("nobody")) == frozenset()


def test_a_withdrawn_organisation_is_in_no_community() -> None:
    register = changed(lambda b, _: b["organisations"]["port-liege"].update(withdrawn_until="2029-06-30"))
    entry = register.nodes[NodeId("port-liege")]
    assert entry.withdrawn_until == 1_877_472_000_000
    assert entry.communities == frozenset()


def test_what_may_be_absent_has_its_default() -> None:
    def bare(board: Data, nodes: Data) -> None:
        for name in ("vocabulary", "processing", "retention", "auto_release", "max_open_feeds", "cooling"):
            del board[name]
        del nodes["port-liege"][0]["address"]
        nodes["port-antwerp-bruges"][0]["roles"] = []
        nodes["port-liege"][0]["roles"] = []

    register = changed(bare)
    assert (register.max_open_feeds, register.cooling_ms) == (200, 72 * 3_600_000)
    assert register.auto_release_ceiling.audience == frozenset()
    assert register.nodes[NodeId("port-liege")].address == ""
    assert register.vocabulary.compartments == frozenset()


def test_erase_keys_are_the_boards_and_revoked_keys_the_organisations() -> None:
    erase, stolen = registers.public_key("erase port-liege"), registers.public_key("stolen")

    def given(board: Data, nodes: Data) -> None:
        board["organisations"]["port-liege"]["erase"] = [erase]
        nodes["port-liege"][0]["revoked"] = [stolen]

    register = changed(given)
    entry = register.nodes[NodeId("port-liege")]
    assert register.organisations[OrganisationId("port-liege")].erase_keys == (bytes.fromhex(erase),)
    assert (entry.erase_keys, entry.revoked) == ((bytes.fromhex(erase),), frozenset({bytes.fromhex(stolen)}))
    assert bytes.fromhex(stolen) not in (*entry.log_keys, *entry.hold_keys)
    others = [e for e in register.nodes.values() if e is not entry]
    assert {(e.erase_keys, e.revoked) for e in others} == {((), frozenset())}


# ---- the meet of claim and grant --------------------------------------------------------------------------------------------


def test_a_claim_beyond_the_grant_is_cut_down_and_shown() -> None:
    def greedy(_: Data, nodes: Data) -> None:
        nodes["port-liege"][0].update(
            level={"BE": "SECRET", "NATO": "NONE"},
            compartments=["DRUGS"],
            regimes=["gdpr", "led"],
            sites=[registers.site("liege", "BELGG"), registers.site("maastricht", "NLMST")],
            approval={"number": "1", "issuer": "nsa-be", "expires": "2029-06-30"},
        )

    entry = changed(greedy).nodes[NodeId("port-liege")]
    assert entry.levels == {"BE": Level.NONE}
    assert entry.compartments == frozenset()
    assert entry.regimes == {"gdpr"}
    assert [site.id for site in entry.sites] == ["liege"]
    assert entry.refused == (
        "level BE: claims SECRET, may have NONE",
        "level: marking NATO is not given to its organisation",
        "site maastricht: country NL is not among its organisation's",
        "compartment DRUGS: not given to its organisation",
        "regime led: not given to its organisation",
    )


def test_nothing_above_none_without_an_approval() -> None:
    entry = changed(lambda _, n: n["police-limburg"][0].pop("approval")).nodes[POLICE]
    assert set(entry.levels.values()) == {Level.NONE}
    assert "level BE: SECRET needs an approval" in entry.refused


def test_an_approval_stands_only_where_something_is_classified() -> None:
    approval = {"number": "1", "issuer": "nsa-be", "expires": "2029-06-30"}
    register = changed(lambda _, n: n["port-liege"][0].update(approval=approval))
    assert register.nodes[NodeId("port-liege")].approval is None
    assert register.nodes[POLICE].approval is not None


def test_a_node_of_a_kind_or_number_not_given_is_not_admitted() -> None:
    def many(board: Data, nodes: Data) -> None:
        board["organisations"]["port-liege"]["nodes"] = 1
        nodes["port-liege"].append(registers.node("port-liege--gate", [registers.site("liege", "BELGG")]))
        nodes["north-sea-port"][0]["kind"] = "authority"

    register = changed(many)
    assert "port-liege--gate" not in register.nodes
    assert "north-sea-port" not in register.nodes
    assert register.refused == (
        "north-sea-port: kind authority is not among its organisation's",
        "port-liege--gate: its organisation may have 1 node(s)",
    )


def test_the_meet_never_exceeds_the_grant_in_code() -> None:
    register = registers.register()
    rich = register.organisations[OrganisationId("police-limburg")]
    poor = register.organisations[OrganisationId("port-liege")]
    entry = meet(claim_of(register, POLICE), poor)
    assert meet(claim_of(register, POLICE), rich).levels["BE"] is Level.SECRET
    assert (entry.levels, entry.compartments, entry.rights) == ({"BE": Level.NONE}, frozenset(), frozenset())


def claim_of(register: Register, node: NodeId) -> NodeClaim:
    entry = register.nodes[node]
    shared = NodeClaim.__dataclass_fields__.keys()
    return NodeClaim(**{name: getattr(entry, name) for name in shared if hasattr(entry, name)})


# ---- what is refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("board/rules", 2, "rules: a whole number from 1 to 1"),
        ("board/rules", ..., "rules: required"),
        ("board/status", "real", "status: one of demo, live"),
        ("board/policy", "UN", "policy: one of BE, EU, NATO"),
        ("board/suspended", True, "suspended: unknown key"),
        ("board/organisations", [], "organisations: an object"),
        ("board/organisations/port--x", {}, "organisations: a name here: an organisation id: a-z, 0-9 and single -, 3 to 40"),
        ("board/organisations/port-liege/frozen", True, "organisations.port-liege.frozen: unknown key"),
        ("board/organisations/port-liege/level/BE", "LOW", "organisations.port-liege.level.BE: one of NONE, RESTRICTED, CONFIDENTIAL, SECRET, TOP-SECRET"),
        ("board/organisations/port-liege/level/UN", "NONE", "organisations.port-liege.level.UN: unknown key"),
        ("board/organisations/port-liege/nodes", True, "organisations.port-liege.nodes: a whole number from 0 to 64"),
        ("board/organisations/port-liege/rights", ["all"], "organisations.port-liege.rights[0]: one of bans, security_level"),
        ("board/organisations/port-liege/withdrawn_until", "2029-02-30", 'organisations.port-liege.withdrawn_until: a day such as "2029-06-30"'),
        ("board/communities/control", {}, "communities.control: reserved"),
        ("board/communities/ports-be/steward", "nobody", "communities.ports-be.steward: no such organisation"),
        ("board/communities/ports-be/members/nobody", 1, "communities.ports-be.members.nobody: no such organisation"),
        ("board/communities/ports-be/members/port-liege", -1, "communities.ports-be.members.port-liege: a whole number from 0 to 3"),
        ("board/communities/pfso-network/clients/port-liege", 4, "communities.pfso-network.clients.port-liege: a whole number from 0 to 3"),
        ("board/communities/ports-scheldt/serving/0", "port-limburg", "communities.ports-scheldt.serving[0]: its organisation is neither member nor client"),
        ("board/vocabulary/colours", [], "vocabulary.colours: unknown key"),
        ("board/processing/0/regime", "home", "processing[0].regime: one of gdpr, led, intel, judicial, customs"),
        ("board/processing/0/kinds", ["alert", "alert"], "processing[0].kinds[1]: no item twice"),
        ("board/processing", registers.board()["processing"] * 2, "processing[1].id: given twice"),
        ("board/organisations/port-liege/withdrawn_until", 2029, 'organisations.port-liege.withdrawn_until: a day such as "2029-06-30"'),
        ("board/organisations/port-liege/withdrawn_until", "20290630", 'organisations.port-liege.withdrawn_until: a day such as "2029-06-30"'),
        ("board/cooling", 72, 'cooling: a duration such as "72h", "30d" or "1y"'),
        ("board/retention/alert_confirmed", "forever", 'retention.alert_confirmed: a duration such as "72h", "30d" or "1y"'),
        ("board/auto_release/audience", ["nobody"], "auto_release.audience[0]: no such community"),
        ("nodes/nobody", [], "nodes: an organisation the board does not list"),
        ("board/organisations/port-liege/erase", ["01" + "00" * 31], "organisations.port-liege.erase[0]: 32 bytes, canonical, in the prime-order subgroup"),
    ],
)  # fmt: skip
def test_what_does_not_read_is_refused_whole_and_by_field(path: str, value: object, words: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        changed(registers.swap(path, value))
    assert str(refused.value) == words


def test_an_erase_key_is_one_organisations() -> None:
    def both(board: Data, _: Data) -> None:
        for name in ("north-sea-port", "port-liege"):
            board["organisations"][name]["erase"] = [registers.public_key("erase")]

    with pytest.raises(
        ProtocolError, match=r"organisations\.port-liege\.erase: a key that north-sea-port has"
    ):
        changed(both)


# ---- names ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("BE:NONE//TLP:GREEN//COMP DRUGS//AUD ports-be//CTRY BE,NL//TO role:port-antwerp-bruges/duty-officer", ()),
        ("BE:NONE//TLP:GREEN//COMP DRUGS,X1//AUD ports-be,ports-moon", ("AUD: ports-moon", "COMP: X1")),
        ("BE:NONE//TLP:GREEN//AUD ports-be//CTRY BE,FR", ("CTRY: FR",)),
        ("BE:NONE//TLP:GREEN//AUD ports-be//TO node:port-moon", ("TO: node:port-moon",)),
        ("BE:NONE//TLP:GREEN//AUD ports-be//TO role:port-liege/pfso", ("TO: role:port-liege/pfso",)),
        ("BE:NONE//TLP:RED//AUD control//TO node:port-liege", ()),
        ("EU:NONE//TLP:RED//AUD control//TO node:port-liege", ("policy: a reserved community is of the register's first policy",)),
    ],
)  # fmt: skip
def test_names_a_register_does_not_know(text: str, unknown: tuple[str, ...]) -> None:
    assert unknown_names(parse(text), registers.register()) == unknown


# ---- the schema and the Belgian federation --------------------------------------------------------------------------------


def test_what_the_code_reads_the_schema_describes() -> None:
    assert fits(registers.board(), "board")
    assert all(fits(node, "node") for listed in registers.nodes().values() for node in listed)


@pytest.mark.parametrize(
    ("definition", "key", "value"),
    [
        ("board", "suspended", True),
        ("board", "rules", 2),
        ("board", "cooling", "soon"),
        ("node", "trusted", True),
        ("node", "log", ["00"]),
        ("node", "sites", []),
    ],
)
def test_what_the_code_refuses_the_schema_refuses(definition: str, key: str, value: object) -> None:
    data = registers.board() if definition == "board" else registers.nodes()["port-liege"][0]
    assert not fits({**data, key: value}, definition)


def test_every_key_of_the_schema_is_read() -> None:
    """A key only the schema knows would be refused by every node."""
    board = copy.deepcopy(registers.board())
    for name in SCHEMA["$defs"]["organisation"]["properties"]:
        erase = [registers.public_key("erase port-liege")]
        values = {"compartments": [], "withdrawn_until": "2029-06-30", "rights": [], "erase": erase}
        board["organisations"]["port-liege"].setdefault(name, values.get(name))
    assert set(board) == set(SCHEMA["$defs"]["board"]["properties"])
    nodes = registers.nodes()
    node = nodes["police-limburg"][0]
    node["roles"], node["revoked"] = ["pfso"], [registers.public_key("stolen")]
    node["proof"] = registers.proof("police-limburg")
    assert set(node) == set(SCHEMA["$defs"]["node"]["properties"])
    built(board, nodes)


@pytest.fixture
def belgium() -> Data:
    path = Path(ROOT / "policies/federation/be.toml")
    return tomllib.loads(path.read_text())


def test_the_belgian_federation_reads_once_its_nodes_have_joined(belgium: Data) -> None:
    board = belgium["board"]
    assert fits(board, "board")
    served = {node for community in board["communities"].values() for node in community["serving"]}
    nodes = {
        name: [
            registers.node(
                name, [registers.site("site", "BEANR")], kind=board["organisations"][name]["kinds"][0]
            )
        ]
        for name in served
    }
    register = built(board, nodes)
    assert register.refused == ()
    assert register.communities["ports-scheldt"].members.keys() == {
        "port-antwerp-bruges",
        "north-sea-port",
        "port-liege",
    }
    assert {"lcmb-antwerp", "lcmb-ghent", "lcmb-zeebrugge", "lcmb-limburg"} <= register.communities.keys()
    assert all(level is Level.NONE for o in register.organisations.values() for level in o.levels.values())


def test_five_bodies_found_the_belgian_federation(belgium: Data) -> None:
    root = belgium["roles"]["root"]
    assert (root["threshold"], len(root["holders"])) == (3, 5)
    assert belgium["roles"]["board"]["threshold"] == 2
    assert set(root["holders"]) <= belgium["board"]["organisations"].keys()
