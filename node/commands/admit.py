"""Whether a node may have what comes of a feed at all, and now; and the refusal that says why not, to raise out of the steps of looking.

Pure: no store, no clock of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from node.commands.batch import Batch
from node.commands.context import Context
from node.commands.entitled import follows
from node.commands.outcome import Refusal
from node.commands.restored import takes_back
from node.store.feeds import FeedRole, FeedRow
from policies.decision import Deny
from protocol.errors import Code
from protocol.label import parse
from protocol.operation import Header
from protocol.register_view import Register, unknown_names

_FIELDS = {
    Code.GAP: "first",
    Code.FORKED: "feed",
    Code.UNKNOWN_LABEL: "label",
    Code.ABOVE_ACCREDITATION: "label",
    Code.UNKNOWN_OP: "header.op",
    Code.OLD_REGISTER: "header.register",
}
"""What of a batch each of these refusals is about."""


class Stop(Exception):
    """Refused; carries the refusal out of the steps below."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def decide(
    ctx: Context, register: Register, base: FeedRow, batch: Batch, headers: Sequence[Header], *, new: bool
) -> None:
    """May this node have it at all, and now."""
    if base.origin == ctx.me and new and not takes_back(ctx, base, batch.checkpoint):
        raise stop(batch, base, Code.FORKED, "this node's own feed goes on elsewhere: its key was copied")
    unknown = unknown_names(parse(base.label), register)
    if unknown:
        raise stop(batch, base, Code.UNKNOWN_LABEL, "unknown to this register: " + ", ".join(unknown))
    if base.role is FeedRole.AUDIT:
        raise stop(batch, base, Code.ABOVE_ACCREDITATION, "audit feeds do not travel")
    decision = follows(ctx.entry(register), base, register, ctx.now())
    if isinstance(decision, Deny):
        raise stop(batch, base, Code.ABOVE_ACCREDITATION, f"{decision.code}: {decision.words}")
    for i, header in enumerate(headers):
        if header.register > register.version:
            raise stop(batch, base, Code.OLD_REGISTER, f"needs register {header.register}", batch.first + i)


def stop(batch: Batch, held: FeedRow | None, code: Code, words: str, index: int | None = None) -> Stop:
    """The refusal of a batch, or of what came as one, to raise; `index` where it is not the first entry."""
    return Stop(
        Refusal(
            code=code,
            feed=batch.feed,
            index=batch.first if index is None else index,
            size=held.size if held else 0,
            field=_FIELDS[code],
            words=words,
        )
    )
