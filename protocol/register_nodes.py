"""What the organisations say of their nodes, read one by one: a mistake in an entry costs that node, and is told in words.

Guarantees that whatever an organisation writes, every other organisation's nodes read as if it had not. What no organisation
can cause (nodes of one that the board does not list) is refused whole.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from protocol.errors import ProtocolError
from protocol.ids import NodeId, OrganisationId, organisation_of
from protocol.members import (
    NODE_KINDS,
    REGIMES,
    Approval,
    Membership,
    NodeClaim,
    NodeEntry,
    Organisation,
    Site,
    meet,
    unfit,
)
from protocol.possession import disputed
from protocol.register_forms import (
    COMPARTMENT,
    COMPARTMENT_RULE,
    COUNTRY,
    COUNTRY_RULE,
    HEX,
    HEX_RULE,
    NODE,
    UNLOCODE,
    keys,
    levels,
)
from protocol.register_view import Community, Vocabulary
from protocol.strict import CODE, CODE_RULE, LINE, LINE_RULE, Strict

NODES_MAX: Final = 500
"""Entries of one organisation that are read at all; what it may have is the board's number, at most 64."""
REVOKED_MAX: Final = 64
"""Revoked keys of one node that are read at all."""

_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):[1-9][0-9]{0,4}")
_PEM = re.compile(
    r"-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/=]{1,76}\n){1,64})-----END CERTIFICATE-----\n?"
)
Listed = Mapping[str, list[dict[str, object]]]


class Mistakes:
    """What organisations did wrong, in words; those of an organisation that is `exacting` are errors instead."""

    def __init__(self, exacting: Collection[str] = ()) -> None:
        self.words: list[str] = []
        self._exacting = exacting

    def note(self, organisation: OrganisationId, who: str, error: ProtocolError) -> None:
        """This organisation's `who`, a node or itself, is left out because of `error`."""
        if organisation in self._exacting:
            raise error
        self.words.append(f"{who}: left out: {error}")


def admit(
    nodes: Listed,
    organisations: Mapping[OrganisationId, Organisation],
    communities: Mapping[str, Community],
    vocabulary: Vocabulary,
    mistakes: Mistakes,
) -> dict[NodeId, NodeEntry]:
    """The effective entries, by node id, in byte order of the ids within an organisation."""
    claims = [
        claim
        for claim in _claims(nodes, organisations, vocabulary, mistakes)
        if _of_a_kind(claim, organisations[claim.organisation], mistakes)
    ]
    erase = {key: o.id for o in organisations.values() for key in o.erase_keys}
    left_out = set()
    for claim, words in disputed(claims, erase):
        left_out.add(claim.id)
        mistakes.note(claim.organisation, claim.id, ProtocolError(words, where=f"nodes.{claim.id}"))
    fit = [claim for claim in claims if claim.id not in left_out]
    return _entries(fit, organisations, communities, mistakes)


def _claims(
    nodes: Listed,
    organisations: Mapping[OrganisationId, Organisation],
    vocabulary: Vocabulary,
    mistakes: Mistakes,
) -> list[NodeClaim]:
    found: dict[NodeId, NodeClaim] = {}
    for name in sorted(nodes):
        if name not in organisations:
            raise ProtocolError("an organisation the board does not list", where="nodes")
        organisation = OrganisationId(name)
        if len(nodes[name]) > NODES_MAX:
            error = ProtocolError(f"at most {NODES_MAX}", where=f"nodes.{name}")
            mistakes.note(organisation, name, error)
            continue
        for place, entry in enumerate(nodes[name]):
            where = f"nodes.{name}[{place}]"
            try:
                claim = _claim(organisation, Strict(entry, where), vocabulary)
            except ProtocolError as error:
                mistakes.note(organisation, _who(entry, organisation), error)
                continue
            if claim.id in found:
                mistakes.note(organisation, claim.id, ProtocolError("listed twice", where=where))
            else:
                found[claim.id] = claim
    return sorted(found.values(), key=lambda claim: (claim.organisation, claim.id))


def _who(entry: object, organisation: OrganisationId) -> str:
    """The node's id where the entry has one of its organisation's, else the organisation's."""
    name = entry.get("id") if isinstance(entry, Mapping) else None
    good = isinstance(name, str) and NODE.fullmatch(name) and organisation_of(NodeId(name)) == organisation
    return name if isinstance(name, str) and good else organisation


def _of_a_kind(claim: NodeClaim, grant: Organisation, mistakes: Mistakes) -> bool:
    words = unfit(claim, grant)
    if words:
        mistakes.words.append(words)
    return not words


def _claim(organisation: OrganisationId, fields: Strict, vocabulary: Vocabulary) -> NodeClaim:
    name = NodeId(fields.text("id", NODE, "a node id: a-z, 0-9 and -, 3 to 40, at most one --"))
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
        levels=levels(fields),
        compartments=frozenset(fields.texts("compartments", COMPARTMENT, COMPARTMENT_RULE, optional=True)),
        regimes=fields.among("regimes", REGIMES),
        roles=frozenset(roles),
        tls=tls,
        fingerprints=tuple(_fingerprint(pem, fields.at(f"tls[{i}]")) for i, pem in enumerate(tls)),
        log_keys=keys(fields, "log"),
        hold_keys=keys(fields, "hold"),
        approval=_approval(fields.section("approval")) if "approval" in fields else None,
        revoked=frozenset(keys(fields, "revoked", least=0, most=REVOKED_MAX)),
        proofs=MappingProxyType(dict(_proofs(fields.section("proof", optional=True)))),
    )
    fields.done()
    return found


def _sites(fields: Strict) -> Iterator[Site]:
    seen: set[str] = set()
    for site in fields.sections("sites", least=1, most=64):
        found = Site(
            id=site.text("id", CODE, CODE_RULE),
            country=site.text("country", COUNTRY, COUNTRY_RULE),
            unlocode=site.text("unlocode", UNLOCODE, "a UN/LOCODE"),
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


def _proofs(section: Strict) -> Iterator[tuple[bytes, bytes]]:
    for key in section.names(HEX, HEX_RULE):
        yield bytes.fromhex(key), bytes.fromhex(section.text(key, _SIGNATURE, "128 hex digits, lower case"))


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


def _entries(
    claims: list[NodeClaim],
    organisations: Mapping[OrganisationId, Organisation],
    communities: Mapping[str, Community],
    mistakes: Mistakes,
) -> dict[NodeId, NodeEntry]:
    entries: dict[NodeId, NodeEntry] = {}
    admitted: dict[OrganisationId, int] = {}
    for claim in claims:
        grant = organisations[claim.organisation]
        if admitted.get(grant.id, 0) >= grant.nodes:
            mistakes.words.append(f"{claim.id}: its organisation may have {grant.nodes} node(s)")
            continue
        entries[claim.id] = meet(claim, grant, memberships=_memberships(claim.id, grant, communities))
        admitted[grant.id] = admitted.get(grant.id, 0) + 1
    return entries


def _memberships(
    node: NodeId, grant: Organisation, communities: Mapping[str, Community]
) -> Mapping[str, Membership]:
    """Of the communities this node serves; a withdrawn organisation belongs to none."""
    if grant.withdrawn_until is not None:
        return MappingProxyType({})
    served = ((c.name, c.membership(grant.id)) for c in communities.values() if node in c.serving)
    return MappingProxyType({name: membership for name, membership in served if membership is not None})
