"""A benchmark's child process and its handle: one JSON object a line in, one out, in order.

A child is told on its standard input and answers on its standard output; it ends when its input does, so none outlives the
benchmark.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = Path(__file__).resolve().parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent}"}
"""For children: they find the benchmark's modules and the tests'."""
Operation = Callable[..., Awaitable[dict[str, Any]]]


class Child:
    """A process of the benchmark that does as it is told."""

    def __init__(self, script: str, *words: str, log: Path) -> None:
        self.name, self._log = script, log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(HERE / f"{script}.py"), *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=ENVIRONMENT,
                start_new_session=True,
            )
        self._answer()

    @property
    def pid(self) -> int:
        return self._process.pid

    def begin(self, op: str, **given: Any) -> None:
        """Tell it; `finish` gives the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"op": op, **given}).encode() + b"\n")
        self._process.stdin.flush()

    def finish(self) -> dict[str, Any]:
        """The answer to what was told first."""
        return self._answer()

    def ask(self, op: str, **given: Any) -> dict[str, Any]:
        """Tell it and wait."""
        self.begin(op, **given)
        return self.finish()

    @property
    def answered(self) -> bool:
        """Whether the answer is there."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def stop(self) -> None:
        """Close its input and wait for its end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended; see {self._log}")
        found: dict[str, Any] = json.loads(line)
        if "failed" in found:
            raise RuntimeError(f"{self.name}: {found['failed']}; see {self._log}")
        return found


async def obey(operations: dict[str, Operation]) -> None:
    """In the child: say that it is ready, then do what is asked until the input ends."""
    reader = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _say({})
    while line := await reader.readline():
        asked = json.loads(line)
        try:
            _say(await operations[asked.pop("op")](**asked))
        except Exception as error:
            _say({"failed": f"{type(error).__name__}: {error}"})
            raise


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
