"""`port2port privacy report --config port.toml`: the record of processing of a node, from its configuration, register and log.

No personal data is in it: codes of closed lists and of the register, and numbers. It is written for the data protection officer,
who adds what no node knows: contacts, assessments, and who may be asked.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node import durable
from node.cli_times import said
from node.exits import Refused

if TYPE_CHECKING:
    from node.beside import Beside
    from node.commands.privacy import Figures, OfKind

SCHEMA = "port2port/privacy-report/v1"


def register_verbs(verbs: Any) -> None:
    """Add `privacy`."""
    actions = verbs.add_parser("privacy", help="the record of processing").add_subparsers(
        required=True, metavar="report"
    )
    report = actions.add_parser("report", help="what is processed, on what basis, for whom, how often opened")
    report.set_defaults(handler=_report)
    report.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's configuration")
    report.add_argument("--out", type=Path, metavar="FILE", help="write it here; never overwritten")
    report.add_argument("--json", action="store_true", help="as JSON instead of Markdown")


def _report(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.cli_privacy_text import markdown
    from node.commands.privacy import figures

    with at_hand(chosen.config) as place:
        found = place.store.read(lambda reader: figures(reader, place.ctx))
        told = document(place, found)
    text = json.dumps(told) + "\n" if chosen.json else markdown(told)
    if chosen.out is None:
        print(text, end="")
    else:
        _write(chosen.out, text)
    return 0


def _write(path: Path, text: str) -> None:
    try:
        durable.create(path, text.encode())
    except OSError as error:
        raise Refused(f"{path}: cannot be written: {error.strerror}") from None


def document(place: Beside, found: Figures) -> dict[str, Any]:
    """The whole report as its schema has it."""
    from protocol.ids import organisation_of

    ctx, register = place.ctx, place.ctx.register
    owner = register.organisations[organisation_of(ctx.me)]
    return {
        "schema": SCHEMA,
        "made": said(found.at_ms),
        "node": str(ctx.me),
        "controller": {"id": str(owner.id), "name": owner.name, "countries": sorted(owner.countries)},
        "register": {"version": register.version, "status": register.status},
        "regimes": sorted(place.config.accreditation.regimes),
        "kinds": [_kind(place, name, kind) for name, kind in sorted(found.kinds.items())],
        "unknown_kinds": found.unknown,
        "audit_retention_ms": ctx.settings.retention["audit"],
        "consulted": [
            {"act": act, "purpose": purpose or None, "count": count}
            for (act, purpose), count in sorted(found.consulted.items())
        ],
        "pending": {name: getattr(found.pending, name) for name in found.pending.__dataclass_fields__},
        "detectors": _detectors(place),
    }


def _kind(place: Beside, name: str, of: OfKind) -> dict[str, Any]:
    from node.commands.privacy import STATES
    from protocol.kinds import known

    register, key = place.ctx.register, known()[name].retention
    bases = [one for one in register.processing.values() if name in one.kinds]
    return {
        "kind": name,
        "purposes": sorted(of.purposes),
        "bases": [
            {"id": one.id, "title": one.title, "regime": one.regime, "used": of.bases[one.id]}
            for one in sorted(bases, key=lambda one: one.id)
        ],
        "bases_not_listed_now": sum(of.bases.values()) - sum(of.bases[one.id] for one in bases),
        "controllers": _named(of.controllers, {o.id: o.name for o in register.organisations.values()}),
        "regimes": dict(sorted(of.regimes.items())),
        "subjects": dict(sorted(of.subjects.items())),
        "retention": {
            "key": key,
            "configured_ms": place.ctx.settings.retention[key],
            "ceiling_ms": register.retention_ceilings.get(key),
        },
        "recipients": [
            {
                "community": community,
                "title": register.communities[community].title if community in register.communities else None,
                "nodes": [
                    {"node": node, "countries": sorted({s.country for s in register.nodes[node].sites})}
                    for node in sorted(nodes)
                ],
            }
            for community, nodes in sorted(of.recipients.items())
        ],
        "personal": of.personal,
        "versions": {state: of.states[state] for state in STATES},
    }


def _named(counts: Mapping[str, int], names: Mapping[Any, str]) -> list[dict[str, Any]]:
    return [{"id": id_, "name": names.get(id_), "used": count} for id_, count in sorted(counts.items())]


def _detectors(place: Beside) -> list[dict[str, Any]]:
    """Every detector that is configured; of its card whether there is one, and the basis of the register that it names."""
    from node.detector import load

    told = []
    for name, table in sorted(place.config.detectors.items()):
        sort, card = load(str(table.get("rule", ""))), table.get("legal_basis")
        basis = card.get("basis") if isinstance(card, dict) else card
        told.append(
            {
                "name": name,
                "rule": sort.name,
                "follows_workers": sort.follows_workers,
                "card": card is not None,
                "basis": basis if isinstance(basis, str) and basis in place.ctx.register.processing else None,
            }
        )
    return told
