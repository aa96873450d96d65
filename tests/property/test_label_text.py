"""One label, one text: reading and writing undo each other, and no other text is taken."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st
from label_strategies import catches, labels

from protocol.errors import BadLabel
from protocol.label import Label, parse

Read = Callable[[str], Label]


def read_back(label: Label, read: Read = parse) -> None:
    assert read(label.text) == label


def only_canonical(text: str, read: Read = parse) -> None:
    try:
        label = read(text)
    except BadLabel:
        return
    assert label.text == text


def damaged(label: Label, place: int, what: str) -> str:
    at = place % len(label.text)
    return label.text[:at] + what + label.text[at + len(what) :]


def reversed_audience(text: str) -> str:
    """The same label with the items of its first audience clause in the wrong order, where it has two."""
    head, part, rest = text.partition("//AUD ")
    clause = re.match("[a-z,]*", rest)
    assert clause is not None
    return head + part + ",".join(reversed(clause[0].split(","))) + rest[clause.end() :]


ANY = st.builds(
    damaged, labels(), st.integers(0, 400), st.sampled_from(["", " ", ",", "//", " & ", "a", "B"])
)
SHUFFLED = labels().map(lambda label: reversed_audience(label.text))


@given(labels())
def test_what_is_written_is_read_back(label: Label) -> None:
    read_back(label)


@given(ANY | SHUFFLED | st.text(max_size=60))
@example("BE:NONE//TLP:GREEN//AUD bb,aa")
def test_no_text_but_the_canonical_one_is_taken(text: str) -> None:
    only_canonical(text)


def test_a_reader_that_sorts_for_the_sender_is_caught() -> None:
    def lenient(text: str) -> Label:
        return parse(text if text.count(",") != 1 else reversed_audience(text))

    catches(lambda text: only_canonical(text, lenient), SHUFFLED)


def test_a_reader_that_drops_a_part_is_caught() -> None:
    catches(lambda label: read_back(label, lambda text: parse(text.partition("//CAVEAT")[0])), labels())
