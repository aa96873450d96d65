"""What goes ahead of a backlog: alerts, bans, withdrawals and erasures; nothing else that an entry can say does."""

from __future__ import annotations

from functools import cache

from protocol.content_type import kind_of
from protocol.kinds import known
from protocol.operation import Header, Op

UNDOING = frozenset({Op.RETRACT, Op.ERASE})
"""Operations that hide something."""


@cache
def urgent_kinds() -> frozenset[str]:
    """The kinds of record that go ahead."""
    return frozenset(name for name, kind in known().items() if kind.urgent)


def is_urgent(content_type: str) -> bool:
    """Whether a record of this type goes ahead, whatever its version; BadRecord for what is no content type."""
    return kind_of(content_type) in urgent_kinds()


def overtakes(header: Header) -> bool:
    """Whether an entry with this header may go ahead."""
    return header.op in UNDOING or (header.op is Op.PUBLISH and is_urgent(header.content_type))
