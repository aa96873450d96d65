"""Invariant 12: a log key is stolen, and whoever has it shows its readers what they like, in the feed and in epochs of their own; once
the register has made it void, the epoch that the origin opens ends in the honest state at every reader, whatever came first.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pytest
import registers
from clones import clone
from histories import breaks_plainly, hold_plainly
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port
from thefts import NewKeys, revoked, void_of

from node.commands import cut, revocation, settle
from node.commands.append import append
from node.commands.outcome import Accepted
from node.commands.publish import Released
from node.store import feeds
from node.store.entries import Standing, VersionRow
from node.store.feeds import FeedRole, FeedState
from protocol.entry import build_close, build_erase, build_retract
from protocol.ids import FeedId, NodeId
from protocol.label import parse
from protocol.operation import Target
from protocol.register_view import Register

READERS = (NORTH_SEA, LIMBURG, LIEGE)


@dataclass
class Theft:
    """Antwerp, whoever has its key (one copy of it after the other), and three readers."""

    seed: int
    register: Register = field(default_factory=registers.register)
    said: list[Released] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.antwerp = port(ANTWERP, seed=self.seed, register=lambda: self.register)
        self.readers = {name: port(name, seed=self.seed, register=lambda: self.register) for name in READERS}
        self.thieves: list[Port] = []

    def play(self) -> None:
        """An honest beginning, then anything."""
        for _ in range(self.random.randint(1, 4)):
            self.honest()
        for _ in range(self.random.randint(4, 16)):
            draw = self.random.random()
            if draw < 0.25:
                self.honest()
            elif draw < 0.4 or not self.thieves:
                self.thieves.append(clone(self.antwerp, seed=self.random.randrange(1 << 30)))
            elif draw < 0.7:
                self.steal(self.random.choice(self.thieves))
            else:
                source = self.random.choice([self.antwerp, *self.thieves])
                self.share(source, self.random.choice(list(self.readers.values())))

    def honest(self) -> None:
        """Antwerp says something: a record, its next version, or its withdrawal."""
        if self.said and self.random.random() < 0.4:
            before = self.random.choice(self.said)
            if self.random.random() < 0.4:
                self.antwerp.withdraw(before)
            else:
                newer = self.antwerp.release(record=before.record, version=before.version + 1)
                self.said[self.said.index(before)] = newer
        else:
            self.said.append(self.antwerp.release())

    def steal(self, thief: Port) -> None:
        """With its key: a record, a newer version, a withdrawal, an erasure, the end of the feed and an epoch after it."""
        target = self.random.choice(self.said)
        about = Target(target.record, 9)
        now, version = thief.ctx.now(), self.register.version
        entry = self.random.choice(
            (
                None,
                build_retract(target=about, reason=1, issued_ms=now, register=version),
                build_erase(target=about, reason=2, issued_ms=now, register=version),
                build_close(issued_ms=now, register=version),
            )
        )
        if entry is None:
            thief.release(record=target.record, version=9) if self.random.random() < 0.5 else thief.release()
        else:
            label = parse(AMBER)
            thief.store.write(lambda tx: append(tx, thief.ctx, label, [entry], self.register)).result()

    def share(self, source: Port, reader: Port) -> None:
        """What the reader takes of what the source has."""
        for feed in own(source):
            held = reader.store.read(lambda r, f=feed: feeds.find(r, f))  # type: ignore[misc]
            first = held.size if held is not None and self.random.random() < 0.7 else 0
            batch = source.serve(reader, feed, first, most=self.random.choice([1, 3, 64]))
            while batch is not None:
                outcome = reader.accept(batch, source.name)
                batch = (
                    source.serve(reader, feed, batch.end, most=64) if isinstance(outcome, Accepted) else None
                )

    def revoke(self) -> None:
        """The register is another; some readers hear once more of the thief, then all of Antwerp, in any order."""
        self.register = revoked()
        object.__setattr__(self.antwerp.ctx, "keys", NewKeys())
        for at in (self.antwerp, *self.readers.values()):
            at.store.write(lambda tx, at=at: revocation.follow(tx, at.ctx)).result()  # type: ignore[misc]
        for reader in self.readers.values():
            for thief in self.thieves:
                self.share(thief, reader)
        self.honest()
        for reader in self.readers.values():
            for _ in range(4):
                for feed in self.random.sample(own(self.antwerp), len(own(self.antwerp))):
                    self.pull(reader, feed)

    def pull(self, reader: Port, feed: FeedId) -> None:
        """As a gap is filled: from what is held on, and from the beginning where that is asked for."""
        for _ in range(3):
            held = reader.store.read(lambda r: feeds.find(r, feed))
            first = held.size if held else 0
            while (batch := self.antwerp.serve(reader, feed, first, most=5)) is not None:
                outcome = reader.accept(batch, ANTWERP)
                if not isinstance(outcome, Accepted):
                    break
                first = batch.end


def own(at: Port) -> list[FeedId]:
    """The ids of its feeds of records."""
    rows = at.store.read(feeds.every)
    return [row.feed for row in rows if row.own and row.role is FeedRole.RECORDS]


def shown(at: Port) -> dict[bytes, tuple[int, bytes | None]]:
    """Of each record of Antwerp's that is shown: the version and the content."""
    rows = at.store.read(
        lambda r: r.all(
            "SELECT e.record, e.version, e.standing, e.content FROM entry e JOIN feed f ON f.number = e.feed "
            "WHERE e.shown > 0 AND f.origin = ? AND f.role = 0",
            ANTWERP,
        )
    )
    return {
        record: (version, content if standing == Standing.CURRENT else b"")
        for record, version, standing, content in rows
    }


def check(theft: Theft, name: NodeId) -> None:
    """The reader holds every feed as Antwerp does, shows what Antwerp shows, and has dropped nothing that it ever took."""
    reader, antwerp = theft.readers[name], theft.antwerp
    for feed in own(antwerp):
        mine, theirs = (at.store.read(lambda r, f=feed: feeds.find(r, f)) for at in (antwerp, reader))  # type: ignore[misc]
        assert mine is not None
        assert theirs is not None, f"{name} lacks epoch {mine.epoch}"
        assert (theirs.size, theirs.root) == (mine.size, mine.root), f"{name} holds another history"
    assert shown(reader) == shown(antwerp), f"{name} shows what is not honest"
    for row in reader.store.read(feeds.every):
        if row.state is FeedState.VOID:
            assert len(void_of(reader, row)) >= row.size, f"{name} dropped void entries"


def steals(seed: int) -> None:
    theft = Theft(seed)
    theft.play()
    theft.revoke()
    for name in READERS:
        check(theft, name)


def test_after_a_theft_the_epoch_ends_in_the_honest_state() -> None:
    hold_plainly(steals, of=40)


def test_a_reader_that_leaves_void_entries_in_force_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut, "_void", lambda *_: None)
    assert breaks_plainly(steals, of=20, seeing="shows what is not honest|dropped void|another history")


def test_a_reader_that_keeps_to_the_other_history_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut, "set_aside", lambda *_: None)
    assert breaks_plainly(steals, of=20, seeing="another history|lacks epoch")


def test_effects_of_void_entries_that_stay_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = settle.decide

    def credulous(rows: Sequence[VersionRow]) -> Iterable[tuple[VersionRow, tuple[Standing, bool]]]:
        return real([replace(r, standing=Standing.NONE) if r.op in settle.EFFECTS else r for r in rows])

    monkeypatch.setattr(settle, "decide", credulous)
    assert breaks_plainly(steals, of=20, seeing="shows what is not honest")
