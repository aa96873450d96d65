"""The two papers between a node and the machine on which an organisation's erase key lies: what is to be signed, and what was.

Small JSON files that a person carries. Ids and numbers only; whatever is in them is read strictly, and a signature is proven before
anything is done with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from node import durable
from node.exits import Refused
from protocol.control import erase_text
from protocol.ids import FeedId, RecordId

REQUEST, SIGNED = "port2port/erase-request/v1", "port2port/erase-signature/v1"
MOST = 1 << 20
_HEX = {"feed": re.compile(r"[0-9a-f]{64}"), "record": re.compile(r"[0-9a-f]{32}")}
_SIGNATURE = re.compile(r"[0-9a-f]{128}")

Named = tuple[FeedId, RecordId, int]
"""An erasure: the feed that carries the record, the record, and the highest version."""


def text_of(one: Named) -> bytes:
    """The bytes that the key signs."""
    return erase_text(*one)


def write_request(path: Path, organisation: str, wanted: Sequence[Named]) -> None:
    """What the offline key is asked to sign; never over another file."""
    told = {"schema": REQUEST, "organisation": organisation, "erase": [_told(one) for one in wanted]}
    _write(path, told)


def read_request(path: Path) -> tuple[str, Sequence[Named]]:
    """The organisation and the erasures of a request."""
    told = _read(path, REQUEST)
    organisation = told.get("organisation")
    if not isinstance(organisation, str):
        raise Refused(f"{path}: no request of an organisation")
    return organisation, [_named(path, one) for one in _list(path, told)]


def write_signed(path: Path, signed: Sequence[tuple[Named, bytes]]) -> None:
    """What the key signed; never over another file."""
    told = [{**_told(one), "signature": signature.hex()} for one, signature in signed]
    _write(path, {"schema": SIGNED, "erase": told})


def read_signed(path: Path) -> Sequence[tuple[Named, bytes]]:
    """The erasures and their signatures, nothing of which is proven."""
    found = []
    for one in _list(path, _read(path, SIGNED)):
        signature = one.get("signature")
        if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
            raise Refused(f"{path}: signature: 128 hexadecimal digits")
        found.append((_named(path, one), bytes.fromhex(signature)))
    return found


def _told(one: Named) -> dict[str, Any]:
    return {"feed": one[0].hex(), "record": one[1].hex(), "version": one[2]}


def _named(path: Path, one: dict[str, Any]) -> Named:
    for key, form in _HEX.items():
        if not isinstance(one.get(key), str) or not form.fullmatch(one[key]):
            raise Refused(f"{path}: {key}: hexadecimal digits of its length")
    version = one.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 1 << 32:
        raise Refused(f"{path}: version: a number from 1 on")
    return FeedId(bytes.fromhex(one["feed"])), RecordId(bytes.fromhex(one["record"])), version


def _list(path: Path, told: dict[str, Any]) -> list[dict[str, Any]]:
    given = told.get("erase")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise Refused(f"{path}: erase: a list of erasures")
    return given


def _read(path: Path, schema: str) -> dict[str, Any]:
    raw = path.read_bytes()[: MOST + 1]
    try:
        told = json.loads(raw) if len(raw) <= MOST else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or told.get("schema") != schema:
        raise Refused(f"{path}: not a paper of schema {schema}")
    return told


def _write(path: Path, told: dict[str, Any]) -> None:
    try:
        durable.create(path, (json.dumps(told, indent=1) + "\n").encode("ascii"))
    except FileExistsError:
        raise Refused(f"{path}: exists; papers are never overwritten") from None
