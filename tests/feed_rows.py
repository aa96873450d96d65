"""Feeds and entries as bare rows, for tests of what many of them cost: a thousand appends would take longer than what is tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.store.unit import Tx

_FEED = {
    "epoch": 1,
    "salt": b"",
    "rules": 1,
    "register_version": 1,
    "role": 0,
    "own": 0,
    "state": 0,
    "size": 1,
    "root": bytes(32),
}
_FEED |= {
    "frontier": bytes(32),
    "checkpoint_size": 0,
    "checkpoint_root": b"",
    "checkpoint_signature": b"",
    "newest": 0,
}
_ENTRY = {
    "arrived_us": 0,
    "op": 1,
    "version": 1,
    "standing": 1,
    "kind": "",
    "issued_ms": 0,
    "expires_ms": 0,
    "retain_until_ms": 0,
}
_ENTRY |= {"register_version": 1, "reason": 0, "header": b"", "nodes": b""}


def feed(tx: Tx, number: int, label: str, **more: Any) -> None:
    """One feed with this local number; its id and lineage are made of it."""
    name = number.to_bytes(32, "big")
    _row(
        tx,
        "feed",
        {
            **_FEED,
            "number": number,
            "feed": name,
            "lineage": name[:16],
            "origin": "a",
            "label": label,
            **more,
        },
    )


def entry(tx: Tx, key: int, number: int, **more: Any) -> None:
    """One entry of the feed with this number."""
    _row(tx, "entry", {**_ENTRY, "key": key, "feed": number, **more})


def _row(tx: Tx, table: str, values: Mapping[str, Any]) -> None:
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    tx.run(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *values.values())
