"""Tuples in memory, and tuples laid over others for one question.

Guarantees the `Tuples` contract: one tuple per (object, relation, user), each look-up by key. No validation: that is
`tuple_rules.py`, before the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies.relations import Tuple, Tuples


class MemoryTuples:
    """For tests, tools and the tuples of a single question."""

    def __init__(self, tuples: Iterable[Tuple] = ()) -> None:
        self._by_relation: dict[tuple[str, str], dict[str, Tuple]] = {}
        self._usersets: dict[tuple[str, str], dict[str, Tuple]] = {}
        self._by_user: dict[str, dict[tuple[str, str], Tuple]] = {}
        self.change(tuple(tuples), ())

    def find(self, obj: str, relation: str, user: str) -> Tuple | None:
        found = self._by_relation.get((obj, relation))
        return found.get(user) if found else None

    def usersets(self, obj: str, relation: str) -> Sequence[Tuple]:
        return tuple(self._usersets.get((obj, relation), {}).values())

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        return tuple(self._by_relation.get((obj, relation), {}).values())

    def of_user(self, user: str) -> Sequence[Tuple]:
        return tuple(self._by_user.get(user, {}).values())

    def change(self, add: Sequence[Tuple], remove: Sequence[Tuple]) -> None:
        for each in remove:
            self._remove(each)
        for each in add:
            key = (each.object, each.relation)
            self._by_relation.setdefault(key, {})[each.user] = each
            self._by_user.setdefault(each.user, {})[key] = each
            if "#" in each.user:
                self._usersets.setdefault(key, {})[each.user] = each

    def _remove(self, each: Tuple) -> None:
        key = (each.object, each.relation)
        self._by_relation.get(key, {}).pop(each.user, None)
        self._usersets.get(key, {}).pop(each.user, None)
        self._by_user.get(each.user, {}).pop(key, None)


class Overlay:
    """`under` as if `over` had been added to it and `hidden` taken away before; a tuple of `over` replaces one of the same key."""

    def __init__(self, *, over: Tuples, under: Tuples, hidden: Iterable[Tuple] = ()) -> None:
        self._over = over
        self._under = under
        self._hidden = frozenset(_key(each) for each in hidden)

    def find(self, obj: str, relation: str, user: str) -> Tuple | None:
        found = self._over.find(obj, relation, user)
        if found is None and (obj, relation, user) not in self._hidden:
            found = self._under.find(obj, relation, user)
        return found

    def usersets(self, obj: str, relation: str) -> Sequence[Tuple]:
        return self._merged(self._over.usersets(obj, relation), self._under.usersets(obj, relation))

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        return self._merged(self._over.read(obj, relation), self._under.read(obj, relation))

    def of_user(self, user: str) -> Sequence[Tuple]:
        return self._merged(self._over.of_user(user), self._under.of_user(user))

    def _merged(self, over: Sequence[Tuple], under: Sequence[Tuple]) -> Sequence[Tuple]:
        taken = self._hidden.union(_key(each) for each in over)
        return (*over, *(each for each in under if _key(each) not in taken)) if taken else under


def _key(each: Tuple) -> tuple[str, str, str]:
    return each.object, each.relation, each.user
