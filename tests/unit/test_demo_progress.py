"""Progress in words, from log lines alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from node.demo.progress import Progress, Tail

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
