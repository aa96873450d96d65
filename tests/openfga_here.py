"""A real OpenFGA server for tests: built by `make engines`, on a free loopback port, its tuples in memory, ended by its pid."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from locations import ROOT

from node.openfga_calls import AT_ONCE, Calls, Place
from node.relations_openfga import OpenFga
from policies.fga_model import shipped
from policies.relations import Tuple

STARTS_S = 30.0


def binary() -> Path:
    """Where `make engines` puts the server of the pinned version."""
    pinned = re.search(r"^OPENFGA := (v[0-9.]+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert pinned is not None
    return ROOT / ".engines" / f"openfga-{pinned[1]}"


def buildable() -> bool:
    """Whether this machine could make one; `.ci/run` says where it tried in vain to fetch what it is made of."""
    return shutil.which("go") is not None and os.environ.get("CI_ENGINES") != "no"


def excused() -> bool:
    """Whether a test that asks a real server may be skipped: none is built, and CI could not build one either."""
    return not binary().exists() and not (os.environ.get("CI") and buildable())


def needed() -> Path:
    """The server's binary; skips the test where it is not built, fails it in CI where it could have been."""
    found = binary()
    if found.exists():
        return found
    if os.environ.get("CI") and buildable():
        pytest.fail("`make engines` was not run")
    pytest.skip("no OpenFGA server here: `make engines` builds one where there is go")


@contextmanager
def server(*words: str) -> Iterator[str]:
    """The URL of a server that answers; `words`: more of its options."""
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
        http, grpc = (one.getsockname()[1] for one in (first, second))
    arguments = [
        *("run", "--datastore-engine", "memory", "--playground-enabled=false", "--metrics-enabled=false"),
        *("--http-addr", f"127.0.0.1:{http}", "--grpc-addr", f"127.0.0.1:{grpc}", "--log-format", "json"),
    ]
    process = subprocess.Popen(
        [needed(), *arguments, *words],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_it_serves(process, http)
        yield f"http://127.0.0.1:{http}"
    finally:
        process.kill()
        process.wait()


def _until_it_serves(process: subprocess.Popen[bytes], port: int) -> None:
    """Until its health page answers; it says so nowhere else."""
    until = time.monotonic() + STARTS_S
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as said:
                if json.load(said).get("status") == "SERVING":
                    return
        except (OSError, ValueError):
            threading.Event().wait(0.02)
    pytest.fail(f"the OpenFGA server does not start (exit code {process.poll()})")


def installed(url: str, name: str = "port2port test") -> Place:
    """A fresh store with the product's model."""
    bare = Calls(Place(url=url))
    at = Place(url=url, store=bare.make_store(name), timeout_ms=10_000)
    bare.close()
    calls = Calls(at)
    model = calls.make_model(shipped_json())
    calls.close()
    return Place(url=url, store=at.store, model=model, timeout_ms=10_000)


def shipped_json() -> dict[str, object]:
    found: dict[str, object] = json.loads((ROOT / "policies" / "model.json").read_bytes())
    return found


def engine(url: str) -> OpenFga:
    """An engine over a fresh store."""
    return OpenFga(Calls(installed(url)), shipped())


def answers(
    calls: Calls, questions: Sequence[tuple[str, str, str, Mapping[str, object]]]
) -> list[bool | None]:
    """What the server says to (user, relation, object, condition parameters); None where it says that it cannot."""
    found: list[bool | None] = []
    for start in range(0, len(questions), AT_ONCE):
        checks = [
            {
                "tuple_key": {"user": user, "relation": relation, "object": obj},
                "context": dict(context),
                "correlation_id": str(number),
            }
            for number, (user, relation, obj, context) in enumerate(questions[start : start + AT_ONCE])
        ]
        said = calls.post_checks(checks)
        found += [
            None if said[str(number)].get("error") else said[str(number)].get("allowed") is True
            for number in range(len(checks))
        ]
    return found


def filled(calls: Calls, tuples: Sequence[Tuple]) -> None:
    """Write them, a hundred at a time, past all rules of ours."""
    for start in range(0, len(tuples), 100):
        calls.write(tuples[start : start + 100], ())
