"""A founded federation with real keys, certificates and signatures, for tests that verify or connect."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import registers

from node.ceremony import Ceremony, found_federation, save
from node.ceremony.papers import moment
from node.keys import NodeKeys
from node.register import RegisterStore, bundle
from protocol.ids import NodeId, UnixMs

PORTS = ("port-antwerp-bruges", "north-sea-port", "port-limburg", "port-liege")
HOLDERS = ["port-antwerp-bruges", "north-sea-port", "police-limburg", "drug-commission", "namb"]


def real_now() -> UnixMs:
    """TLS and python-tuf's client read this machine's clock; so do the tests that go through them."""
    return UnixMs(time.time_ns() // 1_000_000)


def specification() -> dict[str, Any]:
    """A founding document: the federation of `registers.py`, the four ports' claims."""
    claims = {
        entry["id"]: {key: value for key, value in entry.items() if key not in {"id", "tls", "log", "hold"}}
        for entries in registers.nodes().values()
        for entry in entries
    }
    return copy.deepcopy(
        {
            "roles": {
                "root": {"threshold": 3, "holders": HOLDERS},
                "board": {"threshold": 2, "holders": HOLDERS[:3]},
                "duty": {"holders": HOLDERS[:2]},
            },
            "board": registers.board(),
            "nodes": claims,
        }
    )


def keys_of(*names: str, now: UnixMs | None = None) -> dict[NodeId, NodeKeys]:
    """Fresh keys of nodes."""
    moment = now or real_now()
    return {NodeId(n): NodeKeys.generate(NodeId(n), random=os.urandom, now=moment) for n in names}


def founded(
    keys: Mapping[NodeId, NodeKeys], *, now: UnixMs | None = None, spec: dict[str, Any] | None = None
) -> Ceremony:
    """The register with the nodes whose keys are given."""
    cards = [own.public_card() for own in keys.values()]
    return found_federation(spec or specification(), cards, now=now or real_now())


def opened(ceremony: Ceremony, folder: Path, *, now: UnixMs | None = None) -> RegisterStore:
    """A node's first start from a folder that came by hand."""
    save(ceremony, folder / "ceremony", passphrase=None)
    anchor = folder / "ceremony" / "public" / "root.json"
    return RegisterStore.open(folder / "register", trusted_root=anchor, now=now or real_now())


def forced(ceremony: Ceremony, now: UnixMs | None = None) -> bytes:
    """A bundle of the drafts as they are, put under a good snapshot and timestamp without asking whether they may.

    What a careless or thievish holder of one duty key could send out.
    """
    papers = ceremony.papers
    files = dict(papers.files)
    for role, paper in papers.drafts.items():
        files[f"{paper.signed.version}.{role}.json"] = paper.to_bytes()
    root = papers.drafts["root"].signed if "root" in papers.drafts else papers.published("root")
    assert papers._on_duty(files, root, moment((now or real_now()) + 30 * 86_400_000))
    return bundle.pack(files)
