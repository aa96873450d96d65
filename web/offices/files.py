"""Files of drafts and records.

Guarantees: a file is given to whoever may read the record that lists it, or see the draft, at that moment and after the same audit
as the page; who may not, and what is absent, withdrawn or not here, get the same nothing. Adding or removing one is a change of
the draft's text: approvals are taken back and the plan is another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from node import log
from node.blobs import Incoming, Owner, of_draft
from node.commands import attach as attaching
from node.commands import detail as details
from node.commands.hand_over import may_write
from node.commands.people import Visitor
from node.commands.publish import Released as Left
from node.store import drafts
from node.store.drafts import DraftRow as Draft
from node.store.unit import Reader, Tx
from policies.plan import Plan
from protocol.attachment import Attachment, listed
from protocol.ids import RecordId
from protocol.v1 import records_pb2 as pb
from web import views
from web.media import PICTURES
from web.offices.drafting import Drafting
from web.offices.reading import Reading
from web.offices.releasing import Releasing
from web.uploads import FIELD, FILES_MAX

PIECE = 256 << 10
T = TypeVar("T")
_log = log.get("office")
_NO_ROOM = views.Rejected((views.FieldError(FIELD, "file_room"),))
_TOO_MANY = views.Rejected((views.FieldError(FIELD, "file_count", FILES_MAX),))


class Files(Reading, Drafting, Releasing):
    """Reading, drafting and releasing, with files.

    What takes, lists and drops files of drafts goes in turn, else one would destroy what another has just listed.
    """

    def __init__(self, **inside: Any) -> None:
        super().__init__(**inside)
        self._files = asyncio.Lock()

    def file_most(self) -> int:
        """By this node's limits."""
        return self._ctx.settings.blob

    def roomy(self) -> bool:
        """Whether the disk's reserve and the limit of all files leave room, what drafts and forms hold included. Looks at the folder."""
        return self._roomy() and self._ctx.blobs.taken() < self._ctx.settings.blobs_total

    def incoming(self) -> Incoming:
        """A file that is nobody's yet."""
        return self._ctx.blobs.incoming(self.file_most())

    async def raise_alert(
        self, session: views.Session, draft: views.AlertDraft, files: Sequence[views.Given] = ()
    ) -> views.Made | views.Rejected | views.Refused:
        """A draft of an alert with its files, or neither."""
        made = await super().raise_alert(session, draft)
        if not files or not isinstance(made, views.Made):
            return made
        outcome: views.Made | views.Rejected | None = None
        try:
            outcome = await self.attach(session, made.draft, files)
        finally:
            if not isinstance(outcome, views.Made):
                await self.discard(session, made.draft)
        return outcome or views.Refused("NOT_RELEASED")

    async def attach(
        self, session: views.Session, draft: str, files: Sequence[views.Given]
    ) -> views.Made | views.Rejected | None:
        """Lists files in a draft that is not leaving: all of them or none."""
        row = await self._ctx.store.aread(lambda r: self._staying(r, self._who(r, session), draft))
        if row is None:
            return None
        async with self._files:
            return await self._attach(session, draft, row.record, files)

    async def _attach(
        self, session: views.Session, draft: str, record: RecordId, files: Sequence[views.Given]
    ) -> views.Made | views.Rejected | None:
        taken = list[Attachment]()
        try:
            await asyncio.to_thread(_take, files, of_draft(record), taken)
        except OSError as fault:
            _log.error("a file could not be stored", fault=type(fault).__name__)
            await self._drop(record, {each.sha256 for each in taken})
            return _NO_ROOM

        def act(tx: Tx) -> views.Made | views.Rejected | None:
            who = self._who(tx, session)
            row = self._staying(tx, who, draft)
            if row is None:
                return None
            if len(_listed(row) | {each.sha256 for each in taken}) > FILES_MAX:
                return _TOO_MANY
            for each in taken:
                attaching.attach(tx, self._ctx, record, each, editor=who.id)
            return views.Made(draft)

        outcome: views.Made | views.Rejected | None = None
        try:
            done = await self._checked(act)
            outcome = None if isinstance(done, views.Refused) else done  # a file refers to no record
        finally:
            if not isinstance(outcome, views.Made):
                await self._drop(record, {each.sha256 for each in taken})
        return outcome

    async def detach(self, session: views.Session, draft: str, sha256: str) -> views.Made | None:
        """Takes a file off a draft that is not leaving."""

        def act(tx: Tx) -> RecordId | None:
            who = self._who(tx, session)
            row = self._staying(tx, who, draft)
            if (
                row is None
                or attaching.detach(tx, self._ctx, row.record, bytes.fromhex(sha256), editor=who.id) is None
            ):
                return None
            return row.record

        async with self._files:
            record = await self._ctx.store.awrite(act)
            if record is None:
                return None
            await self._drop(record, {bytes.fromhex(sha256)})
        return views.Made(draft)

    async def discard(self, session: views.Session, draft: str) -> bool:
        """And its files."""
        row = await self._ctx.store.aread(lambda r: self._draft(r, self._who(r, session), draft))
        async with self._files:
            gone = await super().discard(session, draft)
            if gone and row is not None:
                await self._drop(row.record, _listed(row))
        return gone

    async def file(self, session: views.Session, record: str, sha256: str) -> views.Opened | None:
        """A file of a record; one of personal data is audited like the record."""

        def ask(reader: Reader) -> tuple[Visitor, details.Detail, attaching.File] | None:
            who = self._who(reader, session)
            found = self._detail(reader, who, record)
            one = _one(attaching.of_found(reader, found.found), sha256) if found is not None else None
            if found is None or one is None:
                return None
            if found.reading_only and one.attachment.media_type not in PICTURES:
                return None  # it would be given away, and not only be read
            return who, found, one

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        await self._opened(answer[0], answer[1])
        return await self._give(answer[2])

    async def draft_file(self, session: views.Session, draft: str, sha256: str) -> views.Opened | None:
        """A file of a draft, for whoever may see the draft."""

        def ask(reader: Reader) -> tuple[Visitor, Draft, attaching.File] | None:
            who = self._who(reader, session)
            row = self._draft(reader, who, draft)
            one = _one(self._files_of(row), sha256) if row is not None else None
            return (who, row, one) if row is not None and one is not None else None

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        await self._draft_opened(answer[0], answer[1])
        return await self._give(answer[2])

    async def _give(self, one: attaching.File) -> views.Opened | None:
        blobs, sha256, size = self._ctx.blobs, one.attachment.sha256, one.attachment.size

        def piece(offset: int) -> bytes:
            return blobs.read(one.owner, sha256, offset, PIECE) or b""

        first = await asyncio.to_thread(piece, 0)
        if not first:  # destroyed since; an empty file is none that a record lists
            return None

        async def pieces() -> AsyncIterator[bytes]:
            held, offset = first, 0
            while held:
                yield held
                offset += len(held)
                held = await asyncio.to_thread(piece, offset) if offset < size else b""

        return views.Opened(shown(one), pieces())

    async def _leave(self, record: RecordId, act: Callable[[Tx], T]) -> T:
        async with self._files:
            done = await super()._leave(record, act)
            if isinstance(done, Left):
                row = await self._ctx.store.aread(lambda r: drafts.get(r, record))
                await self._drop(record, _listed(row) if row is not None else ())
        return done

    async def _drop(self, record: RecordId, files: Iterable[bytes]) -> None:
        """The draft's own copies, but for those that an open draft lists now."""
        row = await self._ctx.store.aread(lambda r: drafts.get(r, record))
        kept = _listed(row) if row is not None and row.state in drafts.WAITING else frozenset()
        gone = [each for each in files if each not in kept]
        await asyncio.to_thread(attaching.drop_of_draft, self._ctx, record, gone)

    def _staying(self, reader: Reader, who: Visitor, draft: str) -> Draft | None:
        row = self._draft(reader, who, draft)
        return None if row is None or row.state not in drafts.OPEN or not may_write(row, who) else row

    def _files_of(self, row: Draft) -> tuple[attaching.File, ...]:
        return attaching.of_message(self._ctx.blobs, row.record, row.content)

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        files = attaching.of_found(reader, found.found)
        return replace(super()._record(reader, who, found), files=tuple(shown(each) for each in files))

    def _view(self, reader: Reader, who: Visitor, row: Draft, plan: Plan) -> views.PlanView:
        files = tuple(shown(each) for each in self._files_of(row))
        return replace(super()._view(reader, who, row, plan), files=files)


def _take(files: Sequence[views.Given], owner: Owner, taken: list[Attachment]) -> None:
    """Into `taken` one by one: a disk may fill between two."""
    for each in files:
        taken.append(Attachment(each.incoming.take(owner), each.size, each.media_type, each.name))  # noqa: PERF401


def _listed(row: Draft) -> frozenset[bytes]:
    return frozenset(each.sha256 for each in listed(row.kind, pb.Record.FromString(row.content)))


def _one(files: Iterable[attaching.File], sha256: str) -> attaching.File | None:
    wanted = bytes.fromhex(sha256)
    return next((each for each in files if each.attachment.sha256 == wanted and each.here), None)


def shown(one: attaching.File) -> views.FileView:
    """A file as its line."""
    told = one.attachment
    return views.FileView(
        told.sha256.hex(), told.size, told.media_type, told.name, one.here, told.media_type in PICTURES
    )
