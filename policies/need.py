"""Need to know: what is in a case is read by those whom the case lets read it, over and above label, purpose and conflict of interest.

Guarantees: it only takes away. A record in no case, and one that names none, is as it was; of one in a case, or that names or derives
from one in a case, only the purposes are left for which every such case lets this reader read, none where he is not in it. Pure;
which record is in which case is the node's, who is in a case are relations (`cases.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, NewType

from protocol.ids import RecordId, UnixMs

CaseId = NewType("CaseId", bytes)
"""16 random bytes; in tuples and addresses as 32 hex digits."""
Key = tuple[bytes, RecordId]
"""A record: its lineage, and its id there."""
NOTHING: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Inside:
    """Which record of the node is in which case. `named`: by id alone, for what names a record: in doubt it is that one."""

    of: Mapping[Key, CaseId] = field(default_factory=dict)
    named: Mapping[bytes, frozenset[CaseId]] = field(default_factory=dict)

    @classmethod
    def over(cls, of: Mapping[Key, CaseId]) -> Inside:
        named: dict[bytes, frozenset[CaseId]] = {}
        for (_, record), case in of.items():
            named[record] = named.get(record, frozenset()) | {case}
        return cls(of, named)

    def cases(self, key: Key, drawn: Collection[bytes]) -> frozenset[CaseId]:
        """The case that a record is in, and those of all that it refers to. `drawn`: ids of what it names itself, which always count, and
        of what records of this node's own feeds name on the way, as far as that is known.

        In doubt it is no case beyond: else any port could take from everybody here whatever refers to a record of its own.
        """
        own = self.of.get(key)
        found = frozenset(case for one in drawn for case in self.named.get(one, ()))
        return found if own is None else found | {own}


@dataclass(frozen=True, slots=True)
class Need:
    """What one reader needs to know, at one moment.

    `read`, `act`: the purposes for which a case lets him read, and contribute; whoever reads by broken glass does not contribute.
    `leads`: the cases into which he reads others. `until` (unix ms): when the first of it ends.
    """

    inside: Inside = field(default_factory=Inside)
    read: Mapping[CaseId, frozenset[str]] = field(default_factory=dict)
    act: Mapping[CaseId, frozenset[str]] = field(default_factory=dict)
    leads: frozenset[CaseId] = frozenset()
    until: UnixMs | None = None

    def __bool__(self) -> bool:
        """Whether anything is in a case at all."""
        return bool(self.inside.of)

    def reads(self, cases: frozenset[CaseId]) -> frozenset[str] | None:
        """The purposes for which all of these cases let him read; None: nothing is asked, it is in no case."""
        return _of_all(self.read, cases)

    def acts(self, cases: frozenset[CaseId]) -> frozenset[str] | None:
        """The same of contributing, and of whatever else is done with a record than reading it."""
        return _of_all(self.act, cases)

    def barred(self, cases: frozenset[CaseId]) -> bool:
        """Whether one of these cases keeps him from doing anything but reading, or from that too."""
        return self.acts(cases) == NOTHING


def _of_all(given: Mapping[CaseId, frozenset[str]], cases: frozenset[CaseId]) -> frozenset[str] | None:
    if not cases:
        return None
    return frozenset.intersection(*(given.get(case, NOTHING) for case in cases))


NO_NEED: Final = Need()
"""Nothing is in a case."""
