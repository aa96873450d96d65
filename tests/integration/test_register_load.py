"""`port2port register load`: a register that came by hand, into the copy of a node that never ran, ran, or runs."""

from __future__ import annotations

from pathlib import Path

import demo_node
import pytest

from node.ceremony import load
from node.cli import main
from node.clock import SystemClock
from node.demo.plan import Plan
from node.lock import DataLock
from node.register import RegisterStore


@pytest.fixture(name="plan")
def a_plan(tmp_path: Path) -> Plan:
    return demo_node.founded(tmp_path)


def _load(plan: Plan, path: Path) -> int:
    return main(["register", "load", str(path), "--config", str(plan.ports[0].config)])


def _held(plan: Plan) -> int:
    data = plan.ports[0].folder / "data" / "register"
    return RegisterStore.open(data, now=SystemClock().now_ms()).current.version


def _older(plan: Plan, folder: Path) -> Path:
    """The register as it is, put aside, and a newer one signed."""
    bundle = folder / "older.bundle"
    bundle.write_bytes(load(plan.ceremony, passphrase=None, random=bytes, keys=Path("/dev/null")).bundle())
    assert main(["register", "sign", "duty", "--dir", str(plan.ceremony)]) == 0
    return bundle


def test_a_newer_one_is_taken_and_an_older_one_is_not(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = _older(plan, tmp_path)
    assert _load(plan, older) == 0
    first = _held(plan)
    assert "within seconds" in capsys.readouterr().out
    assert _load(plan, plan.ceremony / "public") == 0
    assert _held(plan) == first + 1
    assert _load(plan, plan.ceremony / "public") == 0
    assert "already" in capsys.readouterr().out
    assert _load(plan, older) == 1
    assert "is older, nothing changed" in capsys.readouterr().out
    assert _held(plan) == first + 1


def test_a_running_node_s_lock_does_not_stop_it(plan: Plan, tmp_path: Path) -> None:
    with DataLock(plan.ports[0].folder / "data"):
        assert _load(plan, _older(plan, tmp_path)) == 0


def test_what_does_not_verify_is_one_line_and_changes_nothing(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = _older(plan, tmp_path)
    assert _load(plan, older) == 0
    first = _held(plan)
    for name in ("nowhere", "flipped"):
        path = tmp_path / name
        if name == "flipped":
            raw = bytearray(older.read_bytes())
            raw[raw.rindex(b'"sig"') + 10] ^= (
                1  # of the timestamp, the last file: it has one signature and needs it
            )
            path.write_bytes(raw)
        capsys.readouterr()
        assert _load(plan, path) == 4
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.startswith("port2port: ")
        assert told.err.count("\n") == 1
    assert _held(plan) == first


def test_a_node_that_runs_notices_and_tells_who_listens(plan: Plan, tmp_path: Path) -> None:
    assert _load(plan, _older(plan, tmp_path)) == 0
    folder = plan.ports[0].folder / "data" / "register"
    running, heard = RegisterStore.open(folder, now=SystemClock().now_ms()), list[int]()
    running.subscribe(lambda register: heard.append(register.version))
    first = running.current.version
    assert not running.overtaken()
    assert _load(plan, plan.ceremony / "public") == 0
    assert running.overtaken()
    running.notice()
    assert (running.current.version, heard, running.overtaken()) == (first + 1, [first + 1], False)
    running.notice()
    assert heard == [first + 1]
