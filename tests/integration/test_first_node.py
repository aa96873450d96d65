"""The page for a first node is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from locations import ROOT

from node.cli import main

PAGE = (ROOT / "docs" / "first-node.md").read_text("utf-8")


def test_the_page_leads_to_a_node_that_is_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    claim, port, sensor = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "ostend").mkdir()
    (tmp_path / "ostend" / "claim.toml").write_text(claim)
    (tmp_path / "ostend" / "port.toml").write_text(port + "\n" + sensor)
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    monkeypatch.chdir(tmp_path)
    commands = [
        line[3:] for line in PAGE.splitlines() if line.startswith("$P ") and "run --config" not in line
    ]
    assert len(commands) == 5
    for command in commands:
        words = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', command)]
        code = main(words)
        assert code == 0, f"{command}: {capsys.readouterr().err}"
    assert "/sign-in/once?code=" in capsys.readouterr().out
