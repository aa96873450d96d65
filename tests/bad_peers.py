"""A real node, its honest peer and a hostile member with a valid certificate: what is left, said and written down after hostile bytes.

The node is Antwerp-Bruges, the honest peer Liège, the hostile one North Sea Port.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hostile import Heard, Hostile, now_ms
from running import ANTWERP, LIEGE, NORTH_SEA, Federation, Running, looking, until
from spoilt_frames import CANARY, Case
from store_state import state_lines

from node.keys import NodeKeys
from node.register import RegisterStore
from node.store.feeds import FeedRole
from protocol.v1 import federation_pb2 as pb
from protocol.v1 import records_pb2 as records


@dataclass
class Scene:
    """The node, its honest peer, and the hostile one."""

    federation: Federation
    node: Running
    honest: Running
    hostile: Hostile

    def state(self) -> list[str]:
        """What the node holds of others, but for what the two honest nodes tell each other of themselves when its time has come.

        Not what it says itself: it answers a withdrawal of the honest peer's in its own time.
        """
        with looking(self.federation.port(ANTWERP).folder / "data" / "node.db") as reader:
            rows = reader.all(
                "SELECT feed FROM feed WHERE own = 0 AND (role != ? OR origin = ?) ORDER BY feed",
                FeedRole.CONTROL,
                NORTH_SEA,
            )
            return [line for (feed,) in rows for line in state_lines(reader, feed=feed)]

    def committed(self) -> list[str]:
        """What the honest peer signed, a line `feed size root` each."""
        said = (self.federation.port(LIEGE).folder / "said.out").read_text("utf-8")
        return said.splitlines()[: said.count("\n")]

    def holds(self, feed: bytes, size: int, root: bytes) -> bool:
        """Whether the node has a feed of the honest peer exactly so far."""
        with looking(self.federation.port(ANTWERP).folder / "data" / "node.db") as reader:
            held = reader.one("SELECT size, root FROM feed WHERE feed = ?", feed)
            return held is not None and tuple(held) == (size, root)

    def audits(self) -> list[records.Audit]:
        """What the node's audit feed says."""
        with looking(self.federation.port(ANTWERP).folder / "data" / "node.db") as reader:
            rows = reader.all(
                "SELECT e.content FROM entry e JOIN feed f ON f.number = e.feed WHERE f.role = 2 AND e.op = 2 ORDER BY e.key"
            )
        return [records.Record.FromString(row[0]).audit for row in rows]

    def leaks(self) -> list[str]:
        """Where a canary came out: the node's files, its log, the other port's log."""
        folder = self.federation.port(ANTWERP).folder
        files = [path for path in folder.rglob("*") if path.is_file()]
        return [path.name for path in (*files, self.honest.log) if CANARY.encode() in path.read_bytes()]

    def honest_streams(self) -> list[dict[str, Any]]:
        """Every stream that the node has had with the honest peer."""
        return self.node.said("peer connected", peer=LIEGE)

    def assert_undisturbed(self) -> None:
        """The process runs, the honest stream is the one it was, and a fresh record of the honest peer arrives on it."""
        assert self.node.ended() is None
        before = len(self.committed())
        os.kill(self.honest.pid, signal.SIGUSR1)
        until("the honest peer's next commit", lambda: len(self.committed()) > before)
        feed, size, root = self.committed()[before].split()
        until(
            "a fresh record of the honest peer, and all before it",
            lambda: self.holds(bytes.fromhex(feed), int(size), bytes.fromhex(root)),
        )
        assert len(self.honest_streams()) == 1, "the honest peer noticed"
        assert self.node.said("a fault of this program") == []


@contextmanager
def standing(folder: Path) -> Iterator[Scene]:
    """The three, below this folder."""
    with Federation.founded(folder / "ports") as federation:
        federation.acquainted(ANTWERP, LIEGE)
        starter = federation.starter()
        node = federation.fork(starter, ANTWERP)
        there = federation.port(LIEGE)
        words = [str(there.config), "1", "0", "0"]
        honest = starter.start("streaming:main", words, out=there.folder / "said.out", log=there.log)
        honest.wait_said("ready")
        node.wait_said("peer connected", peer=LIEGE)
        keys = NodeKeys.load(federation.port(NORTH_SEA).folder / "data" / "keys", NORTH_SEA)
        yield Scene(federation, node, honest, hostile_of(federation, keys, folder))


def hostile_of(federation: Federation, keys: NodeKeys, folder: Path) -> Hostile:
    anchor = federation.port(NORTH_SEA).folder / "register" / "root.json"
    register = RegisterStore.open(
        folder / f"register-{keys.log_public.hex()[:8]}", trusted_root=anchor, now=now_ms()
    ).current
    return Hostile(keys, register, register.nodes[ANTWERP])


def assert_refused(case: Case, heard: Heard) -> None:
    """Once, by this code, naming this place."""
    if case.code:
        codes = {pb.Refusal.Code.Name(one.code) for one in heard.refusals()}
        assert len(heard.refusals()) == 1, heard
        assert codes <= set(case.code.split("|")), heard
        assert case.where in heard.refusals()[0].field, heard
    if case.goes_on:
        assert heard.code == ""
    else:
        assert heard.code in case.status.split("|"), heard
        assert case.words in heard.words, heard
    assert CANARY not in str(heard)


def assert_nothing_left(scene: Scene, before: list[str]) -> None:
    """No entry, no content, in no file."""
    after = scene.state()
    assert after == before, f"something of what was refused is stored: {sorted(set(after) ^ set(before))}"
    leaks = scene.leaks()
    assert leaks == [], leaks


def assert_noted(scene: Scene, heard: Heard, audited: int) -> None:
    """A line of the log or an entry of the audit names who and why."""
    (code,) = {pb.Refusal.Code.Name(one.code) for one in heard.refusals()}
    lines = [
        line for line in scene.node.events() if (line.get("peer"), line.get("code")) == (NORTH_SEA, code)
    ]
    audits = [one for one in scene.audits()[audited:] if one.act == "refuse" and one.rule == code]
    assert lines or audits, f"{code} is written down nowhere"
