"""Keep what records are found by: their words, and keyed digests of whom and what they name, behind the commit and step by step.

Guarantees: of a record with personal data, or under a label that says so, no word is kept, since lists show none of it; of one under
another law than that of data protection the title's alone, as lists do; digests are kept of all, and of none of those that a list does not show.
A step writes nothing that is not so any more when it is written. What stands in no list is taken out by the database itself
(`store/words.py`). Where it goes on is in the database: a node that stops loses nothing and does nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from node.commands.context import Context
from node.commands.search import read
from node.store import entries, feeds, interests, purges, words
from node.store.entries import EntryRow, Standing
from node.store.unit import Reader, Tx
from node.store.words import Line
from policies.conflicts import digest
from protocol.codes import code_of
from protocol.content_type import kind_of
from protocol.findable import Findable, findable, forms_of
from protocol.label import parse
from protocol.marks import subjects
from protocol.operation import Op

AT_ONCE = 50
"""Records of a step: the writer has it for some milliseconds."""
OPEN_REGIME = "gdpr"


@dataclass(slots=True)
class Gathered:
    """A step: for each record what is to be kept, its identifiers still in clear; the keys and changes that are looked at with it."""

    lines: list[tuple[Line, frozenset[str]]] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    upto: list[tuple[int, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.keys or self.upto)


def gather(reader: Reader, *, most: int = AT_ONCE) -> Gathered:
    """Look at the next records, off the writer; empty when nothing is left."""
    done, labels = Gathered(), dict[int, bool]()
    gone = set(purges.under_way(reader))
    done.keys = list(words.waiting(reader, most))
    for row in entries.by_key(reader, done.keys).values():
        _look(reader, done, labels, gone, row)
    left = most - len(done.keys)
    for number, after, newest in words.behind(reader, left) if left else ():
        if left <= 0:
            break
        rows = words.next_rows(reader, number, after, left)
        for row in rows:
            _look(reader, done, labels, gone, row)
        done.upto.append((number, rows[-1].arrival if len(rows) == left else newest))
        left -= max(1, len(rows))
    return done


def keep(tx: Tx, ctx: Context, gathered: Gathered) -> int:
    """Write a step; how many records of it were still so."""
    key = interests.made_key(tx, ctx.random) if any(named for _, named in gathered.lines) else b""
    kept = 0
    for line, named in gathered.lines:
        kept += words.add(tx, line._replace(digests=[digest_of(key, one) for one in named]))
    words.looked_at(tx, gathered.keys, gathered.upto)
    return kept


def digest_of(key: bytes, form: str) -> bytes:
    """What is kept of an identifier's form. The key is that of declared interests; the domain tells the two apart."""
    return digest(key, f"find {form}")[: words.DIGEST_BYTES]


def _look(reader: Reader, done: Gathered, labels: dict[int, bool], gone: set[int], row: EntryRow) -> None:
    if row.feed in gone or row.op != Op.PUBLISH or row.standing != Standing.CURRENT or not row.shown:
        return
    if row.feed not in labels:
        labels[row.feed] = "PERSONAL" in parse(feeds.numbered(reader, row.feed).label).caveats
    said, record = frozenset[str](), read(row)
    found = findable(record) if record is not None else Findable()
    if record is not None and not (labels[row.feed] or record.personal):
        said = found.words if code_of(record.common, "regime") == OPEN_REGIME else found.title
    line = Line(row.key, row.feed, row.arrival, kind_of(row.kind), said, ())
    done.lines.append((line, found.identifiers if record is not None else _named(row.content)))


def _named(content: bytes | None) -> frozenset[str]:
    """Of what breaks a rule of today: its subjects, as far as there are any."""
    try:
        return frozenset(forms_of(subjects(content or b"")))
    except DecodeError:
        return frozenset()
