"""The commands around an erasure, over a founded node on the disk: two papers and a key, who has not confirmed, the audit log, a brake."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import demo_node
import pytest
from ports import NORTH_SEA, port

from node.beside import at_hand, beside
from node.cli import main
from node.commands.context import Context
from node.commands.erase import append_erase
from node.commands.matter import own_feed_of
from node.config_file import load
from node.store import feeds, unheard
from protocol.ids import RecordId, UnixMs
from protocol.operation import Target


class Desk:
    """A port that published one record."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture
        self.port = demo_node.founded(folder / "demo").ports[0]
        self.record = demo_node.published(self.port)
        (folder / "pass").write_text("a long enough passphrase\n")
        (folder / "pass").chmod(0o600)

    def run(self, *words: str | Path, code: int = 0) -> str:
        self._capture.readouterr()
        told = main([*map(str, words)])
        out = self._capture.readouterr()
        assert told == code, out.err or out.out
        return out.out + out.err

    def erase(self) -> None:
        with beside(load(self.port.config), self.port.config) as place:

            def act(tx: Any) -> None:
                found = own_feed_of(tx, place.ctx, self.record)
                assert found is not None
                append_erase(tx, place.ctx, found[0], Target(self.record, 1), 2, place.ctx.register)

            place.store.write(act).result()

    def erasures(self) -> list[tuple[RecordId, bool]]:
        with beside(load(self.port.config), self.port.config) as place:
            rows = place.store.read(
                lambda r: r.all("SELECT e.record, x.signed FROM entry e JOIN erasure x ON x.key = e.key")
            )
            return [(row[0], bool(row[1])) for row in rows]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_the_offline_key_signs_a_paper_and_the_node_says_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, secret = desk.folder / "offline", ("--passphrase-file", desk.folder / "pass")
    told = desk.run(
        "keys", "erase-key", "--organisation", desk.port.node.partition("--")[0], "--dir", keys, *secret
    )
    public = bytes.fromhex(told.split()[-1])
    assert b"a long enough" not in (keys / "erase.key").read_bytes()
    desk.run("keys", "erase-key", "--organisation", "port-x", "--dir", keys, *secret, code=4)
    paper, signed = desk.folder / "request.json", desk.folder / "signed.json"
    here = ("record", "erase", desk.record.hex(), "--config", desk.port.config)
    assert "two people" in desk.run(*here, "--request", paper, code=4)
    desk.erase()
    desk.run(*here, "--request", paper)
    assert desk.record.hex() in desk.run("keys", "erase-sign", paper, "--dir", keys, "--out", signed, *secret)
    assert "the register lists" in desk.run(*here, "--signature", signed, code=4)
    assert desk.erasures() == [(desk.record, False)]
    real = Context.entry
    monkeypatch.setattr(
        Context, "entry", lambda self, register: replace(real(self, register), erase_keys=(public,))
    )
    torn = json.loads(signed.read_text())
    torn["erase"][0]["version"] = 2
    (desk.folder / "torn.json").write_text(json.dumps(torn))
    desk.run(*here, "--signature", desk.folder / "torn.json", code=4)
    desk.run(*here, "--signature", signed)
    assert desk.erasures() == [(desk.record, False), (desk.record, True)]


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"schema": "port2port/erase-request/v1"}', '{"schema":' * 5000, "\x00" * 100],
    ids=["empty", "a list", "no erasures", "deep", "zeros"],
)
def test_what_is_no_paper_is_refused_in_one_line(desk: Desk, text: str) -> None:
    paper = desk.folder / "paper"
    paper.write_text(text)
    words = ("keys", "erase-sign", paper, "--dir", desk.folder, "--out", desk.folder / "out")
    told = desk.run(*words, "--passphrase-file", desk.folder / "pass", code=4)
    assert told.count("\n") == 1
    assert not (desk.folder / "out").exists()


def test_who_has_not_confirmed_is_listed(desk: Desk) -> None:
    words = ("record", "unconfirmed", desk.record.hex(), "--config", desk.port.config)
    desk.run(*words)
    desk.erase()
    told = desk.run(*words, code=1)
    assert "north-sea-port: not confirmed" in told


def test_the_audit_log_and_the_brake_are_looked_at_from_the_command_line(desk: Desk) -> None:
    config = ("--config", desk.port.config)
    assert "no head was said yet" in desk.run("audit", "verify", *config)
    assert desk.run("audit", "heads", "north-sea-port", *config) == ""
    held = desk.folder / "held"
    held.write_text("ab" * 32 + " 2027-01-01 00:00 UTC\n")
    assert "NOT KNOWN" in desk.run("audit", "verify", *config, "--held", held, code=1)
    assert "no erasure waits" in desk.run("brake", "list", *config)
    assert "no erasure of it waits" in desk.run("brake", "release", "north-sea-port", *config, code=4)


def test_what_is_hidden_after_a_restore_is_listed_and_read_with_a_reason(desk: Desk) -> None:
    config = ("--config", desk.port.config)
    assert "nothing waits" in desk.run("restored", "list", *config)
    with at_hand(desk.port.config) as place:
        ghent = port(NORTH_SEA)
        held = ghent.store.read(lambda r: feeds.numbered(r, ghent.release().feed.number))
        place.store.write(lambda tx: feeds.add(tx, replace(held, own=False))).result()
        place.store.write(lambda tx: unheard.hide(tx, UnixMs(1_800_000_000_000))).result()
    told = desk.run("restored", "list", *config)
    assert told == "north-sea-port: 1 feeds are not read since the restore of 2027-01-15 08:00 UTC\n"
    read = ("restored", "read", "north-sea-port", *config, "--reason")
    desk.run(*read, "because", code=2)
    assert "1 feeds are read again" in desk.run(*read, "confirmed")
    assert "nothing of it waits" in desk.run(*read, "confirmed", code=4)
