"""`port2port officer give … due` and `port2port roster`: what the operator gives and takes, beside a node that runs or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import demo_node
import pytest

from node.beside import beside
from node.cli import main
from node.config_file import load
from node.demo.plan import Port
from node.store import feeds


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Port:
    port = demo_node.founded(tmp_path_factory.mktemp("people") / "demo").ports[0]
    for login in ("an.smet", "bo.maes"):
        assert said(port, "officer", "add", login=login, name="X Y", site="antwerp", role="analyst") == 0
    return port


def said(port: Port, *words: str, **options: str | None) -> int:
    given = {"config": str(port.config), **options}
    more = [
        text
        for name, value in given.items()
        for text in (
            (f"--{name.replace('_', '-')}",) if value is None else (f"--{name.replace('_', '-')}", value)
        )
    ]
    return main([*words, *more])


def day(after: int) -> str:
    return (datetime.now(UTC) + timedelta(days=after)).strftime("%Y-%m-%d")


def told(capsys: pytest.CaptureFixture[str]) -> str:
    found = capsys.readouterr()
    return found.out + found.err


def audited(port: Port) -> int:
    with beside(load(port.config), port.config) as place:
        return sum(f.size for f in place.store.read(feeds.every) if f.role is feeds.FeedRole.AUDIT)


def test_what_is_given_is_said_and_can_be_taken_once(
    founded: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    cases: tuple[dict[str, str], ...] = (
        {"role": "police"},
        {"seat": "deputy", "committee": "lcmb-antwerp"},
        {"place": "expelled", "community": "ports-be"},
    )
    for what in cases:
        assert said(founded, "officer", "give", login="an.smet", until=day(30), **what) == 0
        assert next(iter(what.values())) in told(capsys)
        assert said(founded, "officer", "take", login="an.smet", **what) == 0
        assert "no longer" in told(capsys)
        before = audited(founded)
        assert said(founded, "officer", "take", login="an.smet", **what) == 4
        assert "nothing was changed" in told(capsys)
        assert audited(founded) == before


def test_a_suspension_and_a_clearance(founded: Port, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(founded, "officer", "suspend", login="bo.maes") == 0
    assert said(founded, "officer", "resume", login="bo.maes") == 0
    assert said(founded, "officer", "resume", login="bo.maes") == 4
    clear = {"policy": "BE", "level": "RESTRICTED", "until": day(20), "verified_by": "NSA"}
    assert said(founded, "officer", "clear", login="bo.maes", **clear) == 0
    capsys.readouterr()
    assert said(founded, "officer", "due") == 0
    out = capsys.readouterr().out
    assert "bo.maes  clearance BE" in out
    assert "within 30 days" in out
    assert said(founded, "officer", "unclear", login="bo.maes", policy="BE") == 0
    assert said(founded, "officer", "unclear", login="bo.maes", policy="BE") == 4


def test_what_concerns_somebody_is_read_from_a_file_and_shown_nowhere(
    founded: Port, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = tmp_path / "plate"
    value.write_text("be:1-abc-123\n")
    capsys.readouterr()
    assert said(founded, "officer", "concern", login="an.smet", type="plate", value_file=str(value)) == 0
    assert "declared now: oneself 1" in (out := told(capsys))
    value.write_text("not a plate at all, and very much longer than one\n")
    assert said(founded, "officer", "concern", login="an.smet", type="plate", value_file=str(value)) == 4
    assert "not a plate" not in told(capsys)
    assert "ABC" not in out.upper().replace("BEFORE", "")
    assert said(founded, "officer", "tie", login="an.smet", **{"with": "bo.maes", "as": "colleague"}) == 0
    assert said(founded, "officer", "tie", login="an.smet", **{"with": "an.smet", "as": "colleague"}) == 4
    assert "two people" in told(capsys)
    assert (
        said(founded, "officer", "tie", login="an.smet", end=None, **{"with": "bo.maes", "as": "colleague"})
        == 0
    )
    for path in founded.folder.rglob("*"):
        if path.is_file():
            assert b"1ABC123" not in path.read_bytes()


def test_the_roster_is_written_and_listed(founded: Port, capsys: pytest.CaptureFixture[str]) -> None:
    begins = f"{day(1)}T18:00Z"
    assert said(founded, "roster", "add", login="an.smet", until=f"{day(2)}T06:00Z", **{"from": begins}) == 0
    assert (
        said(
            founded,
            "roster",
            "add",
            login="an.smet",
            until=f"{day(2)}T08:00Z",
            **{"from": f"{day(2)}T05:00Z"},
        )
        == 4
    )
    assert "another shift in that time" in told(capsys)
    assert said(founded, "roster", "list") == 0
    assert f"an.smet  {day(1)}T18:00:00Z  {day(2)}T06:00:00Z" in told(capsys)
    assert said(founded, "roster", "take", login="an.smet", **{"from": begins}) == 0
    assert said(founded, "roster", "take", login="an.smet", **{"from": begins}) == 4


WRONG: dict[str, tuple[tuple[str, ...], dict[str, str], int, str]] = {
    "no such role": (("officer", "give"), {"role": "king", "until": "2099-01-01"}, 4, "'king' is no role"),
    "no such seat": (
        ("officer", "give"),
        {"seat": "king", "committee": "x", "until": "2099-01-01"},
        4,
        "no seat",
    ),
    "no committee": (("officer", "give"), {"seat": "chair", "until": "2099-01-01"}, 4, "--committee"),
    "no community": (
        ("officer", "give"),
        {"place": "steward", "community": "nowhere", "until": "2099-01-01"},
        4,
        "no community of register",
    ),
    "over": (("officer", "give"), {"role": "police", "until": "2020-01-01"}, 4, "is over already"),
    "no time": (("officer", "give"), {"role": "police", "until": "soon"}, 2, "a day as 2027-01-31"),
    "no zone": (
        ("officer", "give"),
        {"role": "police", "until": "2099-01-01T10:00"},
        2,
        "a day as 2027-01-31",
    ),
    "two things": (("officer", "take"), {"role": "police", "seat": "chair"}, 2, "not allowed with"),
    "no level": (
        ("officer", "clear"),
        {"policy": "BE", "level": "HIGH", "until": "2099-01-01", "verified_by": "NSA"},
        4,
        "no level",
    ),
    "no marking": (
        ("officer", "clear"),
        {"policy": "XX", "level": "NONE", "until": "2099-01-01", "verified_by": "NSA"},
        4,
        "no marking",
    ),
    "no compartment": (
        ("officer", "clear"),
        {
            "policy": "BE",
            "level": "NONE",
            "until": "2099-01-01",
            "verified_by": "NSA",
            "compartment": "nowhere",
        },
        4,
        "no compartment",
    ),
    "no terminal": (("officer", "concern"), {"type": "plate"}, 4, "--value-file"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_one_line(founded: Port, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, options, code, expected = WRONG[case]
    capsys.readouterr()
    assert said(founded, *words, login="an.smet", **options) == code
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert expected in lines[0]


def test_nobody_is_given_anything_without_an_account(
    founded: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(founded, "officer", "give", login="no.body", role="police", until=day(3)) == 4
    assert "no such account" in told(capsys)
