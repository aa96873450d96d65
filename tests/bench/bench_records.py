"""Records of 1 KB as a port would write them: valid alerts, each with its own words, their content exactly `SIZE` bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from record_examples import example

from node.commands.append import append
from node.commands.context import Context
from node.commands.publish import Version
from node.store.contract import Store
from protocol.entry import SALT, Entry, build_publish
from protocol.fields import DAY_MS
from protocol.ids import FeedId, UnixMs, new_record_id
from protocol.label import parse
from protocol.limits import BACKFILL_MAX
from protocol.record import content_type, serialise

SIZE = 1024
"""Bytes of one record's content."""
KIND = content_type("alert")
BULK = "BE:NONE//TLP:AMBER//AUD ports-be"
ALERTS = "BE:NONE//TLP:AMBER//AUD ports-scheldt"
_WORDS = "Twee personen aan het hek van de containerterminal; de camera volgt hen tot aan kaai 1742. "


def contents() -> Iterator[bytes]:
    """Contents of `SIZE` bytes, no two alike."""
    record = example("alert")
    filler = _WORDS * 12
    for number in itertools.count(1):
        record.common.title = f"Beweging aan hek {number}"
        record.alert.description = f"{number:010d} {filler}"
        raw = serialise(record)
        record.alert.description = record.alert.description[: -(len(raw) - SIZE)]
        raw = serialise(record)
        assert len(raw) == SIZE
        yield raw


def versions(ctx: Context) -> Iterator[Version]:
    """First versions of new records."""
    for content in contents():
        now = ctx.now()
        yield Version(
            record=new_record_id(now, ctx.random),
            version=1,
            content_type=KIND,
            content=content,
            expires_ms=UnixMs(now + DAY_MS),
            retain_until_ms=UnixMs(now + 30 * DAY_MS),
        )


def entries(ctx: Context) -> Iterator[Entry]:
    """Their entries."""
    register = ctx.register.version
    for one in versions(ctx):
        yield build_publish(
            record_id=one.record,
            version=one.version,
            content_type=one.content_type,
            content=one.content,
            salt=ctx.random(SALT),
            issued_ms=ctx.now(),
            retain_until_ms=one.retain_until_ms,
            register=register,
            expires_ms=one.expires_ms,
        )


def fill(ctx: Context, store: Store, count: int, *, label: str = BULK) -> tuple[FeedId, int]:
    """Append `count` records to this node's feed of `label`, as many to a checkpoint as a backfill batch has; feed and size.

    One run after the other: beside a busy thread each statement of the writer would wait for its turn.
    """
    made, register, parsed = entries(ctx), ctx.register, parse(label)
    for start in range(0, count, BACKFILL_MAX):
        run = list(itertools.islice(made, min(BACKFILL_MAX, count - start)))
        last = store.write(partial(append, ctx=ctx, label=parsed, run=run, register=register)).result()
    return last.feed.feed, last.feed.size
