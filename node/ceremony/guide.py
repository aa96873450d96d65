"""The guided ceremony: who must be in the room, then step by step, each said before it is done and noted when it was.

    roll call      every body whose key is made here is there, a keeper of the minutes, a witness of none of them
    the machine    off every network
    the keys       one passphrase a body; each body's keys in a folder of its own, holders/<body>/
    the words      each holder reads his keys' words aloud, another compares; the root's words are written down and typed
    the results    read again from the disk, as a node will

Guarantees that nothing is written before the roll call is complete and the machine confirmed, that a comparison which fails ends
the ceremony with what it wrote taken away, and that no secret is in the minutes. It cannot see who is in the room: it asks.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.ceremony import folder as folders
from node.ceremony import specification
from node.ceremony.minutes import Minutes, write
from node.ceremony.papers import Papers
from node.ceremony.roles import KeyRing, RoleKey
from node.ceremony.room import TRIES, Room, agreed, named
from node.ceremony.specification import Specification
from node.ceremony.steps import Ceremony
from node.ceremony.words import fingerprint, same, words_of
from node.exits import Refused
from node.sealed import PASSPHRASE_MIN, Rest
from protocol.ids import Random, UnixMs

ABSENT = "organisations not here"
USES = {
    "root": "changes who signs",
    "board": "decides who is in the federation",
    "duty": "keeps the register current",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a ceremony is held with. `plain`: throwaway keys, without passphrases; `reading`: entered while the document is read."""

    room: Room
    folder: Path
    document: bytes
    table: Mapping[str, Any]
    now: Callable[[], UnixMs]
    random: Random
    plain: bool = False
    rehearsal: bool = False
    reading: Callable[[], AbstractContextManager[None]] = nullcontext


def found(setting: Setting) -> tuple[Ceremony, Minutes]:
    """Found a register with its people in the room; the folder has it, the minutes and each body's keys afterwards."""
    room = setting.room
    if setting.folder.exists():
        raise Refused(f"{setting.folder}: exists; a ceremony makes its folder")
    with setting.reading():
        spec = specification.read(setting.table)
    minutes = Minutes("founding of a register", setting.now(), setting.rehearsal)
    minutes.document = f"SHA-256 {hashlib.sha256(setting.document).hexdigest()}"
    bodies, absent = _bodies(spec), _absent(spec)
    _introduce(room, spec, bodies, rehearsal=setting.rehearsal)
    _roll_call(room, minutes, bodies, absent, setting.now)
    _machine(room, minutes, setting.now)
    ring = KeyRing(setting.random)
    with setting.reading():
        ceremony, words = Ceremony.found(spec, ring=ring, now=setting.now())
    for line in words:
        room.say(f"  {line}")
        minutes.note(setting.now(), line)
    try:
        _keys(setting, ceremony, minutes, bodies)
        _compare(setting, ceremony, minutes)
    except BaseException:
        shutil.rmtree(setting.folder, ignore_errors=True)
        raise
    return ceremony, minutes


def close(setting: Setting, ceremony: Ceremony, minutes: Minutes) -> Path | None:
    """Say what came of it and what each does now; keep the minutes, but those of a rehearsal."""
    room = setting.room
    waiting = [f"{w.role} waits for {w.needed} more of {', '.join(w.could)}" for w in ceremony.waiting()]
    if ceremony.files:
        minutes.version = ceremony.register().version
        minutes.result({f"public/{name}": data for name, data in sorted(ceremony.files.items())})
    for line in waiting:
        minutes.note(setting.now(), line)
    room.say()
    room.say(minutes.text(setting.now()))
    if setting.rehearsal:
        return None
    path = write(setting.folder, minutes, setting.now())
    room.say(f"Minutes: {path}. Print them; keeper and witness sign.")
    room.say(
        f"Each body takes its folder of {setting.folder / 'holders'} on a medium of its own, and a copy apart; then it is deleted here."
    )
    room.say(f"Nodes are given {setting.folder / 'public'}; its root.json is compared by these words.")
    return path


# ---- The steps --------------------------------------------------------------------------------------------------------------


def _bodies(spec: Specification) -> dict[str, list[str]]:
    """The bodies whose keys are made here, with what for; organisations' own keys go to the organisation."""
    found: dict[str, list[str]] = {}
    for use, role in spec.roles.items():
        for holder in role.holders:
            if isinstance(holder, str):
                found.setdefault(holder, []).append(use)
    return found


def _absent(spec: Specification) -> list[str]:
    """Organisations whose key is made here although nobody of theirs takes it."""
    bodies = _bodies(spec)
    return [
        name
        for name in spec.board.get("organisations", {})
        if name not in spec.organisation_keys and name not in bodies
    ]


def _introduce(room: Room, spec: Specification, bodies: Mapping[str, list[str]], *, rehearsal: bool) -> None:
    room.say(
        "REHEARSAL: throwaway keys in a folder that is gone at the end."
        if rehearsal
        else "CEREMONY: what is made now counts."
    )
    room.say()
    room.say("Who must be in the room:")
    for use, role in spec.roles.items():
        room.say(f"  {use}: {role.threshold} of {len(role.holders)} sign; {USES[use]}")
    for body, uses in bodies.items():
        room.say(f"  {body}: somebody who takes its keys for {', '.join(uses)}")
    room.say("  a keeper of the minutes, and a witness who is of none of these bodies")
    room.say()


