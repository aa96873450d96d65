"""How long a record is in force and how long anybody keeps it: the smallest of the register's ceiling and the configuration.

Guarantees that every record that leaves has an end of retention; there is no default; and that correcting a record keeps nobody's data
longer. Periods in milliseconds.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from node.commands.context import Context
from node.store.entries import EntryRow
from protocol.ids import UnixMs
from protocol.kinds import known
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

ALERT_MS = 24 * 3_600_000
"""How long an alert is in force where nobody chose."""


BRUSSELS = ZoneInfo("Europe/Brussels")


class NoRetention(Exception):
    """The configuration has no period for this kind, so it cannot be released."""


def ends(
    ctx: Context,
    register: Register,
    message: pb.Record,
    *,
    now: UnixMs,
    lasts_ms: int = 0,
    base: UnixMs | None = None,
) -> tuple[UnixMs, UnixMs]:
    """(expires, retain until) of a record released now; expires 0 is never. `base`: retention counts from then, if later."""
    retain = _retain(ctx, register, message.common.kind, max(now, base or now))
    expires = _expires(message, now, lasts_ms)
    return UnixMs(min(expires, retain) if expires else 0), UnixMs(retain)


def corrected(before: EntryRow | None, message: pb.Record, retain: UnixMs) -> UnixMs:
    """Until when a further version is kept: as long as the one before at most, so that retention counts from the first version's issue.

    One that extends until when the record is in force was decided for that, with its grounds: it counts anew.
    """
    if before is None or not before.retain_until_ms or before.content is None:
        return retain
    kind = known()[message.common.kind]
    if kind.lapses and _extends(
        getattr(getattr(pb.Record.FromString(before.content), kind.name), kind.lapses),
        getattr(getattr(message, kind.name), kind.lapses),
    ):
        return retain
    return UnixMs(min(retain, before.retain_until_ms))


def _extends(before: int, after: int) -> bool:
    """Ends of being in force; 0 is never."""
    return before != 0 and (after == 0 or after > before)


def last_day_ends(ban: pb.PortBan) -> UnixMs:
    """The end of a ban's last day in Brussels."""
    after = date.fromisoformat(ban.until) + timedelta(days=1)
    return UnixMs(int(datetime(after.year, after.month, after.day, tzinfo=BRUSSELS).timestamp() * 1000))


def _expires(message: pb.Record, now: UnixMs, lasts_ms: int) -> int:
    kind = known()[message.common.kind]
    if kind.lapses:
        return int(getattr(getattr(message, kind.name), kind.lapses))
    if kind.name == "port_ban":
        return int(last_day_ends(message.port_ban))
    if kind.expires_most_ms is None:
        return now + lasts_ms if lasts_ms else 0
    return now + min(lasts_ms or ALERT_MS, kind.expires_most_ms)


def _retain(ctx: Context, register: Register, kind: str, start: int) -> int:
    key = known()[kind].retention
    period = ctx.settings.retention.get(key)
    if period is None:
        raise NoRetention(f"retention has no period for {kind}")
    return start + min(period, register.retention_ceilings.get(key, period))
