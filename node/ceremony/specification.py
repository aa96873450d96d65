"""What a founding document (TOML) says: role holders and thresholds, periods, the board's decisions, the nodes' claims.

    [roles.root]            threshold, holders: names (a key is made here) or {id, public}
    [roles.board]           the same; signs the targets
    [roles.duty]            holders; any one signs timestamp and snapshot
    [roles.organisations]   organisation id = public key, where its key was made elsewhere
    [expiry]                root, board, organisation, duty: "730d"
    [board]                 the board's decisions, as protocol/v1/register.schema.json has them
    [nodes.<node id>]       a node's claim, without keys; those come on the card of `port2port keys init`

Guarantees shapes and known tables, not that the content reads: `node/register/view.py` is asked about that before anything
is published. In the board a member's or client's `since` is `"next"`: it becomes the version that the change is published under.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from node.exits import Refused
from protocol.strict import duration_ms

EXPIRY = {"root": "730d", "board": "365d", "organisation": "365d", "duty": "30d"}
_TABLES = {"roles", "expiry", "board", "nodes"}
_ROLES = {"root", "board", "duty", "organisations"}


@dataclass(frozen=True, slots=True)
class Role:
    """One role: so many of these holders."""

    threshold: int
    holders: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Specification:
    """A founding document, or a fragment of one for a later change."""

    board: Mapping[str, Any]
    roles: Mapping[str, Role] = field(default_factory=dict)
    organisation_keys: Mapping[str, str] = field(default_factory=dict)
    expiry_ms: Mapping[str, int] = field(default_factory=dict)
    nodes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read(spec: Mapping[str, Any], *, founding: bool = True) -> Specification:
    """The specification of a TOML document; Refused names the table that is wrong."""
    _known(spec, _TABLES, "")
    board = _table(spec, "board")
    if founding and not board:
        raise Refused("board: required")
    roles = _table(spec, "roles")
    _known(roles, _ROLES, "roles.")
    return Specification(
        board=_plain(board),
        roles={name: _role(roles, name) for name in ("root", "board", "duty") if founding or name in roles},
        organisation_keys=_table(roles, "organisations", "roles."),
        expiry_ms=_expiry(_table(spec, "expiry")),
        nodes={name: _plain(_table(spec["nodes"], name, "nodes.")) for name in _table(spec, "nodes")},
    )


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`old` with what `new` says, table by table; a list or value of `new` replaces."""
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        result[key] = merged(_mapping(before), value) if both else value
    return result


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _role(roles: Mapping[str, Any], name: str) -> Role:
    table = _table(roles, name, "roles.")
    holders, threshold = table.get("holders"), table.get("threshold", 1 if name == "duty" else None)
    if not isinstance(holders, list) or not holders:
        raise Refused(f"roles.{name}.holders: a list of holders")
    if not isinstance(threshold, int) or not 1 <= threshold <= len(holders):
        raise Refused(f"roles.{name}.threshold: 1 to {len(holders)}, the number of holders")
    return Role(threshold, tuple(holders))


def _expiry(table: Mapping[str, Any]) -> dict[str, int]:
    _known(table, set(EXPIRY), "expiry.")
    found = {name: duration_ms(str(table.get(name, default))) for name, default in EXPIRY.items()}
    for name, period in found.items():
        if period is None:
            raise Refused(f'expiry.{name}: a duration such as "365d"')
    return {name: period for name, period in found.items() if period is not None}


def _table(outer: Mapping[str, Any], name: str, where: str = "") -> Mapping[str, Any]:
    found = outer.get(name, {})
    if not isinstance(found, Mapping):
        raise Refused(f"{where}{name}: a table")
    return found


def _known(table: Mapping[str, Any], names: set[str], where: str) -> None:
    for name in table:
        if name not in names:
            raise Refused(f"{where}{name}: unknown; allowed: {', '.join(sorted(names))}")


def _plain(value: Any) -> Any:
    """As JSON has it: a day of TOML becomes its text. Canonical JSON has no fractions, so neither has the register."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        raise Refused("the register has no fractions; write a whole number")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value
