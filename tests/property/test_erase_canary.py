"""Invariant 6: after erasure and cooling, 32 bytes of a content or a salt are in no file of the node, database, log, files and a
restored backup; what was not erased is all there, and every proof still verifies.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import files_here
import pytest
from erasing import COOLING, erase, keep_up, later, on_disk, tell
from finding import indexed
from officers_here import officer, readable
from ports import AMBER, ANTWERP, LIMBURG, NORTH_SEA, RETENTION, SCHELDT, Port, port

from node import upkeep
from node.blobs import Blobs
from node.commands import control, destroy, search
from node.commands.address import Address
from node.commands.context import Settings
from node.commands.prove import prove
from node.commands.publish import Released
from node.erasure_list import ErasureList
from node.peers import PeerBoard
from node.store import engine, entries, feeds, words
from node.store.scrub import Scrubber
from protocol.control import Fate
from protocol.entry import Entry
from protocol.ids import NodeId

LABELS = (AMBER, SCHELDT, AMBER + "//PURPOSE port-security", AMBER + "//PURPOSE navigation-safety")
RECORDS = 100
SHARED = 6
"""An index of words keeps of a word what it does not begin with in common with the one before."""
FILE = b"canary of a file %d " + bytes(20)


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the files is asked here, not that they outlive a power cut."""
    pragmas(monkeypatch, "synchronous=FULL", "synchronous=OFF")


def pragmas(patch: pytest.MonkeyPatch, was: str, now: str) -> None:
    """Databases are opened with one pragma otherwise."""
    real = engine._engine
    patch.setattr(
        engine,
        "_engine",
        lambda path, pool, given, **more: real(
            path, pool, tuple(now if one == was else one for one in given), **more
        ),
    )


class World:
    """An origin and a holder, each with everything it has below one folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.antwerp, self.north = self.on(ANTWERP, seed), self.on(NORTH_SEA, seed)
        self.canary: dict[bytes, bytes] = {}
        self.out: list[Released] = []
        self.file: dict[bytes, bytes] = {}

    def on(self, name: NodeId, seed: int) -> Port:
        home = self.folder / name
        (home / "data").mkdir(parents=True)
        calm = Settings(retention=RETENTION, origin_erasures_per_hour=RECORDS)
        made = port(name, path=home / "data" / "node.db", seed=seed, settings=calm)
        object.__setattr__(made.ctx, "blobs", Blobs(home / "data" / "blobs"))
        object.__setattr__(made.ctx, "gone", ErasureList(home / "erasures"))
        return made

    def home(self, at: Port) -> Path:
        return self.folder / at.name / "data"

    def live(self) -> None:
        """Records of all sizes in several feeds, some that come first without their content."""
        for number in range(RECORDS):
            mark = hashlib.sha256(b"%d" % number).hexdigest()[:32]
            filler = "x" * self.random.randint(0, 2500)
            text = f"{filler[:1500]} {mark} {filler[1500:]}"
            label = self.random.choice(LABELS)
            if number % 40 == 0:
                data = FILE % number
                one = files_here.release(self.antwerp, data, label=label, description=text)
                self.file[one.record] = data
            else:
                one = self.antwerp.release(label, description=text)
            self.canary[one.record] = mark.encode()
            self.out.append(one)
            if number % 7 == 0:
                self.pull(thin=self.random.random() < 0.5)
                self.search()
        self.pull()
        self.search()
        for record, data in self.file.items():
            assert record
            files_here.come(self.north, data)

    def search(self) -> None:
        """What came can be found."""
        for at in (self.antwerp, self.north):
            indexed(at)

    def pull(self, *, thin: bool = False) -> None:
        """The holder takes what there is; `thin`: from somebody who lacks contents, so that they are filled in later."""
        for feed in {one.feed.feed for one in self.out}:
            first = 0
            while (batch := self.antwerp.serve(self.north, feed, first)) is not None:
                if thin:
                    bare = tuple(Entry(e.header) if self.random.random() < 0.5 else e for e in batch.entries)
                    batch = replace(batch, entries=bare)
                self.north.accept(batch, self.antwerp)
                first = batch.end

    def salt(self, at: Port, one: Released) -> bytes:
        row = at.store.read(lambda r: entries.by_key(r, [files_here.key_of(at, one)]))
        (found,) = row.values()
        assert found.salt is not None
        return found.salt


def backed_up(world: World, at: Port) -> Path:
    """A backup as an operator makes one: the database by SQLite's own means, the files copied."""
    target = world.folder / "backup"
    shutil.copytree(world.home(at), target, ignore=shutil.ignore_patterns("node.db*"))
    with sqlite3.connect(world.home(at) / "node.db") as source, sqlite3.connect(target / "node.db") as copy:
        source.backup(copy)
    return target


