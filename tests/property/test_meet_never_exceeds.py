"""Invariant 10: whatever an organisation writes about its nodes, no node has more than the board gave its organisation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.errors import NoSuchExample
from register_strategies import Board, Files, built, signed

from protocol import register_nodes
from protocol.label import LEVEL_NAMED, Level
from protocol.members import PARTNER_KINDS, NodeClaim, NodeEntry, Organisation, Standing, meet

SIGNED = signed()


def exceeds(board: Board, files: Files) -> str:
    """What some node has beyond the board's grant, in words; nothing where none has."""
    register = built(board, files)
    for name, entry in register.nodes.items():
        grant = board["organisations"][entry.organisation]
        given = {mark: LEVEL_NAMED[level] for mark, level in grant["level"].items()}
        if any(level > given.get(mark, -1) for mark, level in entry.levels.items()):
            return f"{name}: level"
        if any(level > Level.NONE for level in entry.levels.values()) and entry.approval is None:
            return f"{name}: level without an approval"
        for what in ("compartments", "regimes", "rights"):
            if not getattr(entry, what) <= set(grant.get(what, ())):
                return f"{name}: {what}"
        if entry.kind not in grant["kinds"] or {s.country for s in entry.sites} - set(grant["countries"]):
            return f"{name}: kind or country"
        for community, membership in entry.memberships.items():
            decided = board["communities"][community]
            listed = (
                decided["members"]
                if membership.standing is Standing.MEMBER
                else {**decided["members"], **decided.get("clients", {})}
            )
            if name not in decided["serving"] or entry.organisation not in listed:
                return f"{name}: community {community}"
            if membership.standing is Standing.MEMBER and entry.kind in PARTNER_KINDS:
                return f"{name}: a partner is a member"
    count: dict[str, int] = {}
    for entry in register.nodes.values():
        count[entry.organisation] = count.get(entry.organisation, 0) + 1
        if count[entry.organisation] > board["organisations"][entry.organisation]["nodes"]:
            return f"{entry.organisation}: more nodes"
    return ""


@settings(max_examples=80)
@given(data=SIGNED)
def test_no_metadata_of_an_organisation_enlarges_its_rights(data: tuple[Board, Files]) -> None:
    assert exceeds(*data) == ""


@pytest.mark.parametrize("what", ["levels", "compartments", "regimes"])
def test_a_node_that_is_taken_at_its_word_is_seen(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    def trusting(claim: NodeClaim, grant: Organisation, **more: Any) -> NodeEntry:
        return replace(meet(claim, grant, **more), **{what: getattr(claim, what)})

    monkeypatch.setattr(register_nodes, "meet", trusting)
    try:
        find(
            SIGNED,
            lambda data: exceeds(*data) != "",
            settings=settings(max_examples=500, database=None, phases=[Phase.generate]),
        )
    except NoSuchExample:
        pytest.fail("no generated register shows the planted fault")
