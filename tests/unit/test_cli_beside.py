"""Commands beside a node: each asks at a terminal for the passphrase of its keys, and one that fails leaves no half file."""

from __future__ import annotations

import argparse
import errno
import io
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ports import AMBER, LIEGE, Port, port

import node
from node import cli_bundle
from node.beside import at_hand
from node.exits import Refused
from node.sealed import ask_passphrase
from protocol import medium


def bundle_of(*batches: bytes) -> bytes:
    out = io.BytesIO()
    medium.write(out, batches)
    return out.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_at_a_terminal_the_passphrase_is_asked_for(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    given: list[Any] = []
    monkeypatch.setattr("node.beside.checked", lambda path: path)
    monkeypatch.setattr("node.beside.beside", lambda *_, ask: given.append(ask))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: terminal))
    at_hand(Path("port.toml"))
    assert given == [ask_passphrase if terminal else None]


def test_no_command_opens_a_node_in_another_way() -> None:
    texts = {path.name: path.read_text("utf-8") for path in Path(str(node.__file__)).parent.glob("cli_*.py")}
    assert "at_hand(" in texts["cli_bundle.py"]
    assert [name for name, text in texts.items() if " beside(" in text or "import beside" in text] == []


def test_a_copy_for_which_there_is_no_room_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    monkeypatch.setattr("node.checked.checked", lambda _: SimpleNamespace(data=tmp_path))
    monkeypatch.setattr("shutil.copyfile", full)
    given = tmp_path / "given.bundle"
    given.write_bytes(bundle_of(b"one"))
    with pytest.raises(Refused, match="No space left"):
        cli_bundle._import(argparse.Namespace(config=tmp_path, file=given, wait=0.0, json=False))
    assert list((tmp_path / "inbox").iterdir()) == []


@pytest.fixture(name="antwerp")
def opened_antwerp(monkeypatch: pytest.MonkeyPatch) -> Port:
    made = port()
    made.release(AMBER)
    place = SimpleNamespace(ctx=made.ctx, store=made.store)
    monkeypatch.setattr("node.beside.at_hand", lambda _: nullcontext(place))
    return made


def export(out: Path) -> int:
    return cli_bundle._export(argparse.Namespace(config=out, to=str(LIEGE), out=out, whole=False, json=False))


def test_what_another_export_writes_stays_and_an_own_part_goes(
    antwerp: Port, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, part = tmp_path / "for-liege", tmp_path / "for-liege.part"
    part.write_bytes(b"another's")
    with pytest.raises(Refused, match="another export"):
        export(out)
    assert part.read_bytes() == b"another's"
    part.unlink()
    write = cast("Any", medium.write)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(medium, "write", full)
    with pytest.raises(Refused, match="No space left"):
        export(out)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(medium, "write", write)
    assert export(out) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["for-liege"]
    assert [one.act for one in antwerp.audits()][-1] == "export"
