"""Find records: by words of their texts, or by a person, a plate, a badge or a telephone number.

Guarantees: every search is audited, durably, before anything is looked for: who, when, for which purpose and case, by what sort of
thing, never what was typed; of an identifier its keyed digest, so that an auditor sees what was looked up twice. By an identifier
takes a right and a purpose. What is answered is what lists would show the same reader, newest arrival first: no count, and nothing
in rows, order, pages or refusals depends on what is not the reader's. How long it takes may.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.index import digest_of
from node.commands.people import Visitor
from node.commands.reach import Reach
from node.commands.readable import Readable
from node.commands.search import Found, State, as_found, is_silent, kept_from, state_of
from node.store import interests, words
from node.store.entries import EntryRow
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from node.store.words import Hit
from policies.clearance import Reader as Reading
from policies.decision import Deny, DenyCode
from policies.officers import Right
from protocol import findable
from protocol.ids import NodeId, UnixMs
from protocol.record import kind_of

TEXT = "text"
TERMS_MAX = 12
TYPED_MAX = 200
PAGE = 50
_CASE = re.compile(r"[a-z0-9_-]{2,40}")
_SHOWN = frozenset({State.CURRENT, State.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody looks for. `by`: `TEXT` or one of `protocol.findable.IDENTIFIERS`; `purpose`: one of their own ("": any, for text only); `case`: a code of theirs.

    `kinds`, `origin`: only those; `since_ms`: only what arrived here since; `before`: go on where a page ended.
    """

    by: str
    typed: str
    purpose: str = ""
    case: str = ""
    kinds: tuple[str, ...] = ()
    origin: NodeId | None = None
    since_ms: int = 0
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """What was typed cannot be looked for. `code`: empty, long, words, identifier, case, or one of `IDENTIFIERS` that it is not.

    `sort`: of what stands in a text that is searched for in its own way.
    """

    code: str
    sort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search that was audited; made by `begin` alone."""

    asked: Asked
    reading: Reading
    terms: tuple[str, ...] = ()
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest arrival here first; `older`: continue with this as `before`, None at the end."""

    rows: tuple[Found, ...]
    older: int | None


def may_look_up(officer: Visitor) -> bool:
    """Whether this officer searches by person, plate, badge or telephone number; for screens."""
    return Right.LOOK_UP in officer.rights


def begin(tx: Tx, ctx: Context, asked: Asked, *, officer: Visitor) -> Search | Unclear | Deny:
    """Audit a search; what comes back finds. Where it is refused or unclear nothing is audited, and nothing was looked for."""
    if (refused := _refused(asked, officer)) is not None:
        return refused
    search = _read(tx, ctx, asked, officer)
    if isinstance(search, Unclear):
        return search
    details = {
        "by": asked.by,
        "digest": search.digest.hex(),
        "words": str(len(search.terms) or ""),
        "case": asked.case,
        "kinds": "/".join(sorted(asked.kinds)),
        "origin": asked.origin or "",
        "since": str(asked.since_ms or ""),
        "page": "further" if asked.before is not None else "",
    }
    act = Act(
        act="search",
        actor=officer.id,
        purpose=asked.purpose,
        rule="label" if asked.by == TEXT else Right.LOOK_UP,
        details={name: value for name, value in details.items() if value},
    )
    audit(tx, ctx, act, ctx.register)
    return search


def find(
    reader: Reader, ctx: Context, readable: Readable, search: Search, *, limit: int, silent: bool
) -> Page:
    """A page of what was found; `silent`: silent look-outs of other ports too."""
    asked, reading = search.asked, search.reading
    mine = readable.feeds(reader, reading)
    wanted = {n for n, feed in mine.items() if asked.origin is None or feed.origin == asked.origin}
    before, rows, more = asked.before, list[EntryRow](), True
    reach = Reach(reader)
    while more and len(rows) <= limit:  # a page is full whatever is left out: else its length would tell
        hits = _hits(reader, search, wanted, before, limit + 1)
        for row in words.rows_of(reader, hits):
            if row.arrived_us // 1000 < asked.since_ms:
                more = False
                break
            if _is_his(ctx, reach, mine, reading, row, silent=silent) and _is_wanted(asked, row):
                rows.append(row)
        more = more and len(hits) > limit
        before = hits[-1].arrival if hits else before
    older = rows[limit - 1].arrival if len(rows) > limit else None
    return Page(as_found(reader, ctx, mine, rows[:limit]), older)


def _hits(
    reader: Reader, search: Search, feeds: Collection[int], before: int | None, limit: int
) -> Sequence[Hit]:
    if search.digest:
        return words.named(reader, search.digest, feeds, before=before, limit=limit)
    return words.found(reader, search.terms, feeds, kinds=search.asked.kinds, before=before, limit=limit)


def _is_his(
    ctx: Context, reach: Reach, mine: Mapping[int, FeedRow], reading: Reading, row: EntryRow, *, silent: bool
) -> bool:
    """As in lists, but for what is withdrawn: of that nothing is found."""
    if row.content is None or state_of(row, UnixMs(ctx.now()), in_doubt=ctx.in_doubt()) not in _SHOWN:
        return False
    return not kept_from(reach, reading, mine[row.feed], row) and (
        silent or not is_silent(mine[row.feed], row)
    )


def _is_wanted(asked: Asked, row: EntryRow) -> bool:
    return not asked.kinds or kind_of(row.kind) in asked.kinds


def _refused(asked: Asked, officer: Visitor) -> Deny | None:
    if asked.by != TEXT and not may_look_up(officer):
        said = "a security officer, an analyst, police, customs or the data protection officer look people up"
        return Deny(DenyCode.NOT_COMPETENT, Right.LOOK_UP, said)
    if asked.purpose not in officer.reading.purposes and (asked.purpose or asked.by != TEXT):
        return Deny(
            DenyCode.PURPOSE, "search", "a search is for one of the purposes that you are cleared for"
        )
    return None


def _read(tx: Tx, ctx: Context, asked: Asked, officer: Visitor) -> Search | Unclear:
    reading = officer.reading
    if asked.purpose:
        reading = replace(reading, purposes=frozenset({asked.purpose}))
    if asked.case and not _CASE.fullmatch(asked.case):
        return Unclear("case")
    if not asked.typed.strip():
        return Unclear("empty")
    if len(asked.typed) > TYPED_MAX:
        return Unclear("long")
    if asked.by == TEXT:
        text, sorts = findable.plain(asked.typed)
        if sorts:
            return Unclear("identifier", sorts[0])
        terms = tuple(dict.fromkeys(findable.words(text)))
        if not terms:
            return Unclear("words")
        if len(terms) > TERMS_MAX:
            return Unclear("long")
        return Search(asked=asked, reading=reading, terms=terms)
    try:
        form = findable.identifier(asked.by, asked.typed)
    except findable.NotOne:
        return Unclear(asked.by)
    return Search(asked=asked, reading=reading, digest=digest_of(interests.made_key(tx, ctx.random), form))
