"""A node's keys replaced: made beside the old, taken once the register lists them, and the heads of its feeds signed anew."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import registers
from federations import founded, keys_of, real_now, specification
from ports import ANTWERP, LIEGE, NamedKeys, Port, port

from node import key_rotation
from node.ceremony import Ceremony, rotate_node, save
from node.cli import main
from node.commands.outcome import Accepted, Refusal
from node.commands.resign import resign
from node.exits import Refused
from node.keys import NodeKeys
from node.store import feeds
from protocol.ids import FeedId, NodeId
from protocol.members import NodeEntry
from protocol.register import Register

GHENT = NodeId("north-sea-port")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A node's keys, and the register that lists them in `c`."""
    keys = keys_of(GHENT)
    keys[GHENT].save(tmp_path / "keys", None, random=os.urandom)
    save(founded(keys), tmp_path / "c", passphrase=None)
    return tmp_path


def ceremony(folder: Path) -> Ceremony:
    from node.ceremony import load

    return load(folder / "c", passphrase=None, random=os.urandom)


def said(capsys: pytest.CaptureFixture[str], folder: Path, *more: str, code: int = 0) -> str:
    words = ["keys", "rotate", "--node", GHENT, "--dir", str(folder / "keys"), *more]
    assert main(words) == code
    out, err = capsys.readouterr()
    return out if code == 0 else err


def held(folder: Path) -> NodeKeys:
    return NodeKeys.load(folder / "keys", GHENT)


def listed(folder: Path) -> None:
    """The organisation lists the new keys beside the old."""
    step = ceremony(folder)
    card = json.loads((folder / "keys" / "next" / "card.json").read_text())
    rotate_node(step, GHENT, card, real_now())
    save(step, folder / "c", passphrase=None)


