"""The register as everybody reads it: a pure view of what the board and the organisations signed.

Guarantees
* A `Register` is complete and consistent: node ids begin with their organisation's id, every key and certificate occurs once,
  communities name organisations and nodes that exist, Ed25519 keys are canonical. Anything else is refused whole, with the
  field that is wrong; a claim beyond the board's grant is not an error but cut down, in words (`NodeEntry.refused`, `.refused`).
* A key that is not described in `v1/register.schema.json` is refused under this rules version (`RULES`): it might be a
  restriction, and what cannot be understood must not widen anything. A register that needs more says so by its `rules`.

Does not verify signatures or expiry, parse certificates beyond their DER bytes, or fetch anything: `node/register.py` does.

The board's custom data is one object (`organisations`, `communities`, `vocabulary`, …); an organisation's is a list of its nodes.
`v1/register.schema.json` describes both, field by field.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from protocol.errors import ProtocolError
from protocol.ids import NodeId, OrganisationId, UnixMs, organisation_of
from protocol.keys import check_ed25519
from protocol.label import LEVEL_NAMED, POLICIES, RESERVED, TLP_NAMED
from protocol.members import (
    NODE_KINDS,
    REGIMES,
    RIGHTS,
    Approval,
    Levels,
    Membership,
    NodeClaim,
    NodeEntry,
    Organisation,
    Site,
    Standing,
    meet,
    unfit,
)
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
"""Nodes of one organisation that are read at all."""

REVOKED_MAX: Final = 64
"""Revoked keys of one node that are read at all."""

_ORGANISATION = re.compile(r"(?=.{3,40}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
_NODE = re.compile(r"(?!.*--.*--)(?!.*---)[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
_COUNTRY = re.compile(r"[A-Z]{2}")
_UNLOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_COMPARTMENT = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
_HEX = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):[1-9][0-9]{0,4}")
_PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/=]{1,76}\n){1,64})-----END CERTIFICATE-----\n?"
)


def build_register(
    board: Mapping[str, object],
    nodes: Mapping[str, list[dict[str, object]]],
    *,
    version: int,
    hash: bytes,  # noqa: A002  the field's own name
    expires_ms: UnixMs,
) -> Register:
    """The view of one verified set. `board`: custom data of the board's targets; `nodes`: of each organisation's.

    Raises ProtocolError naming the field: `organisations.port-x.level.BE: one of …`, `nodes.port-x[0].log[0]: …`.
    """
    top = Strict(board)
    top.whole("rules", RULES, RULES)
    policy = top.choice("policy", sorted(POLICIES))
    organisations = _organisations(top.section("organisations"))
    communities = _communities(top.section("communities"), organisations)
    vocabulary = _vocabulary(top.section("vocabulary", optional=True))
    claims = _claims(nodes, organisations, vocabulary)
    _each_key_once(claims, organisations)
    entries, refused = _entries(claims, organisations, communities)
    _serving_exists(communities, frozenset(claim.id for claim in claims))
    register = Register(
        version=version,
        hash=hash,
        status=top.choice("status", STATUSES),
        policy=policy,
        expires_ms=expires_ms,
        organisations=MappingProxyType(organisations),
        nodes=MappingProxyType(entries),
        communities=MappingProxyType(communities),
        vocabulary=vocabulary,
        processing=MappingProxyType(dict(_processing(top))),
        retention_ceilings=MappingProxyType(dict(_retention(top.section("retention", optional=True)))),
        auto_release_ceiling=_ceiling(top, communities),
        max_open_feeds=top.whole("max_open_feeds", 1, 100_000, 200),
        cooling_ms=top.duration("cooling", "72h"),
        refused=refused,
        by_fingerprint=MappingProxyType({f: e.id for e in entries.values() for f in e.fingerprints}),
    )
    top.done()
    return register


def _organisations(section: Strict) -> dict[OrganisationId, Organisation]:
    return {
        OrganisationId(name): _organisation(OrganisationId(name), section.section(name))
        for name in section.names(_ORGANISATION, "an organisation id: a-z, 0-9 and single -, 3 to 40")
    }


def _organisation(name: OrganisationId, fields: Strict) -> Organisation:
    found = Organisation(
        id=name,
        name=fields.text("name", LINE, LINE_RULE),
        kinds=fields.among("kinds", NODE_KINDS),
        countries=frozenset(fields.texts("countries", _COUNTRY, "two capital letters", least=1)),
        levels=_levels(fields),
        compartments=frozenset(fields.texts("compartments", _COMPARTMENT, "A-Z, 0-9 and -", optional=True)),
        regimes=fields.among("regimes", REGIMES),
        rights=fields.among("rights", RIGHTS),
        nodes=fields.whole("nodes", 0, NODES_MAX),
        withdrawn_until=fields.day("withdrawn_until") if "withdrawn_until" in fields else None,
        erase_keys=_keys(fields, "erase", least=0),
    )
    fields.done()
    return found


def _levels(fields: Strict) -> Levels:
    section = fields.section("level")
    found = {
        policy: LEVEL_NAMED[section.choice(policy, list(LEVEL_NAMED))]
        for policy in sorted(POLICIES)
        if policy in section
    }
    section.done()
    return MappingProxyType(found)


def _communities(
    section: Strict, organisations: Mapping[OrganisationId, Organisation]
) -> dict[str, Community]:
    found = {}
    for name in section.names(CODE, "a community: a-z, 0-9, _ and -, 2 to 40"):
        if name in RESERVED:
            raise section.fail(name, "reserved")
        found[name] = _community(name, section.section(name), organisations)
    return found


def _community(name: str, fields: Strict, organisations: Mapping[OrganisationId, Organisation]) -> Community:
    steward = OrganisationId(fields.text("steward", _ORGANISATION, "an organisation id"))
    if steward not in organisations:
        raise fields.fail("steward", "no such organisation")
    members = _since(fields.section("members"), organisations)
    clients = _since(fields.section("clients", optional=True), organisations)
    serving = fields.texts("serving", _NODE, "a node id", optional=True)
    for place, node in enumerate(serving):
        if organisation_of(NodeId(node)) not in members.keys() | clients.keys():
            raise fields.fail(f"serving[{place}]", "its organisation is neither member nor client")
    title = fields.text("title", LINE, LINE_RULE)
    fields.done()
    return Community(name, title, steward, members, clients, frozenset(map(NodeId, serving)))


def _since(
    section: Strict, organisations: Mapping[OrganisationId, Organisation]
) -> Mapping[OrganisationId, int]:
    found = {}
    for name in section.names(_ORGANISATION, "an organisation id"):
        if name not in organisations:
            raise section.fail(name, "no such organisation")
        found[OrganisationId(name)] = section.whole(name, 0, 1 << 53)
    return MappingProxyType(found)


def _serving_exists(communities: Mapping[str, Community], known: frozenset[NodeId]) -> None:
    for community in communities.values():
        if community.serving - known:
            raise ProtocolError(
                "names a node that is not listed", where=f"communities.{community.name}.serving"
            )


def _vocabulary(section: Strict) -> Vocabulary:
    found = Vocabulary(
        compartments=frozenset(section.texts("compartments", _COMPARTMENT, "A-Z, 0-9 and -", optional=True)),
        roles=frozenset(section.texts("roles", CODE, CODE_RULE, optional=True)),
        unlocodes=frozenset(section.texts("unlocode", _UNLOCODE, "a UN/LOCODE", most=200_000, optional=True)),
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


# ---- nodes -----------------------------------------------------------------------------------------------------------------


def _claims(
    nodes: Mapping[str, list[dict[str, object]]],
    organisations: Mapping[OrganisationId, Organisation],
    vocabulary: Vocabulary,
) -> list[NodeClaim]:
    found: list[NodeClaim] = []
    for name in sorted(nodes):
        if name not in organisations:
            raise ProtocolError("an organisation the board does not list", where="nodes")
        listed = Strict(nodes, "nodes").sections(name, most=NODES_MAX)
        found.extend(_claim(OrganisationId(name), fields, vocabulary) for fields in listed)
    return found


def _claim(organisation: OrganisationId, fields: Strict, vocabulary: Vocabulary) -> NodeClaim:
    name = NodeId(fields.text("id", _NODE, "a node id: a-z, 0-9 and -, 3 to 40, at most one --"))
    if organisation_of(name) != organisation:
        raise fields.fail("id", "its organisation's id, alone or followed by -- and a name")
    tls = fields.texts("tls", _PEM, "one PEM certificate", least=1, most=4)
    roles = fields.texts("roles", CODE, CODE_RULE, optional=True)
    for place, role in enumerate(roles):
        if role not in vocabulary.roles:
            raise fields.fail(f"roles[{place}]", "not in the register's vocabulary")
    found = NodeClaim(
        id=name,
        organisation=organisation,
        kind=fields.choice("kind", NODE_KINDS),
        address=fields.text("address", _ADDRESS, "host:port", default=""),
        sites=tuple(_sites(fields)),
        levels=_levels(fields),
        compartments=frozenset(fields.texts("compartments", _COMPARTMENT, "A-Z, 0-9 and -", optional=True)),
        regimes=fields.among("regimes", REGIMES),
        roles=frozenset(roles),
        tls=tls,
        fingerprints=tuple(_fingerprint(pem, fields.at(f"tls[{i}]")) for i, pem in enumerate(tls)),
        log_keys=_keys(fields, "log"),
        hold_keys=_keys(fields, "hold"),
        approval=_approval(fields.section("approval")) if "approval" in fields else None,
        revoked=frozenset(_keys(fields, "revoked", least=0, most=REVOKED_MAX)),
    )
    fields.done()
    return found


def _sites(fields: Strict) -> Iterator[Site]:
    seen: set[str] = set()
    for site in fields.sections("sites", least=1, most=64):
        found = Site(
            id=site.text("id", CODE, CODE_RULE),
            country=site.text("country", _COUNTRY, "two capital letters"),
            unlocode=site.text("unlocode", _UNLOCODE, "a UN/LOCODE"),
            name=site.text("name", LINE, LINE_RULE),
        )
        if found.id in seen:
            raise site.fail("id", "given twice")
        if found.unlocode[:2] != found.country:
            raise site.fail("unlocode", "begins with the site's country")
        seen.add(found.id)
        site.done()
        yield found


def _approval(fields: Strict) -> Approval:
    found = Approval(
        number=fields.text("number", LINE, LINE_RULE),
        issuer=fields.text("issuer", CODE, CODE_RULE),
        expires_ms=fields.day("expires"),
    )
    fields.done()
    return found


def _keys(fields: Strict, key: str, *, least: int = 1, most: int = 8) -> tuple[bytes, ...]:
    texts = fields.texts(key, _HEX, "64 hex digits, lower case", least=least, most=most, optional=least == 0)
    keys = tuple(map(bytes.fromhex, texts))
    for place, public in enumerate(keys):
        try:
            check_ed25519(public)
        except ProtocolError as error:
            raise fields.fail(f"{key}[{place}]", error.rule) from None
    return keys


def _fingerprint(pem: str, where: str) -> bytes:
    """SHA-256 of the DER; base64 with stray padding or bits would give one certificate two texts, and is refused."""
    found = _PEM.fullmatch(pem)
    body = found[1].replace("\n", "") if found else ""
    try:
        der = base64.b64decode(body, validate=True)
    except binascii.Error:
        der = b""
    if not der or base64.b64encode(der).decode() != body:
        raise ProtocolError("one PEM certificate", where=where)
    return hashlib.sha256(der).digest()


def _each_key_once(claims: list[NodeClaim], organisations: Mapping[OrganisationId, Organisation]) -> None:
    """Two nodes with one key could each speak as the other; the whole register is refused, naming both.

    A revoked key stays its node's: nobody lists it again, itself included.
    """
    owner: dict[bytes, str] = {}
    for organisation in organisations.values():
        for key in organisation.erase_keys:
            if key in owner:
                where = f"organisations.{organisation.id}.erase"
                raise ProtocolError(f"a key that {owner[key]} has too", where=where)
            owner[key] = organisation.id
    for claim in claims:
        for key in (*claim.fingerprints, *claim.log_keys, *claim.hold_keys, *claim.revoked):
            if key in owner:
                raise ProtocolError(
                    f"a key or certificate that {owner[key]} has too", where=f"nodes.{claim.id}"
                )
            owner[key] = claim.id


def _entries(
    claims: list[NodeClaim],
    organisations: Mapping[OrganisationId, Organisation],
    communities: Mapping[str, Community],
) -> tuple[dict[NodeId, NodeEntry], tuple[str, ...]]:
    entries: dict[NodeId, NodeEntry] = {}
    refused: list[str] = []
    admitted: dict[OrganisationId, int] = {}
    for claim in claims:
        grant = organisations[claim.organisation]
        words = unfit(claim, grant, admitted=admitted.get(grant.id, 0))
        if claim.id in entries:
            raise ProtocolError("listed twice", where=f"nodes.{claim.id}")
        if words:
            refused.append(words)
            continue
        entries[claim.id] = meet(claim, grant, memberships=_memberships(claim.id, grant, communities))
        admitted[grant.id] = admitted.get(grant.id, 0) + 1
    return entries, tuple(refused)


def _memberships(
    node: NodeId, grant: Organisation, communities: Mapping[str, Community]
) -> Mapping[str, Membership]:
    """Of the communities this node serves; a withdrawn organisation belongs to none."""
    if grant.withdrawn_until is not None:
        return MappingProxyType({})
    served = ((c.name, c.membership(grant.id)) for c in communities.values() if node in c.serving)
    return MappingProxyType({name: membership for name, membership in served if membership is not None})
