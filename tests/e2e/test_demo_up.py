"""`make up`: one command, four ports; everything ends with it, nothing is lost, a second start is one clear line."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from claims import claimed_base
from demo_runs import Run, gone, lives, once

from node.demo.check.visitor import Visitor
from node.demo.leash import Leash
from node.demo.plan import read_plan

pytestmark = pytest.mark.processes

PORTS = 12


@pytest.fixture
def base() -> int:
    return claimed_base(PORTS)


def one_line(errors: str) -> str:
    lines = errors.splitlines()
    assert len(lines) == 1, errors
    assert "Traceback" not in errors
    return lines[0]


def signed_in(run: Run, base: int) -> list[Visitor]:
    """Every officer of the table, by the link that was printed."""
    plan = read_plan(run.folder, base_port=base)
    visitors = [Visitor(port) for port in plan.ports for _ in port.officers]
    for visitor, link in zip(visitors, run.links(), strict=True):
        visitor.sign_in(link)
    return visitors


def test_up_says_what_runs_where_ends_with_ctrl_c_and_keeps_its_data(tmp_path: Path, base: int) -> None:
    folder = tmp_path / "demo"
    run = Run(folder, ("--base-port", str(base)))
    try:
        run.until("Running.")
        children = run.children()
        assert len(children) == 6
        assert all(lives(pid) for pid in children.values())
        for visitor in signed_in(run, base):
            assert visitor.json("/api/v1/me")["port"]["id"] == visitor.port.node
        told = run.until("", wait_s=60)
        while "released by rule: received at" not in told:
            told = run.until("", wait_s=60)
        assert told.endswith(" ms")
        code, errors = once(folder, "--base-port", str(base))
        assert code == 8, errors
        assert f"is in use by process {run.process.pid}" in one_line(errors)
    finally:
        ended = run.end(signal.SIGINT)
    assert ended == 0
    assert run.errors == []
    assert not any(lives(pid) for pid in children.values())

    again = Run(folder, ("--base-port", str(base), "--no-ais"))
    try:
        again.until("Running.")
        assert not any("founded" in line for line in again.lines)
        assert set(again.links()).isdisjoint(run.links())
        rows = [v.json("/api/v1/records")["records"] for v in signed_in(again, base)]
        assert all(any(row["detector"] == "impossible_speed" for row in each) for each in rows)
    finally:
        assert again.end(signal.SIGTERM) == 0


def test_a_supervisor_that_is_killed_leaves_nothing_running_and_a_port_that_ends_ends_the_whole(
    tmp_path: Path, base: int
) -> None:
    words = ("--base-port", str(base), "--no-ais")
    killed = Run(tmp_path / "demo", words)
    try:
        killed.until("Running.")
        children = list(killed.children().values())
        killed.process.kill()
        assert killed.process.wait(10) == -signal.SIGKILL
        assert gone(children)
    finally:
        killed.end(signal.SIGTERM)
    again = Run(killed.folder, words)
    try:
        again.until("Running.")  # nothing is in its way
        after = again.children()
        os.kill(after["Port of Liège"], signal.SIGKILL)
        assert again.process.wait(40) == 4
        assert gone(list(after.values()))
        assert again.end() == 4
        assert "port-liege ended by itself (exit code -9)" in one_line("\n".join(again.errors))
    finally:
        again.end(signal.SIGTERM)


def test_a_busy_port_is_one_line_and_nothing_is_made(tmp_path: Path, base: int) -> None:
    with socket.create_server(("127.0.0.1", base + 1)):
        code, errors = once(tmp_path / "demo", "--base-port", str(base))
    assert code == 8, errors
    words = one_line(errors)
    assert f"already in use: 127.0.0.1:{base + 1} (screens of port-antwerp-bruges)" in words
    assert "--base-port" in words
    assert not (tmp_path / "demo").exists()


def test_a_selfcheck_on_a_busy_port_is_the_same_line(tmp_path: Path, base: int) -> None:
    with socket.create_server(("127.0.0.1", base + 3)):
        code, errors = once(tmp_path / "demo", "--selfcheck", "--json", "--base-port", str(base))
    assert code == 8, errors
    assert f"already in use: 127.0.0.1:{base + 3} (federation of north-sea-port)" in one_line(errors)


def test_a_process_of_an_earlier_start_is_named_with_what_to_do(tmp_path: Path, base: int) -> None:
    folder = tmp_path / "demo"
    folder.mkdir(mode=0o700)
    leash = Leash(folder)
    left = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"],
        stdin=subprocess.PIPE,
        pass_fds=(leash.descriptor,),
    )
    try:
        leash.note([(left.pid, "port-limburg")])
        leash.release()
        code, errors = once(folder, "--base-port", str(base))
        assert code == 8, errors
        words = one_line(errors)
        assert f"an earlier start left processes running: port-limburg ({left.pid})" in words
        assert words.endswith(f"kill {left.pid}")
    finally:
        left.communicate()


def test_wrong_words_are_refused_in_one_line(tmp_path: Path) -> None:
    code, errors = once(tmp_path / "demo", "--json")
    assert code == 2, errors
    assert one_line(errors) == "port2port demo: --json goes with --selfcheck; see port2port demo --help"
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine").write_text("x")
    code, errors = once(tmp_path / "demo", "--selfcheck")
    assert code == 4
    assert "is not empty" in one_line(errors)
