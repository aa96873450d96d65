"""Writing records of every kind, and their next versions, by the form that the kind describes.

Guarantees that an officer is offered the kinds that they may draft at a node whose organisation may say such a thing, and no others; that
a record can be named only by who may read it; and that what goes back to an origin or to an owner is labelled for it by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from node.commands import address, move, search
from node.commands import detail as details
from node.commands import draft as drafting
from node.commands.concern import barred_by, concerned_by, may_name
from node.commands.people import Visitor
from node.commands.references import References, references
from node.languages import LANGUAGES
from node.store.unit import Reader, Tx
from policies.competence import lacks_right
from policies.decision import Deny, DenyCode
from policies.lattice import joinable
from protocol.errors import BadRecord
from protocol.kind import Kind
from protocol.kinds import known
from protocol.label import Label
from protocol.marks import required_caveats
from protocol.record import content_type, validate_message
from protocol.v1 import records_pb2 as pb
from web import coded, filled, views, written
from web.forms import Form
from web.misplaced import place_of_error
from web.offices.drafting import Drafting
from web.offices.inside import silent
from web.offices.offered import nodes, places
from web.offices.reading import Reading
from web.sheets import Offered, sheet_of
from web.shown import Names
from web.written import Wrong

CANDIDATES_READ, CANDIDATES = 200, 40
T = TypeVar("T")


class Composing(Reading, Drafting):
    """The part of the office that writes what no form of its own is for."""

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        view, one = super()._record(reader, who, found), found.found
        if one.record is None or one.state is not search.State.CURRENT:
            return view
        if not may_name(reader, who, one.feed.lineage, one.id):
            return view
        return replace(view, ways=tuple(self._ways(who, one.kind)))

    def _ways(self, who: Visitor, named: str) -> Iterator[views.Way]:
        """What this officer may write that names a record of this kind, by the field that does."""
        for name in self._kinds(who):
            kind = known()[name]
            for pointer in kind.pointers:
                if named in pointer.kinds:
                    yield from (views.Way(name, pointer.field, step) for step in _steps(kind, pointer.field))

    # ---- What may be written ----------------------------------------------------------------------------------------------

    async def offers(self, session: views.Session) -> tuple[views.Offer, ...]:
        """The kinds that this officer may write."""

        def ask(reader: Reader) -> tuple[views.Offer, ...]:
            who = self._who(reader, session)
            return tuple(
                views.Offer(kind, grounded=bool(self._bases(kind)), releases=kind in who.kinds)
                for kind in self._kinds(who)
            )

        return await self._ctx.store.aread(ask)

    async def sheet(
        self,
        session: views.Session,
        kind: str,
        *,
        zone: ZoneInfo,
        step: str = "",
        named: Mapping[str, str] | None = None,
    ) -> views.Sheet | None:
        """The form of a kind, with records by their address where `named` names its fields; None where it is not this officer's."""

        def ask(reader: Reader) -> views.Sheet | None:
            who = self._who(reader, session)
            if kind not in self._kinds(who):
                return None
            return self._begun(
                reader, who, zone, self._sheet(reader, who, known()[kind], step=step), named or {}
            )

        return await self._ctx.store.aread(ask)

    async def compose(
        self,
        session: views.Session,
        kind: str,
        form: Form,
        label: views.LabelChoice | None,
        *,
        zone: ZoneInfo,
        wrong: tuple[views.FieldError, ...] = (),
    ) -> views.Made | views.Rejected | views.Refused | None:
        """A draft of what the form says; `label`: None where it follows from what the record answers."""

        def act(tx: Tx) -> views.Made | views.Refused | None:
            who = self._who(tx, session)
            if kind not in self._kinds(who):
                return None
            sheet = self._sheet(tx, who, known()[kind], step=form.one("step"))
            message = self._message(tx, who, zone, sheet, form, wrong=wrong)
            if concerned_by(tx, who, message.SerializeToString()):
                return views.Refused(DenyCode.CONFLICT)
            if barred_by(tx, who, message.SerializeToString()):
                return views.Refused(DenyCode.NEED_TO_KNOW)

            def make() -> views.Made:
                return self._kept(tx, who, message, self._label_of(tx, sheet, message, who, label))

            return at_its_place(sheet, make)

        return await self._checked(act)

    # ---- The next version -------------------------------------------------------------------------------------------------

    async def correctable(self, session: views.Session, record: str, *, zone: ZoneInfo) -> views.Sheet | None:
        """The form of what it says now; opening personal data is audited as on its page."""

        def ask(reader: Reader) -> tuple[Visitor, details.Detail, views.Sheet] | None:
            who = self._who(reader, session)
            found = self._detail(reader, who, record)
            if found is None or found.found.record is None or not self._may_change(reader, who, found.found):
                return None
            return who, found, self._correction(reader, who, zone, found.found)

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        await self._opened(answer[0], answer[1])
        return answer[2]

    async def correct(
        self, session: views.Session, record: str, form: Form, *, removes: bool, zone: ZoneInfo
    ) -> views.Made | views.Rejected | views.Refused | None:
        """A draft of the next version."""

        def act(tx: Tx) -> views.Made | views.Refused | None:
            who = self._who(tx, session)
            one = self._seen(tx, who, record)
            if one is None or one.record is None or not self._may_change(tx, who, one):
                return None
            sheet = self._correction(tx, who, zone, one)
            message = self._message(tx, who, zone, sheet, form, before=one.record.message)

            def make() -> views.Made | views.Refused:
                row = drafting.supersede(tx, self._ctx, one.id, message, editor=who.id, removes=removes)
                return views.Made(row.record.hex()) if row is not None else views.Refused("DRAFTED")

            return at_its_place(sheet, make)

        return await self._checked(act)

    def _may_change(self, reader: Reader, who: Visitor, one: search.Found) -> bool:
        stands = one.state in {search.State.CURRENT, search.State.EXPIRED}
        return stands and one.feed.own and move.may_change(reader, self._ctx, one.id, who)

    # ---- Its parts --------------------------------------------------------------------------------------------------------

    def _kinds(self, who: Visitor) -> tuple[str, ...]:
        entry = self._ctx.entry(self._ctx.register)
        return tuple(kind for kind in known() if kind in who.drafts and lacks_right(entry, kind) is None)

    def _bases(self, kind: str) -> tuple[views.Named, ...]:
        """The grounds that the register has for a kind, under the laws that this node handles."""
        register = self._ctx.register
        regimes = self._ctx.entry(register).regimes
        found = [p for p in register.processing.values() if kind in p.kinds and p.regime in regimes]
        return tuple(
            views.Named(p.id, p.title)
            for p in sorted(found, key=lambda p: (p.regime != written.REGIME, p.id))
        )

    def _sheet(
        self, reader: Reader, who: Visitor, kind: Kind, *, step: str = "", before: pb.Record | None = None
    ) -> views.Sheet:
        register, names = self._ctx.register, self._names()
        mine = self._ctx.entry(register).communities
        offered = Offered(
            bases=self._bases(kind.name),
            languages=tuple(views.Named(code, name) for code, name in LANGUAGES.items()),
            nodes=nodes(register, names, mine, self._ctx.me),
            rights=frozenset(str(right) for right in who.rights),
            lists={"modus_operandi": tuple(sorted(register.vocabulary.modus_operandi))},
            places=places(register, mine, self._ctx.me),
        )
        body = getattr(before, kind.name) if before is not None else None
        sheet = sheet_of(kind, offered, before=body, step=step)
        kinds = {pointer.field: pointer.kinds for pointer in kind.pointers}
        boxes = tuple(
            replace(box, choices=self._candidates(reader, who, kinds.get(box.field, frozenset())))
            if box.sort is views.Sort.RECORD and not box.fixed
            else box
            for box in sheet.body
        )
        return replace(sheet, body=boxes)

    def _begun(
        self, reader: Reader, who: Visitor, zone: ZoneInfo, sheet: views.Sheet, named: Mapping[str, str]
    ) -> views.Sheet:
        """A new form: what is so unless the officer says otherwise, and the records it was called with."""
        now, hand = self._ctx.now() // 60_000 * 60_000, self._hand(reader, who, zone)
        message = pb.Record(common=pb.Common(occurred_from=now, statement=pb.Common.STATEMENT_FACT))
        body = getattr(message, sheet.kind)
        for box in sheet.body:
            if box.sort is views.Sort.MOMENT and box.required and box.field.endswith("_from"):
                setattr(body, box.field, now)
            ref = hand.record(named.get(box.field, "")) if box.field in named else None
            if ref is not None and box.sort is views.Sort.RECORD:
                getattr(body, box.field).CopyFrom(ref)
            elif ref is not None and box.sort is views.Sort.RECORDS:
                getattr(body, box.field).add().CopyFrom(ref)
        return replace(sheet, values=filled.values_of(sheet, message, hand))

    def _correction(self, reader: Reader, who: Visitor, zone: ZoneInfo, one: search.Found) -> views.Sheet:
        assert one.record is not None
        message = one.record.message
        sheet = self._sheet(reader, who, known()[one.kind], before=message)
        values = filled.values_of(sheet, message, self._hand(reader, who, zone))
        return replace(sheet, values=values, record=str(one.address))

    def _message(
        self,
        reader: Reader,
        who: Visitor,
        zone: ZoneInfo,
        sheet: views.Sheet,
        form: Form,
        before: pb.Record | None = None,
        wrong: tuple[views.FieldError, ...] = (),
    ) -> pb.Record:
        """Raises `Wrong`."""
        form = filled.compacted(sheet, form)
        message, errors = filled.fill(sheet, form, self._hand(reader, who, zone), before)
        if errors or wrong:
            raise Wrong(*errors, *wrong)
        common, author = message.common, self._author(who)
        common.kind = sheet.kind
        if before is None:
            common.controller = author.organisation
            if sheet.step:
                kind, body = known()[sheet.kind], getattr(message, sheet.kind)
                setattr(body, kind.branch, coded.meant(body, kind.branch, sheet.step))
        basis = author.register.processing.get(common.legal_basis)
        if basis is not None:
            common.regime = f"REGIME_{basis.regime.upper()}"  # type: ignore[assignment]
        return message

    def _label_of(
        self,
        reader: Reader,
        sheet: views.Sheet,
        message: pb.Record,
        who: Visitor,
        choice: views.LabelChoice | None,
    ) -> Label:
        """Raises `Wrong` and BadRecord."""
        register, now = self._ctx.register, self._ctx.now()
        checked = validate_message(content_type(sheet.kind), message, register=register, now=now)
        found = references(reader, self._ctx, checked, who)
        if isinstance(found, Deny):
            field, _, words = found.words.partition(": ")
            raise Wrong(place_of_error(sheet, field, words))
        if choice is not None and not sheet.answers:
            return written.label(choice, self._author(who), message, found.to)
        return _answering(found, message)

    def _hand(self, reader: Reader, who: Visitor, zone: ZoneInfo) -> filled.Hand:
        def record(text: str) -> pb.Ref | None:
            one = self._seen(reader, who, text.rpartition("/records/")[2].strip())
            if one is None or not may_name(reader, who, one.feed.lineage, one.id):
                return None
            return pb.Ref(record_id=one.id, feed=one.feed.feed)

        return filled.Hand(zone, record, lambda ref: address.of_ref(reader, ref))

    def _seen(self, reader: Reader, who: Visitor, text: str) -> search.Found | None:
        """The record at an address, as far as this officer may know of it."""
        where = address.parse(text)
        one = search.found(reader, self._ctx, self._readable, who.reading, where) if where else None
        return None if one is None or silent(one, who) else one

    def _candidates(self, reader: Reader, who: Visitor, kinds: frozenset[str]) -> tuple[views.Named, ...]:
        """The newest records of these kinds (none: of any) that this officer may read, by address."""
        listed = search.newest(
            reader, self._ctx, self._readable, who.reading, limit=CANDIDATES_READ, silent=False
        )
        names = self._names()
        fitting = (
            one
            for one in listed.rows
            if one.record is not None
            and (not kinds or one.kind in kinds)
            and may_name(reader, who, one.feed.lineage, one.id)
        )
        return tuple(views.Named(str(one.address), _words(one, names)) for one in islice(fitting, CANDIDATES))


