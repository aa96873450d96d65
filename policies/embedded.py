"""The default relations engine: the product's model evaluated in process over stored tuples.

Guarantees the `Relations` contract. Pure: it reads and changes nothing but the `Tuples` it was given, keeps no answer from one
call to the next, and takes no condition parameter but those of a `Context` and of the tuples themselves. Cheap to make: one
for each transaction. Not here: who may write tuples; listing, which is asking about candidates that the store enumerates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.fga_model import Model
from policies.relations import (
    Answer,
    BadQuestion,
    Check,
    Context,
    RelationsError,
    Tuple,
    Tuples,
    WritableTuples,
    split_userset,
    type_of,
    well_formed_object,
    well_formed_user,
)
from policies.tuple_rules import check_admitted, check_change, check_complete
from policies.tuples import MemoryTuples, Overlay
from policies.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Relations over `tuples` by `model`; one model is one policy revision and carries its compiled conditions."""

    model: Model
    tuples: WritableTuples

    def check(self, question: Check) -> bool:
        """Whether the user stands in the relation to the object; raises RelationsError, and the caller denies."""
        return self._asked(self._walk(question.user, question.context, question.contextual), question)

    def check_many(self, questions: Sequence[Check]) -> tuple[Answer, ...]:
        """One answer per question, in order. Questions of one user in one context share what they find out."""
        walks: dict[tuple[str, Context, tuple[Tuple, ...]], Walk] = {}
        return tuple(self._answered(each, walks) for each in questions)

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        return self.tuples.read(obj, relation)

    def write(self, add: Sequence[Tuple], remove: Sequence[Tuple] = ()) -> None:
        """Check every tuple, then change them all or none; raises BadTuple."""
        check_change(self.model, self.tuples, add, remove)
        self.tuples.change(add, remove)

    def _answered(self, question: Check, walks: dict[tuple[str, Context, tuple[Tuple, ...]], Walk]) -> Answer:
        key = (question.user, question.context, question.contextual)
        try:
            if key not in walks:
                walks[key] = self._walk(*key)
            return Answer.YES if self._asked(walks[key], question) else Answer.NO
        except RelationsError:
            return Answer.NO_ANSWER

    def _walk(self, user: str, context: Context, contextual: tuple[Tuple, ...]) -> Walk:
        for each in contextual:
            check_admitted(self.model, each)
            check_complete(self.model, each)
        return Walk(self.model, laid_over(self.tuples, contextual), user, context.values())

    def _asked(self, walk: Walk, question: Check) -> bool:
        check_question(self.model, question.user, question.relation, question.object)
        return walk.ask(question.object, question.relation)


def laid_over(tuples: Tuples, contextual: Sequence[Tuple]) -> Tuples:
    return Overlay(over=MemoryTuples(contextual), under=tuples) if contextual else tuples


def check_question(model: Model, user: str, relation: str, obj: str) -> None:
    """Raises BadQuestion unless the question is well formed and asks for what the model has; `where` says which part is not."""
    if not well_formed_object(obj) or type_of(obj) not in model.types:
        raise BadQuestion("malformed, or a type that the model does not have", where="object")
    if model.relation(type_of(obj), relation) is None:
        raise BadQuestion("a relation that the type does not have", where="relation")
    own, own_relation = split_userset(user)
    if not well_formed_user(user) or type_of(own) not in model.types:
        raise BadQuestion("malformed, or a type that the model does not have", where="user")
    if own_relation and model.relation(type_of(own), own_relation) is None:
        raise BadQuestion("a userset of a relation that the type does not have", where="user")
