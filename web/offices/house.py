"""Peers, register and sensors.

Guarantees that of what a peer holds, and of what was kept aside here, only feeds are counted that the officer may read; an
administrator sees that something was not accepted and why, never what.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata

from node.commands import burst, peers, rules_in_force
from node.commands.people import Visitor
from node.sensor import SensorHealth
from node.store import feeds
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader
from policies.officers import Right
from protocol.members import NodeEntry
from protocol.register_view import Register
from web import shown, views
from web.offices.inside import Inside
from web.offices.ruling import state
from web.shown import Names

REGISTER_DUE_MS = 24 * 3_600_000


class House(Inside):
    """The part of the office that looks after the node."""

    def listed(self) -> bool:
        """From memory."""
        return self._ctx.listed(self._ctx.register)

    def status(self) -> views.Status:
        """From memory."""
        register, names = self._ctx.register, self._names()
        others = [node for node in register.nodes if node != self._ctx.me]
        late = [names.node(node) for node in others if not self._board.of(node).connected]
        stale = self._ctx.now() >= register.expires_ms
        return views.Status(len(others) - len(late), len(others), tuple(late), stale)

    async def peers(self, session: views.Session) -> tuple[views.PeerView, ...]:
        """Every other node, with what it confirmed of our feeds that this officer may read."""

        def ask(reader: Reader) -> tuple[views.PeerView, ...]:
            who, register = self._who(reader, session), self._ctx.register
            readable = self._readable.feeds(reader, who.reading)
            own = [f for f in feeds.every(reader) if f.own and f.number in readable and _open(f)]
            others = [entry for entry in register.nodes.values() if entry.id != self._ctx.me]
            return tuple(self._peer(reader, entry, own) for entry in sorted(others, key=lambda e: e.id))

        return await self._ctx.store.aread(ask)

    async def health(self, session: views.Session) -> views.HealthView:
        """The node's condition, and what it did not accept."""
        ctx = self._ctx

        def ask(
            reader: Reader,
        ) -> tuple[
            str, tuple[tuple[str, str], ...], tuple[views.AsideView, ...], tuple[views.AsideView, ...]
        ]:
            who = self._who(reader, session)
            rules = state(rules_in_force.standing(reader, ctx, self._model))
            facts = (("policy_revision", ctx.revision(reader).hex()[:16]), *self._counts(reader, who))
            return (rules, facts, *self._not_accepted(reader, who))

        rules, facts, aside, untaken = await ctx.store.aread(ask)
        return views.HealthView(
            node=self._names().node(ctx.me),
            version=metadata.version("port2port"),
            started_ms=self._started_ms,
            register=self._register(ctx.register),
            sensors=tuple(_sensor(each) for each in self._health()),
            facts=(facts[0], ("relations", self._relations()), *facts[1:]),
            clock_off_ms=self._board.ahead_ms(),
            clock_doubt=self._board.in_doubt(),
            aside=aside,
            untaken=untaken,
            rules=rules,
        )

    def _counts(self, reader: Reader, who: Visitor) -> tuple[tuple[str, str], ...]:
        """How much there is, of all labels: for those who run the node; to anybody else a number tells of what is above them."""
        if Right.ADMINISTER not in who.rights:
            return ()
        count = feeds.count(reader, own=True, role=FeedRole.RECORDS, state=FeedState.OPEN)
        names = self._names()
        waiting = ", ".join(f"{names.node(one.origin).name}: {one.erasures}" for one in burst.braked(reader))
        return (("open_feeds", str(count)), *((("erasures_braked", waiting),) if waiting else ()))

    def _not_accepted(
        self, reader: Reader, who: Visitor
    ) -> tuple[tuple[views.AsideView, ...], tuple[views.AsideView, ...]]:
        """Entries kept aside and feeds refused: what this person may know of them."""
        name, all_of_it = self._names().node, Right.ADMINISTER in who.rights
        readable = self._readable.feeds(reader, who.reading)
        aside = tuple(
            views.AsideView(
                name(one.origin), None, "aside", str(one.reason), one.field, one.entries, one.last_ms
            )
            for one in peers.kept_aside(reader)
            if all_of_it or one.feed in readable
        )
        untaken = tuple(
            views.AsideView(name(one.origin), name(one.peer), "untaken", one.code, "", one.feeds, one.last_ms)
            for one in (peers.untaken(reader) if all_of_it else ())
        )
        return aside, untaken

    def _peer(self, reader: Reader, entry: NodeEntry, own: Sequence[FeedRow]) -> views.PeerView:
        status, names = self._board.of(entry.id), self._names()
        return views.PeerView(
            node=names.node(entry.id),
            sites=tuple(f"{site.name} {site.country}" for site in entry.sites),
            connected=status.connected,
            since_ms=status.since,
            register=status.register or None,
            feeds=tuple(_held(one, names) for one in peers.held_by(reader, self._ctx, entry, own)),
            withdrawn_until_ms=entry.withdrawn_until,
            trouble=status.refused,
        )

    def _register(self, register: Register) -> views.RegisterView:
        left = register.expires_ms - self._ctx.now()
        state = "stale" if left <= 0 else "due" if left < REGISTER_DUE_MS else "fresh"
        return views.RegisterView(register.version, register.status, state, register.expires_ms)


def _open(feed: FeedRow) -> bool:
    return feed.role is FeedRole.RECORDS and feed.state is FeedState.OPEN


def _held(one: peers.HeldFeed, names: Names) -> views.HeldFeed:
    return views.HeldFeed(
        label=shown.label(one.feed.label, names),
        size=one.feed.size,
        held=one.held,
        receipt_ms=one.received_ms,
        quarantined=one.aside,
    )


def _sensor(health: SensorHealth) -> views.SensorView:
    state = "off" if not health.connected else "silent" if health.silent else "reporting"
    return views.SensorView(health.name, health.type, state, health.last_heard, words=health.words)
