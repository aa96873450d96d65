"""The figures of the record of processing (GDPR article 30): what is held of which kind, on what basis, for whom, and how often opened.

Guarantees codes of closed lists and of the register, and numbers: what a record or an account says in words, and any code that is in
neither, is counted as "other". Versions are counted, this node's own and others', not persons. Reads everything that is held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from node.commands.audit_chain import own_feeds
from node.commands.context import Context
from node.commands.entitled import readers
from node.store import entries, erasures, feeds, holds, requests
from node.store.entries import Standing
from node.store.erasures import State
from node.store.feeds import FeedRole, FeedRow
from node.store.holds import HoldState
from node.store.unit import Reader
from protocol.codes import code_of, codes
from protocol.ids import NodeId, UnixMs
from protocol.kinds import known
from protocol.label import PURPOSES, parse
from protocol.operation import Op
from protocol.record import kind_of
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

AT_ONCE = 500
OTHER = "other"
CONSULTED = ("open", "draft_open", "second_open", "search", "export", "unseal")
"""Acts of the audit by which somebody looked at what is personal or the police's, or gave it out."""
_STATES = {
    Standing.CURRENT: "in_force",
    Standing.SUPERSEDED: "superseded",
    Standing.RETRACTED: "withdrawn",
    Standing.ERASED: "erased",
    Standing.QUARANTINED: "kept_aside",
    Standing.MISSING: "content_to_come",
}
STATES = (*_STATES.values(), "expired", OTHER)


