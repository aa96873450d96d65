"""`port2port audit show --login LOGIN --config port.toml`: what was done at a node, newest first, and whether the log is whole.

For an officer with the right to audit and nobody else: an operator who has the node's files names one. Nobody signed in here, so the
reading is audited as the operator's, with that officer as the one he claimed to read for. Exit codes: 0 it is whole · 1 it is not, with the entry from which on it does not fit · 4 not an auditor.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from node.exits import Refused

if TYPE_CHECKING:
    from node.commands.audit_chain import Chain
    from node.commands.audit_log import Asked, Line, Page

SCHEMA = "port2port/audit-show/v1"
LIMIT_MAX = 100_000
RECORD_BYTES = 16


def add_show(actions: Any) -> None:
    """Add `show` to `audit`."""
    show = actions.add_parser(
        "show", help="the audit feed, newest first, its chain checked; the node may run"
    )
    show.set_defaults(handler=_show)
    show.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's configuration")
    show.add_argument(
        "--login", required=True, help="the auditor for whom it is read; is written down as claimed"
    )
    show.add_argument("--act", default="", metavar="CODE", help="only this act: release, open, sign_in, …")
    show.add_argument(
        "--by", default="", metavar="ACTOR", help="only by this actor: an officer's login, node, …"
    )
    show.add_argument(
        "--record",
        type=_record,
        default=b"",
        metavar="ID",
        help="only about this record, 32 hexadecimal digits",
    )
    show.add_argument(
        "--since", type=_day, default=0, metavar="DAY", help="from this day on, YYYY-MM-DD, UTC"
    )
    show.add_argument("--until", type=_day, default=0, metavar="DAY", help="before this day, YYYY-MM-DD, UTC")
    show.add_argument("--limit", type=_limit, default=100, metavar="N", help="so many lines (100)")
    show.add_argument("--json", action="store_true", help="print the result as JSON")


def _day(text: str) -> int:
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        raise argparse.ArgumentTypeError("a day, YYYY-MM-DD") from None


def _record(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != RECORD_BYTES:
        raise argparse.ArgumentTypeError(f"{2 * RECORD_BYTES} hexadecimal digits")
    return found


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LIMIT_MAX:
        raise argparse.ArgumentTypeError(f"1 to {LIMIT_MAX}")
    return int(text)


def _show(chosen: argparse.Namespace) -> int:
    from node.commands.audit_log import Asked

    asked = Asked(
        act=chosen.act,
        actor=chosen.by,
        record=chosen.record,
        since_ms=chosen.since,
        until_ms=chosen.until,
        limit=chosen.limit,
    )
    node, found = _read(chosen, asked)
    if chosen.json:
        lines = [_told(line) for line in found.lines]
        print(json.dumps({"schema": SCHEMA, "node": node, "chain": _chain(found.chain), "lines": lines}))
    else:
        print("\n".join([*(_words(line) for line in reversed(found.lines)), _verdict(found.chain)]))
    return 0 if found.chain.ok else 1


def _read(chosen: argparse.Namespace, asked: Asked) -> tuple[str, Page]:
    from node.beside import at_hand
    from node.commands import people
    from node.commands.audit_log import note, page
    from node.invitations import ACTOR
    from node.store import people as rows
    from node.store.unit import Tx
    from protocol.kinds.audit import ACTOR as AUDIT_ACTOR

    with at_hand(chosen.config) as place:
        by = place.store.read(lambda reader: rows.by_login(reader, asked.actor)) if asked.actor else None
        if by is None and asked.actor and not re.fullmatch(AUDIT_ACTOR, asked.actor):
            raise Refused(
                f"--by: {asked.actor!r} has no account here, and is no officer's id, node or SORT/CODE"
            )
        wanted = replace(asked, actor=str(UUID(bytes=by.id))) if by is not None else asked

        def noted(tx: Tx) -> bool:
            row = rows.by_login(tx, chosen.login)
            who = people.visitor(tx, place.ctx, place.model, row.id) if row is not None else None
            return who is not None and note(tx, place.ctx, wanted, officer=who, how="cli", console=ACTOR)

        if not place.store.write(noted).result():
            raise Refused(f"{chosen.login}: has no account here with the role auditor in force")
        return str(place.ctx.me), place.store.read(lambda reader: page(reader, place.ctx, wanted))


def _told(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {"epoch": line.epoch, "index": line.index, "at": _utc(line.at_ms)}
    body = line.body
    if body is None:
        return told | {"act": None}
    return told | {
        "act": body.act,
        "actor": body.actor,
        "purpose": body.purpose or None,
        "rule": body.rule or None,
        "record": body.record.record_id.hex() or None,
        "feed": body.feed.hex() or None,
        "register": body.register,
        "revision": body.revision.hex(),
        "details": dict(sorted(body.details.items())),
    }


def _chain(chain: Chain) -> dict[str, Any]:
    told: dict[str, Any] = {"ok": chain.ok, "entries": chain.entries}
    if not chain.ok:
        feed = chain.feed.hex() if chain.feed else None
        told |= {"fault": chain.code, "feed": feed, "from": chain.index}
    return told


def _words(line: Line) -> str:
    body = line.body
    if body is None:
        return f"{_utc(line.at_ms)}  (content destroyed at the end of its time)  entry {line.index}"
    parts = [_utc(line.at_ms), body.act, body.actor, body.purpose, body.rule, body.record.record_id.hex()]
    parts += [f"{name}={value}" for name, value in sorted(body.details.items())]
    parts += [f"register {body.register}", f"entry {line.index}"]
    return "  ".join(part for part in parts if part)


def _verdict(chain: Chain) -> str:
    if chain.ok:
        return f"{chain.entries} entries, all as they were signed"
    words = {
        "entry": "is not what was written",
        "missing": "is missing",
        "root": "on the log is not what was signed",
        "signature": "on the signature does not verify",
    }[chain.code]
    return f"NOT WHOLE: from entry {chain.index} on nothing is proven: entry {chain.index} {words}"


def _utc(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
