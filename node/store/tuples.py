"""Relation tuples in the store: `policies.relations.Tuples` over one snapshot, or over the newest one at each question.

One tuple per (object, relation, user); adding the same key again replaces its condition. Validation is `policies/tuple_rules.py`'s.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from node.store.contract import Store
from node.store.unit import Reader, Row, Tx
from policies.relations import Condition, Tuple

_SELECT = "SELECT user, relation, object, condition, context FROM relation WHERE "


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


class StoredTuples:
    """Each question in a snapshot of its own, from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, obj: str, relation: str, user: str) -> Tuple | None:
        """The tuple with exactly this user."""
        return self._store.read(lambda reader: SnapshotTuples(reader).find(obj, relation, user))

    def usersets(self, obj: str, relation: str) -> Sequence[Tuple]:
        """The tuples of this object and relation whose user is a userset."""
        return self._store.read(lambda reader: SnapshotTuples(reader).usersets(obj, relation))

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        """All tuples of this object and relation."""
        return self._store.read(lambda reader: SnapshotTuples(reader).read(obj, relation))

    def of_user(self, user: str) -> Sequence[Tuple]:
        """All tuples with exactly this user."""
        return self._store.read(lambda reader: SnapshotTuples(reader).of_user(user))

    def change(self, add: Sequence[Tuple], remove: Sequence[Tuple]) -> None:  # noqa: ARG002  the contract's
        """Written only with the act that is audited: `WritingTuples` over its transaction."""
        raise TypeError("relation tuples are changed in a transaction")


def _stored(condition: Condition | None) -> tuple[str, str]:
    return (condition.name, json.dumps(dict(condition.context), sort_keys=True)) if condition else ("", "")


def _tuple(row: Row) -> Tuple:
    condition = Condition(row[3], json.loads(row[4])) if row[3] else None
    return Tuple(row[0], row[1], row[2], condition)
