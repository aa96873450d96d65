"""A member that leaves: withdrawn until a day, then gone by itself. The board signs; nothing of it is the member's to refuse.

Guarantees that what the departure leaves behind (communities without a steward, a seat among the signers) is said at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from node.ceremony.roles import holder_of
from node.ceremony.steps import Ceremony
from node.exits import Refused
from protocol.ids import UnixMs


def withdraw(ceremony: Ceremony, organisation: str, until: dt.date, now: UnixMs) -> list[str]:
    """From the new register on its nodes may fetch the register and their control feeds, and from `until` (UTC) nothing."""
    board, grant = _grant(ceremony, organisation)
    end = dt.datetime(until.year, until.month, until.day, tzinfo=dt.UTC)
    if end.timestamp() * 1000 <= now:
        raise Refused(f"{until}: is past; it needs time to hear that it must purge")
    after = _with(board, organisation, {**grant, "withdrawn_until": until.isoformat()})
    words = [f"{organisation}: withdrawn until {until} 00:00 UTC (the board signs)"]
    words += ceremony.draft_board(after, now)
    return [*words, *ceremony.settle(now), *_left_behind(ceremony, board, organisation)]


def rejoin(ceremony: Ceremony, organisation: str, now: UnixMs) -> list[str]:
    """It stays after all, or comes back; it belongs to its communities anew, since it may have purged what they said."""
    board, grant = _grant(ceremony, organisation)
    if "withdrawn_until" not in grant:
        raise Refused(f"{organisation}: is not withdrawn")
    after = _with(board, organisation, {k: v for k, v in grant.items() if k != "withdrawn_until"})
    words = [f"{organisation}: withdrawn no more (the board signs)"]
    words += ceremony.draft_board(after, now, rejoining={organisation})
    return [
        *words,
        *ceremony.settle(now),
        f"{organisation}: gets what is said from the new register on, not what was said before",
    ]


def _grant(ceremony: Ceremony, organisation: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    board = ceremony.board()
    grant = board.get("organisations", {}).get(organisation)
    if grant is None:
        raise Refused(f"{organisation}: no such organisation in this register")
    return board, grant


def _with(board: Mapping[str, Any], organisation: str, grant: Mapping[str, Any]) -> dict[str, Any]:
    return {**board, "organisations": {**board["organisations"], organisation: grant}}


def _left_behind(ceremony: Ceremony, board: Mapping[str, Any], organisation: str) -> Iterator[str]:
    yield (
        "nodes: whoever takes the new register closes what was open to it by name, serves it the register and its control feeds "
        "alone, and asks it to purge"
    )
    for name, community in sorted(board.get("communities", {}).items()):
        if community.get("steward") == organisation:
            yield f"communities.{name}: it is the steward; name another (register add-organisation)"
    root = ceremony.paper("root")
    for use, role in (("root", "root"), ("board", "targets"), ("duty", "timestamp")):
        if organisation in {holder_of(root.keys[key]) for key in root.roles[role].keyids}:
            yield f"{use}: it holds a key; replace it: port2port register rotate {use} --holder {organisation} --to NAME"
