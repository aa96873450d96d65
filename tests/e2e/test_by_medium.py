"""A port that no wire reaches: what it may have comes on a medium, through the command line, and its officer reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from officers_there import alert, signed_in, titles
from running import ANTWERP, LIEGE, Federation, until

pytestmark = pytest.mark.processes


def test_an_officer_reads_what_came_on_a_medium(tmp_path: Path) -> None:
    with Federation.founded(tmp_path / "ports") as federation:
        for node in (ANTWERP, LIEGE):
            federation.add(node, "federation", 'dial = "none"')
        federation.add(ANTWERP, "web", 'cancel_window = "0s"')
        starter = federation.starter()
        for node in (ANTWERP, LIEGE):
            federation.fork(starter, node).wait_said("ready")
        here, there = signed_in(federation, ANTWERP), signed_in(federation, LIEGE)
        alert(here, "Carried by hand", audience="ports-scheldt")
        until("the alert at its origin", lambda: "Carried by hand" in titles(here))
        medium = tmp_path / "medium.bundle"
        config = {node: str(federation.port(node).config) for node in (ANTWERP, LIEGE)}
        words = ("bundle", "export", "--to", LIEGE, "--out", str(medium), "--config", config[ANTWERP])
        written = federation.command(*words)
        assert written.returncode == 0, written.stderr
        taken = federation.command("bundle", "import", str(medium), "--config", config[LIEGE], "--json")
        assert taken.returncode == 0, taken.stdout + taken.stderr
        assert json.loads(taken.stdout)["entries"] == 2
        assert "Carried by hand" in titles(there)
        spoilt = bytearray(medium.read_bytes())
        spoilt[-20] ^= 1
        medium.write_bytes(spoilt)
        refused = federation.command("bundle", "import", str(medium), "--config", config[LIEGE])
        assert refused.returncode == 1
        assert "not read to its end" in refused.stdout
