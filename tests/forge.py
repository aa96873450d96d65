"""A workshop for registers that should not be: any paper changed, signed by any keys, listed by a good snapshot or a bad one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from federations import HOLDERS, founded, keys_of, real_now
from tuf.api.metadata import (  # type: ignore[attr-defined]
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    Timestamp,
)

from node.ceremony import Ceremony
from node.ceremony.papers import Papers, moment
from node.ceremony.roles import KeyRing
from node.register import bundle
from protocol.ids import NodeId

DAY = 86_400_000
THIEF = HOLDERS[0]
"""Whose duty key is stolen, where one is."""
Change = Callable[[Any], object]


@lru_cache(maxsize=1)
def _founded() -> Ceremony:
    return founded(keys_of("port-antwerp-bruges", "north-sea-port"))


class Forge:
    """A register of version 1 that a node holds, and what somebody makes of it."""

    def __init__(self) -> None:
        first = _founded().papers
        ring = KeyRing(first.ring.random, dict(first.ring._secrets))
        self.ceremony = Ceremony(Papers(ring, dict(first.files)))
        self.files: dict[str, bytes] = dict(first.files)

    def node(self, name: str) -> NodeId:
        return NodeId(name)

    def step(self, take: Callable[[Ceremony], object]) -> None:
        """An honest step of the ceremony, published."""
        take(self.ceremony)
        assert self.ceremony.waiting() == []
        self.files = dict(self.ceremony.files)

    def newest(self, role: str) -> tuple[str, Metadata[Any]]:
        names = [n for n in self.files if n.endswith(f"{role}.json") and bundle.role_of(n) == role]
        name = max(names, key=lambda n: int(n.partition(".")[0]) if n[0].isdecimal() else 0)
        return name, Metadata.from_bytes(self.files[name])

    def keys(self, use: str, *holders: str) -> list[str]:
        """Ids of the keys for a use, of these holders or of all."""
        held = self.ceremony.papers.ring._secrets.items()
        return [i for i, (key, _) in held if key.use == use and (not holders or key.holder in holders)]

    def write(
        self,
        role: str,
        change: Change = lambda signed: None,
        *,
        by: Iterable[str],
        version: int | None = None,
    ) -> str:
        """The next version of a role's paper, changed and signed by these keys; returns its name."""
        _, paper = self.newest(role)
        signed = copy.deepcopy(paper.signed)
        signed.version += 1
        version = signed.version if version is None else version
        change(signed)
        made: Metadata[Any] = Metadata(signed)
        self.ceremony.papers.ring.sign(made, list(by))
        name = f"{version}.{role}.json"
        self.files[name] = made.to_bytes()
        return name

    def list_all(
        self,
        lines: Change = lambda meta: None,
        *,
        by: Iterable[str] = (),
        version: int | None = None,
        days: tuple[int, int] = (30, 30),
        timestamp: Change = lambda signed: None,
        snapshot: Change = lambda signed: None,
    ) -> bytes:
        """A snapshot of the newest files, changed in its `lines`, under a timestamp; the bundle of it. `days`: till they expire."""
        signers = list(by) or self.keys("duty", THIEF)
        _, old = self.newest("snapshot")
        meta = dict(old.signed.meta)
        for role in {bundle.role_of(n) for n in self.files} - {"root", "snapshot", "timestamp"}:
            name, _ = self.newest(role)
            meta[f"{role}.json"] = MetaFile.from_data(
                int(name.partition(".")[0]), self.files[name], ["sha256"]
            )
        lines(meta)
        number = old.signed.version + 1 if version is None else version
        ends = [moment(real_now() + day * DAY) for day in days]
        made = Snapshot(version=number, expires=ends[0], meta=meta)
        snapshot(made)
        self.files[f"{number}.snapshot.json"] = self._signed(made, signers)
        line = MetaFile.from_data(number, self.files[f"{number}.snapshot.json"], ["sha256"])
        stamp = Timestamp(version=number, expires=ends[1], snapshot_meta=line)
        timestamp(stamp)
        self.files["timestamp.json"] = self._signed(stamp, signers)
        return self.bundle()

    def bundle(self, *without: str) -> bytes:
        return bundle.pack({name: data for name, data in self.files.items() if name not in without})

    def _signed(self, signed: Any, by: Iterable[str]) -> bytes:
        made: Metadata[Any] = Metadata(signed)
        self.ceremony.papers.ring.sign(made, list(by))
        return made.to_bytes()


def expired(signed: Any) -> None:
    """It ended yesterday."""
    signed.expires = moment(real_now() - DAY)


def rooted(change: Callable[[Root], object]) -> Change:
    """A change of a root, typed."""
    return change
