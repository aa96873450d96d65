"""The chapter of records is what the tables say, and it is complete."""

from __future__ import annotations

import dataclasses

import pytest
import records_page

from protocol.fields import Field
from protocol.indicator_forms import SORTS
from protocol.kind import Kind
from protocol.kinds import known
from protocol.preamble import COMMON

KINDS = known()


def test_the_page_says_what_the_tables_check() -> None:
    page = records_page.PAGE.read_text("utf-8")
    assert page == records_page.written(page), "run `make docs`"


def test_a_limit_that_moved_turns_it_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double: a rule that says something else than the page."""
    field = KINDS["alert"].table.fields[5]
    moved = dataclasses.replace(field, rule=dataclasses.replace(field.rule, words="at most 401 characters"))
    fields = [moved if one is field else one for one in KINDS["alert"].table.fields]
    monkeypatch.setattr(records_page, "known", lambda: {"alert": _with(KINDS["alert"], tuple(fields))})
    with pytest.raises(AssertionError, match="make docs"):
        test_the_page_says_what_the_tables_check()


def _with(kind: Kind, fields: tuple[Field, ...]) -> Kind:
    return dataclasses.replace(kind, table=dataclasses.replace(kind.table, fields=fields))


def test_every_rule_of_every_field_has_words() -> None:
    tables = [*records_page._parts(), COMMON, *(kind.table for kind in KINDS.values())]
    assert [f.name for table in tables for f in table.fields if not f.rule.words] == []


def test_what_a_check_holds_is_said() -> None:
    """A check between fields is code; whoever writes one says it in words beside it, and the other way round."""
    checked = {name for name, kind in KINDS.items() if kind.check.__name__ != "_no_faults"}
    assert checked == {name for name, kind in KINDS.items() if kind.says}
    assert all(bool(table.cross) == bool(table.says) for table in records_page._parts())


def test_every_check_of_an_indicator_is_said() -> None:
    assert set(records_page._DIGITS) == {name for name, sort in SORTS.items() if sort.digit is not None}