def _roll_call(
    room: Room,
    minutes: Minutes,
    bodies: Mapping[str, list[str]],
    absent: list[str],
    now: Callable[[], UnixMs],
) -> None:
    room.say("Step 1. Roll call.")
    for body in bodies:
        person = named(room, f"Who is here for {body}?")
        if person in minutes.present.values():
            raise Refused(f"{person} is here for another body; each body sends its own")
        minutes.present[body] = person
    if absent:
        question = f"Who takes the keys of the {len(absent)} organisations that are not here?"
        minutes.present[ABSENT] = named(room, question)
    minutes.keeper = named(room, "Who keeps the minutes?")
    minutes.witness = named(room, "Who is the witness?")
    if minutes.witness in {minutes.keeper, *minutes.present.values()}:
        raise Refused(f"{minutes.witness} has another part already; a witness has none")
    minutes.note(now(), f"roll call: {len(minutes.present)} bodies, keeper and witness present")


def _machine(room: Room, minutes: Minutes, now: Callable[[], UnixMs]) -> None:
    room.say("Step 2. The machine: started from a medium that only reads, every cable out, every radio off.")
    if not agreed(room, f"{minutes.witness}: is it off every network?"):
        raise Refused("a machine on a network makes no keys; nothing was done")
    minutes.note(now(), f"{minutes.witness} confirmed that the machine is off every network")


def _keys(setting: Setting, ceremony: Ceremony, minutes: Minutes, bodies: Mapping[str, list[str]]) -> None:
    """Each holder's keys under the holder's own passphrase, in a folder of its own."""
    room, ring = setting.room, ceremony.papers.ring
    room.say("Step 3. Keys. Each body types a passphrase that nobody else sees, for its keys alone.")
    setting.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for body in bodies:
        passphrase = None if setting.plain else _passphrase(room, body)
        made = _take_home(setting, ring, body, Rest.new(passphrase, random=setting.random))
        minutes.keys += [key for key in made if key.use != "organisation"]
        minutes.note(setting.now(), f"{len(made)} key(s) of {body} made, taken by {minutes.present[body]}")
    if absent := sorted({key.holder for key in ring.held()} - bodies.keys()):
        passphrase = None if setting.plain else _passphrase(room, ABSENT)
        rest = Rest.new(passphrase, random=setting.random)
        for organisation in absent:
            _take_home(setting, ring, organisation, rest)
        words = (
            f"keys of {len(absent)} organisations that were not here made, taken by {minutes.present[ABSENT]}"
        )
        minutes.note(
            setting.now(), f"{words}; each replaces its own (register rotate <organisation> --public)"
        )
    folders.publish(ceremony, setting.folder)


def _take_home(setting: Setting, ring: KeyRing, holder: str, rest: Rest) -> list[RoleKey]:
    own = ring.only(lambda key: key.holder == holder)
    own.save(setting.folder / "holders" / holder, None, rest=rest)
    return own.held()


def _passphrase(room: Room, holder: str) -> str:
    for _ in range(TRIES):
        first = room.secret(f"{holder}: passphrase, at least {PASSPHRASE_MIN} characters:")
        if len(first) < PASSPHRASE_MIN:
            room.say(f"    At least {PASSPHRASE_MIN} characters: whoever copies the file can try for years.")
        elif room.secret(f"{holder}: once more:") == first:
            return first
        else:
            room.say("    The two differ.")
    raise Refused(f"{holder}: no passphrase was given; nothing of this ceremony is left")


def _compare(setting: Setting, ceremony: Ceremony, minutes: Minutes) -> None:
    """What lies on the disk, read again, against what the people hear."""
    room = setting.room
    room.say("Step 4. Words. Each holder reads aloud; another one of you compares with the screen.")
    files = folders.load(
        setting.folder, passphrase=None, random=setting.random, keys=Path("/dev/null")
    ).papers
    listed = _listed(files)
    for key in minutes.keys:
        if key.id not in listed:
            raise Refused(
                f"{key.use} of {key.holder}: is not in the root that lies on the disk; nothing of this ceremony is left"
            )
        words = words_of(bytes.fromhex(key.id))
        room.say(f"  {key.use} of {key.holder}: {words}")
        if not agreed(
            room,
            f"{minutes.present.get(key.holder, minutes.witness)} read these words, and another saw the same?",
        ):
            raise Refused(f"{key.use} of {key.holder}: the words differ; nothing of this ceremony is left")
    minutes.note(setting.now(), f"{len(minutes.keys)} keys read aloud and compared")
    root = files.drafts["root"].to_bytes() if "root" in files.drafts else ceremony.trusted_root
    _heard(room, minutes.witness, fingerprint(root))
    minutes.note(
        setting.now(), f"{minutes.witness} wrote down and typed the words of the root: {fingerprint(root)}"
    )


def _heard(room: Room, who: str, words: str) -> None:
    room.say(f"  The root itself: {words}")
    for _ in range(TRIES):
        if same(room.ask(f"{who}, who wrote it down, types these eight words:"), words):
            return
        room.say("    Those are other words; read it once more.")
    raise Refused("the root's words were not understood; nothing of this ceremony is left")


def _listed(papers: Papers) -> set[str]:
    root = papers.newest("root")
    return set() if root is None else set(root.signed.keys)
