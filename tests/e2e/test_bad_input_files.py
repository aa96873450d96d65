"""Every file that a command is given, spoilt in every way: one line that names the file or the field, an exit code of its own,
no trace, nothing written. Real processes; a door is a command that reads a file, a fault is a way to spoil it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import demo_node
import pytest
from running import ANTWERP, LIEGE, Federation, Starter, until

from protocol.limits import PROOF_FILE_MAX

pytestmark = pytest.mark.processes

CANARY = "QXZ731ZZ"


@dataclass(frozen=True)
class Place:
    """A founded federation whose first port has a record and its proof file."""

    federation: Federation
    starter: Starter
    folder: Path

    @property
    def ceremony(self) -> Path:
        return self.federation.plan.ceremony

    def run(self, *words: str | Path) -> tuple[int, str, str]:
        """A command to its end: exit code, standard output, standard error."""
        out, log = self.folder / "out", self.folder / "log"
        for path in (out, log):
            path.unlink(missing_ok=True)
        running = self.starter.start("node.cli:main", [str(word) for word in words], out=out, log=log)
        until(f"the end of {words}", lambda: running.ended() is not None)
        code = running.ended()
        assert code is not None
        return code, out.read_text(), log.read_text()

    def everything(self) -> dict[str, bytes]:
        """All files of the ceremony and the ports, so that what a refusal wrote is seen."""
        root = self.federation.plan.folder
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.suffix not in {".db", ".db-wal", ".db-shm", ".lock"}
        }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("files")
    with Federation.founded(folder / "ports") as federation:
        port = federation.port(ANTWERP)
        record = demo_node.published(port).hex()
        made = Place(federation, federation.starter(), folder)
        words = ("record", "prove", record, "--config", port.config, "--out", folder / "good.proof")
        assert made.run(*words)[0] == 0
        assert made.run("keys", "show", "--json", "--node", LIEGE, "--dir", keys_of(made))[0] == 0
        (folder / "good.card").write_text((folder / "out").read_text())
        yield made


def keys_of(place: Place) -> Path:
    return place.federation.port(LIEGE).folder / "data" / "keys"


Words = tuple[str | Path, ...]


@dataclass(frozen=True)
class Door:
    """A command that reads a file; `good` is one that it takes, `codes` are its ways to refuse."""

    name: str
    words: Callable[[Place, Path], Words]
    good: Callable[[Place], bytes]
    codes: frozenset[int] = frozenset({4})


def public(place: Place) -> Path:
    return place.ceremony / "public"


def claim(place: Place) -> Path:
    path = place.folder / "good.claim"
    path.write_text(
        'kind = "port"\naddress = "127.0.0.1:7404"\nregimes = ["gdpr"]\nlevel = { BE = "NONE" }\n[[sites]]\n'
        'id = "liege"\ncountry = "BE"\nunlocode = "BELGG"\nname = "Luik"\n'
    )
    return path


def demo(name: str) -> Callable[[Place], bytes]:
    return lambda place: (Path(str(place.federation.plan.files.vessels)).parent / name).read_bytes()


DOORS = (
    Door(
        "proof",
        lambda p, file: ("proof", "verify", file, "--register", public(p)),
        lambda p: (p.folder / "good.proof").read_bytes(),
        frozenset({1, 4}),
    ),
    Door(
        "proof-trusted-root",
        lambda p, file: (
            "proof",
            "verify",
            p.folder / "good.proof",
            "--register",
            public(p),
            "--trusted-root",
            file,
        ),
        lambda p: next(public(p).glob("1.root.json")).read_bytes(),
        frozenset({1, 4}),
    ),
    Door(
        "register-bundle",
        lambda p, file: ("proof", "verify", p.folder / "good.proof", "--register", file),
        lambda p: b"",
        frozenset({1, 4}),
    ),
    Door(
        "register-load",
        lambda p, file: ("register", "load", file, "--config", p.federation.port(ANTWERP).config),
        lambda p: b"",
    ),
    Door(
        "configuration",
        lambda _, file: ("config", "check", file),
        lambda p: p.federation.port(ANTWERP).config.read_bytes(),
        frozenset({3}),
    ),
    Door(
        "card",
        lambda p, file: ("register", "add-node", "--dir", p.ceremony, "--card", file, "--claim", claim(p)),
        lambda p: (p.folder / "good.card").read_bytes(),
    ),
    Door(
        "claim",
        lambda p, file: (
            *("register", "add-node", "--dir", p.ceremony, "--card", p.folder / "good.card"),
            *("--claim", file),
        ),
        lambda p: claim(p).read_bytes(),
    ),
    Door(
        "fragment",
        lambda p, file: ("register", "add-organisation", "--dir", p.ceremony, "--from", file),
        lambda _: b'[board.organisations.port-x]\nname = "X"\n',
    ),
    Door(
        "founding",
        lambda p, file: ("register", "init", "--from", file, "--out", p.folder / "new", "--plain"),
        lambda _: b"[roles.root]\nthreshold = 3\n",
    ),
    Door(
        "ships",
        lambda _, file: ("simulate", "ais", "--listen", "127.0.0.1:1", "--vessels", file),
        demo("vessels.csv"),
        frozenset({2, 3, 4}),
    ),
)

Spoil = Callable[[bytes, Path], None]

FAULTS: dict[str, Spoil] = {
    "missing": lambda _, path: None,
    "a-folder": lambda _, path: path.mkdir(),
    "empty": lambda _, path: _write(path, b""),
    "nul": lambda _, path: _write(path, bytes(4000)),
    "random": lambda _, path: _write(path, bytes(range(256)) * 20),
    "no-utf8": lambda good, path: _write(path, b"\xff\xfe" + good),
    "half": lambda good, path: _write(path, good[: len(good) // 2] + b'\n"' + CANARY.encode()),
    "deep-lists": lambda _, path: _write(path, b"[" * 100_000),
    "deep-tables": lambda _, path: _write(path, b'{"a":' * 100_000),
    "deep-toml": lambda _, path: _write(path, b"a = " + b"[" * 50_000),
    "another-shape": lambda _, path: _write(path, json.dumps({"signed": [CANARY], "roles": 7}).encode()),
    "long-number-in-toml": lambda _, path: _write(path, b"a = " + b"9" * 20_000),
    "long-number": lambda _, path: _write(path, b"9" * 20_000),
    "too-large": lambda good, path: _write(path, good + b" " * (64 << 20)),
}


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_spoilt_file_is_one_line_and_changes_nothing(
    place: Place, tmp_path: Path, door: Door, fault: str
) -> None:
    file = tmp_path / "spoilt"
    FAULTS[fault](door.good(place), file)
    words, before = door.words(place, file), place.everything()
    code, out, errors = place.run(*words)
    assert code in door.codes, (code, out, errors)
    assert_one_line(out + errors, file)
    assert place.everything() == before
    assert not (place.folder / "new").exists()


def assert_one_line(told: str, file: Path) -> None:
    """What a person is told: no trace, nothing of what stood in the file, a sentence for each problem."""
    lines = told.splitlines()
    assert 1 <= len(lines) <= 12, told
    assert all(line.startswith(("port2port: ", "does not verify: ")) for line in lines), told
    assert all(len(line) < 700 for line in lines), told
    assert "Traceback" not in told
    assert CANARY not in told, told
    assert all(str(file) in line for line in lines), told
    assert not re.search(r"[A-Za-z]Error\b", told), told


@pytest.mark.parametrize("name", ["proof", "configuration", "card"])
def test_the_same_door_takes_the_file_unspoilt(place: Place, tmp_path: Path, name: str) -> None:
    (door,) = (door for door in DOORS if door.name == name)
    file = tmp_path / "good"
    file.write_bytes(door.good(place))
    if name == "configuration":
        file = place.federation.port(ANTWERP).config
    code, out, errors = place.run(*door.words(place, file))
    assert code == 0, (out, errors)


def test_a_flipped_bit_of_a_proof_file_is_refused_wherever_it_is(place: Place, tmp_path: Path) -> None:
    good, file = (place.folder / "good.proof").read_bytes(), tmp_path / "flipped"
    assert len(good) < PROOF_FILE_MAX
    for at in range(3, len(good), max(1, len(good) // 25)):
        file.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
        code, out, errors = place.run("proof", "verify", file, "--register", public(place))
        if code != 0:  # a blank between two names may be another blank
            assert_one_line(out + errors, file)
            assert code == 1
        else:
            assert json.loads(file.read_bytes()) == json.loads(good)


def test_the_check_would_see_a_trace_and_a_value() -> None:
    traces = ("Traceback (most recent call last):\n", f"port2port: x: {CANARY}: no\n", "", "boom\n")
    for told in (*traces, "port2port: sites: no\n", "port2port: x: cannot be read (FileNotFoundError)\n"):
        with pytest.raises(AssertionError):
            assert_one_line(told, Path("x"))
    assert_one_line("port2port: x: sites: no\n", Path("x"))
