"""Where a run happens: its folder, its federation, its size, and the two nodes as a section wants them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench_control import ENVIRONMENT, HERE, Child
from bench_fill import handed_over
from bench_report import Report
from bench_world import Place, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured. The names `10k` and `1m` of figures are those of the full size."""

    few: int = 10_000
    many: int = 1_000_000
    sync: int = 100_000
    catch_up: int = 10_000
    repeats: int = 3
    catch_ups: int = 5
    alerts: int = 500
    screens: int = 200
    feeds: int = 20_000
    reconnects: int = 15
    followers: int = 100
    appends: int = 60
    starts: int = 5
    lists: int = 300
    people: int = 20_000
    nodes: int = 300
    plans: int = 20
    live: int = 200
    """Of `feeds`, those that have a beat."""
    beats_s: int = 20
    changed: tuple[int, ...] = (10, 100, 1_000)


FULL = Size()
QUICK = Size(
    few=2_000,
    many=40_000,
    sync=10_000,
    catch_up=2_000,
    catch_ups=3,
    alerts=100,
    screens=30,
    feeds=1_000,
    reconnects=5,
    followers=20,
    appends=20,
    starts=2,
    lists=20,
    people=500,
    nodes=40,
    plans=3,
    live=10,
    beats_s=3,
    changed=(3, 30),
)


@dataclass(frozen=True, slots=True)
class Held:
    """A pair of databases in which both nodes hold the same: as files, the sender's marks, the newest feed and its size."""

    sender: Path
    receiver: Path
    marks: Path
    feed: str
    size: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What every section is given."""

    world: World
    size: Size
    report: Report

    def pair(self, name: str, what: str, count: int) -> Held:
        """A pair with `count` records in one feed, or `count` feeds with a record each; made once a run."""
        folder = self.world.folder / "held" / name
        if not (folder / "told.json").exists():
            self._made(folder, what, count)
        told = json.loads((folder / "told.json").read_text("utf-8"))
        marks = folder / "sender.high-water"
        return Held(folder / "sender.db", folder / "receiver.db", marks, told["feed"], told["size"])

    def _made(self, folder: Path, what: str, count: int) -> None:
        sender = self.world.sender
        _gone(sender)
        words = [str(sender.config), what, str(count)]
        script = str(HERE / "bench_fill.py")
        command = [sys.executable, "-P", script, *words]
        made = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=ENVIRONMENT, timeout=1200)
        folder.mkdir(parents=True)
        sender.database.rename(folder / "sender.db")
        sender.marks.rename(folder / "sender.high-water")
        handed_over(folder / "sender.db", folder / "receiver.db")
        (folder / "told.json").write_bytes(made.stdout)

    def put(self, held: Held) -> None:
        """Give both nodes a copy of this pair; they are stopped."""
        for source, place in ((held.sender, self.world.sender), (held.receiver, self.world.receiver)):
            _gone(place)
            shutil.copyfile(source, place.database)
        shutil.copyfile(held.marks, self.world.sender.marks)

    def empty(self) -> None:
        """Both nodes hold nothing; they are stopped."""
        for place in (self.world.sender, self.world.receiver):
            _gone(place)

    @contextmanager
    def node(self, *, receiver: bool = False) -> Iterator[Child]:
        """One node, running."""
        place = self.world.receiver if receiver else self.world.sender
        with Child("bench_node", str(place.config), log=place.folder / "node.log") as child:
            yield child

    @contextmanager
    def both(self) -> Iterator[tuple[Child, Child]]:
        """Sender and receiver, running; neither dials before it is told."""
        with self.node() as sender, self.node(receiver=True) as receiver:
            yield sender, receiver


def _gone(place: Place) -> None:
    for path in (*place.database.parent.glob(f"{place.database.name}*"), place.marks):
        path.unlink(missing_ok=True)
