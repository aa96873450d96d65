"""`port2port register ceremony`: the guided ceremony: a founding with its people in the room, its rehearsal, and drills.

--dir DIR          found a register in a new folder; what is made counts
--rehearse         the same with throwaway keys, then both drills; nothing is left
--drill NAME       one drill on a throwaway register: lost-key or departed-holder

`--answers FILE` answers in place of the people, a line for each question, in their order.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node import cli_papers as papers
from node import cli_steps
from node.exits import Refused

if TYPE_CHECKING:
    from node.ceremony.guide import Setting
    from node.ceremony.minutes import Minutes
    from node.ceremony.room import Room
    from node.ceremony.steps import Ceremony

CEREMONY = "port2port/register-ceremony/v1"
DRILL_NAMES = ("lost-key", "departed-holder")


def register_verbs(actions: Any) -> None:
    """Add `ceremony`."""
    verb = actions.add_parser("ceremony", help="the guided ceremony, its rehearsal, and drills")
    verb.set_defaults(handler=_ceremony)
    verb.add_argument("--from", dest="source", type=Path, required=True, help="founding document, TOML")
    what = verb.add_mutually_exclusive_group(required=True)
    what.add_argument("--dir", type=Path, help="folder to make: what is made counts")
    what.add_argument(
        "--rehearse", action="store_true", help="all of it with throwaway keys; nothing is left"
    )
    what.add_argument("--drill", choices=DRILL_NAMES, help="one drill on a throwaway register")
    verb.add_argument(
        "--answers", type=Path, metavar="FILE", help="a line for each question, instead of people"
    )
    verb.add_argument("--plain", action="store_true", help="keys without passphrases, mode 0600: for trials")
    verb.add_argument("--json", action="store_true", help="with --answers: print the result as JSON alone")


def _ceremony(chosen: argparse.Namespace) -> int:
    if chosen.json and chosen.answers is None:
        raise Refused("--json prints one document and asks nobody; it needs --answers")
    if chosen.dir is not None:
        return _held(chosen, chosen.dir, "founding", ())
    with tempfile.TemporaryDirectory(prefix="port2port-rehearsal-") as folder:
        drills = DRILL_NAMES if chosen.rehearse else (chosen.drill,)
        code = _held(chosen, Path(folder) / "ceremony", "rehearsal" if chosen.rehearse else "drill", drills)
    if Path(folder).exists():
        raise Refused(f"{folder}: could not be taken away; delete it")
    if not chosen.json:
        print("Nothing of this is left on the disk.")
    return code


def _held(chosen: argparse.Namespace, folder: Path, act: str, drills: tuple[str, ...]) -> int:
    from node.ceremony.guide import Setting, close
    from node.cli_room import Answers, Terminal

    answers = Answers.of(chosen.answers, aloud=not chosen.json) if chosen.answers else None
    room: Room = answers or Terminal()
    document = papers.toml(chosen.source)
    setting = Setting(
        room=room,
        folder=folder,
        document=document.text.encode(),
        table=document.table,
        now=cli_steps.now,
        random=os.urandom,
        plain=chosen.plain or act != "founding",
        rehearsal=act != "founding",
        reading=lambda: papers.named(document, under=((), ("board",))),
    )
    ceremony, minutes = _begun(act)(setting)
    for name in drills:
        _drill(setting, ceremony, minutes, name)
    path = close(setting, ceremony, minutes)
    if answers is not None:
        answers.done()
    if chosen.json:
        print(json.dumps(_told(ceremony, minutes, act, drills, path)))
    return 0


def _begun(act: str) -> Callable[[Setting], tuple[Ceremony, Minutes]]:
    """A drill begins with a register that was founded without ceremony."""
    from node.ceremony.guide import found
    from node.ceremony.minutes import Minutes
    from node.ceremony.steps import begin

    def quickly(setting: Setting) -> tuple[Ceremony, Minutes]:
        minutes = Minutes("drill on a throwaway register", setting.now(), rehearsal=True)
        minutes.keeper = minutes.witness = "nobody: a drill"
        with setting.reading():
            ceremony, _ = begin(setting.table, now=setting.now(), random=setting.random)
        return ceremony, minutes

    return quickly if act == "drill" else found


def _drill(setting: Setting, ceremony: Ceremony, minutes: Minutes, name: str) -> None:
    from node.ceremony.drills import DRILLS

    DRILLS[name](setting, ceremony, minutes)


def _told(
    ceremony: Ceremony, minutes: Minutes, act: str, drills: tuple[str, ...], path: Path | None
) -> dict[str, Any]:
    from node.ceremony.words import fingerprint, words_of

    waiting = [{"role": w.role, "needed": w.needed, "could_sign": list(w.could)} for w in ceremony.waiting()]
    root = ceremony.trusted_root if ceremony.files else b""
    return {
        "schema": CEREMONY,
        "ok": True,
        "act": act,
        "drills": list(drills),
        "version": minutes.version,
        "root": {"sha256": hashlib.sha256(root).hexdigest(), "words": fingerprint(root)} if root else None,
        "keys": [
            {"use": k.use, "holder": k.holder, "id": k.id, "words": words_of(bytes.fromhex(k.id))}
            for k in minutes.keys
        ],
        "done": [words for _, words in minutes.done],
        "minutes": str(path) if path else "",
        "waiting": waiting,
    }
