"""20,000 feeds of which one in a hundred lives: catching up with some of them, their beats, and what they take in memory."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bench_control import Child
from bench_report import Figure, Report
from bench_stage import Stage
from bench_world import SENDER

from node.store.sqlite import SqliteStore

GREETED_S = 3.0
"""After meeting: what is said to a new peer in its first seconds is said by then."""
ROUNDS = 5


def run(stage: Stage) -> None:
    """Empty nodes first, for their memory; then catching up with 0, 10, 100 … of all; then rounds of beats."""
    size, report = stage.size, stage.report
    stage.empty()
    with stage.both() as (sender, receiver):
        receiver.ask("dial", peer=SENDER)
        empty = _private(sender), _private(receiver)
    stage.put(stage.pair("feeds", "feeds", size.feeds))
    for place in (stage.world.sender, stage.world.receiver):
        _few_live(place.database, size.feeds // size.live)
    with stage.both() as (sender, receiver):
        receiver.ask("dial", peer=SENDER)
        receiver.ask("hang_up")
        met = {count: _met(sender, receiver, count) for count in (0, *size.changed)}
        receiver.ask("dial", peer=SENDER)
        time.sleep(GREETED_S)
        full = _private(sender), _private(receiver)
        rounds = [_beaten(sender, receiver) for _ in range(ROUNDS)]
    _caught_up(report, size.feeds, met)
    _lived(report, size.feeds, rounds, empty, full)


def _few_live(database: Path, each: int) -> None:
    """One in so many has a beat; the benchmark's records are alerts, so all would."""
    with closing(SqliteStore(database)) as store:
        store.write(lambda tx: tx.run("UPDATE feed SET beats = (number % ? = 0)", each)).result()


def _met(sender: Child, receiver: Child, count: int) -> dict[str, Any]:
    found = receiver.ask("meet", peer=SENDER, **sender.ask("grow", count=count))
    receiver.ask("hang_up")
    return found


def _beaten(sender: Child, receiver: Child) -> dict[str, float]:
    """CPU seconds at both ends; a beat is newer than the one before by a second at least, or it does not count."""
    time.sleep(1.1)
    receiver.begin("hear", count=sender.ask("live")["live"])
    said = sender.ask("beat")
    return {"count": said["beats"], "said": said["cpu"], "heard": receiver.finish()["cpu"]}


def _private(node: Child) -> float:
    return float(node.ask("use")["private"])


def _caught_up(report: Report, feeds: int, met: dict[int, dict[str, Any]]) -> None:
    nothing = met[0]
    report.floor(
        "met",
        9,
        f"meeting again with {feeds:,} feeds and nothing new, the dialling side",
        "ms CPU",
        [nothing["cpu"] * 1e3],
    )
    for count, one in met.items():
        if not count:
            continue
        said = f"catching up with {count:,} of {feeds:,} feeds, a record in each"
        for id_, what, unit, value in (
            ("feeds.cpu", f"{said}, the dialling side", "ms CPU", one["cpu"] * 1e3),
            (
                "feeds.each",
                f"{said}, for each feed beyond meeting again",
                "ms CPU",
                (one["cpu"] - nothing["cpu"]) * 1e3 / count,
            ),
            (
                "feeds.bytes",
                f"{said}, frames both ways, for each feed",
                "bytes",
                (one["frame_bytes"] - nothing["frame_bytes"]) / count,
            ),
            ("feeds.time", said, "ms", one["seconds"] * 1e3),
        ):
            report.figure(Figure(id=f"{id_}.{count}", target=9, what=what, unit=unit, samples=[value]))


def _lived(
    report: Report,
    feeds: int,
    rounds: list[dict[str, float]],
    empty: tuple[float, float],
    full: tuple[float, float],
) -> None:
    live = int(rounds[-1]["count"])
    said = f"a round of beats, {live:,} of {feeds:,} feeds alive"
    for id_, what, samples, unit in (
        (
            "beats.said",
            f"{said}: at their origin, signed and said to one peer",
            [one["said"] * 1e3 for one in rounds],
            "ms CPU",
        ),
        (
            "beats.heard",
            f"{said}: where they are heard, verified and kept",
            [one["heard"] * 1e3 for one in rounds],
            "ms CPU",
        ),
        (
            "feeds.memory.origin",
            f"memory of an origin for each of {feeds:,} feeds, with one peer",
            [(full[0] - empty[0]) / feeds / 1024],
            "KB",
        ),
        (
            "feeds.memory.peer",
            f"memory of a peer for each of {feeds:,} feeds that it holds",
            [(full[1] - empty[1]) / feeds / 1024],
            "KB",
        ),
    ):
        report.figure(Figure(id=id_, target=9, what=what, unit=unit, samples=samples))
