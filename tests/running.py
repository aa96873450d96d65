"""A small federation in a test's folder whose nodes are real processes: started, killed and asked by pid, and looked into.

Guarantees that no node that was started here runs after `Federation.close`, whatever the test did; that a start which fails is
told with the node's own last words.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import mounts
import pytest
from claims import Claim, claim
from locations import ROOT

from node.clock import SystemClock
from node.demo.founding import found
from node.demo.house import events
from node.demo.plan import Plan, Port, read_plan
from node.store.engine import Tuning, reader_engine
from node.store.unit import Reader
from protocol.ids import NodeId, UnixMs

T = TypeVar("T")

ANTWERP = NodeId("port-antwerp-bruges")
NORTH_SEA = NodeId("north-sea-port")
LIMBURG = NodeId("port-limburg")
LIEGE = NodeId("port-liege")

SOON = ('reconnect_min = "100ms"', 'reconnect_max = "400ms"')
PORTS_NEEDED = 12
START_S = 30.0
STOP_S = 15.0
_TICK_S = 0.004


def until(what: str, happened: Callable[[], T], *, seconds: float = START_S) -> T:
    """Wait for something true, and return it; AssertionError says what never came."""
    deadline = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(_TICK_S)
    return found


@dataclass
class Running:
    """One process of a node. `log_from`: where its log began."""

    pid: int
    log: Path
    out: Path
    log_from: int
    ended: Callable[[], int | None]

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """The lines it logged, of one sort where `name` is given."""
        return [line for line in events(self.log, self.log_from) if name in {"", line.get("event")}]

    def said(self, name: str, **having: object) -> list[dict[str, Any]]:
        """The lines of one sort with these fields."""
        return [line for line in self.events(name) if having.items() <= line.items()]

    def wait_said(self, name: str, *, seconds: float = START_S, **having: object) -> dict[str, Any]:
        """The first line of one sort; AssertionError when the process ends without it."""

        def look() -> dict[str, Any] | None:
            found = self.said(name, **having)
            assert found or self.ended() is None, f"ended ({self.ended()}) without {name!r}: {self.last()}"
            return found[0] if found else None

        found = until(f"{name!r} in {self.log}", look, seconds=seconds)
        assert found is not None
        return found

    def last(self) -> str:
        """Its last words."""
        with self.log.open("rb") as log:
            log.seek(max(self.log_from, self.log.stat().st_size - 2000))
            return log.read().decode("utf-8", "replace")

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        until(f"the end of {self.pid}", lambda: self.ended() is not None)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        until(f"the end of {self.pid}", lambda: self.ended() is not None, seconds=STOP_S)
        code = self.ended()
        assert code is not None
        return code


class Zygote:
    """A process that imported the product and forks nodes; `disk`: with a small file system of its own on a folder."""

    def __init__(self, *, disk: tuple[str, Path] | None = None) -> None:
        words = [sys.executable, str(ROOT / "tests" / "zygote.py")]
        if disk is not None:
            size, folder = disk
            words = [*_alone(), *words, size, str(folder)]
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        )
        self._codes: dict[int, int] = {}
        self._hear()

    @property
    def pid(self) -> int:
        """Its own."""
        return self._process.pid

    def start(self, call: str, words: Sequence[str], *, out: Path, log: Path) -> Running:
        """A new process that runs this function."""
        log_from = log.stat().st_size if log.exists() else 0
        pid = self._ask({"call": call, "words": list(words), "out": str(out), "log": str(log)})["pid"]
        assert pid is not None
        return Running(pid, log, out, log_from, lambda: self._ended(pid))

    def _ended(self, pid: int) -> int | None:
        if pid not in self._codes:
            code = self._ask({"ended": pid})["code"]
            if code is None:
                return None
            self._codes[pid] = code
        return self._codes[pid]

    def _ask(self, question: dict[str, Any]) -> dict[str, int | None]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, int | None]:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        assert answer, "the starter of processes ended"
        found: dict[str, int | None] = json.loads(answer)
        return found

    def close(self) -> None:
        """End it; it ends what it started."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


@cache
def _zygote() -> Zygote:
    """One for all the tests that this process runs; its end is the end of this process."""
    made = Zygote()
    atexit.register(made.close)
    return made


