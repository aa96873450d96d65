"""What is checked when every process has ended: how it ended, the files, the roots, a proof without any node."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from node.config_file import load
from node.demo.check.alerts import Released
from node.demo.check.report import Failed, Node, Report
from node.demo.check.scene import Scene
from node.demo.house import House
from node.demo.plan import Plan, Port
from node.store import entries, feeds
from node.store.feeds import FeedRole
from node.store.sqlite import SqliteStore
from node.store.unit import Reader
from protocol.ids import NodeId
from protocol.merkle import CompactRange, leaf_hash

PROVE_S = 20.0


def check_stop(house: House, report: Report) -> None:
    """Every child ended by itself, with exit code 0, when it was told to."""
    for child in house.family.children:
        words = "had to be killed" if child.forced else f"exit code {child.code}"
        report.hold("clean_stop", ok=child.code == 0 and not child.forced, detail=words, node=child.name)


def nodes_of(house: House) -> list[Node]:
    """The nodes as they ran and ended."""
    return [
        Node(port.node, port.name, port.url, port.federation, child.pid, child.code)
        for port, child in zip(house.plan.ports, house.nodes, strict=False)
    ]


def check_roots(scene: Scene) -> None:
    """Each feed has one size and one root, computed again from its entries, at every holder; and exactly these hold it."""
    held: dict[str, dict[NodeId, tuple[int, str]]] = defaultdict(dict)
    expected: dict[str, set[NodeId]] = {}
    for port in scene.plan.ports:
        for feed, size, root, computed in _feeds(port):
            name = feed.feed.hex()
            if root != computed:
                raise Failed(f"{port.node}: the entries of feed {name[:8]} do not give its root")
            held[name][port.node] = (size, root)
            if feed.role is FeedRole.RECORDS:
                expected[name] = {feed.origin, *scene.entitled(feed.label, feed.origin)[0]}
    for name, holders in sorted(held.items()):
        one = len(set(holders.values())) == 1
        right = name not in expected or set(holders) == expected[name]
        words = f"feed {name[:8]}: " + ", ".join(
            f"{node} {size}" for node, (size, _) in sorted(holders.items())
        )
        scene.report.hold("roots_equal", ok=one and right, detail=words)
    if not expected:
        raise Failed("no port holds any feed of records")


def _feeds(port: Port) -> list[tuple[feeds.FeedRow, int, str, str]]:
    """Every feed that could be at more than one node, with the root of its entries."""

    def ask(reader: Reader) -> list[tuple[feeds.FeedRow, int, str, str]]:
        return [
            (feed, feed.size, feed.root.hex(), _computed(reader, feed))
            for feed in feeds.every(reader)
            if feed.role is not FeedRole.AUDIT
        ]

    store = SqliteStore(load(port.config).database)
    try:
        return store.read(ask)
    finally:
        store.close()


def _computed(reader: Reader, feed: feeds.FeedRow) -> str:
    leaves = (leaf_hash(row.header) for row in entries.between(reader, feed.number, 0, feed.size))
    return CompactRange().extend(leaves)[0].root().hex()


def check_offline(scene: Scene, one: Released, raw: bytes, folder: Path) -> None:
    """A process of its own verifies the proof with only the file and the register, and refuses it with one bit changed."""
    good, bad = folder / "alert.proof.json", folder / "tampered.proof.json"
    good.write_bytes(raw)
    bad.write_bytes(_tampered(raw))
    code, found = verify(scene.plan, good)
    if code != 0 or found.get("record") != one.id or found.get("origin") != one.origin or not found.get("ok"):
        raise Failed(f"port2port proof verify ends with {code} for a good proof")
    if len(found.get("witnesses", ())) < len(one.alert.entitled):
        raise Failed("port2port proof verify does not count every witness")
    code, _ = verify(scene.plan, bad)
    ok = code == 1
    words = f"witnessed by {', '.join(found['witnesses'])}; with one bit changed it is " + (
        "refused" if ok else "taken"
    )
    scene.report.hold("proof_verifies_offline", ok=ok, detail=words)


def verify(plan: Plan, file: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and output of `port2port proof verify`."""
    words = ("proof", "verify", str(file), "--register", str(plan.ceremony / "public"), "--json")
    done = subprocess.run(  # noqa: S603  our own program and words
        [sys.executable, "-P", "-m", "node", *words], capture_output=True, timeout=PROVE_S, check=False
    )
    try:
        found = json.loads(done.stdout or b"{}")
    except ValueError:
        found = {}
    return done.returncode, found if isinstance(found, dict) else {}


def _tampered(raw: bytes) -> bytes:
    """The same file with one bit of its entry's header changed, still canonical JSON."""
    proof = json.loads(raw)
    header = proof["entry"]["header"]
    at = len(header) // 2
    proof["entry"]["header"] = header[:at] + ("B" if header[at] == "A" else "A") + header[at + 1 :]
    return json.dumps(proof, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
