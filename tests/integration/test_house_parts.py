"""A node one of whose parts fails stops, says which, and ends with an exit code that a supervisor starts it again for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from running import LIEGE, Federation, until

STOPS_S = 60.0


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    with Federation.founded(tmp_path_factory.mktemp("house"), ais=True) as made:
        yield made


@pytest.mark.processes
@pytest.mark.parametrize(
    ("part", "place", "how", "fault"),
    [
        ("upkeep", "node.upkeep:Upkeep.run", "fails", "ZeroDivisionError at "),
        ("senses", "node.senses:Senses.run", "fails", "ZeroDivisionError at "),
        ("web", "uvicorn:Server.main_loop", "fails", "ZeroDivisionError at "),
        ("web", "uvicorn:Server.main_loop", "ends", "it ended"),
    ],
)
def test_a_part_that_fails_ends_the_node(
    federation: Federation, tmp_path: Path, part: str, place: str, how: str, fault: str
) -> None:
    words = [place, how, str(federation.port(LIEGE).config)]
    out, log = tmp_path / "out", tmp_path / "log"
    node = federation.starter().start("broken_house:main", words, out=out, log=log)
    until(f"its end; {log}", lambda: node.ended() is not None, seconds=STOPS_S)
    assert node.ended() == 1, node.last()
    lines = node.events()
    (said,) = [line for line in lines if line["event"] == "a part of this node failed; it stops"]
    assert said["part"] == part
    assert said["fault"].startswith(fault)
    assert lines[-1]["event"] == "stopped"
    assert "planted" not in log.read_text()