def test_the_old_keys_stay_until_the_register_lists_the_new(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, register = held(folder), str(folder / "c" / "public")
    assert "the old ones stay in use" in said(capsys, folder)
    assert held(folder).log_public == old.log_public
    err = said(capsys, folder, "--take", "--register", register, code=4)
    assert "does not list its new tls, log, hold key yet" in err
    assert held(folder).log_public == old.log_public
    assert "a rotation is under way" in said(capsys, folder, code=4)
    listed(folder)
    card = json.loads(said(capsys, folder, "--take", "--register", register, "--json"))
    new = held(folder)
    assert new.log_public != old.log_public
    assert new.hold_public != old.hold_public
    assert card == new.public_card() == json.loads((folder / "keys" / "card.json").read_text())
    former = NodeKeys.load(folder / "keys" / "former" / old.log_public.hex()[:8], GHENT)
    assert former.public_card() == old.public_card()
    assert not (folder / "keys" / "next").exists()
    assert "no rotation is under way" in said(capsys, folder, "--take", "--register", register, code=4)
    assert "--take needs --register" in said(capsys, folder, "--take", code=4)


def test_one_key_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = held(folder)
    said(capsys, folder, "--only", "log")
    following = NodeKeys.load(folder / "keys" / "next", GHENT)
    assert following.log_public != old.log_public
    assert (following.hold_public, following.tls_cert_pem) == (old.hold_public, old.tls_cert_pem)


def test_sealed_keys_stay_sealed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, secret = folder / "sealed", folder / "passphrase"
    secret.write_text("correct horse\n")
    secret.chmod(0o600)
    held(folder).save(keys, "correct horse", random=os.urandom)
    words = ["keys", "rotate", "--node", GHENT, "--dir", str(keys), "--passphrase-file", str(secret)]
    assert main(words) == 0
    assert NodeKeys.load(keys / "next", GHENT, "correct horse").node == GHENT
    assert b'"plain"' not in b"".join(path.read_bytes() for path in (keys / "next").glob("*.key"))
    capsys.readouterr()


@pytest.mark.parametrize("reached", range(5))
def test_a_crash_between_two_renames_is_finished_by_taking_again(
    folder: Path, reached: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_rotation.make(folder / "keys", GHENT, None, key_rotation.USES, random=os.urandom, now=real_now())
    new = NodeKeys.load(folder / "keys" / "next", GHENT)
    listed(folder)
    register, rename, seen = ceremony(folder).register(), Path.replace, list[str]()

    def dying(self: Path, aim: Path) -> Path:
        if len(seen) == reached:
            raise KeyboardInterrupt
        seen.append(self.name)
        return rename(self, aim)

    monkeypatch.setattr(Path, "replace", dying)
    with pytest.raises(KeyboardInterrupt):
        key_rotation.take(folder / "keys", GHENT, None, register)
    monkeypatch.setattr(Path, "replace", rename)
    assert key_rotation.take(folder / "keys", GHENT, None, register).public_card() == new.public_card()


def test_a_register_that_does_not_list_the_node_gives_it_no_keys(folder: Path) -> None:
    key_rotation.make(folder / "keys", GHENT, None, key_rotation.USES, random=os.urandom, now=real_now())
    with pytest.raises(Refused, match="north-sea-port: register 1 does not list it"):
        key_rotation.take(folder / "keys", GHENT, None, founded({}, spec=specification()).register())


# ---- The heads of own feeds -------------------------------------------------------------------------------------------------


class NewKeys(NamedKeys):
    """Of the same node, with another log key."""

    def __init__(self, name: NodeId) -> None:
        super().__init__(name)
        self._log = registers.signing_key(f"new log {name}")


def rotated(at: Port, *, lists_old: bool = True, revoked: bool = False) -> Register:
    """The register that lists the new key first, and the old one still, no more, or as void."""
    plain = registers.register(version=4)
    entry: NodeEntry = plain.nodes[at.name]
    new = bytes.fromhex(registers.public_key(f"new log {at.name}"))
    old = entry.log_keys if lists_old else ()
    after = replace(
        entry, log_keys=(new, *old), revoked=frozenset(entry.log_keys) if revoked else frozenset()
    )
    return replace(plain, nodes={**plain.nodes, at.name: after})


def restarted(at: Port, register: Register) -> int:
    """With its new keys, under this register; how many heads it signed."""
    object.__setattr__(at.ctx, "keys", NewKeys(at.name))
    object.__setattr__(at.ctx, "registers", lambda: register)
    return at.store.write(lambda tx: resign(tx, at.ctx, register)).result()


def pulled(source: Port, feed: FeedId, register: Register) -> Accepted | Refusal | None:
    return port(LIEGE, register=register).pull(source, feed)


def test_after_a_restart_the_heads_are_the_new_keys_and_the_old_key_may_go() -> None:
    antwerp = port(ANTWERP)
    feed = antwerp.release().feed.feed
    for _ in range(2):
        antwerp.release()
    before = antwerp.digest(feed)
    assert restarted(antwerp, rotated(antwerp)) >= 1
    assert antwerp.digest(feed) == before
    finished = rotated(antwerp, lists_old=False)
    assert isinstance(pulled(antwerp, feed, finished), Accepted)
    assert restarted(antwerp, rotated(antwerp)) == 0  # once


def test_the_new_key_signs_the_next_checkpoint() -> None:
    antwerp = port(ANTWERP)
    feed = antwerp.release().feed.feed
    both = rotated(antwerp)
    object.__setattr__(antwerp.ctx, "keys", NewKeys(ANTWERP))
    object.__setattr__(antwerp.ctx, "registers", lambda: both)
    antwerp.release()
    assert isinstance(pulled(antwerp, feed, rotated(antwerp, lists_old=False)), Accepted)


def test_what_a_revoked_key_signed_is_not_signed_anew() -> None:
    antwerp = port(ANTWERP)
    feed = antwerp.release().feed.feed
    void = rotated(antwerp, lists_old=False, revoked=True)
    assert restarted(antwerp, void) == 0
    assert not isinstance(pulled(antwerp, feed, void), Accepted)


def test_without_it_the_old_key_could_never_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault."""
    antwerp = port(ANTWERP)
    feed = antwerp.release().feed.feed
    monkeypatch.setattr(feeds, "resign", lambda *given: None)
    restarted(antwerp, rotated(antwerp))
    assert not isinstance(pulled(antwerp, feed, rotated(antwerp, lists_old=False)), Accepted)
