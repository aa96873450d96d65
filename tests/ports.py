"""Ports in memory for tests: a node's commands over an inline store, with keys made of its name and time that is told."""

from __future__ import annotations

import hashlib
import itertools
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import registers
from inline_store import InlineStore
from nacl.signing import SigningKey
from record_examples import NOW, example
from store_state import state_digest, state_lines

from node.blobs import Blobs
from node.commands import go_ahead
from node.commands.accept import accept_batch
from node.commands.ahead import Ahead
from node.commands.append import append
from node.commands.audit import Act
from node.commands.batch import Batch
from node.commands.context import Context, Settings
from node.commands.outcome import Accepted, Receipt, Refusal
from node.commands.overtake import Overtaken, overtake
from node.commands.publish import Released, Version, publish
from node.commands.serve import run
from node.high_water import HighWater, Marks
from node.store import feeds, receipts
from node.store.changes import Change
from node.store.unit import Reader
from protocol.entry import build_retract
from protocol.fields import DAY_MS
from protocol.ids import FeedId, NodeId, RecordId, UnixMs, new_record_id
from protocol.label import parse
from protocol.operation import Target
from protocol.record import content_type, serialise
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

ANTWERP = NodeId("port-antwerp-bruges")
NORTH_SEA = NodeId("north-sea-port")
LIMBURG = NodeId("port-limburg")
LIEGE = NodeId("port-liege")
AMBER = "BE:NONE//TLP:AMBER//AUD ports-be"
SCHELDT = "BE:NONE//TLP:AMBER//AUD ports-scheldt"
RETENTION = MappingProxyType(
    {
        "alert_unconfirmed": 30 * DAY_MS,
        "alert_confirmed": 365 * DAY_MS,
        "incident": 5 * 365 * DAY_MS,
        "indicator": 90 * DAY_MS,
        "sighting_after_indicator": 30 * DAY_MS,
        "best_practice": 3650 * DAY_MS,
        "modus_operandi": 3650 * DAY_MS,
        "notice": 730 * DAY_MS,
        "security_level": 730 * DAY_MS,
        "outcome": 365 * DAY_MS,
        "request": 365 * DAY_MS,
        "port_ban_after_end": DAY_MS,
        "audit": 3650 * DAY_MS,
        "retracted_content": 30 * DAY_MS,
    }
)


_FILES = tempfile.TemporaryDirectory(prefix="port2port-files-")
_COUNT = itertools.count()


class ToldClock:
    """A clock that a test sets."""

    def __init__(self, now: int = NOW) -> None:
        self.at = now

    def now_ms(self) -> UnixMs:
        return UnixMs(self.at)


class NamedKeys:
    """The keys that `registers.py` gives a node of this name."""

    def __init__(self, name: str, *, hold: str = "") -> None:
        self._log = _key(f"log {name}")
        self._hold = _key(f"hold {hold or name}")

    @property
    def log_public(self) -> bytes:
        return bytes(self._log.verify_key)

    @property
    def hold_public(self) -> bytes:
        return bytes(self._hold.verify_key)

    def sign_log(self, text: bytes) -> bytes:
        return self._log.sign(text).signature

    def sign_hold(self, text: bytes) -> bytes:
        return self._hold.sign(text).signature


