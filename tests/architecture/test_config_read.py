"""A key that is accepted does something: every leaf of the configuration is read somewhere outside `node/config.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from locations import ROOT
from pydantic import BaseModel

from node.config import Config, Table

ROOMS = ("node", "federation", "web")
DUMPED = {"retention": "retention.model_dump"}
"""Tables that are read whole, as a mapping: the words that do so."""
CHECKED_ONLY = {"config_version", "accreditation.approval_number", "accreditation.approval_issuer"}
"""What reading the file checks, and a person reads: a version that is not ours, and the approval behind a level."""
INSIDE = {
    "keys.dir": "keys_dir",
    "store.url": "database",
    "store.high_water": "high_water",
    "node.data": "data",
}
"""What others read by a property of `Config`."""


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, Table):
            yield from leaves(field.annotation, f"{path}.")
        else:
            yield path


def attributes(text: str) -> Iterator[tuple[str, str]]:
    """Every `outer.inner` in a module, the last two parts of each chain of names; ("", name) for the last part alone."""
    for found in ast.walk(ast.parse(text)):
        if not isinstance(found, ast.Attribute):
            continue
        yield "", found.attr
        if isinstance(found.value, ast.Attribute):
            yield found.value.attr, found.attr
        elif isinstance(found.value, ast.Name):
            yield found.value.id, found.attr


def sources() -> Iterator[str]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path != ROOT / "node" / "config.py":
                yield path.read_text("utf-8")


def aliases(text: str) -> dict[str, str]:
    """Local names of a table in a module: `own = config.accreditation`."""
    found = {}
    for one in ast.walk(ast.parse(text)):
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Attribute):
            for target in one.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = one.value.attr
    return found


def read() -> set[str]:
    """Every `table.key`, and every name alone, that the house reads of a configuration."""
    found: set[str] = set()
    for text in sources():
        if "config" not in text:
            continue
        named = aliases(text)
        for outer, inner in attributes(text):
            found.add(f"{named.get(outer, outer).rstrip('_')}.{inner}" if outer else inner)
    return found


def unread(found: set[str]) -> set[str]:
    missing = set()
    for leaf in leaves(Config):
        table, _, key = leaf.rpartition(".")
        if leaf in CHECKED_ONLY or INSIDE.get(leaf) in found or DUMPED.get(table) in found:
            continue
        if (leaf if table else key) not in found:
            missing.add(leaf)
    return missing


def test_every_key_is_read_somewhere() -> None:
    assert unread(read()) == set()


@pytest.mark.parametrize(
    "leaf", ["limits.disk_reserve", "web.cancel_window", "sensors", "register.trusted_root"]
)
def test_a_key_that_nobody_reads_would_be_seen(leaf: str) -> None:
    assert leaf in set(leaves(Config))
    assert unread(read() - {leaf}) == {leaf}


def test_no_exception_outlives_its_key() -> None:
    known = set(leaves(Config))
    assert known >= CHECKED_ONLY | set(INSIDE)
    assert {leaf.rpartition(".")[0] for leaf in known} >= set(DUMPED)


def test_it_looks_into_the_rooms() -> None:
    assert all((Path(ROOT) / room).is_dir() for room in ROOMS)
