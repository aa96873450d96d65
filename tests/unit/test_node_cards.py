"""A card is listed only if it proves each of its keys: whoever holds no private half lists nobody's key."""

from __future__ import annotations

from typing import Any

import pytest
from federations import keys_of as made_keys

from node.ceremony import cards
from node.exits import Refused
from protocol.ids import NodeId

GHENT, LIEGE = NodeId("north-sea-port"), NodeId("port-liege")


@pytest.fixture(scope="module", name="card")
def ghent_card() -> dict[str, Any]:
    return dict(made_keys(GHENT)[GHENT].public_card())


def test_what_the_keys_wrote_is_taken_whole(card: dict[str, Any]) -> None:
    found = cards.keys_of(card, GHENT)
    assert found["proof"].keys() == {*card["log"], *card["hold"]}


@pytest.mark.parametrize("use", ["log", "hold"])
def test_a_key_without_its_proof_is_not_listed(card: dict[str, Any], use: str) -> None:
    (key,) = card[use]
    proof = {one: text for one, text in card["proof"].items() if one != key}
    with pytest.raises(Refused, match="does not show that key"):
        cards.keys_of({**card, "proof": proof}, GHENT)
    with pytest.raises(Refused, match="does not show that key"):
        cards.keys_of({one: value for one, value in card.items() if one != "proof"}, GHENT)


def test_a_proof_for_another_node_or_of_another_key_is_none(card: dict[str, Any]) -> None:
    other = made_keys(LIEGE)[LIEGE].public_card()
    swapped = dict(zip(card["proof"], reversed(list(card["proof"].values())), strict=True))
    with pytest.raises(Refused, match="does not show that key"):
        cards.keys_of({**card, "proof": swapped}, GHENT)
    with pytest.raises(Refused, match="does not show that key"):
        cards.keys_of({**card, "log": other["log"], "proof": {**card["proof"], **other["proof"]}}, GHENT)


def test_a_ceremony_that_did_not_ask_would_be_seen(
    card: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted: any proof will do."""
    monkeypatch.setattr(cards, "signed_by", lambda *_: True)
    with pytest.raises(pytest.fail.Exception):
        test_a_key_without_its_proof_is_not_listed(card, "log")
