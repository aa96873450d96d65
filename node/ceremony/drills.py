"""Drills with throwaway keys: a key is lost, a holder departs. Each ends with what a node makes of it, not with what the tool says.

Guarantees of a drill that passes: the new root was signed without the key in question, by as many as the threshold asks; a node that
held the register before takes it by itself; what the old key signs together with one too few others, that node refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from node.ceremony import folder as folders
from node.ceremony.guide import Setting
from node.ceremony.minutes import Minutes
from node.ceremony.papers import Papers
from node.ceremony.roles import holder_of
from node.ceremony.room import Room, agreed, named
from node.ceremony.rotation import ROLES, rotate_role
from node.ceremony.steps import Ceremony
from node.ceremony.words import fingerprint
from node.exits import Refused
from node.register import RegisterStore
from protocol.errors import ProtocolError

Drill = Callable[[Setting, Ceremony, Minutes], None]


def lost_key(setting: Setting, ceremony: Ceremony, minutes: Minutes) -> None:
    """A holder's keys are gone; the same body gets new ones, signed by the others."""
    room = setting.room
    room.say()
    room.say("Drill: a lost key. One of you has lost everything: medium, copy, passphrase.")
    holder = _holder(room, ceremony, "Whose keys are lost?")
    _replaced(setting, ceremony, minutes, holder, "")
    minutes.note(setting.now(), f"drill lost-key: {holder}'s keys replaced without them")


def departed_holder(setting: Setting, ceremony: Ceremony, minutes: Minutes) -> None:
    """A body leaves; another takes its seat, and what the departed one signs counts for nothing."""
    room = setting.room
    room.say()
    room.say("Drill: a departed holder. A body leaves, with its keys, and signs nothing any more.")
    holder = _holder(room, ceremony, "Which body departs?")
    successor = named(room, "Which body follows?")
    if successor in _holders(ceremony, "root"):
        raise Refused(f"{successor}: holds a key already; who follows is another body")
    _replaced(setting, ceremony, minutes, holder, successor)
    minutes.note(setting.now(), f"drill departed-holder: {holder} replaced by {successor}")


DRILLS: dict[str, Drill] = {"lost-key": lost_key, "departed-holder": departed_holder}


def _replaced(setting: Setting, ceremony: Ceremony, minutes: Minutes, holder: str, successor: str) -> None:
    room, papers = setting.room, ceremony.papers
    node = _node(setting, ceremony)
    everything, before = papers.ring, ceremony.register().version
    root = papers.published("root").get_delegated_role("root")
    room.say(
        f"  {len(root.keyids)} hold root, {root.threshold} sign; without {holder} there are {len(root.keyids) - 1}."
    )
    if len(root.keyids) - 1 < root.threshold:
        raise Refused(
            f"root: without {holder} the threshold of {root.threshold} cannot be met; name more holders than sign"
        )
    room.say(
        f"  {len(root.keyids) - root.threshold} may be lost at a time; with one more nobody can change who signs any more."
    )
    papers.ring = everything.only(lambda key: key.holder != holder or key.use == "organisation")
    for use in (use for use in ROLES if holder in _holders(ceremony, use)):
        for line in rotate_role(ceremony, use, holder, setting.now(), successor=successor):
            room.say(f"  {line}")
    if waiting := ceremony.waiting():
        raise Refused(f"{waiting[0].role}: still waits for {waiting[0].needed} more; the drill failed")
    applied = node.apply_bundle(ceremony.bundle(), setting.now())
    if applied.register.version <= before:
        raise Refused("a node does not take the new register; the drill failed")
    room.say(
        f"  A node that held register {before} takes {applied.register.version}; the root is now: {fingerprint(ceremony.trusted_root)}"
    )
    _counts_for_nothing(setting, ceremony, node, Papers(everything, dict(papers.files)), holder)
    if not agreed(room, "Did everybody see who signed, and what it needed?"):
        raise Refused("the drill is not understood; hold it again")
    minutes.keys += [key for key in papers.ring.held() if key.id not in {k.id for k in everything.held()}]
    minutes.result({"the root after it": ceremony.trusted_root})


def _counts_for_nothing(
    setting: Setting, ceremony: Ceremony, node: RegisterStore, forged: Papers, holder: str
) -> None:
    """The old key with one too few of the others signs a root; the node refuses it."""
    root = forged.published("root")
    few = set(root.get_delegated_role("root").keyids[: root.get_delegated_role("root").threshold - 1])
    forged.ring = ceremony.papers.ring.only(lambda key: key.id in few).joined(
        forged.ring.only(lambda key: key.holder == holder)
    )
    forged.draft("root", root, setting.now(), 86_400_000)
    paper = forged.drafts.pop("root")
    forged.ring.sign(paper, [key.id for key in forged.ring.held() if key.use == "root"])
    name = f"{paper.signed.version}.root.json"
    try:
        node.apply_bundle(
            Ceremony(Papers(forged.ring, {**forged.files, name: paper.to_bytes()})).bundle(), setting.now()
        )
    except ProtocolError as error:
        setting.room.say(
            f"  {holder}'s old key with {len(few)} others signs a root: a node refuses it ({error.rule})."
        )
        return
    raise Refused("a node takes what the old key signed; the drill failed")


def _node(setting: Setting, ceremony: Ceremony) -> RegisterStore:
    """A node that starts with what is published now."""
    folder: Path = setting.folder / f"node-{ceremony.register().version}"
    folders.publish(ceremony, folder / "given")
    return RegisterStore.open(
        folder / "register", trusted_root=folder / "given" / "public" / "root.json", now=setting.now()
    )


def _holders(ceremony: Ceremony, use: str) -> list[str]:
    root = ceremony.papers.published("root")
    return [holder_of(root.get_key(key)) for key in root.get_delegated_role(ROLES[use][0]).keyids]


def _holder(room: Room, ceremony: Ceremony, question: str) -> str:
    holders = _holders(ceremony, "root")
    room.say(f"  root is held by {', '.join(holders)}.")
    found = named(room, question)
    if found not in holders:
        raise Refused(f"{found}: holds no root key; holders are {', '.join(holders)}")
    return found