@dataclass(slots=True)
class OfKind:
    """One kind: versions by state, and, where their content is held, by law, basis, controller and category of subject.

    `personal`: under a label with PERSONAL; `purposes` and `recipients` (community to nodes) of what this node itself publishes.
    """

    states: Counter[str] = field(default_factory=Counter)
    regimes: Counter[str] = field(default_factory=Counter)
    bases: Counter[str] = field(default_factory=Counter)
    controllers: Counter[str] = field(default_factory=Counter)
    subjects: Counter[str] = field(default_factory=Counter)
    personal: int = 0
    purposes: set[str] = field(default_factory=set)
    recipients: dict[str, set[NodeId]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pending:
    """Erasures and rights that wait: cooling, dropped and not yet off the disk, held for an authority, waiting for an operator
    (braked) or a second person (asked); holds in force and asked for; records that are contested.
    """

    cooling: int
    dropped: int
    held: int
    braked: int
    asked: int
    holds: int
    holds_asked: int
    contested: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it, in one snapshot. `consulted`: (act, purpose) to how often."""

    at_ms: UnixMs
    kinds: Mapping[str, OfKind]
    unknown: int
    consulted: Mapping[tuple[str, str], int]
    pending: Pending


def figures(reader: Reader, ctx: Context) -> Figures:
    """Count what this node holds."""
    kinds = {name: OfKind() for name, kind in known().items() if kind.right}
    register, now, unknown = ctx.register, ctx.now(), 0
    for feed in feeds.every(reader):
        if feed.role is not FeedRole.RECORDS:
            continue
        unknown += _states(reader, feed, kinds, now)
        _contents(reader, feed, kinds, register)
        if feed.own:
            _readers(reader, ctx, feed, kinds)
    return Figures(now, kinds, unknown, _consulted(reader, ctx), _pending(reader))


def _states(reader: Reader, feed: FeedRow, kinds: Mapping[str, OfKind], now: UnixMs) -> int:
    """Adds the versions of one feed; how many are of kinds that this release does not know. Questions to a second person are none."""
    unknown = 0
    rows = reader.all(
        "SELECT kind, standing, content IS NULL AND retain_until_ms BETWEEN 1 AND ?, expires_ms BETWEEN 1 AND ?, count(*) "
        "FROM entry WHERE feed = ? AND op = ? AND (key & ?) < ? GROUP BY 1, 2, 3, 4",
        *(now, now, feed.number, Op.PUBLISH, entries.INDEX_MASK, feed.size),
    )
    for content_type, standing, over, lapsed, count in rows:
        kind = kinds.get(kind_of(content_type))
        if kind is None:
            unknown += 0 if kind_of(content_type) in known() else count
            continue
        kind.states[_state(standing, over=bool(over), lapsed=bool(lapsed))] += count
        kind.personal += count if "PERSONAL" in parse(feed.label).caveats else 0
    return unknown


def _state(standing: int, *, over: bool, lapsed: bool) -> str:
    state = _STATES.get(Standing(standing), OTHER)
    if over:
        return "erased"
    return "expired" if state == "in_force" and lapsed else state


def _contents(reader: Reader, feed: FeedRow, kinds: Mapping[str, OfKind], register: Register) -> None:
    for content in _held(reader, feed):
        try:
            common = pb.Record.FromString(content).common
        except ValueError:
            continue
        kind = kinds.get(common.kind)
        if kind is None:
            continue
        kind.regimes[_listed(code_of(common, "regime"), codes(common, "regime"))] += 1
        kind.bases[_listed(common.legal_basis, register.processing)] += 1
        kind.controllers[_listed(common.controller, register.organisations)] += 1
        every = codes(common, "subject_category")
        kind.subjects.update(_category(number, every) for number in common.subject_category)


def _category(number: int, every: tuple[str, ...]) -> str:
    return every[number - 1] if 0 < number <= len(every) else OTHER


def _listed(value: str, every: Iterable[str]) -> str:
    return value if value in every else OTHER


def _held(reader: Reader, feed: FeedRow) -> Iterator[bytes]:
    last = entries.key_of(feed.number, 0)
    while rows := reader.all(
        "SELECT key, content FROM entry WHERE key > ? AND key < ? AND op = ? AND content IS NOT NULL AND standing <> ? "
        "ORDER BY key LIMIT ?",
        *(last, entries.key_of(feed.number, feed.size), Op.PUBLISH, Standing.QUARANTINED, AT_ONCE),
    ):
        yield from (row[1] for row in rows)
        last = rows[-1][0]


def _readers(reader: Reader, ctx: Context, feed: FeedRow, kinds: Mapping[str, OfKind]) -> None:
    """Purposes and recipients of an own feed, for the kinds that stand in it."""
    register, label = ctx.register, parse(feed.label)
    there = reader.all("SELECT DISTINCT kind FROM entry WHERE feed = ? AND op = ?", feed.number, Op.PUBLISH)
    entitled = readers(ctx, feed)
    for (content_type,) in there:
        kind = kinds.get(kind_of(content_type))
        if kind is None:
            continue
        kind.purposes |= PURPOSES if label.purposes is None else label.purposes
        for community in frozenset().union(*label.audience):
            serving = register.communities[community].serving if community in register.communities else ()
            kind.recipients.setdefault(community, set()).update(entitled.intersection(serving))


def _consulted(reader: Reader, ctx: Context) -> Mapping[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for feed in own_feeds(reader, ctx):
        for content in _held(reader, feed):
            try:
                body = pb.Record.FromString(content).audit
            except ValueError:
                continue
            if body.act in CONSULTED:
                found[body.act, _listed(body.purpose, PURPOSES) if body.purpose else ""] += 1
    return found


def _pending(reader: Reader) -> Pending:
    rows = reader.all("SELECT state, count(*) FROM erasure GROUP BY state")
    state = {int(row[0]): int(row[1]) for row in rows}
    kept = holds.every(reader)
    waiting = Counter(row.state for row in kept)
    return Pending(
        cooling=state.get(State.COOLING, 0),
        dropped=state.get(State.DROPPED, 0),
        held=state.get(State.HELD, 0),
        braked=sum(one.erasures for one in erasures.braked(reader)),
        asked=len(requests.every(reader)),
        holds=waiting[HoldState.HELD] + waiting[HoldState.LIFTING],
        holds_asked=waiting[HoldState.ASKED],
        contested=len(holds.contested_here(reader)),
    )
