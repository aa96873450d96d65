"""Since when an organisation belongs to a community: set here, never by hand, since it decides what was said before it came.

Guarantees of what `dated` returns: a standing that lasts keeps its `since`; a new one has the version it first appears in; a member
that becomes a client keeps, as a client, the older one. In a fragment a standing is `"next"`, or `"leaves"` where it ends.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from node.exits import Refused
from protocol.ids import NodeId, organisation_of

NEXT, LEAVES = "next", "leaves"
STANDINGS = ("members", "clients")
Board = Mapping[str, Any]


def by_hand(fragment: Board, published: Board) -> None:
    """Refused where a fragment dates a standing: but as it is dated already, or 1 when a federation is founded."""
    for name, community in _communities(fragment).items():
        before = _communities(published).get(name, {})
        for standing in STANDINGS:
            for organisation, said in _table(community, standing).items():
                held = _table(before, standing).get(organisation)
                where = f"communities.{name}.{standing}.{organisation}"
                if said not in {NEXT, LEAVES, 1 if not published else held} or isinstance(said, bool):
                    instead = f"since register {held}; that stays" if held else 'write "next"'
                    raise Refused(f"{where}: is not dated by hand: {instead}")


def dated(published: Board, board: Board, version: int, rejoining: Collection[str] = ()) -> dict[str, Any]:
    """`board` with every `since` as it is in a register of `version`, published after `published`.

    `rejoining`: organisations that begin anew, whatever they were before.
    """
    if not isinstance(board.get("communities"), Mapping):
        return dict(board)
    before = _communities(published)
    return {
        **board,
        "communities": {
            name: _community(community, before.get(name, {}), version, rejoining)
            for name, community in board["communities"].items()
        },
    }


def newest(published: Board, board: Board) -> int:
    """The version that new standings of `board` were dated with; 0 where there are none. They all have one."""
    found = [
        since
        for name, community in _communities(board).items()
        for standing in STANDINGS
        for organisation, since in _table(community, standing).items()
        if isinstance(since, int)
        and _table(_communities(published).get(name, {}), standing).get(organisation) != since
        and since not in _former(_communities(published).get(name, {}), organisation)
    ]
    return max(found, default=0)


def _community(community: Any, before: Any, version: int, rejoining: Collection[str]) -> Any:
    if not isinstance(community, Mapping):
        return community
    found = dict(community)
    for standing in STANDINGS:
        if isinstance(found.get(standing), Mapping):
            found[standing] = {
                organisation: version if organisation in rejoining else since
                for organisation, said in found[standing].items()
                for since in (_since(said, standing, organisation, before, community, version),)
                if since != LEAVES
            }
    gone = {o for s in STANDINGS for o in _table(before, s)} - {
        o for s in STANDINGS for o in _table(found, s)
    }
    if gone and isinstance(found.get("serving"), list):
        found["serving"] = [n for n in found["serving"] if organisation_of(NodeId(str(n))) not in gone]
    return found


def _since(said: Any, standing: str, organisation: str, before: Any, community: Any, version: int) -> Any:
    held = _table(before, standing).get(organisation)
    if said == LEAVES:
        return LEAVES
    if held is not None:
        return held
    was_member = _table(before, "members").get(organisation)
    stays_member = _table(community, "members").get(organisation, LEAVES) != LEAVES
    if standing == "clients" and was_member is not None and not stays_member:
        return was_member
    return version if said == NEXT or isinstance(said, int) else said


def _former(before: Any, organisation: str) -> set[int]:
    return {since for s in STANDINGS if isinstance(since := _table(before, s).get(organisation), int)}


def _communities(board: Board) -> Mapping[str, Any]:
    return _table(board, "communities")


def _table(outer: Any, name: str) -> Mapping[str, Any]:
    found = outer.get(name) if isinstance(outer, Mapping) else None
    return found if isinstance(found, Mapping) else {}
