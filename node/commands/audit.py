"""The node's own record of what was done here: entries of its audit feed, in the transaction of the act.

Guarantees: an act whose audit entry cannot be written does not happen, because both are one transaction. The feed is a log
like any other, so an auditor can prove that nothing was taken out; it is never served to a peer. Codes, ids and numbers
only: no name, no typed text, no value that was looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from node.commands.append import append
from node.commands.context import Context
from node.store.unit import Tx
from protocol.entry import SALT, build_publish
from protocol.ids import FeedId, RecordId, new_record_id
from protocol.label import audit_label
from protocol.record import content_type, serialise, validate
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

KIND = "audit"
NODE = "node"
"""The actor of what nobody in particular did."""
VALUE_MAX = 200
"""Characters of one value of `details`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What was done: `act` a code, `actor` an officer's uuid, "node" or "<sort>/<code>", `rule` what decided."""

    act: str
    actor: str = NODE
    purpose: str = ""
    record: RecordId | None = None
    feed: FeedId | None = None
    rule: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    def under(self, purposes: Collection[str]) -> Act:
        """The same, done for one purpose, or under whichever of several; who did it chose none among them."""
        if len(purposes) <= 1:
            return replace(self, purpose=next(iter(purposes), ""))
        return replace(self, details={**self.details, "for": "/".join(sorted(purposes))})


def listed(codes: Sequence[str]) -> str:
    """Codes as one value of `details`; of more than it takes the first, and how many more: what another port says fails no act."""
    kept = list(codes)
    while (
        len(text := ",".join([*kept, *([f"+{more}"] if (more := len(codes) - len(kept)) else [])]))
        > VALUE_MAX
    ):
        kept.pop()
    return text


def audit(tx: Tx, ctx: Context, act: Act, register: Register) -> RecordId:
    """Write one entry, and give its id; raises BadRecord where an act would put anything but codes into the log."""
    now = ctx.now()
    ident = new_record_id(now, ctx.random)
    content = serialise(
        pb.Record(
            common=pb.Common(kind=KIND),
            audit=pb.Audit(
                act=act.act,
                actor=act.actor,
                at=now,
                purpose=act.purpose,
                record=pb.Ref(record_id=act.record, feed=act.feed) if act.record and act.feed else None,
                feed=act.feed or b"",
                register=register.version,
                revision=ctx.revision(tx),
                rule=act.rule,
                details=act.details,
            ),
        )
    )
    validate(content_type(KIND), content, local=True)
    entry = build_publish(
        record_id=ident,
        version=1,
        content_type=content_type(KIND),
        content=content,
        salt=ctx.random(SALT),
        issued_ms=now,
        retain_until_ms=now + ctx.settings.retention["audit"],
        register=register.version,
    )
    append(tx, ctx, audit_label(register.policy, ctx.me), [entry], register)
    return ident
