"""A plan is whole before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from node import cli, cli_simulate, demo_data
from node.config_file import ConfigError
from node.demo import plan
from node.demo.configuration import configuration, quoted
from node.demo.plan import read_plan
from node.demo_data import DEMO

TEXT = (DEMO / "demo.toml").read_text("utf-8").replace("../../", f"{DEMO.parent.parent}/")


def changed(folder: Path, before: str, after: str) -> Path:
    assert before in TEXT
    file = folder / "demo.toml"
    file.write_text(TEXT.replace(before, after, 1), "utf-8")
    return file


def problem(folder: Path, before: str, after: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_plan(folder, file=changed(folder, before, after))
    return "\n".join(caught.value.problems).replace(f"{folder}/", "")


def test_the_four_ports_at_the_usual_ports(tmp_path: Path) -> None:
    plan = read_plan(tmp_path)
    assert [port.node for port in plan.ports] == [
        "port-antwerp-bruges",
        "north-sea-port",
        "port-limburg",
        "port-liege",
    ]
    assert [port.web for port in plan.ports] == [f"127.0.0.1:{number}" for number in (8401, 8402, 8403, 8404)]
    assert [port.node for port in plan.ports if port.receiver] == ["port-antwerp-bruges", "north-sea-port"]
    assert all(port.officers for port in plan.ports)


def test_a_base_port_replaces_every_port_and_without_ais_none_moves(tmp_path: Path) -> None:
    addresses = [address for address, _ in read_plan(tmp_path, base_port=9000).addresses()]
    assert sorted(addresses) == [f"127.0.0.1:{9000 + at}" for at in range(10)]
    without = [address for address, _ in read_plan(tmp_path, base_port=9000, ais=False).addresses()]
    assert set(without) < set(addresses)
    assert len(without) == 8


CASES = {
    "unknown key": ("speed = 10.0", "speed = 10.0\nfast = 1", "demo.toml:8: fast: unknown key"),
    "a node of nobody": (
        'node = "port-liege"',
        'node = "port-paris"',
        "port-paris: no organisation of be.toml",
    ),
    "a foreign site": ('site = "genk"', 'site = "liege"', "(port-limburg): 'liege' is no site of this node"),
    "no such role": (
        'roles = ["security_officer"]',
        'roles = ["king"]',
        "'king' is no role; allowed: security_officer",
    ),
    "no such area": ('area = "antwerp"', 'area = "ostend"', "area 'ostend'; allowed: antwerp"),
    "a port given twice": ("web = 8404", "web = 8401", "port 8401 given twice"),
    "no founding document": ("be.toml", "nl.toml", "nl.toml: cannot be read (FileNotFoundError)"),
    "not TOML": ("version = 1", "version = ", "not TOML"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_named(tmp_path: Path, case: str) -> None:
    before, after, words = CASES[case]
    assert words in problem(tmp_path, before, after)


def test_a_value_cannot_leave_its_string(tmp_path: Path) -> None:
    plan = read_plan(tmp_path / 'a"\n[web]\nlisten = "0.0.0.0:1')
    assert configuration(plan, plan.ports[0]).count("[web]") == 1
    assert quoted('a"b\\c\n\x7f') == '"a\\"b\\\\c\\n\\u007f"'


@pytest.mark.parametrize(
    "words",
    [
        ["demo"],
        ["demo", "--selfcheck"],
        ["simulate", "ais"],
        ["simulate", "ais", "--vessels", str(DEMO / "vessels.csv")],
    ],
)
def test_without_its_data_the_demonstration_says_so_in_one_line(
    words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As installed from a wheel, which carries the packages alone."""
    elsewhere = tmp_path / "site-packages" / "deploy" / "demo"
    for module in (demo_data, plan, cli_simulate):
        monkeypatch.setattr(module, "DEMO", elsewhere)
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert "the demonstration's data is not installed here; run it from a checkout" in line
    assert list(tmp_path.iterdir()) == []
