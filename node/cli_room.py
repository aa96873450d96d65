"""Who answers a guided ceremony: people at a terminal, or a file with a line for each question.

Guarantees that what was typed as a secret is never shown or kept. A file takes the place of the people, so that a rehearsal can be
repeated and a test runs what people run; one with too few or too many lines is refused.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path

from node.exits import Refused

ANSWERS_MAX = 1 << 20
AS_READ = "(as read)"


class Terminal:
    """People at a keyboard."""

    def say(self, words: str = "") -> None:
        print(words)

    def ask(self, question: str) -> str:
        try:
            return input(f"  > {question} ").strip()
        except EOFError:
            raise Refused("the ceremony ended before its last question; nothing more was done") from None

    def secret(self, question: str) -> str:
        try:
            return getpass.getpass(f"  > {question} ")
        except EOFError:
            raise Refused("the ceremony ended before its last question; nothing more was done") from None


class Answers:
    """A file of answers, line by line; a line that begins with # is a remark. `aloud`: print the questions with the answers.

    The answer `(as read)` types back the last words that were read out, which no file can know.
    """

    def __init__(self, lines: Sequence[str], *, where: str, aloud: bool) -> None:
        self._lines = [line for line in lines if not line.lstrip().startswith("#")]
        self._where, self._aloud, self._next, self._heard = where, aloud, 0, ""

    @classmethod
    def of(cls, path: Path, *, aloud: bool) -> Answers:
        """Those of a file."""
        try:
            if path.stat().st_size > ANSWERS_MAX:
                raise Refused(f"{path}: larger than {ANSWERS_MAX >> 20} MiB")
            return cls(path.read_text("utf-8").splitlines(), where=str(path), aloud=aloud)
        except OSError as error:
            raise Refused(f"{path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise Refused(f"{path}: cannot be read: it is no text in UTF-8") from None

    def say(self, words: str = "") -> None:
        if ": " in words:
            self._heard = words.rpartition(": ")[2]
        if self._aloud:
            print(words)

    def ask(self, question: str) -> str:
        found = self._take(question)
        found = self._heard if found == AS_READ else found
        self.say(f"  > {question} {found}")
        return found

    def secret(self, question: str) -> str:
        self.say(f"  > {question} (not shown)")
        return self._take(question)

    def done(self) -> None:
        """Refused where answers are left: they were meant for other questions."""
        if self._next < len(self._lines):
            raise Refused(f"{self._where}: {len(self._lines) - self._next} answer(s) too many")

    def _take(self, question: str) -> str:
        if self._next >= len(self._lines):
            raise Refused(f"{self._where}: no answer is left for: {question}")
        self._next += 1
        return self._lines[self._next - 1].strip()
