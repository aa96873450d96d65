"""A register that is loaded by hand beside a running node takes effect there as one from a peer does: by name, without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import ANTWERP, LIEGE, Federation, until

pytestmark = pytest.mark.processes


def test_a_running_node_takes_what_was_loaded_beside_it(tmp_path: Path) -> None:
    with Federation.founded(tmp_path) as federation:
        federation.acquainted(ANTWERP, LIEGE)
        starter = federation.starter()
        antwerp, liege = federation.fork(starter, ANTWERP), federation.fork(starter, LIEGE)
        antwerp.wait_said("peer connected", peer=LIEGE)
        held = antwerp.wait_said("ready")["register"]
        ceremony = federation.plan.ceremony
        assert federation.command("register", "remove-node", LIEGE, "--dir", str(ceremony)).returncode == 0
        config = str(federation.port(ANTWERP).config)
        loaded = federation.command("register", "load", str(ceremony / "public"), "--config", config)
        assert loaded.returncode == 0, loaded.stderr
        assert "within seconds" in loaded.stdout
        antwerp.wait_said("a new register is in force", version=held + 1)
        pair = ((liege, ANTWERP), (antwerp, LIEGE))  # whoever dialled says it: either may have been first
        until(
            "the session's end, by name",
            lambda: any(
                at.said("a dialled session ended", peer=of, code="PERMISSION_DENIED") for at, of in pair
            ),
        )
        assert antwerp.stop() == 0
