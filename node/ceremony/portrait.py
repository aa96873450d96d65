"""What a ceremony's register holds, as plain values for a person or a program; verified as a node would verify it."""

from __future__ import annotations

import hashlib
from typing import Any

from node.ceremony.papers import moment
from node.ceremony.roles import holder_of
from node.ceremony.steps import Ceremony
from node.ceremony.words import fingerprint
from node.exits import Refused
from protocol.ids import OrganisationId, UnixMs
from protocol.register import NodeEntry, Register


def portrait(ceremony: Ceremony, now: UnixMs) -> dict[str, Any]:
    """JSON values, times as ISO 8601 UTC; Refused before anything is published."""
    waiting = [{"role": w.role, "needed": w.needed, "could_sign": list(w.could)} for w in ceremony.waiting()]
    if not ceremony.files:
        words = "; ".join(f"{w['role']} waits for {w['needed']} more of {w['could_sign']}" for w in waiting)
        raise Refused(f"nothing is published yet: {words}")
    register, root = ceremony.register(), ceremony.trusted_root
    return {
        "version": register.version,
        "hash": register.hash.hex(),
        "root": {"sha256": hashlib.sha256(root).hexdigest(), "words": fingerprint(root)},
        "status": register.status,
        "state": "CURRENT" if now < register.expires_ms else "STALE",
        "expires": f"{moment(register.expires_ms):%Y-%m-%dT%H:%M:%SZ}",
        "roles": _roles(ceremony),
        "organisations": [
            {
                "id": name,
                "name": found.name,
                "withdrawn_until": f"{moment(found.withdrawn_until):%Y-%m-%d}"
                if found.withdrawn_until
                else "",
                "nodes": _nodes(register, name),
            }
            for name, found in sorted(register.organisations.items())
        ],
        "refused": list(register.refused),
        "waiting": waiting,
    }


def _roles(ceremony: Ceremony) -> list[dict[str, Any]]:
    root = ceremony.papers.published("root")
    return [
        {
            "role": use,
            "threshold": root.get_delegated_role(role).threshold,
            "holders": [holder_of(root.get_key(key)) for key in root.get_delegated_role(role).keyids],
        }
        for use, role in (("root", "root"), ("board", "targets"), ("duty", "timestamp"))
    ]


def _nodes(register: Register, organisation: OrganisationId) -> list[dict[str, Any]]:
    return [_node(entry) for entry in register.nodes.values() if entry.organisation == organisation]


def _node(entry: NodeEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "address": entry.address,
        "sites": [f"{site.id} ({site.country})" for site in entry.sites],
        "serves": sorted(entry.communities),
        "tls": [fingerprint.hex() for fingerprint in entry.fingerprints],
        "log": [key.hex() for key in entry.log_keys],
        "hold": [key.hex() for key in entry.hold_keys],
        "revoked": sorted(key.hex() for key in entry.revoked),
        "refused": list(entry.refused),
    }
