"""What was done at this node, as its auditor sees it."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import Named


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """Which lines: of this act, by this actor (codes), about this record (hex), from and before these times (0: no bound), older
    than a place ("epoch-index").
    """

    act: str = ""
    actor: str = ""
    record: str = ""
    since_ms: int = 0
    until_ms: int = 0
    before: str = ""


@dataclass(frozen=True, slots=True)
class AuditDetail:
    """What stands beside an act: `code` as it was written; in words `values`, of a `table` where they are codes, or a time. None of
    them: for machines alone.
    """

    name: str
    code: str
    values: tuple[str, ...] = ()
    table: str = ""
    at_ms: UnixMs | None = None

    @property
    def told(self) -> bool:
        """Whether a person reads anything in it."""
        return bool(self.values) or self.at_ms is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One entry. `act` is "" where its content was destroyed at the end of its time. `who` is the officer's name, or the actor's code;
    `about` the first of the records that it was done with.
    """

    at_ms: UnixMs
    index: int
    act: str = ""
    who: str = ""
    actor: str = ""
    purpose: str = ""
    rule: str = ""
    register: int = 0
    revision: str = ""
    record: str = ""
    about: str = ""
    feed: str = ""
    details: tuple[AuditDetail, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainView:
    """The check of the log. `code`: "" where all `entries` fit, else entry, missing, root or signature, from `index` on."""

    entries: int
    code: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class AuditView:
    """A page of the audit; `acts` are the codes to choose from and `actors` those with what they are called, `older` where the next
    page goes on.
    """

    lines: tuple[AuditLine, ...]
    chain: ChainView
    acts: tuple[str, ...]
    actors: tuple[Named, ...] = ()
    older: str = ""
