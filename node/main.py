"""Opens the house: wires one node together and keeps it running until it is told to stop.

The only file that knows every room. Guarantees order: nothing is served before the register and the store are open, and
nothing is closed before those who use it are; and that a part that fails stops the node (`parts.py`). Imports what is heavy when
it is needed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import metadata
from pathlib import Path

import grpc

from federation.calls import Calls
from federation.dialler import Dialler
from federation.doorstep import Doorstep
from federation.exchange import Exchange
from federation.inbox import FOLDER as INBOX
from federation.inbox import Inbox
from federation.node_desk import NodeDesk
from federation.server import Doors
from federation.server import start as start_server
from federation.session import Session
from federation.tls import Door, channel_credentials, channel_options
from node import evidence_files, log
from node.answers import Answers
from node.certificates import admit
from node.collector import freeze
from node.commands import people, restored, revocation, serve
from node.commands.attach import tidy
from node.config import Config
from node.exits import Busy
from node.ground import Ground, open_ground
from node.indexer import Indexer
from node.metrics import Figures
from node.metrics_door import MetricsDoor
from node.parts import Parts
from node.register import watch
from node.senses import Senses
from node.space import Space
from node.store import feeds, unheard
from node.store.changes import Change, ChangeKind
from node.store.errors import StoreError
from node.upkeep import Upkeep, again
from node.web_door import WebDoor, settings_of
from protocol.ids import FeedId, NodeId
from protocol.register_view import Register
from protocol.v1 import federation_pb2 as pb
from web.office import NodeOffice

READY_SCHEMA = "port2port/ready/v1"
AGAIN_S = 15.0
BESIDE_S = 10.0
"""How often it is looked what commands beside this node said."""
SETTLES_S = 1.5
_logger = log.get("main")


async def live(config: Config, file: Path) -> bool:
    """One node, from opening to closing; true after SIGTERM or SIGINT, false when a part of it failed.

    Raises Busy and ConfigError in words.
    """
    log.configure(config.log.level, node=config.node.id)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ground = open_ground(config, file, ask=_ask if sys.stdin.isatty() else None)
    try:
        _logger.info("opened", **_standing(ground))
        house = House(ground, file, broken=stop.set)
        try:
            await house.open()
            freeze()
            _logger.info("ready", register=ground.ctx.register.version, **house.where())
            ready = {"schema": READY_SCHEMA, "node": config.node.id, **house.where()}
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
            await stop.wait()
            _logger.info("stopping")
        finally:
            await house.close()
    finally:
        ground.close()
    _logger.info("stopped", whole=house.parts.whole)
    return house.parts.whole


class House:
    """One node, wired. `broken` is called when a part of it fails."""

    def __init__(self, ground: Ground, file: Path, *, broken: Callable[[], None] = lambda: None) -> None:
        self._ground, self._config = ground, ground.config
        self._loop = asyncio.get_running_loop()
        self.parts = Parts(broken)
        self._server: grpc.aio.Server | None = None
        self.board = ground.board
        ctx = ground.ctx
        space = Space(self._config.data, reserve=self._config.limits.disk_reserve)
        self._calls = Calls()
        self.exchange = Exchange(
            desk=NodeDesk(ctx, ground.registers, roomy=space.roomy),
            board=self.board,
            now=ctx.now,
            answer=self._answer,
        )
        self._doorstep = Doorstep(self.exchange.turned_away)
        self._door = Door(keys=ground.keys, store=ground.registers, now=ctx.now, begun=self._doorstep.begun)
        self._dialler = Dialler(
            exchange=self.exchange,
            channel=self._channel,
            peers=self._peers,
            now=ctx.now,
            random=os.urandom,
            wait_min_s=self._config.federation.reconnect_min / 1000,
            wait_max_s=self._config.federation.reconnect_max / 1000,
        )
        self._upkeep = Upkeep(ctx, self.board, warn_ms=self._config.federation.clock_warn)
        self._senses = Senses(ground, file)
        self._indexer = Indexer(ctx)
        self._office = NodeOffice(
            ground=ground,
            board=self.board,
            health=self._senses.intake.health,
            cancel_ms=self._config.web.cancel_window,
            roomy=space.roomy,
            relations=lambda: ground.relations.standing,
        )
        settings = settings_of(self._config, ctx.register, ctx.now)
        self._web = WebDoor(config=self._config, office=self._office, settings=settings)
        figures = Figures(
            ctx=ctx,
            board=self.board,
            counters=self.exchange.counters,
            sensors=self._senses.intake.heard,
            version=metadata.version("port2port"),
            started_ms=ctx.now(),
            certificate_ends_ms=admit(ground.keys.tls_cert_pem, ctx.me).not_after_ms,
        )
        self._metrics = MetricsDoor(listen=self._config.metrics.listen, text=figures.text)

    def where(self) -> dict[str, object]:
        """What runs where, for people and supervisors."""
        metrics = self._config.metrics.listen
        return {
            "federation": self._config.federation.listen,
            "web": self._config.web.public_url,
            **({"metrics": metrics} if metrics else {}),
            "pid": os.getpid(),
        }

    async def open(self) -> None:
        """Open every way in and out; Busy where an address is taken."""
        await self._sync_register()
        await again(self._ground.ctx)
        if gone := await asyncio.to_thread(tidy, self._ground.ctx):
            _logger.info("files that nothing lists any more are destroyed", files=gone)
        await self._follow_revocations()
        await self._keep_evidence()
        self._ground.bus.subscribe(self._changed)
        self._ground.bus.subscribe(self._indexer.changed)
        self._ground.registers.subscribe(self._new_register)
        doors = Doors(
            exchange=self.exchange,
            calls=self._calls,
            identify=self._door.peer,
            doorstep=self._doorstep,
            now=self._ground.ctx.now,
            random=os.urandom,
        )
        listen = self._config.federation.listen
        try:
            self._server = await start_server(doors, listen=listen, credentials=self._door.credentials())
        except OSError as error:
            raise Busy(
                f"federation.listen: {listen} is taken by another process; stop it or change the port"
            ) from error
        self.parts.watch(await self._web.open())
        await self._metrics.open()
        await self._office.resume()
        self._dialler.refresh()
        self.parts.start(self._senses.run(), "senses")
        self.parts.start(self.exchange.beats.run(self._config.federation.beat / 1000), "beats")
        self.parts.start(Answers(self._ground).run(), "answers")
        self.parts.start(watch(self._ground.registers), "register on disk")
        inbox = Inbox(self.exchange.desk, self._config.data / INBOX, took=self.exchange.came_by_hand)
        self.parts.start(inbox.run(), "inbox")
        self.parts.start(self._catch_up_marks(), "high water")
        self.parts.start(self._upkeep.run(), "upkeep")
        self.parts.start(self._indexer.run(), "index")
        self.parts.start(self._beside(), "commands beside")

    async def close(self) -> None:
        """Close in the opposite order, as far as it was opened; a peer that does not answer holds up nothing."""
        self.parts.closing()
        await self._metrics.close()
        await self._web.close()
        await self._office.close()
        await self.parts.close()
        await self._dialler.close()
        await self.exchange.close()
        if self._server is not None:
            await self._server.stop(1.0)
        with suppress(OSError, StoreError):  # then the mark is a little older
            await self._mark_taken()

    # ---- What happens here, told to who waits for it --------------------------------------------------------------------

    def _changed(self, changes: Sequence[Change]) -> None:
        """On the writer's thread: hand it to the loop, in one piece, since each hand-over gives it the interpreter."""
        grown = [c.feed for c in changes if c.own and c.kind is ChangeKind.FEED and c.feed is not None]
        if grown:
            self._loop.call_soon_threadsafe(self._grew, grown)
        for change in changes:
            if change.kind is ChangeKind.CUT and change.feed is not None:
                self._loop.call_soon_threadsafe(self.exchange.cut, change.feed)
            if change.kind is ChangeKind.EVIDENCE and change.feed is not None:
                self._loop.call_soon_threadsafe(self._forked, change.feed)
            if change.kind is ChangeKind.PURGED and change.feed is not None:
                self._loop.call_soon_threadsafe(self.exchange.purged, change.feed)
            if change.own and change.kind is ChangeKind.RECEIPT:
                _logger.info("a peer holds more", peer=change.node, feed=change.feed, size=change.size)

    def _grew(self, feeds: Sequence[FeedId]) -> None:
        for feed in feeds:
            self.exchange.grew(feed)

    def _forked(self, feed: FeedId) -> None:
        self.exchange.forked(feed)
        self.parts.start(self._keep_evidence(), "evidence", ends=True)

    async def _catch_up_marks(self) -> None:
        """How far this node took in is marked; what could not be marked, as on a full disk, is marked and sent when it can be."""
        high, looked = self._ground.high, None
        while True:
            await asyncio.sleep(AGAIN_S)
            marked: Sequence[FeedId] = ()
            with suppress(OSError):
                marked = await asyncio.to_thread(high.retry)
            for feed in marked:
                with suppress(StoreError):  # the store says it; what one feed lacks, no other waits for
                    self.exchange.grew(feed)
            written = await self._written()
            if written is None or written != looked:
                with suppress(OSError, StoreError):  # the store says it
                    await self._mark_taken()
                    looked = written

    async def _written(self) -> tuple[int, int] | None:
        """Another value after anything was written; None while there is always something."""
        if (written := self._ground.store.written()) is None:
            await asyncio.sleep(SETTLES_S)
            written = self._ground.store.written()
        return written

    async def _mark_taken(self) -> None:
        """How far this node took in, for a start on an older copy."""
        reached = await self._ground.store.aread(restored.taken)
        await asyncio.to_thread(self._ground.high.note, [reached])

    async def _keep_evidence(self) -> None:
        """As files too; the database has it."""
        try:
            await asyncio.to_thread(evidence_files.write, self._config.data / "evidence", self._ground.store)
        except (OSError, StoreError) as error:
            why = str(error) if isinstance(error, StoreError) else error.strerror
            _logger.error("evidence is not in a file yet; that is tried again at the next start", why=why)  # noqa: TRY400

    def _new_register(self, register: Register) -> None:
        """On whatever thread applied it."""
        _logger.info("a new register is in force", version=register.version)
        self._ground.bus.publish([Change(kind=ChangeKind.REGISTER)])
        self._loop.call_soon_threadsafe(self._register_changed)

    def _register_changed(self) -> None:
        self._upkeep.register_changed()
        self._dialler.refresh()
        self.parts.start(self._follow_register(), "register", ends=True)
        self.parts.start(self._after_register(), "exchange", ends=True)

    async def _after_register(self) -> None:
        await self.exchange.register_changed()
        while True:
            try:
                return await self._follow_revocations()
            except StoreError:  # the store says it
                await asyncio.sleep(AGAIN_S)

    async def _follow_revocations(self) -> None:
        """A key that the register makes void: this node's feeds go on in new epochs, and evidence by it is none."""
        ctx = self._ground.ctx
        done = await ctx.store.awrite(lambda tx: revocation.follow(tx, ctx))
        if done.cut:
            _logger.warning("a key is void: this node's feeds go on in new epochs", feeds=done.cut)

    async def _follow_register(self) -> None:
        """Until it is written: a full disk passes, and rights of an older register must not stay for it."""
        while True:
            try:
                return await self._sync_register()
            except StoreError:  # the store says it
                await asyncio.sleep(AGAIN_S)

    async def _sync_register(self) -> None:
        """The register's own relation tuples, as the register in force has them."""
        ctx, model = self._ground.ctx, self._ground.model
        await ctx.store.awrite(lambda tx: people.sync_register(tx, ctx, model, ctx.register))

    async def _beside(self) -> None:
        """What a command beside this node appended is pushed like its own: another process wakes nobody here."""
        store = self._ground.store
        looked: tuple[int, int] | None = None
        since = 0
        while True:
            await asyncio.sleep(BESIDE_S)
            written = await self._written()
            if written is not None and written == looked:
                continue  # an idle node asks its database nothing
            with suppress(StoreError):  # the store says it
                for feed, size in await store.aread(serve.own_sizes):
                    if size > self.exchange.desk.size(feed):
                        self.exchange.grew(feed)
                heard = await store.aread(partial(unheard.heard_since, after=since))
                if heard:  # shown again on an operator's word: pages and the watch list look anew
                    self._ground.bus.publish([Change(kind=ChangeKind.FEED, number=n) for n, _ in heard])
                    since = heard[-1][1]
                looked = written
            self._indexer.wake()

    # ---- Peers ----------------------------------------------------------------------------------------------------------

    def _peers(self) -> list[NodeId]:
        """Who is dialled: the members of the register with an address, as far as the configuration says."""
        wanted = self._config.federation.dial
        me = self._ground.ctx.me
        listed = [n.id for n in self._ground.ctx.register.nodes.values() if n.address and n.id != me]
        if wanted == "none":
            return []
        return listed if wanted == "all" else [node for node in listed if node in wanted]

    def _channel(self, peer: NodeId) -> grpc.aio.Channel | None:
        entry = self._ground.ctx.register.nodes.get(peer)
        if entry is None or not entry.address:
            return None
        credentials = channel_credentials(self._ground.keys, entry, now=self._ground.ctx.now())
        return grpc.aio.secure_channel(entry.address, credentials, options=channel_options(peer))

    async def _answer(self, session: Session, call: pb.Call) -> None:
        await self._dialler.answer(session, call)


def _standing(ground: Ground) -> dict[str, int]:
    """Where the node is: what its last commit left, for whoever starts it again."""
    held = ground.store.read(feeds.every)
    return {
        "register": ground.ctx.register.version,
        "feeds": len(held),
        "entries": sum(feed.size for feed in held),
    }


def _ask() -> str:
    import getpass

    return getpass.getpass("Passphrase of this node's keys: ")
