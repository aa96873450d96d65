"""Which record an address means: a record's id counts only within its lineage, and any origin can write any id.

Guarantees that an id alone means the same record to a reader whatever another port publishes under it later: this port's own,
else the one that arrived here first, among what the reader may read. Any other record of that id is reached by an address with
the tag of its lineage, and by no other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from node.store import feeds, lists
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol.ids import FeedId, RecordId
from protocol.v1 import records_pb2 as pb

TAG_BYTES = 8
_TEXT = re.compile(r"([0-9a-f]{32})(?:-([0-9a-f]{16}))?")


@dataclass(frozen=True, slots=True)
class Address:
    """A record id, with the beginning of its lineage where the id alone means another one."""

    record: RecordId
    tag: bytes = b""

    def __str__(self) -> str:
        """As it stands in the address of a page."""
        return f"{self.record.hex()}-{self.tag.hex()}" if self.tag else self.record.hex()


def parse(text: str) -> Address | None:
    """The address that a text is; None for any other text."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    return Address(RecordId(bytes.fromhex(found[1])), bytes.fromhex(found[2] or ""))


def address_of(record: RecordId, lineage: bytes, firsts: Mapping[bytes, bytes]) -> Address:
    """The address of a record of this lineage, where `firsts` says what the ids alone mean."""
    return Address(record) if firsts.get(record) == lineage else Address(record, lineage[:TAG_BYTES])


def of_ref(reader: Reader, ref: pb.Ref) -> str:
    """The address of what a record names, with the tag of its lineage: an id alone may mean another record to somebody else."""
    feed = feeds.find(reader, FeedId(ref.feed))
    lineage = feed.lineage if feed is not None else ref.feed
    return str(Address(RecordId(ref.record_id), bytes(lineage[:TAG_BYTES])))


def resolve(reader: Reader, mine: Mapping[int, FeedRow], address: Address) -> bytes | None:
    """The lineage that an address means, among these feeds by their local number."""
    if not address.tag:
        return firsts(reader, mine, [address.record]).get(address.record)
    return next((f.lineage for f in mine.values() if f.lineage[:TAG_BYTES] == address.tag), None)


def firsts(
    reader: Reader, mine: Mapping[int, FeedRow], records: Collection[RecordId]
) -> Mapping[bytes, bytes]:
    """By record id the lineage that the id alone means, among these feeds by their local number."""
    best: dict[bytes, tuple[bool, int, int]] = {}
    found: dict[bytes, bytes] = {}
    for record, number, arrived_us, key in lists.published(reader, records):
        feed = mine.get(number)
        if feed is None:
            continue
        rank = (not feed.own, arrived_us, key)
        if record not in best or rank < best[record]:
            best[record], found[record] = rank, feed.lineage
    return found
