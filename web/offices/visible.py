"""Which drafts an officer may see: a draft has a label before it has a feed, and some have none yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from node.commands import search, second_here
from node.commands.address import address_of
from node.commands.concern import concerned_by_draft
from node.commands.hand_over import Authors, kept_from, may_rewrite, may_write
from node.commands.people import Visitor
from node.commands.privy import may_see
from node.store import drafts, feeds
from node.store.drafts import DraftRow as Draft
from node.store.drafts import Hand
from node.store.unit import Reader
from policies.officers import Right
from protocol.ids import FeedId, RecordId
from protocol.kinds import known
from protocol.label import named_node, parse
from protocol.v1 import records_pb2 as pb
from web import shown, views
from web.offices.inside import Inside, silent


class Visible(Inside):
    """Drafts as far as an officer may see them."""

    def _drafts(self, reader: Reader, who: Visitor) -> Sequence[Draft]:
        authors = Authors(reader, self._ctx)
        return [row for row in drafts.waiting(reader) if self._may_see(reader, row, who, authors)]

    def _waiting(self, reader: Reader, who: Visitor) -> tuple[str, ...]:
        """The ids of all that waits for this officer: drafts of this port, and what other ports ask about theirs."""
        asked = second_here.waiting(reader, self._ctx, who)
        drafted = (row.record.hex() for row in self._drafts(reader, who))
        return (*drafted, *(one.row.question.hex() for one in asked))

    def _draft(self, reader: Reader, who: Visitor, draft: str) -> Draft | None:
        try:
            row = drafts.get(reader, RecordId(bytes.fromhex(draft)))
        except ValueError:
            return None
        seen = row is not None and row.state in drafts.WAITING and self._may_see(reader, row, who)
        return row if seen else None

    def _may_see(self, reader: Reader, row: Draft, who: Visitor, authors: Authors | None = None) -> bool:
        if concerned_by_draft(reader, who, row):
            return False
        may = _may_see_draft(row, who) or (
            (row.kind in who.kinds or row.owner == who.id)
            and (_asks(row, who) or self._reads_answered(reader, row, who))
        )
        return may and not kept_from(authors or Authors(reader, self._ctx), row, who.id)

    def _reads_answered(self, reader: Reader, row: Draft, who: Visitor) -> bool:
        """Whether it answers a record that this officer reads: its label names others alone, and somebody here has to look at
        what the node made, and to be the second person for what a colleague wrote.
        """
        body = getattr(pb.Record.FromString(row.content), row.kind)
        for pointer in known()[row.kind].pointers:
            ref = getattr(body, pointer.field)
            feed = feeds.find(reader, FeedId(ref.feed)) if pointer.back else None
            if feed is None or feed.own:
                continue
            where = address_of(RecordId(ref.record_id), feed.lineage, {})
            found = search.found(reader, self._ctx, self._readable, who.reading, where)
            if found is not None and not silent(found, who):
                return True
        return False

    def _line(self, reader: Reader, row: Draft, who: Visitor) -> views.DraftRow:
        line = shown.draft(
            pb.Record.FromString(row.content),
            ident=row.record.hex(),
            names=self._names(),
            made_ms=row.created_ms,
            maker=self._maker(reader, row.owner),
            detector=row.detector,
            label_text=row.label,
        )
        return replace(
            line,
            leaves_ms=row.leaves_ms,
            trouble=row.trouble,
            edited_by=self._maker(reader, row.editor) if row.editor != row.owner else "",
            approved_by=self._approver(reader, row.approver) if row.approver else "",
            hand=str(row.hand),
            word=row.word,
            may_release=row.kind in who.kinds,
            may_write=row.state in drafts.OPEN and may_write(row, who),
            may_rewrite=row.state in drafts.OPEN and may_rewrite(row, who),
        )

    def _approver(self, reader: Reader, approver: str) -> str:
        """A person here by name; of one of another port that port: names never leave their node."""
        if approver.startswith("officer:"):
            return self._names().node(named_node(approver)).name
        return self._maker(reader, approver)


def _may_see_draft(row: Draft, who: Visitor) -> bool:
    """Its owner, and whoever may write or release here, or its kind where it was handed over; none of them above what they may read
    under its label: a colleague may move it there, and a clearance may end.
    """
    writes = Right.DRAFT in who.rights or bool(who.kinds)
    if row.owner != who.id and not (writes if row.hand is Hand.NONE else row.kind in who.kinds):
        return False
    return row.label is None or may_see(who, parse(row.label))


def _asks(row: Draft, who: Visitor) -> bool:
    """Whether it is for another node by name, and this officer may read under the rest of its label: as an answer is."""
    kind = known()[row.kind]
    if not kind.addressee or row.label is None:
        return False
    if not getattr(getattr(pb.Record.FromString(row.content), row.kind), kind.addressee):
        return False
    return may_see(who, replace(parse(row.label), recipients=frozenset()))