@dataclass
class Port:
    """One node: its store, its context, and what it published on its bus."""

    name: NodeId
    store: InlineStore
    ctx: Context
    clock: ToldClock
    changes: list[Change] = field(default_factory=list)

    def release(
        self,
        label: str = AMBER,
        *,
        kind: str = "alert",
        record: RecordId | None = None,
        version: int = 1,
        **changes: object,
    ) -> Released:
        """Publish an example record, deciding nothing."""
        return self.publish(example(kind, **changes), label, record=record, version=version)

    def publish(
        self, message: pb.Record, label: str = AMBER, *, record: RecordId | None = None, version: int = 1
    ) -> Released:
        """Publish this record, deciding nothing."""
        one = self.version(message, record=record, version=version)
        act = Act(act="release", record=one.record)
        return self.store.write(
            lambda tx: publish(tx, self.ctx, parse(label), one, self.ctx.register, act=act)
        ).result()

    def version(self, message: pb.Record, *, record: RecordId | None = None, version: int = 1) -> Version:
        """A version of a record as it would leave now."""
        now = self.ctx.now()
        return Version(
            record=record or new_record_id(now, self.ctx.random),
            version=version,
            content_type=content_type(message.common.kind),
            content=serialise(message),
            expires_ms=UnixMs(now + DAY_MS),
            retain_until_ms=UnixMs(now + 30 * DAY_MS),
        )

    def withdraw(self, released: Released, *, reason: int = 1) -> int:
        """Append a RETRACT of this version and all before, deciding nothing; its index."""
        register = self.ctx.register
        entry = build_retract(
            target=Target(released.record, released.version),
            reason=reason,
            issued_ms=self.ctx.now(),
            register=register.version,
        )
        label = parse(released.feed.label)
        return self.store.write(lambda tx: append(tx, self.ctx, label, [entry], register)).result().first

    def digest(self, feed: FeedId | None = None) -> bytes:
        """What this port holds and how it stands."""
        return self.store.read(lambda r: state_digest(r, feed=feed))

    def lines(self, feed: FeedId | None = None) -> list[str]:
        """The same, to look at."""
        return self.store.read(lambda r: state_lines(r, feed=feed))

    def receipt(self, feed: FeedId) -> Receipt:
        """The newest receipt that this port gave for a feed."""
        held = self.store.read(lambda r: feeds.find(r, feed))
        assert held is not None
        row = self.store.read(lambda r: receipts.of_node(r, held.number, self.name))
        assert row is not None
        return Receipt(
            feed=feed,
            size=row.size,
            root=row.root,
            cosignature=row.cosignature,
            quarantined=row.quarantined,
        )

    def audits(self) -> list[pb.Audit]:
        """What its audit feed says, oldest first."""
        rows = self.store.read(
            lambda r: r.all(
                "SELECT content FROM entry JOIN feed f ON f.number = entry.feed WHERE f.role = 2 AND op = 2 ORDER BY key"
            )
        )
        return [pb.Record.FromString(row[0]).audit for row in rows]

    def serve(self, peer: Port, feed: FeedId, first: int, *, end: int = 0, most: int = 64) -> Batch | None:
        """What this port would send `peer`."""
        return self.store.read(lambda r: run(r, self.ctx, peer.name, feed, first, end=end, most=most))

    def accept(self, batch: Batch, peer: Port | NodeId = ANTWERP) -> Accepted | Refusal:
        """Take a batch from `peer`."""
        name = peer.name if isinstance(peer, Port) else peer
        return self.store.write(lambda tx: accept_batch(tx, self.ctx, name, batch)).result()

    def go_ahead(self, feed: FeedId, index: int, from_size: int = 0) -> Ahead | None:
        """What this port would send of one entry to a peer that holds so much, before its turn."""

        def ask(reader: Reader) -> Ahead | None:
            row = feeds.find(reader, feed)
            return go_ahead.ahead(reader, self.ctx, row, index, from_size) if row else None

        return self.store.read(ask)

    def overtake(self, one: Ahead, peer: Port | NodeId = ANTWERP) -> Overtaken | Refusal:
        """Take an entry ahead of its turn from `peer`."""
        name = peer.name if isinstance(peer, Port) else peer
        return self.store.write(lambda tx: overtake(tx, self.ctx, name, one)).result()

    def pull(self, source: Port, feed: FeedId, *, most: int = 64) -> Accepted | Refusal | None:
        """Fetch from `source` until there is nothing more; the last outcome."""
        outcome: Accepted | Refusal | None = None
        first = 0
        while (batch := source.serve(self, feed, first, most=most)) is not None:
            outcome = self.accept(batch, source)
            if isinstance(outcome, Refusal):
                return outcome
            first = batch.end
        return outcome


def port(
    name: NodeId = ANTWERP,
    *,
    path: Path | None = None,
    register: Register | Callable[[], Register] | None = None,
    seed: int = 1,
    settings: Settings | None = None,
    high: HighWater | None = None,
) -> Port:
    """A node of the federation of `registers.py`."""
    changes: list[Change] = []
    marks = high or Marks()

    def publish(news: Sequence[Change]) -> None:
        marks.note([change.mark for change in news if change.mark is not None])
        changes.extend(news)

    store = InlineStore(path, publish=publish)
    clock = ToldClock()
    fixed = register or registers.register()
    ctx = Context(
        me=name,
        clock=clock,
        random=random.Random(f"{name} {seed}").randbytes,
        keys=NamedKeys(name),
        store=store,
        blobs=blobs(),
        registers=fixed if callable(fixed) else lambda: fixed,
        high=marks,
        settings=settings or Settings(retention=RETENTION),
    )
    return Port(name, store, ctx, clock, changes)


def blobs() -> Blobs:
    """A folder of files of its own, gone when the tests end."""
    return Blobs(Path(_FILES.name) / str(next(_COUNT)))


def _key(name: str) -> SigningKey:
    return SigningKey(hashlib.sha256(name.encode()).digest())
