"""The third of the known failures over a third port that has not heard of the new register yet, nor has the ex-member: what its origin
says after the removal comes to the third port by hand, and neither it nor the ex-member over it reads any of that under the old register,
in the feed as it was or in one that began since. Once the third port has the register it reads all of it, and the ex-member none.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from officers_there import alert, signed_in, titles
from running import ANTWERP, LIEGE, LIMBURG, START_S, Federation, Running, looking, until

from protocol.ids import NodeId

pytestmark = pytest.mark.processes

PORTS = (ANTWERP, LIEGE, LIMBURG)
AFTER = "QX-AFTER-REMOVAL"


def held(federation: Federation, node: NodeId, words: str) -> int:
    """How many entries with these words the port has on its disk."""
    with looking(federation.port(node).folder / "data" / "node.db") as reader:
        row = reader.one("SELECT count(*) FROM entry WHERE instr(content, ?) > 0", words.encode())
    return int(row[0]) if row else 0


def without_limburg(federation: Federation, folder: Path) -> Path:
    """The register in which Limburg serves no community of all ports any more."""
    ceremony = federation.plan.ceremony
    stays = [str(port.node) for port in federation.plan.ports if port.node != LIMBURG]
    fragment = folder / "fragment.toml"
    fragment.write_text(f"[board.communities.ports-be]\nserving = {json.dumps(stays)}\n")
    words = ("register", "add-organisation", "--from", str(fragment), "--dir", str(ceremony), "--plain")
    changed = federation.command(*words)
    assert changed.returncode == 0, changed.stderr
    return ceremony / "public"


def test_3_nothing_said_after_a_removal_comes_over_a_third_port_under_an_older_register(
    tmp_path: Path,
) -> None:
    with Federation.founded(tmp_path / "ports") as made:
        made.acquainted(*PORTS)
        for node in PORTS:
            made.add(node, "web", 'cancel_window = "0s"')
        starter, config = made.starter(), {node: str(made.port(node).config) for node in PORTS}

        def starts(*nodes: NodeId) -> list[Running]:
            running = [made.fork(starter, node) for node in nodes]
            for one in running:
                one.wait_said("ready", seconds=2 * START_S)
            return running

        running = starts(*PORTS)
        alert(signed_in(made, ANTWERP), "Before the removal")
        for node in (LIEGE, LIMBURG):
            until(f"what came before at {node}", lambda node=node: held(made, node, "Before the removal"))  # type: ignore[misc]
        for one in running[1:]:
            assert one.stop() == 0
        # Antwerp alone has the new register, and goes on; then it is away.
        public = without_limburg(made, tmp_path)
        loaded = made.command("register", "load", str(public), "--config", config[ANTWERP])
        assert loaded.returncode == 0, loaded.stderr
        running[0].wait_said("a new register is in force")
        speaker = signed_in(made, ANTWERP)
        alert(speaker, f"{AFTER} in the old feed")
        alert(speaker, f"{AFTER} in a feed that begins", tlp="GREEN")
        until("both to have left", lambda: held(made, ANTWERP, AFTER) >= 2)
        medium = str(tmp_path / "medium.bundle")
        words = ("bundle", "export", "--to", LIEGE, "--out", medium, "--whole", "--config", config[ANTWERP])
        written = made.command(*words)
        assert written.returncode == 0, written.stderr
        assert running[0].stop() == 0
        # The third port and the ex-member are together under the old register.
        starts(LIEGE, LIMBURG)
        taken = made.command("bundle", "import", medium, "--config", config[LIEGE], "--json")
        told = json.loads(taken.stdout)
        alert(signed_in(made, LIEGE), "Liège is heard at Limburg")
        until("the two to speak", lambda: held(made, LIMBURG, "Liège is heard at Limburg"))
        for node in (LIEGE, LIMBURG):
            assert not held(made, node, AFTER), f"{node} has it under the old register: {told}"
        # Its origin is back, and with it the register.
        starts(ANTWERP)
        until("all of it at the third port", lambda: held(made, LIEGE, AFTER) >= 2)
        reader = signed_in(made, LIEGE)
        until("an officer there to read it", lambda: any(AFTER in title for title in titles(reader)))
        until("the removal at Limburg", lambda: not held(made, LIMBURG, "Before the removal"))
        assert not held(made, LIMBURG, AFTER), "it came over the third port"
