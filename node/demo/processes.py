"""Processes of the demonstration: started, waited for until they are ready, stopped by their process ids.

Guarantees: a child's standard error goes into its own file, so nothing of it is lost when the supervisor ends; Ctrl-C reaches
the supervisor alone, which then stops the children in its own order; a child that does not stop in `STOP_S` is killed, and that
is said. A child that ends before it is ready is one sentence: its own last one.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from node.demo.leash import Leash
from node.exits import Busy, Refused

STOP_S = 10.0
READY_S = 60.0
LOG_MAX = 8 << 20
"""A log that has grown beyond this is put aside at the next start, one generation."""

_TICK_S = 0.05
_TAIL = 4096


@dataclass(frozen=True, slots=True)
class Program:
    """What to start: `name` for people, the words after `port2port`, and the file for its standard error."""

    name: str
    words: tuple[str, ...]
    log: Path


@dataclass(slots=True)
class Child:
    """A program that was started. `said` is the first line that it printed: it is ready."""

    program: Program
    process: subprocess.Popen[bytes]
    log_from: int
    said: str | None = None
    forced: bool = False

    @property
    def name(self) -> str:
        """For people."""
        return self.program.name

    @property
    def pid(self) -> int:
        """Of the process."""
        return self.process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, once it has ended; negative: the signal that ended it."""
        return self.process.poll()

    def ready(self) -> dict[str, Any]:
        """What it said when it was ready, where that is JSON."""
        try:
            found = json.loads(self.said or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class Family:
    """All children of one supervisor."""

    leash: Leash
    children: list[Child] = field(default_factory=list)
    _heard: queue.SimpleQueue[tuple[Child, str]] = field(default_factory=queue.SimpleQueue)

    def start(self, programs: Iterable[Program]) -> list[Child]:
        """Start these; they are not ready yet."""
        started = [self._start(program) for program in programs]
        self.children += started
        self.leash.note((child.pid, child.name) for child in self.children)
        for child in started:
            threading.Thread(target=self._listen, args=(child,), daemon=True).start()
        return started

    def wait_ready(
        self,
        children: Sequence[Child],
        *,
        wait_s: float = READY_S,
        going_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """Return when all are ready, or `going_on` says no; Busy or Refused with a child's own words when one ends before."""
        deadline = time.monotonic() + wait_s
        while going_on():
            self._hear()
            if all(child.said is not None for child in children):
                return
            for child in children:
                if child.said is None and child.code is not None:
                    raise _failed(child)
            if time.monotonic() > deadline:
                late = ", ".join(child.name for child in children if child.said is None)
                raise Refused(f"not ready after {wait_s:.0f} s: {late}; see {_logs(children)}")

    def ended(self) -> list[Child]:
        """Those that are not running any more."""
        return [child for child in self.children if child.code is not None]

    def stop(self, children: Sequence[Child] | None = None, *, grace_s: float = STOP_S) -> None:
        """Tell these (or all) to stop, wait, and kill what has not stopped by then."""
        told = [child for child in (self.children if children is None else children) if child.code is None]
        for child in told:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while any(child.code is None for child in told) and time.monotonic() < deadline:
            time.sleep(_TICK_S)
        for child in told:
            if child.code is None:
                child.forced = True
                _signal(child, signal.SIGKILL)
            child.process.wait()

    def _hear(self) -> None:
        try:
            child, line = self._heard.get(timeout=_TICK_S)
        except queue.Empty:
            return
        if child.said is None:
            child.said = line

    def _listen(self, child: Child) -> None:
        assert child.process.stdout is not None
        with child.process.stdout as lines:
            for line in lines:
                self._heard.put((child, line.decode("utf-8", "replace").rstrip("\n")))

    def _start(self, program: Program) -> Child:
        program.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if program.log.exists() and program.log.stat().st_size > LOG_MAX:
            program.log.replace(program.log.with_name(program.log.name + ".1"))
        descriptor = os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            # S603: our own program and words; PLW1509: `bind` is one system call, and no thread holds a lock of ours
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "node", *program.words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=descriptor,
                start_new_session=True,
                pass_fds=(self.leash.descriptor,),
                preexec_fn=self.leash.bind,  # noqa: PLW1509
            )
        finally:
            os.close(descriptor)
        return Child(program, process, size)


def _signal(child: Child, number: signal.Signals) -> None:
    """To the process itself; one that ended meanwhile is no error."""
    child.process.send_signal(number)


def _failed(child: Child) -> Busy | Refused:
    words = last_words(child)
    sort = Busy if child.code == 8 else Refused
    return sort(f"{child.name} did not start (exit code {child.code}): {words}")


def last_words(child: Child) -> str:
    """The last line for people that a child wrote, or where to look."""
    with child.program.log.open("rb") as log:
        log.seek(max(child.log_from, child.program.log.stat().st_size - _TAIL))
        lines = log.read(_TAIL).decode("utf-8", "replace").splitlines()
    for line in reversed(lines):
        if line.startswith("port2port: "):
            return line.removeprefix("port2port: ")
    return f"see {child.program.log}"


def _logs(children: Sequence[Child]) -> str:
    return ", ".join(str(child.program.log) for child in children if child.said is None)
