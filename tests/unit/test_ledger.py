"""The ledger breaks when a promise is not shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ledger import Ledger, Promise

KEPT = Promise("a", "It holds.", "kept", ("tests/x.py::test_a",), (), ())


def test_a_kept_promise_needs_its_test_to_have_passed() -> None:
    ledger = Ledger((KEPT,))
    assert ledger.broken({"tests/x.py::test_a": "passed"}) == ()
    assert ledger.broken({"tests/x.py::test_a[1]": "passed"}) == ()
    assert ledger.broken({}) == ("a: tests/x.py::test_a did not run",)
    assert ledger.broken({"tests/x.py::test_a": "failed"}) == ("a: tests/x.py::test_a failed",)
    assert ledger.broken({"tests/x.py::test_a": "skipped"}) == ("a: tests/x.py::test_a skipped",)
    assert ledger.broken({"tests/x.py::test_ab": "passed"}) == ("a: tests/x.py::test_a did not run",)


def test_a_skip_for_want_of_a_file_system_of_its_own_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = Ledger((replace(KEPT, needs=("mounts",)),))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("mounts.possible", lambda: False)
    assert ledger.broken({"tests/x.py::test_a": "skipped"}) == ()
    assert ledger.counted({"tests/x.py::test_a": "skipped"}) == 0
    assert [p.id for p in ledger.excused({"tests/x.py::test_a": "skipped"})] == ["a"]
    assert ledger.excused({"tests/x.py::test_a": "passed"}) == ()
    assert ledger.broken({"tests/x.py::test_a": "failed"}) == ("a: tests/x.py::test_a failed",)
    assert ledger.broken({}) == ("a: tests/x.py::test_a did not run",)
    monkeypatch.setattr("mounts.possible", lambda: True)
    assert ledger.broken({"tests/x.py::test_a": "skipped"}) == ("a: tests/x.py::test_a skipped",)
    assert ledger.excused({"tests/x.py::test_a": "skipped"}) == ()
    monkeypatch.setattr("mounts.possible", lambda: False)
    monkeypatch.setenv("CI", "true")
    assert ledger.broken({"tests/x.py::test_a": "skipped"}) == ("a: tests/x.py::test_a skipped",)


def test_a_skip_for_want_of_a_server_is_excused_in_ci_only_where_none_can_be_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ledger, skipped = Ledger((replace(KEPT, needs=("engines",)),)), {"tests/x.py::test_a": "skipped"}
    words = ("a: tests/x.py::test_a skipped",)
    monkeypatch.setattr("openfga_here.binary", lambda: tmp_path / "openfga")
    for ci, go, broken in (("", True, ()), ("", False, ()), ("true", False, ()), ("true", True, words)):
        monkeypatch.setenv("CI", ci)
        monkeypatch.setattr("openfga_here.buildable", lambda go=go: go)
        assert ledger.broken(skipped) == broken
        assert len(ledger.excused(skipped)) == (not broken)
    (tmp_path / "openfga").touch()
    monkeypatch.setenv("CI", "")
    assert ledger.broken(skipped) == words


def test_an_open_promise_is_listed_and_breaks_nothing() -> None:
    ledger = Ledger((Promise("b", "Later.", "open", (), (), ()),))
    assert ledger.broken({}) == ()
    assert [p.id for p in ledger.open()] == ["b"]


def test_what_only_a_command_shows_is_not_counted_as_shown_by_the_run() -> None:
    ledger = Ledger((KEPT, Promise("c", "Lint.", "kept", (), ("make lint",), ())))
    assert [p.id for p in ledger.by_command()] == ["c"]
    assert ledger.counted({"tests/x.py::test_a": "passed"}) == 1
    assert ledger.counted({}) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[promise]]\nid="a"\ntext="x"\nstate="kept"\n', "nothing shows it"),
        ('[[promise]]\nid="a"\ntext="x"\nstate="done"\n', "kept or open"),
        ('[[promise]]\nid="a"\ntext="x"\nstate="open"\ntest=[]\n', "unknown key test"),
        ('[[promise]]\nid="a"\ntext="x"\nstate="open"\n' * 2, "an id occurs twice"),
    ],
)
def test_a_malformed_ledger_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "promises.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=words):
        Ledger.load(file)


def test_the_ledger_of_the_product_is_well_formed() -> None:
    assert len(Ledger.load().promises) > 30
