"""`port2port record prove` and `proof verify`: files, words and exit codes."""

from __future__ import annotations

import json
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

import demo_node
import pytest

from node.cli import main
from node.demo.plan import Plan
from protocol.limits import PROOF_FILE_MAX


@dataclass
class Desk:
    """A founded federation, a record of its first port, and its proof file."""

    plan: Plan
    record: str
    proof: Path

    @property
    def register(self) -> Path:
        return self.plan.ceremony / "public"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("proof")
    plan = demo_node.founded(folder / "demo")
    record = demo_node.published(plan.ports[0]).hex()
    proof = folder / "alert.proof.json"
    assert main(["record", "prove", record, "--config", str(plan.ports[0].config), "--out", str(proof)]) == 0
    return Desk(plan, record, proof)


def verify(file: Path, register: Path, *more: str) -> int:
    return main(["proof", "verify", str(file), "--register", str(register), *more])


def test_a_proof_file_is_this_users_alone_and_never_overwritten(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stat.S_IMODE(desk.proof.stat().st_mode) == 0o600
    words = [
        "record",
        "prove",
        desk.record,
        "--config",
        str(desk.plan.ports[0].config),
        "--out",
        str(desk.proof),
    ]
    assert main(words) == 4
    assert "cannot be written: File exists" in capsys.readouterr().err


def test_what_is_proven_is_said_with_what_it_rests_on(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(desk.proof, desk.register) == 0
    told = capsys.readouterr().out
    for words in (
        f"verified: port-antwerp-bruges published alert {desk.record}",
        "label      BE:NONE//TLP:AMBER//AUD ports-be",
        "witnesses  nobody else; unwitnessed: fewer than two organisations besides the origin",
        "register   version 1, from root ",
        "does not say whether the record still holds",
    ):
        assert words in told


@pytest.mark.parametrize("form", ["folder", "bundle", "a node's own"])
def test_a_register_is_taken_in_each_of_its_forms(
    desk: Desk, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    register = desk.register
    if form == "bundle":
        from node.register import bundle

        register = tmp_path / "register.bundle"
        register.write_bytes(bundle.pack(bundle.from_folder(desk.register)))
    elif form == "a node's own":
        register = desk.plan.ports[0].folder / "data" / "register"
    assert verify(desk.proof, register, "--json") == 0
    assert json.loads(capsys.readouterr().out)["record"] == desk.record


def test_a_given_root_is_where_trust_begins(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = demo_node.founded(tmp_path / "other")
    assert verify(desk.proof, desk.register, "--trusted-root", str(desk.register / "root.json")) == 0
    assert (
        verify(desk.proof, desk.register, "--trusted-root", str(other.ceremony / "public" / "root.json")) == 4
    )
    assert "signed by 0/1 keys" in capsys.readouterr().err


def test_a_proof_is_nothing_by_another_register(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = demo_node.founded(tmp_path / "other")
    assert verify(desk.proof, other.ceremony / "public") == 1
    assert capsys.readouterr().out.startswith(f"does not verify: {desk.proof}: proof")


TAMPERED = {
    "another index": (b'"index":1', b'"index":2'),
    "another origin": (b"port2port/port-antwerp-bruges/", b"port2port/north-sea-port/"),
    "not canonical": (b'{"checkpoint"', b'{ "checkpoint"'),
    "no proof at all": (b"{", b"["),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_proof_that_was_changed_does_not_verify(
    desk: Desk, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = TAMPERED[how]
    file = tmp_path / "proof.json"
    assert before in desk.proof.read_bytes()
    file.write_bytes(desk.proof.read_bytes().replace(before, after))
    assert verify(file, desk.register, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert told["error"].startswith("proof")


def test_what_is_too_large_is_refused_unread(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "proof.json"
    with file.open("wb") as opened:
        os.truncate(opened.fileno(), 100 * PROOF_FILE_MAX)
    assert verify(file, desk.register) == 1
    assert f"at most {PROOF_FILE_MAX} bytes" in capsys.readouterr().out


def test_what_cannot_be_read_is_one_line(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(tmp_path / "none", desk.register) == 4
    assert verify(desk.proof, tmp_path) == 4
    broken = tmp_path / "register"
    shutil.copytree(desk.register, broken)
    (broken / "1.targets.json").write_text("{}")
    assert verify(desk.proof, broken) == 4
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("port2port: ") for line in lines)


@pytest.mark.parametrize("words", ["xyz", "00" * 15, "00" * 17])
def test_an_id_that_is_none_is_said(
    desk: Desk, tmp_path: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(desk.plan.ports[0].config)
    assert main(["record", "prove", words, "--config", config, "--out", str(tmp_path / "p")]) == 4
    assert "ID: 32 hexadecimal digits" in capsys.readouterr().err


def test_a_record_that_is_not_here_is_said_and_nothing_is_written(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(desk.plan.ports[1].config)
    assert main(["record", "prove", desk.record, "--config", config, "--out", str(tmp_path / "p")]) == 4
    assert "no such record here" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_why_somebody_reads_it_is_told_without_a_word_of_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["policy", "explain", "--config", str(desk.plan.ports[0].config), "--record", desk.record]
    assert main([*asked, "--node", str(desk.plan.ports[1].node)]) == 0
    told = capsys.readouterr().out
    assert "permits  label      community" in told
    assert told.endswith("so: yes\n")
    assert main([*asked, "--person", "nobody"]) == 4
    assert "nobody of that name" in capsys.readouterr().err
