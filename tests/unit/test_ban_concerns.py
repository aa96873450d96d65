"""A ban is found by whom it is about: names with the birth date, and the document; an officer does not see his own or a relation's."""

from __future__ import annotations

from typing import Any

import pytest
from concerned_here import Desk, declare
from officers_here import hire
from ports import ANTWERP, Port, port
from record_examples import example

from node.commands.interest import Whose
from protocol import marks
from protocol.errors import BadRecord
from protocol.identity import declared
from protocol.kinds import known
from protocol.v1 import records_pb2 as pb

BAN = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT NO-EXPORT,PERSONAL"
ID_CARD = pb.Document(type=pb.Document.TYPE_ID_CARD, country="BE", number="591-1234567-89")


def ban(title: str = "ban", **changes: Any) -> pb.Record:
    record = example("port_ban", **changes)
    record.common.title = title
    return record


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port(ANTWERP)


def titles(at: Port, who: str) -> list[str]:
    return Desk(at, who).titles()


def test_my_own_ban_and_a_relation_s_are_nowhere_for_me(antwerp: Port) -> None:
    me, other = hire(antwerp, "a.peeters"), hire(antwerp, "b.maes")
    declare(antwerp, me, "Janssen, Jan, 1990-04-12", kind="name_birth")
    declare(antwerp, me, "be, 591 1234567 89", Whose.RELATION, kind="document")
    by_name = antwerp.publish(ban("by name", birth_date="1990-04-12"), BAN)
    antwerp.publish(ban("by document", family_name="Claes", document=ID_CARD), BAN)
    antwerp.publish(ban("another's", family_name="Claes"), BAN)
    assert titles(antwerp, me) == ["another's"]
    assert titles(antwerp, other) == ["another's", "by document", "by name"]
    assert not Desk(antwerp, me).opens(by_name.record)


@pytest.mark.parametrize(
    ("written", "mine"),
    [
        ({"family_name": "JANSSEN", "given_names": "JAN PIETER"}, True),
        ({"family_name": "Jánssen", "given_names": "Jan-Pieter"}, True),
        ({"birth_date": "1990-04-12"}, True),
        ({"birth_date": "1990-00-00"}, True),
        ({"birth_date": "1990-05-00"}, False),
        ({"birth_date": "1991-00-00"}, False),
        ({"birth_date": "1990-04-13"}, False),
        ({"family_name": "Janssens"}, False),
        ({"given_names": "Johan"}, False),
    ],
)
def test_a_name_is_met_as_documents_write_it(written: dict[str, str], mine: bool) -> None:
    one = declared("name_birth", "Janssen, Jan, 1990-04-12")
    assert (str(one) in marks.subjects(ban(**written).SerializeToString())) is mine


def test_a_family_name_of_several_words_is_one_name() -> None:
    said = ban(family_name="VANDEN BERGHE", given_names="Åsa", birth_date="2000-02-29")
    one = declared("name_birth", "Van den Berghe, Asa Maria, 2000-02-29")
    assert str(one) in marks.subjects(said.SerializeToString())


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("name_birth", "Janssen, Jan"),
        ("name_birth", "Janssen, Jan, 1990-04-00"),
        ("name_birth", "Janssen, , 1990-04-12"),
        ("name_birth", "Janssen, Jan, 12/4/1990"),
        ("document", "591-1234567-89"),
        ("document", "Belgium, 591-1234567-89"),
        ("document", "BE, -"),
        ("name_birth", "J" * 600),
    ],
)
def test_what_is_no_such_thing_is_refused_without_its_value(kind: str, raw: str) -> None:
    with pytest.raises(BadRecord) as refused:
        declared(kind, raw)
    assert "Janssen, Jan, 1990-04-12" in str(refused.value) or "BE, 591" in str(refused.value)
    assert "12/4/1990" not in str(refused.value)


@pytest.mark.parametrize("day", ["", "1990", "1990-13-00", "9999-00-00", "1990-02-30", "a-b-c", "0000-00-00"])
def test_a_day_that_is_none_breaks_nothing(day: str) -> None:
    assert not [one for one in marks.subjects(ban(birth_date=day).SerializeToString()) if "name_birth" in one]


def test_without_its_fields_a_ban_shows(antwerp: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: a ban is judged by its indicators, of which it has none."""
    me = hire(antwerp, "a.peeters")
    declare(antwerp, me, "Janssen, Jan, 1990-04-12", kind="name_birth")
    antwerp.publish(ban("mine"), BAN)
    assert titles(antwerp, me) == []
    monkeypatch.setattr(
        marks, "known", lambda: {name: kind for name, kind in known().items() if name != "port_ban"}
    )
    assert titles(antwerp, me) == ["mine"]
