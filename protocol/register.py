"""The register as everybody reads it: a pure view of what the board and the organisations signed.

Guarantees
* A `Register` is complete and consistent: node ids begin with their organisation's id, every key and certificate occurs once,
  communities name organisations and nodes that exist, Ed25519 keys are canonical.
* A mistake costs whoever made it: the board's refuses the register whole, with the field that is wrong; a node's leaves that node
  out, in words (`Register.refused`); a claim beyond the board's grant is cut down, in words (`NodeEntry.refused`).
* A key that is not described in `v1/register.schema.json` is refused under this rules version (`RULES`): it might be a
  restriction, and what cannot be understood must not widen anything. A register that needs more says so by its `rules`.

Does not verify signatures or expiry, parse certificates beyond their DER bytes, or fetch anything: `node/register.py` does.

The board's custom data is one object (`organisations`, `communities`, `vocabulary`, …); an organisation's is a list of its nodes.
`v1/register.schema.json` describes both, field by field.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from protocol.errors import ProtocolError
from protocol.ids import NodeId, OrganisationId, UnixMs, organisation_of
from protocol.label import LEVEL_NAMED, POLICIES, RESERVED, TLP_NAMED
from protocol.members import (
    NODE_KINDS,
    REGIMES,
    RIGHTS,
    Approval,
    Membership,
    NodeClaim,
    NodeEntry,
    Organisation,
    Site,
    Standing,
    meet,
)
from protocol.register_forms import (
    COMPARTMENT,
    COMPARTMENT_RULE,
    COUNTRY,
    COUNTRY_RULE,
    NODE,
    ORGANISATION,
    UNLOCODE,
    keys,
    levels,
)
from protocol.register_nodes import Listed, Mistakes, admit
from protocol.register_view import (
    STATUSES,
    AutoReleaseCeiling,
    Community,
    Processing,
    Register,
    Vocabulary,
    unknown_names,
)
from protocol.strict import CODE, CODE_RULE, LINE, LINE_RULE, Strict

__all__ = [
    "RULES", "Approval", "AutoReleaseCeiling", "Community", "Membership", "NodeClaim", "NodeEntry", "Organisation", "Processing",
    "Register", "Site", "Standing", "Vocabulary", "build_register", "meet", "unknown_names",
]  # fmt: skip

RULES: Final = 1
"""Version of the rules that this code reads a register by."""

NODES_MAX: Final = 64
"""Nodes that the board may give one organisation."""


def build_register(
    board: Mapping[str, object],
    nodes: Listed,
    *,
    version: int,
    hash: bytes,  # noqa: A002  the field's own name
    expires_ms: UnixMs,
    exacting: Collection[str] = (),
) -> Register:
    """The view of one verified set. `board`: custom data of the board's targets; `nodes`: of each organisation's.

    Raises ProtocolError naming the field where the board is wrong, `organisations.port-x.level.BE: one of …`, and where an
    organisation is that is `exacting`, `nodes.port-x[0].log[0]: …`.
    """
    top = Strict(board)
    top.whole("rules", RULES, RULES)
    policy = top.choice("policy", sorted(POLICIES))
    organisations = _organisations(top.section("organisations"))
    communities = _communities(top.section("communities"), organisations, version)
    vocabulary = _vocabulary(top.section("vocabulary", optional=True))
    _erase_keys_once(organisations)
    mistakes = Mistakes(exacting)
    entries = admit(nodes, organisations, communities, vocabulary, mistakes)
    register = Register(
        version=version,
        hash=hash,
        status=top.choice("status", STATUSES),
        policy=policy,
        expires_ms=expires_ms,
        organisations=MappingProxyType(organisations),
        nodes=MappingProxyType(entries),
        communities=MappingProxyType(dict(_served(communities, entries, nodes, mistakes))),
        vocabulary=vocabulary,
        processing=MappingProxyType(dict(_processing(top))),
        retention_ceilings=MappingProxyType(dict(_retention(top.section("retention", optional=True)))),
        auto_release_ceiling=_ceiling(top, communities),
        max_open_feeds=top.whole("max_open_feeds", 1, 100_000, 200),
        cooling_ms=top.duration("cooling", "72h"),
        refused=tuple(mistakes.words),
        by_fingerprint=MappingProxyType({f: e.id for e in entries.values() for f in e.fingerprints}),
    )
    top.done()
    return register


def _organisations(section: Strict) -> dict[OrganisationId, Organisation]:
    return {
        OrganisationId(name): _organisation(OrganisationId(name), section.section(name))
        for name in section.names(ORGANISATION, "an organisation id: a-z, 0-9 and single -, 3 to 40")
    }


def _organisation(name: OrganisationId, fields: Strict) -> Organisation:
    found = Organisation(
        id=name,
        name=fields.text("name", LINE, LINE_RULE),
        kinds=fields.among("kinds", NODE_KINDS),
        countries=frozenset(fields.texts("countries", COUNTRY, COUNTRY_RULE, least=1)),
        levels=levels(fields),
        compartments=frozenset(fields.texts("compartments", COMPARTMENT, COMPARTMENT_RULE, optional=True)),
        regimes=fields.among("regimes", REGIMES),
        rights=fields.among("rights", RIGHTS),
        nodes=fields.whole("nodes", 0, NODES_MAX),
        withdrawn_until=fields.day("withdrawn_until") if "withdrawn_until" in fields else None,
        erase_keys=keys(fields, "erase", least=0),
    )
    fields.done()
    return found


def _communities(
    section: Strict, organisations: Mapping[OrganisationId, Organisation], version: int
) -> dict[str, Community]:
    found = {}
    for name in section.names(CODE, "a community: a-z, 0-9, _ and -, 2 to 40"):
        if name in RESERVED:
            raise section.fail(name, "reserved")
        found[name] = _community(name, section.section(name), organisations, version)
    return found


def _community(
    name: str, fields: Strict, organisations: Mapping[OrganisationId, Organisation], version: int
) -> Community:
    steward = OrganisationId(fields.text("steward", ORGANISATION, "an organisation id"))
    if steward not in organisations:
        raise fields.fail("steward", "no such organisation")
    members = _since(fields.section("members"), organisations, version)
    clients = _since(fields.section("clients", optional=True), organisations, version)
    serving = fields.texts("serving", NODE, "a node id", optional=True)
    for place, node in enumerate(serving):
        if organisation_of(NodeId(node)) not in members.keys() | clients.keys():
            raise fields.fail(f"serving[{place}]", "its organisation is neither member nor client")
    title = fields.text("title", LINE, LINE_RULE)
    fields.done()
    return Community(name, title, steward, members, clients, frozenset(map(NodeId, serving)))


def _since(
    section: Strict, organisations: Mapping[OrganisationId, Organisation], version: int
) -> Mapping[OrganisationId, int]:
    """Nobody belongs since a register that is still to come: what was said in between would be its too."""
    found = {}
    for name in section.names(ORGANISATION, "an organisation id"):
        if name not in organisations:
            raise section.fail(name, "no such organisation")
        found[OrganisationId(name)] = section.whole(name, 0, version)
    return MappingProxyType(found)


def _erase_keys_once(organisations: Mapping[OrganisationId, Organisation]) -> None:
    owner: dict[bytes, OrganisationId] = {}
    for organisation in organisations.values():
        for key in organisation.erase_keys:
            if key in owner:
                where = f"organisations.{organisation.id}.erase"
                raise ProtocolError(f"a key that {owner[key]} has too", where=where)
            owner[key] = organisation.id


def _served(
    communities: Mapping[str, Community],
    entries: Mapping[NodeId, NodeEntry],
    nodes: Listed,
    mistakes: Mistakes,
) -> Iterator[tuple[str, Community]]:
    """The communities, each with the nodes among those it names that there are: an organisation may take its own away."""
    listed = {str(entry.get("id")) for of_one in nodes.values() for entry in of_one}
    for name, community in communities.items():
        if absent := sorted(community.serving - listed):
            mistakes.words.append(f"communities.{name}.serving: not listed: {', '.join(absent)}")
        yield name, replace(community, serving=community.serving & entries.keys())


def _vocabulary(section: Strict) -> Vocabulary:
    found = Vocabulary(
        compartments=frozenset(section.texts("compartments", COMPARTMENT, COMPARTMENT_RULE, optional=True)),
        roles=frozenset(section.texts("roles", CODE, CODE_RULE, optional=True)),
        unlocodes=frozenset(section.texts("unlocode", UNLOCODE, "a UN/LOCODE", most=200_000, optional=True)),
        modus_operandi=frozenset(section.texts("modus_operandi", CODE, CODE_RULE, optional=True)),
    )
    section.done()
    return found


def _processing(top: Strict) -> Iterator[tuple[str, Processing]]:
    seen: set[str] = set()
    for fields in top.sections("processing", optional=True):
        entry = Processing(
            id=fields.text("id", CODE, CODE_RULE),
            title=fields.text("title", LINE, LINE_RULE),
            regime=fields.choice("regime", REGIMES),
            kinds=frozenset(fields.texts("kinds", CODE, "a record kind", least=1)),
        )
        if entry.id in seen:
            raise fields.fail("id", "given twice")
        seen.add(entry.id)
        fields.done()
        yield entry.id, entry


def _retention(section: Strict) -> Iterator[tuple[str, int]]:
    for name in section.names(CODE, CODE_RULE):
        yield name, section.duration(name)


def _ceiling(top: Strict, communities: Mapping[str, Community]) -> AutoReleaseCeiling:
    """Absent: nothing is released by rule."""
    if "auto_release" not in top:
        return AutoReleaseCeiling()
    fields = top.section("auto_release")
    audience = fields.texts("audience", CODE, "a community")
    for place, name in enumerate(audience):
        if name not in communities:
            raise fields.fail(f"audience[{place}]", "no such community")
    found = AutoReleaseCeiling(
        level=LEVEL_NAMED[fields.choice("level", list(LEVEL_NAMED))],
        tlp=TLP_NAMED[fields.choice("tlp", list(TLP_NAMED))],
        audience=frozenset(audience),
    )
    fields.done()
    return found
