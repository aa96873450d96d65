"""Starts processes quickly for tests that start a node a hundred times: imports the product once, then forks for each start.

What is forked is a process of its own, with its own pid, killed like any other; none outlives this one. Reads JSON lines:
`{"call": "module:function", "words": [...], "out": path, "log": path}` answers `{"pid": n}`; `{"ended": pid}` answers
`{"code": n or null}`, negative for the signal that ended it. Its first line says that it is there. The end of the input kills what still runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
from typing import Any

from browser_web import screens

PRELOADED = (
    *(
        "node.main",
        "node.cli_run",
        "node.checked",
        "node.plugins",
        "web.office",
        "streaming",
        "looks",
        "grpc.aio",
    ),
    *("alembic.command", "alembic.config", "uvicorn.protocols.http.h11_impl", "tuf.ngclient"),
)
_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Answer until the input ends. Arguments `SIZE FOLDER`: first put a small file system on a folder, for this process alone."""
    if arguments:
        size, folder = arguments
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "port2port-test", folder], check=True
        )
    print(json.dumps({"pid": os.getpid()}), flush=True)
    for name in PRELOADED:
        importlib.import_module(name)
    screens()  # every template and catalogue is read and compiled: a start of its own takes a second of a core for that
    gc.collect()
    gc.freeze()  # what is imported is shared with what is forked as long as nobody looks through it
    running: set[int] = set()
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(_answer(json.loads(line), running)) + "\n")
            sys.stdout.flush()
    finally:
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _answer(asked: dict[str, Any], running: set[int]) -> dict[str, int | None]:
    if "ended" in asked:
        pid, status = os.waitpid(asked["ended"], os.WNOHANG)
        running.discard(pid)
        return {"code": os.waitstatus_to_exitcode(status) if pid else None}
    files = [
        os.open(path, how | os.O_CREAT | os.O_APPEND, 0o600)
        for path, how in (
            (os.devnull, os.O_RDONLY),
            (asked["out"], os.O_WRONLY),
            (asked["log"], os.O_WRONLY),
        )
    ]
    pid = os.fork()
    if pid == 0:
        _become(asked, files)
    for file in files:
        os.close(file)
    running.add(pid)
    return {"pid": pid}


def _become(asked: dict[str, Any], files: list[int]) -> None:
    """In the new process: its own files, then the function; never returns."""
    code = 70
    try:
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        module, _, function = asked["call"].partition(":")
        code = getattr(importlib.import_module(module), function)(asked["words"])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001 - told as an interpreter would, then the process ends
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
