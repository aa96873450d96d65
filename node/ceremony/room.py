"""The room in which a ceremony is held, as its guide sees it: words for everybody, questions to one of them.

Guarantees that a question is answered before the guide goes on, three times at most. Who sits there is `node/cli_room.py`.
"""

from __future__ import annotations

from typing import Protocol

from node.exits import Refused

TRIES = 3
"""So often is a question asked whose answer does not fit."""


class Room(Protocol):
    """Where the guide speaks and is answered."""

    def say(self, words: str = "") -> None:
        """To everybody."""

    def ask(self, question: str) -> str:
        """One line, without blanks around it; may be empty."""

    def secret(self, question: str) -> str:
        """One line that nobody sees."""


def named(room: Room, question: str) -> str:
    """A name; asked again while it is empty."""
    for _ in range(TRIES):
        if found := room.ask(question):
            return found
        room.say("    A name is needed here.")
    raise Refused(f"nobody answered: {question}")


def agreed(room: Room, question: str) -> bool:
    """Yes or no, in full: a key pressed by chance is neither."""
    for _ in range(TRIES):
        found = room.ask(f"{question} (yes/no)").lower()
        if found in {"yes", "no"}:
            return found == "yes"
        room.say("    Answer yes or no.")
    raise Refused(f"neither yes nor no: {question}")
