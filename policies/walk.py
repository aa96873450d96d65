"""One user's questions over tuples and a model: the evaluation itself.

Guarantees: every question ends. An answer is true, false, an error, or *open* (nothing known yet, because the way led back to where
it came from); operators combine them so that no later knowledge can turn a known answer round (Kleene's strong logic), so
cycles need no special case, and what stays open to the end is a denial. So a cycle below `but not` denies too, as
in OpenFGA. True beats an error in a union and false beats one in an intersection; else the error stands.

First a lazy walk that stops at the first sufficient answer. Only if it met a cycle or went deep is the graph of the question laid
out breadth first (shortest hops, each place once) and settled place by place: polynomial, without recursion. A hop is a userset
or a `from`; HOPS_MAX is OpenFGA's own limit. Tuples that the model no longer admits are as absent.
Source: https://openfga.dev/docs/concepts, and the behaviour of openfga/openfga's consolidated suite.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from policies.fga_model import (
    Computed,
    Direct,
    Exclusion,
    From,
    Intersection,
    Model,
    Relation,
    Rewrite,
    Union,
)
from policies.relations import (
    RelationsError,
    TooComplex,
    Tuple,
    Tuples,
    Value,
    is_wildcard,
    split_userset,
    type_of,
)

HOPS_MAX: Final = 25
PLACES_MAX: Final = 10_000

Place = tuple[str, str]
"""An object and a relation of it."""
Answer = bool | RelationsError | None
"""None is open."""
Resolve = Callable[[Place, int], Answer]
"""The answer at a place, so many hops from the question."""


def union(answers: Iterator[Answer]) -> Answer:
    result: Answer = False
    for answer in answers:
        if answer is True:
            return True
        if result is False or answer is None:
            result = answer
    return result


def intersection(answers: Iterator[Answer]) -> Answer:
    result: Answer = True
    for answer in answers:
        if answer is False:
            return False
        if result is True or answer is None:
            result = answer
    return result


def negation(answer: Answer) -> Answer:
    return (not answer) if isinstance(answer, bool) else answer


@dataclass(slots=True)
class Walk:
    """All questions of one user under one set of condition parameters share what was found out. Use it once, then drop it."""

    model: Model
    tuples: Tuples
    user: str
    given: Mapping[str, Value]
    settled: dict[Place, Answer] = field(default_factory=dict)
    _seen: set[Place] = field(default_factory=set)
    _form: str = field(init=False)
    _everybody: str = field(init=False)

    def __post_init__(self) -> None:
        self._form = form(self.user)
        # A userset is not somebody of its object's type; the wildcard itself is looked up as it stands.
        self._everybody = "" if self._form != type_of(self.user) else f"{self._form}:*"

    def ask(self, obj: str, relation: str) -> bool:
        """Whether the user stands in `relation` to `obj`, both known to the model; raises RelationsError."""
        self._seen = set()
        try:
            answer = self._lazily((obj, relation), 0)
        except RecursionError as error:  # a model that nests hundreds of relations of one object
            raise TooComplex("relations nested too deep") from error
        if answer is None:
            self._seen = set()
            answer = self._laid_out((obj, relation))
        if isinstance(answer, RelationsError):
            raise answer
        return answer

    # The lazy walk.

    def _lazily(self, place: Place, hops: int) -> Answer:
        """Depth first; open where the way is longer than HOPS_MAX or meets itself, which `_laid_out` then settles."""
        if place in self.settled:
            return self.settled[place]
        if hops > HOPS_MAX or place in self._seen:
            return None
        self._see(place)
        answer = self._answer(place, hops, self._lazily)
        if answer is not None:
            self.settled[place] = answer
        return answer

    # Breadth first.

    def _laid_out(self, question: Place) -> bool | RelationsError:
        """Every place that matters, each as few hops away as it can be; then settle until nothing changes."""
        hops, behind = self._places(question)
        queue = deque(reversed(hops))
        waiting = set(hops)
        failed: RelationsError | None = None
        while queue:
            place = queue.popleft()
            waiting.discard(place)
            if place in self.settled:
                continue
            answer = self._answer(place, hops[place], lambda at, _hops: self._known(at, hops))
            failed = failed or (answer if isinstance(answer, RelationsError) else None)
            if answer is not None:
                self.settled[place] = answer
                queue.extend(each for each in behind.get(place, ()) if each not in waiting)
                waiting.update(behind.get(place, ()))
        answer = self.settled.get(question)
        return answer if answer is not None else failed or False

    def _known(self, place: Place, hops: Mapping[Place, int]) -> Answer:
        if place not in hops:
            return TooComplex(f"more than {HOPS_MAX} hops")
        return self.settled.get(place)

    def _places(self, question: Place) -> tuple[dict[Place, int], dict[Place, list[Place]]]:
        """The shortest number of hops to each place, nearest first, and for each place those that depend on it."""
        hops: dict[Place, int] = {question: 0}
        behind: dict[Place, list[Place]] = {}
        queue = deque([question])
        done: set[Place] = set()
        while queue:
            place = queue.popleft()
            if place in done or place in self.settled:
                continue
            done.add(place)
            for at, distance in self._references(place, hops[place]):
                behind.setdefault(at, []).append(place)
                if distance > HOPS_MAX or (at in hops and hops[at] <= distance):
                    continue
                self._see(at)
                hops[at] = distance
                # A relation of the same object costs no hop: it goes to the front, so that distances only grow.
                (queue.appendleft if distance == hops[place] else queue.append)(at)
        return hops, behind

    def _references(self, place: Place, hops: int) -> list[tuple[Place, int]]:
        """The places that this one's answer may depend on."""
        found: list[tuple[Place, int]] = []

        def note(at: Place, distance: int) -> Answer:
            found.append((at, distance))
            return None

        self._answer(place, hops, note)
        return found

    # One place.

    def _see(self, place: Place) -> None:
        self._seen.add(place)
        if len(self._seen) > PLACES_MAX:
            raise TooComplex(f"more than {PLACES_MAX} places to look at")

    def _answer(self, place: Place, hops: int, resolve: Resolve) -> Answer:
        obj, name = place
        if not self._everybody and self.user == f"{obj}#{name}":
            return True  # a userset stands in its own relation
        relation = self.model.relation(type_of(obj), name)
        if relation is None:
            return False  # behind a `from` that points to several types
        return self._rewrite(relation.rewrite, relation, obj, hops, resolve)

    def _rewrite(self, rewrite: Rewrite, relation: Relation, obj: str, hops: int, resolve: Resolve) -> Answer:
        match rewrite:
            case Direct():
                return union(self._direct(relation, obj, hops, resolve))
            case Computed():
                return resolve((obj, rewrite.relation), hops)
            case From():
                return union(self._from(rewrite, obj, hops, resolve))
            case Union():
                return union(self._rewrite(each, relation, obj, hops, resolve) for each in rewrite.children)
            case Intersection():
                return intersection(
                    self._rewrite(each, relation, obj, hops, resolve) for each in rewrite.children
                )
            case Exclusion():
                return intersection(self._difference(rewrite, relation, obj, hops, resolve))

    def _difference(
        self, rewrite: Exclusion, relation: Relation, obj: str, hops: int, resolve: Resolve
    ) -> Iterator[Answer]:
        yield self._rewrite(rewrite.base, relation, obj, hops, resolve)
        yield negation(self._rewrite(rewrite.subtract, relation, obj, hops, resolve))

    def _direct(self, relation: Relation, obj: str, hops: int, resolve: Resolve) -> Iterator[Answer]:
        """Written for this user, for everybody of the type, or for a userset that the user belongs to."""
        if self._form in relation.admits:
            yield self._holds(relation, self.tuples.find(obj, relation.name, self.user))
        if self._everybody in relation.admits:
            yield self._holds(relation, self.tuples.find(obj, relation.name, self._everybody))
        if relation.has_usersets:
            for each in self.tuples.usersets(obj, relation.name):
                if form(each.user) in relation.admits:
                    yield self._through(relation, each, split_userset(each.user), hops, resolve)

    def _from(self, rewrite: From, obj: str, hops: int, resolve: Resolve) -> Iterator[Answer]:
        pointer = self.model.types[type_of(obj)][rewrite.tupleset]
        for each in self.tuples.read(obj, rewrite.tupleset):
            if (
                self.model.relation(type_of(each.user), rewrite.relation) is not None
                and form(each.user) in pointer.admits
            ):
                yield self._through(pointer, each, (each.user, rewrite.relation), hops, resolve)

    def _through(self, relation: Relation, each: Tuple, place: Place, hops: int, resolve: Resolve) -> Answer:
        """What a pointer or userset gives. One whose condition cannot be evaluated is an error, whatever is behind it."""
        held = self._holds(relation, each)
        return resolve(place, hops + 1) if held is True else held

    def _holds(self, relation: Relation, each: Tuple | None) -> Answer:
        """Whether a tuple counts: admitted by the model as it is now, and its condition true."""
        if each is None:
            return False
        name = each.condition.name if each.condition else ""
        if name not in relation.admits.get(form(each.user), ()):
            return False
        if each.condition is None:
            return True
        try:
            return self.model.conditions[name].holds(given=self.given, stored=each.condition.context)
        except RelationsError as error:
            return error


def form(user: str) -> str:
    """What a restriction names: `user`, `user:*`, `node#police`."""
    obj, relation = split_userset(user)
    if relation:
        return f"{type_of(obj)}#{relation}"
    return user if is_wildcard(user) else type_of(user)
