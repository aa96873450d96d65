"""Relation tuples in the store: `policies.relations.Tuples` over one snapshot or transaction.

One tuple per (object, relation, user); adding the same key again replaces its condition. Validation is `policies/tuple_rules.py`'s.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from node.store.unit import Reader, Row, Tx
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.relations import Condition, Relations, Tuple

_SELECT = "SELECT user, relation, object, condition, context FROM relation WHERE "
_CHANGED = "relations"


def changed(reader: Reader) -> int:
    """The number of the newest change of any tuple; who copied the tuples sees by it that they are others now."""
    row = reader.one("SELECT value FROM meta WHERE name = ?", _CHANGED)
    return row[0] if row else 0


class SnapshotTuples:
    """Tuples as one snapshot or transaction sees them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def find(self, obj: str, relation: str, user: str) -> Tuple | None:
        """The tuple with exactly this user."""
        row = self._reader.one(_SELECT + "object = ? AND relation = ? AND user = ?", obj, relation, user)
        return _tuple(row) if row else None

    def usersets(self, obj: str, relation: str) -> Sequence[Tuple]:
        """The tuples of this object and relation whose user is a userset."""
        rows = self._reader.all(
            _SELECT + "object = ? AND relation = ? AND instr(user, '#') > 0", obj, relation
        )
        return [_tuple(row) for row in rows]

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        """All tuples of this object and relation."""
        return [
            _tuple(row) for row in self._reader.all(_SELECT + "object = ? AND relation = ?", obj, relation)
        ]

    def of_user(self, user: str) -> Sequence[Tuple]:
        """All tuples with exactly this user."""
        return [_tuple(row) for row in self._reader.all(_SELECT + "user = ?", user)]

    def all(self) -> Sequence[Tuple]:
        """Every tuple. Those whose conditions are written alike share one: a hire's are."""
        made: dict[tuple[str, str], Condition | None] = {}
        found = []
        for user, relation, obj, *stored in self._reader.all(_SELECT + "1 ORDER BY object, relation, user"):
            key = stored[0], stored[1]
            if key not in made:
                made[key] = _condition(*key)
            found.append(Tuple(user, relation, obj, made[key]))
        return found

    def change(self, add: Sequence[Tuple], remove: Sequence[Tuple]) -> None:  # noqa: ARG002  the contract's
        """A snapshot is not written; WritingTuples is."""
        raise TypeError("relation tuples are changed in a transaction")


class WritingTuples(SnapshotTuples):
    """The same, and changes within the transaction of the act that is audited."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx)
        self._tx = tx

    def change(self, add: Sequence[Tuple], remove: Sequence[Tuple]) -> None:
        """Take away, then add."""
        self._tx.run(
            "INSERT INTO meta (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
            _CHANGED,
        )
        for each in remove:
            self._tx.run(
                "DELETE FROM relation WHERE object = ? AND relation = ? AND user = ?",
                *(each.object, each.relation, each.user),
            )
        for each in add:
            name, context = _stored(each.condition)
            self._tx.run(
                "INSERT INTO relation (object, relation, user, condition, context) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (object, relation, user) DO UPDATE SET condition = excluded.condition, context = excluded.context",
                *(each.object, each.relation, each.user, name, context),
            )


def embedded(model: Model, reader: Reader) -> Relations:
    """The engine of this process, over what a snapshot or transaction sees."""
    return Embedded(model=model, tuples=SnapshotTuples(reader))


def _stored(condition: Condition | None) -> tuple[str, str]:
    return (condition.name, json.dumps(dict(condition.context), sort_keys=True)) if condition else ("", "")


def _tuple(row: Row) -> Tuple:
    return Tuple(row[0], row[1], row[2], _condition(row[3], row[4]))


def _condition(name: str, context: str) -> Condition | None:
    return Condition(name, json.loads(context)) if name else None
