"""Every sentence of a screen stands in every catalogue, is a translation, and fills in the same names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from google.protobuf.message import Message

from node.languages import LANGUAGES
from policies.decision import DenyCode
from policies.officers import Role
from policies.plan import Change, Second
from protocol.codes import codes
from protocol.label import CAVEATS, LEVEL_NAMED, PURPOSES, STATUSES, TLP_NAMED
from protocol.v1 import records_pb2 as pb
from web.languages import LOCALE_DIR, choose, load_tongues
from web.languages import catalogue_path as path_of
from web.words import TABLES, word

TRANSLATED = [code for code in LANGUAGES if code != "en"]
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "say": None,
    "ngettext": (1, 2),
    "count": (1, 2),
}
Sentence = str | tuple[str, ...]


@cache
def spoken() -> frozenset[Sentence]:
    """Every sentence in code and templates."""
    found = extract_from_dir(
        LOCALE_DIR.parent, [("**.py", "python"), ("templates/**.html", "jinja2")], keywords=KEYWORDS
    )
    return frozenset(message for _, _, message, *_ in found)


@cache
def catalogue(language: str) -> Catalog:
    """A language's catalogue."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def entries(language: str) -> dict[Sentence, Sentence]:
    """Its entries but the header."""
    return {_whole(m.id): _whole(m.string or "") for m in catalogue(language) if m.id}


def _whole(text: str | tuple[str, ...] | list[str]) -> Sentence:
    return text if isinstance(text, str) else tuple(text)


def same_as_english() -> set[tuple[str, str]]:
    """What is listed as rightly equal."""
    lines = (LOCALE_DIR / "same_as_english.txt").read_text("utf-8").splitlines()
    return {tuple(line.split(" ", 1)) for line in lines if line and not line.startswith("#")}  # type: ignore[misc]


def untranslated(
    language: str, told: Mapping[Sentence, Sentence], allowed: Iterable[tuple[str, str]]
) -> list[Sentence]:
    """Entries that are empty, or English without being listed."""
    allowed = set(allowed)
    bad: list[Sentence] = []
    for sentence, translation in told.items():
        forms = (translation,) if isinstance(translation, str) else tuple(translation)
        first = sentence if isinstance(sentence, str) else sentence[0]
        if not all(forms) or (first in forms and (language, first) not in allowed):
            bad.append(sentence)
    return bad


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_in_the_catalogue_and_no_other(language: str) -> None:
    told = set(entries(language))
    assert spoken() - told == set()
    assert told - spoken() == set()
    assert len(told) > 400


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_entry_is_a_translation(language: str) -> None:
    assert untranslated(language, entries(language), same_as_english()) == []
    assert not [m.id for m in catalogue(language) if m.fuzzy and m.id]


def test_the_check_sees_a_missing_and_an_english_entry() -> None:
    planted: dict[Sentence, Sentence] = {"Watch": "Watch", "Peers": "", "Live": "Live", ("a", "b"): ("x", "")}
    assert untranslated("nl", planted, same_as_english()) == ["Watch", "Peers", ("a", "b")]


def test_no_exception_is_listed_for_nothing() -> None:
    used = {
        (lang, s) for lang in TRANSLATED for s, t in entries(lang).items() if s == t and isinstance(s, str)
    }
    assert same_as_english() == used


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_fills_in_the_same_names(language: str) -> None:
    names = re.compile(r"%\((\w+)\)s|(#)")
    for sentence, translation in entries(language).items():
        wanted = {
            frozenset(names.findall(s)) for s in ([sentence] if isinstance(sentence, str) else sentence)
        }
        got = {
            frozenset(names.findall(t))
            for t in ([translation] if isinstance(translation, str) else translation)
        }
        assert got <= wanted, sentence


def test_a_voice_without_please_and_shouting() -> None:
    for sentence in spoken():
        for text in [sentence] if isinstance(sentence, str) else sentence:
            assert not re.search(r"\b(please|oops|sorry|suspect)\b|!", text, re.IGNORECASE), text


def test_an_unknown_code_is_shown_as_it_is() -> None:
    tongue = load_tongues(["nl"])["nl"]
    assert word(tongue, "severity", "7") == "7"
    assert word(tongue, "severity", "Extreme") == "Kritiek"


@pytest.mark.parametrize(
    ("wanted", "accept", "language"),
    [
        ("fr", "nl", "fr"),
        ("xx", "de-BE,de;q=0.9", "de"),
        ("", "ja, en;q=0.5", "en"),
        ("", "", "nl"),
        ("", "*", "nl"),
    ],
)
def test_the_language_is_the_chosen_the_browsers_or_the_nodes(
    wanted: str, accept: str, language: str
) -> None:
    assert choose(wanted, accept, tuple(LANGUAGES)) == language


@pytest.mark.parametrize(
    ("message", "field", "table"),
    [
        (pb.Alert, "severity", "severity"),
        (pb.Alert, "certainty", "certainty"),
        (pb.Alert, "urgency", "urgency"),
        (pb.Alert, "category", "category"),
        (pb.Indicator, "reason", "lookout_reason"),
        (pb.Indicator, "on_hit", "on_hit"),
        (pb.Incident, "type", "incident_type"),
        (pb.Incident, "status", "incident_status"),
        (pb.Sighting, "result", "result"),
        (pb.Sighting, "modality", "modality"),
        (pb.Notice, "category", "notice"),
        (pb.Common, "regime", "regime"),
        (pb.Common, "statement", "statement"),
    ],
)
def test_every_code_of_a_record_has_words(message: type[Message], field: str, table: str) -> None:
    known = {code.lower() for code in TABLES[table]}
    assert set(codes(message, field)) - known == set()


@pytest.mark.parametrize(
    ("enum", "table"), [(DenyCode, "deny"), (Second, "second"), (Change, "change"), (Role, "role")]
)
def test_every_code_of_a_decision_has_words(enum: type[StrEnum], table: str) -> None:
    assert {str(code) for code in enum} - set(TABLES[table]) == set()


def test_every_part_of_a_label_has_words() -> None:
    assert set(TABLES["purpose"]) == PURPOSES
    assert set(TABLES["caveat"]) == CAVEATS
    assert set(TABLES["status"]) == STATUSES
    assert set(TLP_NAMED) == set(TABLES["tlp"])
    assert set(LEVEL_NAMED) == set(TABLES["level"])


def test_every_code_a_table_names_is_a_sentence_or_a_proper_name() -> None:
    proper = {
        "AIS",
        "IMO",
        "MMSI",
        "ENI",
        "SHA-256",
        "JSON",
        "PDF",
        "CSV",
        "NCCN",
        "LCMB",
        "CMB",
        "NAMB",
        "RESTRICTED",
        "CONFIDENTIAL",
        "SECRET",
        "TOP SECRET",
    }
    spare = {told for table in TABLES.values() for told in table.values()} - spoken()
    assert spare == proper
