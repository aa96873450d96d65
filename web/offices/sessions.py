"""Signing in, and who a token is now.

Guarantees that a wrong name, a wrong password and an account that is closed or suspended are one answer that costs the same work, and that an attempt
is counted before it costs any.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

from node.commands import people, sign_in
from node.commands.audit_log import may_read
from node.commands.people import Visitor
from node.commands.staff import manages
from node.store import interests
from node.store import people as accounts
from node.store.unit import Reader
from policies.officers import Right
from protocol.ids import UnixMs
from web import views
from web.offices.casework import Casework
from web.offices.password_line import AGAIN_S
from web.offices.ruling import may_see

_TOKEN_HEX = 2 * sign_in.SECRET_BYTES


class Sessions(Casework):
    """The part of the office at the door."""

    async def sign_in(self, name: str, password: str, *, client: str) -> views.Session | views.Limited | None:
        """By password; the same work and the same answer for every way to be wrong."""
        ctx, login = self._ctx, name.strip().lower()
        limit = await ctx.store.aread(lambda r: sign_in.limited(r, ctx, login, client))
        if limit is not None:
            return _limited(limit)
        with self._passwords.place() as placed:
            if not placed:
                return views.Limited(AGAIN_S, crowded=True)
            limit = await ctx.store.awrite(lambda tx: sign_in.begin(tx, ctx, login, client))
            if limit is not None:
                return _limited(limit)
            person = await ctx.store.aread(lambda r: sign_in.known_by(r, login))
            right = await self._passwords.look(lambda: sign_in.matches(person, password))
        opened = None
        if right and person is not None:
            opened = await ctx.store.awrite(lambda tx: sign_in.enter(tx, ctx, person, client=client))
        if opened is None:
            await ctx.store.awrite(lambda tx: sign_in.failed(tx, ctx))
            return None
        return await self.session(opened.secret.hex(), touch=False)

    async def sign_in_once(self, code: str, *, client: str) -> views.Session | views.Limited | None:
        """By a one-time secret. What cannot be one costs nothing and counts for nothing."""
        ctx, secret = self._ctx, _secret(code)
        if secret is None:
            return None
        opened = await ctx.store.awrite(lambda tx: sign_in.sign_in_once(tx, ctx, secret, client=client))
        if isinstance(opened, sign_in.Limited):
            return _limited(opened)
        return await self.session(opened.secret.hex(), touch=False) if opened else None

    async def once_opens(self, code: str) -> bool:
        """Of 256 random bits: who can ask about one holds it."""
        ctx, secret = self._ctx, _secret(code)
        if secret is None:
            return False
        return await ctx.store.aread(lambda r: sign_in.invited(r, ctx, secret))

    async def session(self, token: str, *, touch: bool) -> views.Session | None:
        """Who a token is now."""
        secret = _secret(token)
        if secret is None:
            return None
        ctx = self._ctx

        def ask(
            reader: Reader,
        ) -> tuple[Visitor, UnixMs, UnixMs, views.Notices] | None:
            live = sign_in.live_session(reader, ctx, secret)
            who = people.visitor(reader, ctx, self._model, live.person) if live else None
            if live is None or who is None:
                return None
            idle, age = ctx.settings.session_idle_ms, ctx.settings.session_max_ms
            expires = UnixMs(min(live.created_ms + age, live.seen_ms + idle))
            told = replace(self._notices(reader, who), declared=interests.unseen(reader, live.person))
            return who, expires, live.seen_ms, told

        found = await ctx.store.aread(ask)
        if found is None:
            return None
        who, expires, seen, conduct = found
        if touch and ctx.now() - seen >= sign_in.TOUCH_MS:
            now = ctx.now()
            await ctx.store.awrite(lambda tx: accounts.touch(tx, sign_in.digest(secret), now))
        return self._session(token, who, expires, conduct)

    async def sign_out(self, token: str) -> None:
        """Ends a session."""
        secret = _secret(token)
        if secret is not None:
            await self._ctx.store.awrite(lambda tx: sign_in.sign_out(tx, self._ctx, secret))
            self._ring()

    def _session(self, token: str, who: Visitor, expires: UnixMs, conduct: views.Notices) -> views.Session:
        return views.Session(
            token=token,
            officer=who.id,
            name=who.name,
            port=self._names().node(self._ctx.me),
            roles=tuple(sorted(str(role) for role in who.roles)),
            clearance=who.clearance,
            expires_ms=expires,
            language=who.language,
            may=_may(who),
            cases=_cases(who),
            narrows_ms=who.reading.need.until,
            conduct=conduct,
        )


def _limited(limit: sign_in.Limited) -> views.Limited:
    return views.Limited(max(1, math.ceil(limit.wait_ms / 1000)))


def _may(who: Visitor) -> frozenset[str]:
    rights = who.rights
    given = {
        "raise_alert": "alert" in who.drafts,
        "enter_indicator": "indicator" in who.drafts,
        "write": bool(who.drafts),
        "release": bool(who.kinds),
        "approve": Right.APPROVE_RELEASE in rights,
        "hold": bool(rights & {Right.HOLD, Right.APPROVE_RELEASE}),
        "erase": Right.ERASE in rights,
        "audit": may_read(who),
        "people": bool(manages(who)),
        "rules": may_see(who),
        "retract": bool(rights & {Right.RETRACT_OWN, Right.RETRACT_ANY}),
    }
    return frozenset(name for name, may in given.items() if may)


def _cases(who: Visitor) -> str:
    """One word for all the cases that somebody reads; empty for none."""
    read = sorted(who.reading.need.read)
    return hashlib.sha256(b"".join(read)).hexdigest()[:16] if read else ""


def _secret(token: str) -> bytes | None:
    if len(token) != _TOKEN_HEX:
        return None
    try:
        return bytes.fromhex(token)
    except ValueError:
        return None
