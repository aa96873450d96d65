"""`port2port record prove ID --config port.toml --out FILE`: the proof file of a record that this node holds.

`port2port record erase ID --request FILE | --signature FILE`: an erasure that two people decided, spared its cooling by the
organisation's offline key; `port2port record unconfirmed ID`: who has not confirmed that it is destroyed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node import durable
from node.exits import Refused

if TYPE_CHECKING:
    from protocol.ids import RecordId

SCHEMA = "port2port/record-prove/v1"
ACTOR = "command/record"


def register_verbs(verbs: Any) -> None:
    """Add `record`."""
    actions = verbs.add_parser("record", help="prove a record, hasten its erasure").add_subparsers(
        required=True, metavar="prove | erase | unconfirmed"
    )
    hasten = actions.add_parser("erase", help="have the offline key spare an erasure its cooling")
    papers = hasten.add_mutually_exclusive_group(required=True)
    papers.add_argument("--request", type=Path, metavar="FILE", help="write what the offline key is to sign")
    papers.add_argument("--signature", type=Path, metavar="FILE", help="take what it signed, and say it")
    hasten.set_defaults(handler=_erase)
    waits = actions.add_parser("unconfirmed", help="who has not confirmed that an erased record is destroyed")
    waits.set_defaults(handler=_unconfirmed)
    for action in (hasten, waits):
        action.add_argument("id", help="the record's id")
        action.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
        )
    prove = actions.add_parser("prove", help="write the proof file of a record; the node may run")
    prove.add_argument("id", help="the record's id, as in the address of its page")
    prove.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's configuration")
    prove.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="where to write it; never overwritten"
    )
    prove.add_argument("--json", action="store_true", help="print the result as JSON")
    prove.set_defaults(handler=_prove)


def _prove(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.address import parse
    from node.commands.prove import exported, prove
    from node.invitations import ACTOR

    record = parse(chosen.id)
    if record is None:
        raise Refused("ID: 32 hexadecimal digits, as in the address of the record's page")
    with at_hand(chosen.config) as place:
        raw = place.store.read(lambda reader: prove(reader, place.ctx, record))
        if raw is None:
            raise Refused(f"{record}: no such record here, or none that stands under a checkpoint yet")
        place.store.write(lambda tx: exported(tx, place.ctx, record, actor=ACTOR)).result()
    _write(chosen.out, raw)
    if chosen.json:
        told = {
            "schema": SCHEMA,
            "ok": True,
            "record": record.record.hex(),
            "file": str(chosen.out),
            "bytes": len(raw),
        }
        print(json.dumps(told))
    else:
        print(f"{chosen.out}: proof of {record}; check it with port2port proof verify")
    return 0


def _erase(chosen: argparse.Namespace) -> int:
    from node import cli_erase
    from node.beside import at_hand
    from node.commands.erase import Erased, ToSign, hasten, to_sign
    from protocol.ids import organisation_of

    record = _id(chosen.id)
    with at_hand(chosen.config) as place:
        if chosen.request is not None:
            wanted = place.store.read(lambda reader: to_sign(reader, place.ctx, record))
            if not wanted:
                raise Refused(
                    f"{chosen.id}: nothing of it was erased; two people do that on the screens first: one asks on the page of the "
                    "record, another agrees at /erasures"
                )
            named = [(one.feed, one.record, one.version) for one in wanted]
            cli_erase.write_request(chosen.request, organisation_of(place.ctx.me), named)
            print(f"{chosen.request}: sign it where the erase key is: port2port keys erase-sign")
            return 0
        given = [(ToSign(*one), signature) for one, signature in cli_erase.read_signed(chosen.signature)]
        done = place.store.write(lambda tx: hasten(tx, place.ctx, record, given, actor=ACTOR)).result()
    if not isinstance(done, Erased):
        words = done.words if done is not None else "nothing of it was erased"
        raise Refused(f"{chosen.signature}: {words}")
    print(
        f"{chosen.id}: erased without cooling, in {len(done.entries)} feed(s); every holder destroys it at once"
    )
    return 0


def _unconfirmed(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.control import unconfirmed

    record = _id(chosen.id)
    with at_hand(chosen.config) as place:
        waits = place.store.read(lambda reader: unconfirmed(reader, place.ctx, record))
    for one in waits:
        print(f"{one.node}: {'held by an authority' if one.fate is not None else 'not confirmed'}")
    if not waits:
        print("everybody that may have had it has confirmed, or nothing of it was erased")
    return 1 if waits else 0


def _id(text: str) -> RecordId:
    from node.commands.address import parse

    found = parse(text)
    if found is None:
        raise Refused("ID: 32 hexadecimal digits, as in the address of the record's page")
    return found.record


def _write(path: Path, raw: bytes) -> None:
    """With mode 0600: a proof of content has that content in it, and its label goes on holding."""
    try:
        durable.create(path, raw)
    except OSError as error:
        raise Refused(f"{path}: cannot be written: {error.strerror}") from None
