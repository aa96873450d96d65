"""The minutes of a ceremony: who was there, what was done when, which keys in words, what came of it. A text file, no secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from node.ceremony.papers import moment
from node.ceremony.roles import RoleKey
from node.ceremony.words import fingerprint, words_of
from protocol.ids import UnixMs


@dataclass
class Minutes:
    """Filled while the ceremony goes on; `text` at its end. `act`: what it is, `rehearsal`: nothing of it counts."""

    act: str
    begun: UnixMs
    rehearsal: bool
    document: str = ""
    keeper: str = ""
    witness: str = ""
    present: dict[str, str] = field(default_factory=dict)
    done: list[tuple[UnixMs, str]] = field(default_factory=list)
    keys: list[RoleKey] = field(default_factory=list)
    results: dict[str, bytes] = field(default_factory=dict)
    version: int = 0

    def note(self, now: UnixMs, words: str) -> None:
        """One thing that was done."""
        self.done.append((now, words))

    def result(self, files: Mapping[str, bytes]) -> None:
        """What came of it, by name."""
        self.results.update(files)

    def text(self, now: UnixMs) -> str:
        """As it is kept and signed on paper."""
        return "\n".join(
            [*self._head(now), *self._people(), *self._acts(), *self._keys(), *self._results(), *_SIGNED, ""]
        )

    def _head(self, now: UnixMs) -> list[str]:
        rehearsed = "REHEARSAL: nothing of it counts" if self.rehearsal else ""
        return [
            f"MINUTES OF A REGISTER CEREMONY   {rehearsed}".rstrip(),
            "",
            f"Act      {self.act}",
            *([f"Document {self.document}"] if self.document else []),
            f"Begun    {_time(self.begun)}",
            f"Ended    {_time(now)}",
            f"Kept by  {self.keeper}",
            f"Witness  {self.witness}",
        ]

    def _people(self) -> list[str]:
        width = max(map(len, self.present), default=0)
        return ["", "Present", *(f"  {body.ljust(width)}  {name}" for body, name in self.present.items())]

    def _acts(self) -> list[str]:
        return [
            "",
            "Done",
            *(f"  {n:>2}. {moment(at):%H:%M} {words}" for n, (at, words) in enumerate(self.done, 1)),
        ]

    def _keys(self) -> list[str]:
        if not self.keys:
            return []
        lines = [
            f"  {key.use} of {key.holder}: {words_of(bytes.fromhex(key.id))}   ({key.id})"
            for key in self.keys
        ]
        return ["", "Keys, each in words and with its key id", *lines]

    def _results(self) -> list[str]:
        lines = []
        for name, data in sorted(self.results.items()):
            lines += [
                f"  {name}",
                f"    SHA-256 {hashlib.sha256(data).hexdigest()}",
                f"    {fingerprint(data)}",
            ]
        return ["", f"Results: register {self.version}" if self.version else "Results", *lines]


_SIGNED = (
    "",
    "Signed on paper by keeper and witness:",
    "",
    "  ______________________    ______________________",
)


def write(folder: Path, minutes: Minutes, now: UnixMs) -> Path:
    """Keep the minutes in `folder`, beside earlier ones."""
    path = folder / f"minutes-{moment(minutes.begun):%Y-%m-%dT%H%M%S}.txt"
    with path.open("x", encoding="utf-8") as file:
        file.write(minutes.text(now))
    return path


def _time(ms: UnixMs) -> str:
    return f"{moment(ms):%Y-%m-%d %H:%M} UTC"