class Starter:
    """What one federation starts by a zygote, which is all the tests' unless it has a `disk`; ended with the federation."""

    def __init__(self, *, disk: tuple[str, Path] | None = None) -> None:
        self._zygote = Zygote(disk=disk) if disk is not None else _zygote()
        self._alone = disk is not None
        self._started: list[Running] = []

    def inside(self, path: Path) -> Path:
        """A path as the processes of this one see it."""
        return Path(f"/proc/{self._zygote.pid}/root{path}")

    def start(self, call: str, words: Sequence[str], *, out: Path, log: Path) -> Running:
        """A new process that runs this function."""
        running = self._zygote.start(call, words, out=out, log=log)
        self._started.append(running)
        return running

    def look(self, database: Path, *claims: str, folder: Path) -> Any:
        """What `looks.main` prints of a database on the disk of this one's processes."""
        out, log = folder / "look.out", folder / "look.log"
        for path in (out, log):
            path.unlink(missing_ok=True)
        looking = self.start("looks:main", [str(database), *claims], out=out, log=log)
        until("the end of a look", lambda: looking.ended() is not None)
        assert looking.ended() == 0, log.read_text()
        return json.loads(out.read_text())

    def close(self) -> None:
        """Kill what still runs of it."""
        for running in self._started:
            if running.ended() is None:
                running.kill()
        if self._alone:
            self._zygote.close()


@dataclass
class Federation:
    """The four ports of the demonstration, founded in a folder, none of them running. A context manager."""

    plan: Plan
    claim: Claim
    starters: list[Starter] = field(default_factory=list)

    @classmethod
    def founded(cls, folder: Path, *, ais: bool = False, ago_ms: int = 0) -> Self:
        """Keys, register and configurations of every port; `ais`: with the sensors of the demonstration; `ago_ms`: so long ago."""
        its = claim(PORTS_NEEDED)
        plan = read_plan(folder, base_port=its.base, ais=ais)
        now = UnixMs(SystemClock().now_ms() - ago_ms)
        found(plan, now=now, random=os.urandom, say=lambda _: None)
        return cls(plan, its)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill what still runs."""
        for starter in self.starters:
            starter.close()
        self.claim.end()

    def port(self, node: NodeId) -> Port:
        """One port of the plan."""
        return next(port for port in self.plan.ports if port.node == node)

    def edit(self, node: NodeId, edit: Callable[[str], str]) -> None:
        """Change the text of a port's configuration."""
        path = self.port(node).config
        before = path.read_text("utf-8")
        after = edit(before)
        assert after != before, "the edit changes nothing"
        path.write_text(after, "utf-8")

    def acquainted(self, *nodes: NodeId) -> None:
        """These dial each other and nobody else, and soon again."""
        for node in nodes:
            others = json.dumps([str(other) for other in nodes if other != node])
            self.add(node, "federation", f"dial = {others}", *SOON)

    def add(self, node: NodeId, table: str, *lines: str) -> None:
        """Lines at the head of a table of a port's configuration."""
        head = f"[{table}]\n"
        self.edit(node, lambda text: text.replace(head, head + "".join(f"{line}\n" for line in lines)))

    def starter(self, *, disk: tuple[str, Path] | None = None) -> Starter:
        """A starter of processes that ends with this federation."""
        self.starters.append(Starter(disk=disk))
        return self.starters[-1]

    def on_a_disk_of(self, size: str, node: NodeId) -> tuple[Starter, Path]:
        """A starter for whose processes the port's data is a file system of this size; and its folder as others see it."""
        data = self.port(node).folder / "data"
        starter = self.starter(disk=(size, data))
        inside = starter.inside(data)
        shutil.copytree(data / "keys", inside / "keys")
        return starter, inside

    def run(self, node: NodeId, *, ready: bool = True) -> Running:
        """`port2port run`, in a process that need not import anything."""
        running = self.fork(self.starter(), node)
        if ready:
            running.wait_said("ready")
        return running

    def fork(self, starter: Starter, node: NodeId) -> Running:
        """The same, by this starter, and it waits for nothing."""
        port = self.port(node)
        words = ["run", "--config", str(port.config)]
        return starter.start("node.cli:main", words, out=port.folder / "node.out", log=port.log)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Any other command, to its end."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "node", *words],
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )


@contextlib.contextmanager
def looking(database: Path) -> Iterator[Reader]:
    """One snapshot of a database that a running node writes."""
    engine = reader_engine(database, Tuning(readers=1))
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield Reader(connection)
            connection.exec_driver_sql("ROLLBACK")
    finally:
        engine.dispose()


@contextlib.contextmanager
def left_behind(database: Path, folder: Path) -> Iterator[Reader]:
    """What a killed node left, looked at in a copy: reading the files themselves would already mend them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for part in (database, database.with_name(database.name + "-wal")):
        if part.exists():
            shutil.copy(part, folder / part.name)
    with looking(folder / database.name) as reader:
        yield reader


def _alone() -> list[str]:
    words = mounts.alone()
    if words is None:
        pytest.skip("a small file system of its own needs Linux, and root or user namespaces")
    return list(words)
