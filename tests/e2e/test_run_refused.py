"""A start that cannot be ends in one line that says what to change, with its exit code, without a trace, and leaves nothing
behind: what stood in the way taken away, the next start works. Each case is a row; each is a real process.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from running import LIEGE, START_S, Federation, Starter, until

from node.demo.plan import Port

Stand = Callable[[Port], contextlib.AbstractContextManager[object]]


@dataclass(frozen=True)
class Case:
    """What stands in the way, and how a start ends then."""

    name: str
    stands: Stand
    code: int
    words: tuple[str, ...]
    whole: bool = False
    """Started as a program of its own, whose interpreter ends too; the others are forked, which is quicker."""


@contextlib.contextmanager
def _listening(address: str) -> Iterator[None]:
    host, _, number = address.rpartition(":")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, int(number)))
        listener.listen()
        yield


@contextlib.contextmanager
def _spoilt(path: Path, data: bytes) -> Iterator[None]:
    """A file with other bytes, for a while."""
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    yield
    path.unlink()
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o600)


@contextlib.contextmanager
def _without(path: Path) -> Iterator[None]:
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    yield
    aside.rename(path)


@contextlib.contextmanager
def _newer(port: Port) -> Iterator[None]:
    database = port.folder / "data" / "node.db"
    kept = database.read_bytes()
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE meta SET value = 99 WHERE name IN ('schema', 'compat')")
    yield
    database.write_bytes(kept)


@contextlib.contextmanager
def _changed(port: Port, old: str, new: str) -> Iterator[None]:
    kept = port.config.read_text("utf-8")
    assert old in kept
    port.config.write_text(kept.replace(old, new, 1), "utf-8")
    yield
    port.config.write_text(kept, "utf-8")


@contextlib.contextmanager
def _loose(path: Path) -> Iterator[None]:
    path.chmod(0o644)
    yield
    path.chmod(0o600)


def _data(*parts: str) -> Callable[[Port], Path]:
    return lambda port: port.folder.joinpath("data", *parts)


KEYS = _data("keys", "log.key")
CASES = (
    Case(
        "federation-port-taken",
        lambda p: _listening(p.federation),
        8,
        ("federation.listen", "is taken"),
        whole=True,
    ),
    Case("screens-port-taken", lambda p: _listening(p.web), 8, ("web.listen", "is taken"), whole=True),
    Case(
        "database-garbage",
        lambda p: _spoilt(_data("node.db")(p), b"\x00\xff" * 5000),
        4,
        ("node.db", "fails"),
    ),
    Case("database-newer", _newer, 4, ("schema 99", "newer program")),
    Case("key-garbage", lambda p: _spoilt(KEYS(p), b"-----BEGIN"), 4, ("log.key", "not a key file")),
    Case("key-gone", lambda p: _without(KEYS(p)), 4, ("log.key", "does not exist")),
    Case("key-open-to-others", lambda p: _loose(KEYS(p)), 4, ("log.key", "0600")),
    Case(
        "certificate-garbage",
        lambda p: _spoilt(
            _data("keys", "tls.pem")(p), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        ),
        4,
        ("tls.pem", "cannot be used"),
    ),
    Case(
        "register-garbage",
        lambda p: _spoilt(_data("register", "current", "targets.json")(p), b"{"),
        4,
        ("targets.json", "damaged"),
    ),
    Case(
        "former-members-garbage",
        lambda p: _spoilt(_data("register", "former.json")(p), b'{"zz": 1}'),
        4,
        ("former.json", "damaged"),
    ),
    Case("toml-garbage", lambda p: _changed(p, "[web]", "[web"), 3, ("port.toml", "not TOML", "line")),
    Case("key-unknown", lambda p: _changed(p, "[web]", "[web]\ncolour = 1"), 3, ("web.colour: unknown key",)),
    Case(
        "type-wrong",
        lambda p: _changed(p, 'listen = "127', 'listen = 7 # "127'),
        3,
        ("federation.listen", "found 7"),
    ),
    Case(
        "another-node", lambda p: _changed(p, f'id = "{p.node}"', 'id = "port-ostend"'), 4, ("port-ostend",)
    ),
    Case(
        "anchor-gone",
        lambda p: _without(p.folder / "register" / "root.json"),
        3,
        ("register.trusted_root", "does not exist"),
    ),
)


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """One port that has run once."""
    with Federation.founded(tmp_path_factory.mktemp("ports")) as made:
        made.add(LIEGE, "federation", 'dial = "none"')
        assert made.run(LIEGE).stop() == 0
        made.starter()
        yield made


def started(port: Port) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "node", "run", "--config", str(port.config)],
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


def forked(starter: Starter, port: Port, folder: Path) -> subprocess.CompletedProcess[str]:
    """The same, quicker."""
    out, log = folder / "out", folder / "log"
    running = starter.start("node.cli:main", ["run", "--config", str(port.config)], out=out, log=log)
    until("its end", lambda: running.ended() is not None)
    code = running.ended()
    assert code is not None
    return subprocess.CompletedProcess([], code, out.read_text(), log.read_text())


def assert_one_line(ended: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Nothing on standard output; on the other one line for people, and beside it only the log's JSON."""
    assert ended.returncode == code, ended.stderr
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    spoken = [line for line in lines if not _is_json(line)]
    assert len(spoken) == 1, ended.stderr
    assert spoken[0].startswith("port2port: ")
    for word in words:
        assert word in spoken[0]


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


@pytest.mark.processes
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_start_that_cannot_be_is_one_line(federation: Federation, tmp_path: Path, case: Case) -> None:
    port = federation.port(LIEGE)
    with case.stands(port):
        ended = started(port) if case.whole else forked(federation.starters[0], port, tmp_path)
        assert_one_line(ended, case.code, *case.words)
    left = sorted(path.name for path in (port.folder / "data").iterdir())
    assert left == ["keys", "node.db", "node.lock", "register"]


@pytest.mark.processes
def test_a_second_start_is_refused_and_the_first_does_not_notice(federation: Federation) -> None:
    first = federation.run(LIEGE)
    port = federation.port(LIEGE)
    assert_one_line(started(port), 8, "in use by process", str(first.pid))
    assert first.ended() is None
    assert first.stop() == 0


@pytest.mark.processes
def test_a_lock_that_a_dead_process_left_holds_nobody_up(federation: Federation) -> None:
    port = federation.port(LIEGE)
    running = federation.run(LIEGE)
    running.kill()
    lock = port.folder / "data" / "node.lock"
    assert lock.read_text() == f"{running.pid}\n"
    lock.write_text(f"{os.getpid()}\n")
    again = federation.run(LIEGE)
    assert lock.read_text() == f"{again.pid}\n"
    assert again.stop() == 0


def test_the_check_would_see_a_trace() -> None:
    for text in ("Traceback (most recent call last):\n  boom\n", "port2port: a\nport2port: b\n", ""):
        with pytest.raises(AssertionError):
            assert_one_line(subprocess.CompletedProcess([], 8, "", text), 8)
