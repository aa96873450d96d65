"""The node's own tuples at an OpenFGA server: the store keeps them, with their audit entries; the server answers by the same ones.

Guarantees: no question is put to a server whose tuples are not those of the newest commit. Each question reads the number
of the last change first (one indexed row); where the server is behind, whoever asks brings it up to date, taking away before
adding, or has no answer. So a role that was taken is gone at the next question, whichever process took it, and nothing that was rolled
back ever reaches the server. Bounded: one process mends at a time, others wait for one call's time and then have no answer.
Not here: tuples that others write to that server; they are taken away when the node's own change, and until then they count.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from node import log
from node.openfga_calls import Calls
from node.relations_openfga import OpenFga
from node.store.contract import Store
from node.store.tuples import SnapshotTuples, changed
from node.store.unit import Reader
from policies.fga_model import Model
from policies.relations import Answer, Check, NoEngine, RelationsError, Tuple

IN_ORDER: Final = "openfga"
AWAY: Final = "openfga_away"
"""Codes of how the server is. Behind `AWAY`, after a colon, why, in the English of the log."""
T = TypeVar("T")
_logger = log.get("relations")


class Mirror:
    """The `Relations` of a node that asks a server. From any thread, also within a transaction: it reads commits alone."""

    def __init__(self, store: Store, calls: Calls, model: Model) -> None:
        self._store, self._engine = store, OpenFga(calls, model)
        self._wait_s = calls.place.timeout_ms / 1000
        self._lock = threading.Lock()
        self._at: int | None = None
        self._trouble = ""

    @property
    def standing(self) -> str:
        """For the Health screen: how the last question went."""
        return f"{AWAY}: {self._trouble}" if self._trouble else IN_ORDER

    def close(self) -> None:
        """Let go of the server."""
        self._engine.calls.close()

    def check(self, question: Check) -> bool:
        """The answer; raises RelationsError where there is none."""
        return self._tried(lambda: self._engine.check(question))

    def check_many(self, questions: Sequence[Check]) -> tuple[Answer, ...]:
        """One answer per question, in order; all without one where the server cannot be asked."""
        try:
            return self._tried(lambda: self._engine.ask_many(questions))
        except RelationsError:
            return tuple(Answer.NO_ANSWER for _ in questions)

    def read(self, obj: str, relation: str) -> Sequence[Tuple]:
        """As the store has them, which is where they are administered."""
        return self._store.read(lambda reader: SnapshotTuples(reader).read(obj, relation))

    def write(self, add: Sequence[Tuple], remove: Sequence[Tuple] = ()) -> None:  # noqa: ARG002  the contract's
        """Tuples are changed in the transaction of their audit entry (`WritingTuples`), never past it."""
        raise TypeError("relation tuples are changed in a transaction")

    def settle(self) -> None:
        """Bring the server up to the newest commit; raises NoEngine where that does not succeed."""
        if self._at == self._store.read(changed):
            return
        if not self._lock.acquire(timeout=self._wait_s):
            raise NoEngine("the server is being brought up to date")
        try:
            at, wanted = self._store.read(_all)
            if self._at != at:
                self._at = None
                try:
                    self._mend(wanted)
                except NoEngine:
                    raise
                except RelationsError as error:
                    raise NoEngine(f"cannot be brought up to date: {error}") from error
                self._at = at
        finally:
            self._lock.release()

    def _mend(self, wanted: Sequence[Tuple]) -> None:
        self._engine.verify()
        there = {_key(one): one for one in self._engine.calls.read()}
        ours = {_key(one): one for one in wanted}
        gone = [one for key, one in there.items() if ours.get(key) != one]
        new = [one for key, one in ours.items() if there.get(key) != one]
        self._engine.change(new, gone)
        _logger.info("the relations server is up to date", taken=len(gone), given=len(new), all=len(ours))

    def _tried(self, ask: Callable[[], T]) -> T:
        try:
            self.settle()
            answer = ask()
        except NoEngine as error:
            if not self._trouble:
                why = str(error)  # names a sort of error or an HTTP status, nothing that was asked
                _logger.error("the relations server gives no answer; what needs one is denied", why=why)  # noqa: TRY400  no trace
                self._trouble = why
            raise
        if self._trouble:
            _logger.info("the relations server answers again")
        self._trouble = ""
        return answer


def _all(reader: Reader) -> tuple[int, Sequence[Tuple]]:
    return changed(reader), SnapshotTuples(reader).all()


def _key(one: Tuple) -> tuple[str, str, str]:
    return one.object, one.relation, one.user
