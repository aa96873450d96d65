"""Looks into a node's database from a process that sees its disk: run by a starter, answers on standard output."""

from __future__ import annotations

import json
from pathlib import Path

from running import looking
from store_state import state_lines
from whole import Whole, assert_kept

from node.store import feeds
from node.store.feeds import FeedRole
from protocol.ids import FeedId, Hash


def main(words: list[str]) -> int:
    """`DATABASE [FEED:SIZE:ROOT ...]`: everything held is whole, and so much at least is held; prints what it comes to."""
    database, *claimed = words
    claims = [(FeedId(bytes.fromhex(f)), int(n), Hash(bytes.fromhex(r))) for f, n, r in map(_split, claimed)]
    with looking(Path(database)) as reader:
        held = Whole().check(reader)
        assert_kept(reader, claims, held)
        sizes = {feed.feed.hex(): feed.size for feed in feeds.every(reader) if feed.role is FeedRole.RECORDS}
        entries = sum(feed.size for feed in feeds.every(reader))
        print(json.dumps({"state": state_lines(reader), "sizes": sizes, "entries": entries}))
    return 0


def _split(claim: str) -> list[str]:
    return claim.split(":")
