"""The writer: one order, urgent first, a failure alone, nothing told before the commit."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from inline_store import Crash, InlineStore
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from node.store import sqlite
from node.store.changes import Change, ChangeKind
from node.store.engine import Tuning, writer_engine
from node.store.errors import StoreBroken, StoreClosed, StoreFull
from node.store.group import Group, Job
from node.store.sqlite import SqliteStore
from node.store.unit import Reader, Tx

PUT = "INSERT INTO meta (name, value) VALUES (?, ?)"


def names(reader: Reader) -> list[str]:
    return [row[0] for row in reader.all("SELECT name FROM meta WHERE name LIKE 'x%' ORDER BY rowid")]


@pytest.fixture(name="store")
def opened_store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "node.db")
    yield opened
    opened.close()


def test_a_block_that_raises_is_undone_alone_with_what_memory_has_of_it(store: SqliteStore) -> None:
    taken_back: list[str] = []

    def half(tx: Tx) -> None:
        with tx.whole():
            tx.run(PUT, "x2", 2)
            tx.note(Change(kind=ChangeKind.FEED))
            tx.if_undone(lambda: taken_back.append("in it"))
            raise ValueError("planted")

    def act(tx: Tx) -> int:
        tx.run(PUT, "x1", 1)
        tx.note(Change(kind=ChangeKind.REGISTER))
        tx.if_undone(lambda: taken_back.append("before"))
        with pytest.raises(ValueError, match="planted"):
            half(tx)
        with tx.whole():
            tx.run(PUT, "x3", 3)
        return len(tx.changes)

    assert store.write(act).result() == 1
    assert store.read(names) == ["x1", "x3"]
    assert taken_back == ["in it"]


def test_the_file_is_written_through_and_overwritten(store: SqliteStore) -> None:
    def pragmas(tx: Tx) -> list[object]:
        return [tx.all(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "secure_delete")]

    assert store.write(pragmas).result() == ["wal", 2, 1]


def test_a_failing_job_takes_no_other_down(store: SqliteStore) -> None:
    held = threading.Event()
    first = store.write(lambda tx: held.wait(5))
    good = store.write(lambda tx: tx.run(PUT, "x1", 1))

    def bad(tx: Tx) -> None:
        tx.run(PUT, "x2", 1)
        tx.run(PUT, "x1", 1)

    failing = store.write(bad)
    later = store.write(lambda tx: tx.run(PUT, "x3", 1))
    held.set()
    first.result()
    good.result()
    later.result()
    with pytest.raises(IntegrityError):
        failing.result()
    assert store.read(names) == ["x1", "x3"]


def test_an_urgent_job_goes_ahead_of_bulk(store: SqliteStore) -> None:
    held, order = threading.Event(), list[str]()

    def noted(name: str) -> Callable[[Tx], None]:
        return lambda tx: order.append(name)

    first = store.write(lambda tx: held.wait(5))
    bulk = [store.write(noted(f"bulk {n}")) for n in range(3)]
    urgent = store.write(noted("urgent"), urgent=True)
    held.set()
    first.result()
    urgent.result()
    for future in bulk:
        future.result()
    assert order == ["urgent", "bulk 0", "bulk 1", "bulk 2"]


def test_a_future_resolves_only_when_another_connection_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    store = SqliteStore(path)
    store.write(lambda tx: tx.run(PUT, "x1", 7)).result()
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT value FROM meta WHERE name = 'x1'").fetchall() == [(7,)]
    other.close()
    store.close()


def test_what_changed_is_told_after_the_commit_and_only_then(tmp_path: Path) -> None:
    told: list[tuple[int, list[str]]] = []

    def listen(changes: Sequence[Change]) -> None:
        told.append((changes[0].size, store.read(names)))

    store = SqliteStore(tmp_path / "node.db", publish=listen)

    def act(tx: Tx) -> None:
        tx.note(Change(kind=ChangeKind.FEED, size=3))
        tx.run(PUT, "x1", 1)

    def fail(tx: Tx) -> None:
        tx.note(Change(kind=ChangeKind.FEED, size=4))
        raise ValueError("no")

    store.write(act).result()
    with pytest.raises(ValueError, match="no"):
        store.write(fail).result()
    store.close()
    assert told == [(3, ["x1"])]


def test_a_failing_listener_stops_nobody(tmp_path: Path) -> None:
    def listen(_: Sequence[Change]) -> None:
        raise RuntimeError("a listener's fault")

    store = SqliteStore(tmp_path / "node.db", publish=listen)
    for _ in range(2):
        store.write(lambda tx: tx.note(Change(kind=ChangeKind.FEED))).result()
    store.close()


def test_a_full_disk_loses_nothing_acknowledged_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    store = SqliteStore(path)
    store.write(lambda tx: tx.run(PUT, "x1", 1)).result()

    def limit(pages: int) -> Callable[[Tx], object]:
        return lambda tx: tx.all(f"PRAGMA max_page_count = {pages}")

    store.write(limit(1)).result()

    def big(tx: Tx) -> None:
        tx.run("INSERT INTO one_time (hash, person, expires_ms) VALUES (zeroblob(100000), x'00', 0)")

    with pytest.raises(StoreFull):
        store.write(big).result()
    store.write(limit(1 << 20)).result()
    store.write(lambda tx: tx.run(PUT, "x2", 1)).result()
    assert store.read(names) == ["x1", "x2"]
    store.close()


def test_a_closed_store_finishes_what_was_queued_and_takes_no_more(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "node.db")
    held = threading.Event()
    store.write(lambda tx: held.wait(5))
    queued = store.write(lambda tx: tx.run(PUT, "x1", 1))
    held.set()
    store.close()
    assert queued.result() == 1
    with pytest.raises(StoreClosed):
        store.write(lambda tx: None).result()


def test_readers_cannot_write(store: SqliteStore) -> None:
    with pytest.raises(StoreBroken, match="READONLY"):
        store.read(lambda reader: reader.all("DELETE FROM meta RETURNING name"))


def test_a_read_sees_one_moment(store: SqliteStore) -> None:
    def twice(reader: Reader) -> tuple[list[str], list[str]]:
        before = names(reader)
        store.write(lambda tx: tx.run(PUT, "x1", 1)).result()
        return before, names(reader)

    assert store.read(twice) == ([], [])
    assert store.read(names) == ["x1"]


def test_awaiting_does_not_hold_up_the_loop(store: SqliteStore) -> None:
    async def act() -> list[str]:
        def put(number: int) -> Callable[[Tx], int]:
            return lambda tx: tx.run(PUT, f"x{number}", number)

        await asyncio.gather(*(store.awrite(put(n)) for n in range(5)))
        return await store.aread(names)

    assert asyncio.run(act()) == ["x0", "x1", "x2", "x3", "x4"]


@pytest.mark.parametrize("on_disk", [True, False])
def test_a_crash_at_any_point_leaves_all_of_a_transaction_or_nothing(tmp_path: Path, on_disk: bool) -> None:
    def act(tx: Tx) -> None:
        tx.run(PUT, "x1", 1)
        tx.run(PUT, "x2", 1)

    whole = InlineStore()
    whole.write(act).result()
    assert whole.points == 4  # two statements, and both sides of the commit
    for point in range(1, whole.points + 1):
        store = InlineStore(tmp_path / f"{point}.db" if on_disk else None)
        store.crash_at(point)
        with pytest.raises(Crash):
            store.write(act)
        with pytest.raises(StoreClosed):
            store.read(names)
        store.reopen()
        assert store.read(names) == (["x1", "x2"] if point == 4 else [])
        store.close()
    whole.close()


def _told_first(tmp_path: Path) -> None:
    waiting: list[bool] = []
    begun = threading.Event()
    store = SqliteStore(tmp_path / "node.db", publish=lambda _: waiting.append(not future.done()))

    def act(tx: Tx) -> None:
        begun.wait(5)
        tx.note(Change(kind=ChangeKind.FEED))

    future = store.write(act)
    begun.set()
    future.result()
    store.close()
    assert waiting == [True]


def test_who_listens_is_told_before_who_waits(tmp_path: Path) -> None:
    """Whoever wakes takes the interpreter; what is to be pushed would wait for it."""
    _told_first(tmp_path)


def test_a_writer_that_wakes_who_waits_first_turns_the_test_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Group.commit

    def early(self: Group) -> Sequence[Change]:
        changes = commit(self)
        self.resolve()
        self._done.clear()
        return changes

    monkeypatch.setattr(Group, "commit", early)
    with pytest.raises(AssertionError):
        _told_first(tmp_path)


def _glanced(store: SqliteStore) -> None:
    """A glance while every reader that there is room for reads."""
    store._reading.pool._timeout = 0.01  # type: ignore[attr-defined]
    with ExitStack() as busy:
        for _ in range(Tuning().readers):
            busy.enter_context(store._reading.connect())
        assert store.glance(names) == ["x1"]


def test_a_glance_waits_for_no_reader_and_cannot_write(store: SqliteStore) -> None:
    store.write(lambda tx: tx.run(PUT, "x1", 1)).result()
    _glanced(store)
    with pytest.raises(StoreBroken, match="READONLY"):
        store.glance(lambda reader: reader.all("DELETE FROM meta RETURNING name"))
    assert store.glance(names) == ["x1"]  # and the next one begins anew


def test_a_glance_that_reads_as_all_read_turns_the_test_red(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(lambda tx: tx.run(PUT, "x1", 1)).result()
    monkeypatch.setattr(SqliteStore, "glance", SqliteStore.read)
    with pytest.raises(PoolTimeout):
        _glanced(store)


def test_an_error_of_a_statement_does_not_repeat_its_values(store: SqliteStore) -> None:
    secret = "x-geheim"
    store.write(lambda tx: tx.run(PUT, secret, 1)).result()
    with pytest.raises(IntegrityError) as refused:
        store.write(lambda tx: tx.run(PUT, secret, 1)).result()
    assert secret not in str(refused.value)
    assert "UNIQUE" in str(refused.value)


def test_what_memory_has_of_a_job_is_taken_back_if_it_is_undone_and_only_then(store: SqliteStore) -> None:
    order = list[str]()

    def counted(name: str, *, fails: bool) -> Callable[[Tx], None]:
        def act(tx: Tx) -> None:
            for part in "ab":
                tx.if_undone(lambda part=part: order.append(name + part))  # type: ignore[misc]
            if fails:
                raise ValueError("at fault")

        return act

    held = threading.Event()
    first = store.write(lambda tx: held.wait(5))
    good = store.write(counted("good", fails=False))
    bad = store.write(counted("bad", fails=True))
    held.set()
    first.result()
    good.result()
    with pytest.raises(ValueError, match="at fault"):
        bad.result()
    assert order == ["badb", "bada"]


def test_a_commit_that_fails_takes_every_job_s_memory_back_the_newest_first() -> None:
    order = list[int]()
    engine = writer_engine(None, Tuning())
    with engine.connect() as connection:

        def full(what: str) -> None:
            if what == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")

        group = Group(connection, point=full)
        group.begin()
        jobs = [Job(lambda tx, n=n: tx.if_undone(lambda: order.append(n)), Future()) for n in range(3)]  # type: ignore[misc]
        assert all(group.run(job) for job in jobs)
        assert group.commit() == ()
    engine.dispose()
    assert order == [2, 1, 0]
    assert all(job.future.exception() for job in jobs)


def test_what_another_connection_commits_shows_without_asking_the_database(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(lambda tx: tx.run(PUT, "x1", 1)).result()
    assert store.written() is None  # what comes in the same tick would not show
    monkeypatch.setattr(sqlite, "SETTLED_NS", -1)
    before = store.written()
    store.read(names)
    assert store.written() == before
    while store.written() == before:  # until the file system's clock goes on
        with closing(sqlite3.connect(tmp_path / "node.db")) as other, other:
            other.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('x2', 2)")
    assert store.read(names) == ["x1", "x2"]
