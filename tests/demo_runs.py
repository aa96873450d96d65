"""Runs `port2port demo` as a person would: in a process of its own, read line by line, ended by its own id."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

STARTS_S = 90.0
STOPS_S = 40.0
_PORT_LINE = re.compile(r"^  (?P<name>.+?)  +(?P<url>(?:http|tcp)://\S+)  .*?(?P<pid>\d+)$")


@dataclass
class Run:
    """One start."""

    folder: Path
    words: tuple[str, ...]
    process: subprocess.Popen[str] = field(init=False)
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _heard: queue.Queue[str | None] = field(default_factory=queue.Queue)
    _threads: list[threading.Thread] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "node", "demo", "--data", str(self.folder), *self.words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._listen, self._listen_errors)
        ]
        for thread in self._threads:
            thread.start()

    def until(self, words: str, *, wait_s: float = STARTS_S) -> str:
        """The first line that begins with these words."""
        deadline = time.monotonic() + wait_s
        while True:
            try:
                line = self._heard.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"no line {words!r} within {wait_s} s: {self.lines} {self.errors}"
                ) from None
            if line is None:
                raise AssertionError(f"ended before it said {words!r}: {self.lines} {self.errors}")
            if line.startswith(words):
                return line

    def children(self) -> dict[str, int]:
        """Name and process id of everything in the table."""
        found = (_PORT_LINE.match(line) for line in self.lines)
        return {match["name"].strip(): int(match["pid"]) for match in found if match}

    def links(self) -> list[str]:
        """The one-time sign-ins that it printed."""
        return [line.strip() for line in self.lines if "/sign-in/once?code=" in line]

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Tell it to stop, as Ctrl-C does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(STOPS_S)
        for thread in self._threads:
            thread.join(5)
        return code

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(line.rstrip("\n"))
                self._heard.put(line.rstrip("\n"))
        self._heard.put(None)

    def _listen_errors(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            self.errors += [line.rstrip("\n") for line in lines]


def once(folder: Path, *words: str) -> tuple[int, str]:
    """A start that is expected to be refused: exit code, standard error."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "node", "demo", "--data", str(folder), *words],
        capture_output=True,
        text=True,
        timeout=STARTS_S,
        check=False,
    )
    return done.returncode, done.stderr


def lives(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int], *, wait_s: float = 20.0) -> bool:
    """Whether all have ended in time."""
    deadline = time.monotonic() + wait_s
    while any(lives(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not any(lives(pid) for pid in pids)


@dataclass(frozen=True)
class Selfcheck:
    """How `port2port demo --selfcheck --json` went: exit code, output, seconds, what it left in its temporary folder."""

    code: int
    output: bytes
    took_s: float
    left: list[str]


def selfcheck() -> Selfcheck:
    """Run it, to its end."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-P", "-m", "node", "demo", "--selfcheck", "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=150,
            check=False,
            env={**os.environ, "TMPDIR": folder},
        )
        took = time.monotonic() - began
        return Selfcheck(done.returncode, done.stdout, took, [path.name for path in Path(folder).iterdir()])
