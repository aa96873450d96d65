"""What a relations engine is asked and what it answers: values, four small contracts, one error root.

Guarantees: a question is a value; a failure raises and callers deny; an answer that could not be given is never true.
Times, purposes and addresses come in a `Context`, which only the enforcement point makes: a caller of the
product cannot pass any other condition parameter beside it. Not here: labels (`clearance.py`), purposes as a rule of their own,
what a node may follow (a function of the register alone).

Names follow OpenFGA: an object is `type:id`, a user is an object, a userset `type:id#relation` or everybody of a type `type:*`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, Protocol

from protocol.ids import UnixMs

TYPE_AND_ID: Final = re.compile(r"[^:#@*\s]{1,100}:[^:#*\s]{1,256}")
RELATION_NAME: Final = re.compile(r"[^:#@\s]{1,50}")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Value = (
    object  # what a condition parameter holds: JSON (str, int, float, bool, list, dict) or an aware datetime
)


class RelationsError(ValueError):
    """The engine cannot answer; whoever asked denies. `where` names the part at fault, never a value of it."""

    def __init__(self, rule: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {rule}" if where else rule)
        self.rule = rule
        self.where = where


class BadModel(RelationsError):
    """The model itself is not usable."""


class BadQuestion(RelationsError):
    """Malformed, or a type or relation that the model does not have."""


class BadTuple(RelationsError):
    """A tuple that the model or a rule of the write path refuses."""


class ConditionFailed(RelationsError):
    """A condition that cannot be evaluated: a parameter missing, of the wrong type, or an operation that fails."""


class TooComplex(RelationsError):
    """More hops or more nodes than a question may take."""


class NoEngine(RelationsError):
    """The engine cannot be asked now: away, slow, or not the one that was meant."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The name of a condition of the model and the parameters stored with the tuple; these win over the request's."""

    name: str
    context: Mapping[str, Value] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Tuple:
    """`user` stands in `relation` to `object`, as long as `condition` holds."""

    user: str
    relation: str
    object: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What the enforcement point knows of the request. A part left out is missing, and a condition that needs it is an error."""

    now: UnixMs
    purpose: str | None = None
    client_ip: str | None = None

    def values(self) -> dict[str, Value]:
        """The condition parameters that are the enforcement point's own (`ENFORCED`)."""
        given: dict[str, Value] = {"now": EPOCH + timedelta(milliseconds=self.now)}
        if self.purpose is not None:
            given["purpose"] = self.purpose
        if self.client_ip is not None:
            given["client_ip"] = self.client_ip
        return given


ENFORCED: Final = frozenset({"now", "purpose", "client_ip"})
"""Parameters that no tuple may store and no caller may set but through `Context`."""


@dataclass(frozen=True, slots=True)
class Check:
    """Does `user` stand in `relation` to `object`? `contextual` tuples count for this question only."""

    user: str
    relation: str
    object: str
    context: Context
    contextual: tuple[Tuple, ...] = ()


class Answer(Enum):
    """Of many questions at once; only YES is true."""

    YES = "yes"
    NO = "no"
    NO_ANSWER = "no answer"

    def __bool__(self) -> bool:
        return self is Answer.YES


class Tuples(Protocol):
    """Stored tuples, one per (object, relation, user). Synchronous; each call is one indexed read."""

    def find(self, obj: str, relation: str, user: str) -> Tuple | None:
        """The tuple with exactly this user."""

    def usersets(self, obj: str, relation: str) -> Sequence[Tuple]:
        """The tuples of this object and relation whose user is a userset, `type:id#relation`."""

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        """All tuples of this object and relation. The engine asks it only of relations that stand behind `from`."""

    def of_user(self, user: str) -> Sequence[Tuple]:
        """All tuples with exactly this user."""


class WritableTuples(Tuples, Protocol):
    """Tuples that can change; the implementation joins the transaction of the act that is audited."""

    def change(self, add: Sequence[Tuple], remove: Sequence[Tuple]) -> None:
        """Take away, then add; adding an existing (object, relation, user) replaces its condition."""


class Relations(Protocol):
    """One engine behind all questions: embedded, or an OpenFGA server."""

    def check(self, question: Check) -> bool:
        """The answer; raises RelationsError where there is none."""

    def check_many(self, questions: Sequence[Check]) -> tuple[Answer, ...]:
        """One answer per question, in order; a question without an answer does not spoil the others."""

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        """The tuples of an object and relation as stored, for administration."""

    def write(self, add: Sequence[Tuple], remove: Sequence[Tuple] = ()) -> None:
        """Check every tuple, then change them all or none; raises BadTuple."""


def type_of(name: str) -> str:
    """`node` of `node:x`, `node:*` and `node:x#police`."""
    return name.partition(":")[0]


def split_userset(user: str) -> tuple[str, str]:
    """(`node:x`, `police`) of `node:x#police`; the second is empty for an object or a wildcard."""
    obj, _, relation = user.partition("#")
    return obj, relation


def is_wildcard(user: str) -> bool:
    return user.endswith(":*")


def well_formed_object(text: str) -> bool:
    return TYPE_AND_ID.fullmatch(text) is not None


def well_formed_user(text: str) -> bool:
    """An object, `type:*`, or an object with `#relation`."""
    obj, mark, relation = text.partition("#")
    if mark:
        return well_formed_object(obj) and RELATION_NAME.fullmatch(relation) is not None
    return well_formed_object(obj[:-1] + "x" if is_wildcard(obj) else obj)