def at_its_place(sheet: views.Sheet, make: Callable[[], T]) -> T:
    """What `make` makes; what its kind says against it stands at the places of the form."""
    try:
        return make()
    except BadRecord as error:
        told: dict[str, views.FieldError] = {}
        for violation in error.violations:
            wrong = place_of_error(sheet, violation.path, violation.rule)
            told.setdefault(wrong.field, wrong)
        raise Wrong(*told.values()) from error


def _words(one: search.Found, names: Names) -> str:
    title = one.record.title if one.record is not None and not one.personal else ""
    return " · ".join(part for part in (title, names.node(one.feed.origin).name) if part)


def _steps(kind: Kind, field: str) -> tuple[str, ...]:
    """The steps at which a kind has this field; one without a name where it has no steps."""
    if not kind.branch:
        return ("",)
    body = kind.table.message()
    numbers = {coded.meant(body, kind.branch, code): code for code in coded.every(body, kind.branch)}
    return tuple(numbers[at] for at, (needs, may) in kind.branches.items() if field in {*needs, *may})


def _answering(found: References, message: pb.Record) -> Label:
    """The least label of an answer: at least as strict as all that it answers, derives from and names."""
    labels = [source.label for source in (*found.derived, *found.named)]
    least = joinable(*labels) or labels[0]
    caveats = required_caveats(message, known()[message.common.kind])
    return replace(least, caveats=least.caveats | caveats)
