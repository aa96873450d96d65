"""Progress in words, from log lines alone."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from offices_web import released, screens
from ports import ANTWERP
from structlog.testing import capture_logs

from node.demo.people import Invited
from node.demo.plan import read_plan
from node.demo.progress import Progress, Tail
from node.demo.table import table

NAMES = {"port-a": "Port A", "port-b": "Port B"}
FEED = "ab" * 32


def event(name: str, second: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"event": name, "node": "port-a", "timestamp": f"2026-11-25T04:00:{second:09.6f}Z", **more}


def rule_alert(second: float = 0.0, index: int = 3) -> dict[str, Any]:
    return event("alert released by rule", second, detector="impossible_speed", feed=FEED, index=index)


def confirmed(second: float, size: int, peer: str = "port-b") -> dict[str, Any]:
    return event("a peer holds more", second, peer=peer, feed=FEED, size=size)


def test_an_alert_and_who_has_it_after_how_long() -> None:
    progress = Progress(NAMES)
    assert progress.words(rule_alert()) == ["Port A: alert of impossible_speed released by rule"]
    assert progress.words(confirmed(0.1, size=3)) == []
    assert progress.words(confirmed(0.25, size=4)) == [
        "Port A: alert of impossible_speed released by rule: received at Port B in 250 ms"
    ]
    assert progress.words(confirmed(0.5, size=5)) == []


def test_one_receipt_can_confirm_several_alerts() -> None:
    progress = Progress(NAMES)
    for index in (3, 4):
        progress.words(rule_alert(index=index))
    assert len(progress.words(confirmed(1.0, size=5))) == 2


def test_a_connection_that_comes_back_is_told_and_the_first_one_is_not() -> None:
    progress = Progress(NAMES)
    up, down = event("peer connected", peer="port-b"), event("a dialled session ended", peer="port-b")
    assert progress.words(up) == []
    assert len(progress.words(down)) == 1
    assert progress.words(down) == []
    assert progress.words(up) == ["Port A and Port B: connected again"]


def test_lines_that_are_not_understood_are_nothing_to_tell() -> None:
    progress = Progress(NAMES)
    assert progress.words(event("something new", body="x")) == []
    assert progress.words({"event": "alert released by rule"}) == []
    assert progress.words({"event": "a peer holds more", "size": "many"}) == []


def test_a_tail_gives_whole_lines_once(tmp_path: Path) -> None:
    log = tmp_path / "node.log"
    log.write_bytes(b'{"event": "before"}\n')
    tail = Tail(log, log.stat().st_size)
    assert list(tail.events()) == []
    line = json.dumps(event("ready")).encode()
    with log.open("ab") as file:
        file.write(line[:10])
    assert list(tail.events()) == []
    with log.open("ab") as file:
        file.write(line[10:] + b"\nno json\n[1]\n")
    assert [found["event"] for found in tail.events()] == ["ready"]
    assert list(tail.events()) == []


def test_what_an_officer_released_is_told_from_what_the_node_logs() -> None:
    here = screens(ANTWERP)
    with capture_logs() as logged:
        released(here.officer())
    line = next(one for one in logged if one["event"] == "record released by an officer")
    told = {**line, "timestamp": "2026-11-25T04:00:00Z", "node": "port-a"}
    assert Progress(NAMES).words(told) == ["Port A: alert released by an officer"]


def test_each_sign_in_says_what_somebody_may_do(tmp_path: Path) -> None:
    plan = read_plan(tmp_path, ais=False)
    invited = [Invited(port, one, ("http://x",)) for port in plan.ports for one in port.officers]
    children = [SimpleNamespace(pid=1) for _ in plan.ports]
    text = table(plan, cast("Any", children), (), invited)
    for one in invited:
        roles = ", ".join(role.replace("_", " ") for role in one.officer.roles)
        assert f"  {one.officer.name}, {one.port.name}: {roles}\n    http://x" in text
    assert all(one.officer.roles for one in invited)