def restored(world: World, backup: Path, *, replayed: bool = True) -> Port:
    """The holder on what a backup brought back, as it starts."""
    made = port(NORTH_SEA, path=backup / "node.db")
    object.__setattr__(made.ctx, "blobs", Blobs(backup / "blobs"))
    object.__setattr__(made.ctx, "gone", world.north.ctx.gone)
    made.clock.at = world.north.clock.at
    if replayed:
        assert asyncio.run(upkeep.again(made.ctx))
    return made


def erased(folder: Path, seed: int) -> tuple[World, list[Released], list[bytes], Path]:
    """A world in which a third of the records was erased and cooled: those, their canaries, and a backup from before."""
    world = World(folder, seed)
    world.live()
    gone = world.random.sample(world.out, RECORDS // 3)
    gone += [one for one in world.out if one.record in world.file and one not in gone]
    secrets = [world.canary[one.record] for one in gone] + [world.salt(world.north, one) for one in gone]
    secrets += [world.canary[one.record][SHARED:] for one in gone]
    secrets += list(world.file.values())
    backup = backed_up(world, world.north)
    for one in gone:
        erase(world.antwerp, one)
    world.pull()
    later(COOLING, world.antwerp, world.north)
    keep_up(world.antwerp, world.north)
    return world, gone, secrets, backup


def found(secrets: list[bytes], *folders: Path) -> list[int]:
    """Which of these are in any file."""
    disk = on_disk(*folders)
    return [number for number, secret in enumerate(secrets) if secret in disk]


SEED = 1


def test_nothing_of_what_was_erased_is_in_any_file_and_all_else_is(tmp_path: Path) -> None:
    world, gone, secrets, backup = erased(tmp_path, SEED)
    for at in (world.antwerp, world.north):
        assert found(secrets, world.home(at)) == []
        kept = [world.canary[one.record] for one in world.out if one not in gone]
        assert len(found(kept, world.home(at))) == len(kept)
    check_proofs(world, gone)
    tell(world.north, world.antwerp)
    for one in gone:
        said = world.antwerp.store.read(
            lambda r, o=one: control.confirmations_of(r, world.antwerp.ctx, o.record)  # type: ignore[misc]
        )
        assert {w.node: w.fate for w in said}[NORTH_SEA] is Fate.DESTROYED
    assert len(found(secrets, backup)) == len(secrets)
    back = restored(world, backup)
    keep_up(back)
    assert found(secrets, backup) == []
    who = officer(back)
    seen = back.store.read(lambda r: search.newest(r, back.ctx, readable(back), who.reading, limit=400))
    plain = [one for one in world.out if one.feed.label == AMBER]
    assert {row.id for row in seen.rows} >= {one.record for one in plain if one not in gone}
    assert not {row.id for row in seen.rows} & {one.record for one in gone}
    assert back.store.write(lambda tx: destroy.replay(tx, back.ctx)).result().erasures == 0


def check_proofs(world: World, gone: list[Released]) -> None:
    """The log is whole for whoever fetches it from the holder, and each erased record is still proven, without content."""
    limburg = port(LIMBURG)
    limburg.clock.at = world.north.clock.at
    for feed in {one.feed.feed for one in world.out}:
        limburg.pull(world.north, feed)
        held = [
            at.store.read(lambda r: feeds.find(r, feed))  # noqa: B023
            for at in (world.antwerp, world.north)
        ]
        assert held[0] is not None
        assert held[1] is not None
        assert (held[0].size, held[0].root) == (held[1].size, held[1].root)
    for one in gone[:10]:
        raw = world.north.store.read(lambda r, o=one: prove(r, world.north.ctx, Address(o.record)))  # type: ignore[misc]
        assert raw is not None
        assert world.canary[one.record] not in raw


# ---- The faults that would be seen -----------------------------------------------------------------------------------------


def no_scrub(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Scrubber, "step", lambda _self, _driver, _first, _count=0: 0)


def no_secure_delete(patch: pytest.MonkeyPatch) -> None:
    pragmas(patch, "secure_delete=ON", "secure_delete=OFF")


def no_files_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Blobs, "drop", lambda _self, _owner, _sha256: None)


def no_merge(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(words, "merge", lambda _tx, *, begin: False)


def no_triggers(patch: pytest.MonkeyPatch) -> None:
    real = World.on

    def without(self: World, name: NodeId, seed: int) -> Port:
        made = real(self, name, seed)
        made.store.write(lambda tx: tx.run("DROP TRIGGER words_of_changed")).result()
        return made

    patch.setattr(World, "on", without)


@pytest.mark.parametrize("fault", [no_scrub, no_secure_delete, no_files_dropped, no_merge, no_triggers])
def test_each_half_measure_would_be_seen(
    fault: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    world, _, secrets, _ = erased(tmp_path, SEED)
    assert found(secrets, world.home(world.north))


def test_a_backup_that_is_not_held_against_the_list_would_be_seen(tmp_path: Path) -> None:
    world, _, secrets, backup = erased(tmp_path, SEED)
    back = restored(world, backup, replayed=False)
    asyncio.run(upkeep.Upkeep(back.ctx, PeerBoard()).pass_once())
    assert found(secrets, backup)
