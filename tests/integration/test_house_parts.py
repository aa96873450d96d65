"""A node one of whose parts fails stops, says which, and ends with an exit code that a supervisor starts it again for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from demo_node import founded

from node.demo.house import free_base

RUN = """
import asyncio, sys

async def fails(*_):
    await asyncio.sleep(0.2)
    raise ZeroDivisionError("planted")

async def ends(*_):
    await asyncio.sleep(0.2)

import node.senses, node.upkeep, uvicorn
{plant}
from node.cli import main
sys.exit(main(["run", "--config", sys.argv[1]]))
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return founded(tmp_path_factory.mktemp("house"), base_port=free_base(12)).ports[0].config


@pytest.mark.processes
@pytest.mark.parametrize(
    ("part", "plant", "fault"),
    [
        ("upkeep", "node.upkeep.Upkeep.run = fails", "ZeroDivisionError at "),
        ("senses", "node.senses.Senses.run = fails", "ZeroDivisionError at "),
        ("web", "uvicorn.Server.main_loop = fails", "ZeroDivisionError at "),
        ("web", "uvicorn.Server.main_loop = ends", "it ended"),
    ],
)
def test_a_part_that_fails_ends_the_node(config: Path, part: str, plant: str, fault: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-P", "-c", RUN.format(plant=plant), str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    (said,) = [line for line in lines if line["event"] == "a part of this node failed; it stops"]
    assert said["part"] == part
    assert said["fault"].startswith(fault)
    assert lines[-1]["event"] == "stopped"
    assert "planted" not in ended.stderr
