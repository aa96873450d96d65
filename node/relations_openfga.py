"""The relations engine of a real OpenFGA server: the same contract as the embedded one, the same model, over the server's tuples.

Guarantees the `Relations` contract: what the model does not know, and tuples that the write path's rules refuse, are refused here
before the server is asked; a server that is away, slow, or holds another model than the product's raises `NoEngine`, and
callers deny. Every question is asked with HIGHER_CONSISTENCY: a role that was taken is gone at the next question, whatever
the server remembers. What is weaker than embedded: a tuple whose condition changes is taken away and added in two steps, and
is not there in between.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from node.openfga_calls import Calls
from policies.embedded import check_question
from policies.fga_model import Model, parse_model
from policies.relations import (
    Answer,
    BadModel,
    Check,
    NoEngine,
    RelationsError,
    Tuple,
)
from policies.tuple_rules import CHANGE_MAX, check_admitted, check_change, check_complete

WITHOUT_ANSWER: Final = "the server has no answer to this question"


class OpenFga:
    """Relations on a server. `model` is what the server must hold under the place's model id."""

    def __init__(self, calls: Calls, model: Model) -> None:
        self.calls = calls
        self._model = model
        self._lock = threading.Lock()
        self._verified = False

    def check(self, question: Check) -> bool:
        """The answer; raises RelationsError where there is none."""
        self._admissible(question)
        self.verify()
        (answer,) = self.calls.ask([question])
        if answer is Answer.NO_ANSWER:
            raise RelationsError(WITHOUT_ANSWER)
        return bool(answer)

    def check_many(self, questions: Sequence[Check]) -> tuple[Answer, ...]:
        """One answer per question, in order; all without one where the server cannot be asked."""
        try:
            return self.ask_many(questions)
        except RelationsError:
            return tuple(Answer.NO_ANSWER for _ in questions)

    def ask_many(self, questions: Sequence[Check]) -> tuple[Answer, ...]:
        """The same, raising NoEngine where the server cannot be asked."""
        answers = [Answer.NO_ANSWER] * len(questions)
        asked = [number for number, one in enumerate(questions) if self._is_admissible(one)]
        self.verify()
        said = self.calls.ask([questions[number] for number in asked])
        for number, answer in zip(asked, said, strict=True):
            answers[number] = answer
        return tuple(answers)

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        """The tuples of an object and relation as stored; raises NoEngine."""
        return ServerTuples(self.calls, self._model).read(obj, relation)

    def write(self, add: Sequence[Tuple], remove: Sequence[Tuple] = ()) -> None:
        """Check every tuple, then change them; raises BadTuple, or NoEngine with the change not made or made in part: less is there."""
        self.verify()
        stored = ServerTuples(self.calls, self._model)
        check_change(self._model, stored, add, remove)
        before = {one: stored.find(one.object, one.relation, one.user) for one in (*add, *remove)}
        gone = [one for one in before.values() if one is not None and one not in add]
        self.change([one for one in add if before[one] != one], gone)

    def change(self, add: Sequence[Tuple], remove: Sequence[Tuple]) -> None:
        """Make exactly this change, taking away first: those to add are not there once the others are gone."""
        keys = {_key(one) for one in remove}
        again = [one for one in add if _key(one) in keys]
        if not again and len(add) + len(remove) <= CHANGE_MAX:
            return self.calls.write(add, remove)
        for start in range(0, len(remove), CHANGE_MAX):
            self.calls.write((), remove[start : start + CHANGE_MAX])
        for start in range(0, len(add), CHANGE_MAX):
            self.calls.write(add[start : start + CHANGE_MAX], ())
        return None

    def verify(self) -> None:
        """Once: that the server's model of the configured id is the product's; raises NoEngine."""
        with self._lock:
            if not self._verified:
                if not same_model(self.calls.model(), self._model):
                    raise NoEngine("the server's model of this id is not the product's")
                self._verified = True

    def _admissible(self, question: Check) -> None:
        check_question(self._model, question.user, question.relation, question.object)
        for each in question.contextual:
            check_admitted(self._model, each)
            check_complete(self._model, each)

    def _is_admissible(self, question: Check) -> bool:
        try:
            self._admissible(question)
        except RelationsError:
            return False
        return True


class ServerTuples:
    """`policies.relations.Tuples` over the server: each call is one read there."""

    def __init__(self, calls: Calls, model: Model) -> None:
        self._calls, self._model = calls, model

    def find(self, obj: str, relation: str, user: str) -> Tuple | None:
        """The tuple with exactly this user."""
        return next(self._calls.read({"object": obj, "relation": relation, "user": user}), None)

    def usersets(self, obj: str, relation: str) -> Sequence[Tuple]:
        """The tuples of this object and relation whose user is a userset."""
        return [one for one in self.read(obj, relation) if "#" in one.user]

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        """All tuples of this object and relation."""
        return list(self._calls.read({"object": obj, "relation": relation}))

    def of_user(self, user: str) -> Sequence[Tuple]:
        """All tuples with exactly this user, asked type by type."""
        return [
            one for of_type in self._model.types for one in self._calls.read({"user": user, "object": f"{of_type}:"})
        ]  # fmt: skip


def same_model(said: Mapping[str, object], model: Model) -> bool:
    """Whether the model in a server's words is this one: types, relations, and conditions with their text."""
    try:
        found = parse_model(json.dumps(_without_empty(said)).encode())
    except BadModel:
        return False
    return found.types == model.types and _conditions(found) == _conditions(model)


def _conditions(model: Model) -> dict[str, tuple[object, str]]:
    return {name: (dict(one.parameters), one.program.source) for name, one in model.conditions.items()}


def _without_empty(said: Mapping[str, object]) -> dict[str, object]:
    """A server writes out what is not set; `metadata` without relations is none."""
    return {key: value for key, value in said.items() if value is not None}


def _key(one: Tuple) -> tuple[str, str, str]:
    return one.object, one.relation, one.user
