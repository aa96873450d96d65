"""The attacks that TUF is made against, one a line, over a node that holds register 1: what it refuses, what it takes, what it keeps.

Each guard is taken away once, with python-tuf's own client silenced, and a line of the table notices.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from federations import HOLDERS, real_now
from forge import THIEF, Forge, expired
from tuf.api.metadata import MetaFile, Root, Timestamp  # type: ignore[attr-defined]

from node.ceremony import rotate_role
from node.register import Applied, Outcome, RegisterStore, State, bundle, chain, client, store
from protocol.errors import ProtocolError
from protocol.ids import NodeId

GHENT, LIEGE = "north-sea-port", "port-liege"
Case = Callable[[Forge], bytes]
CASES: dict[str, tuple[Case, str | Outcome]] = {}


def case(expected: str | Outcome) -> Callable[[Case], Case]:
    """One line of the table: the words of a refusal, or what becomes of it."""

    def add(make: Case) -> Case:
        CASES[make.__name__.removeprefix("_").replace("_", "-")] = (make, expected)
        return make

    return add


# ---- Root -------------------------------------------------------------------------------------------------------------------


@case(Outcome.UPDATED)
def _root_signed_by_both_thresholds(f: Forge) -> bytes:
    f.write("root", by=f.keys("root"))
    return f.list_all()


@case("2.root.json: enough signatures")
def _root_signed_by_two_of_three(f: Forge) -> bytes:
    f.write("root", by=f.keys("root", *HOLDERS[:2]))
    return f.list_all()


def _all_new(f: Forge) -> tuple[list[str], Callable[[Root], None]]:
    keys = [f.ceremony.papers.ring.make(f"{name}-2", "root") for name in HOLDERS]

    def change(root: Root) -> None:
        for old in list(root.roles["root"].keyids):
            root.revoke_key(old, "root")
        for key in keys:
            root.add_key(key.entry(), "root")

    return [key.id for key in keys], change


@case("2.root.json: enough signatures")
def _root_signed_by_its_own_new_keys_alone(f: Forge) -> bytes:
    new, change = _all_new(f)
    f.write("root", change, by=new)
    return f.list_all()


@case("2.root.json: enough signatures")
def _root_signed_by_the_old_keys_alone(f: Forge) -> bytes:
    old = f.keys("root")
    _, change = _all_new(f)
    f.write("root", change, by=old)
    return f.list_all()


@case("2.root.json: TUF metadata as JSON")
def _root_signed_three_times_by_one_key(f: Forge) -> bytes:
    name = f.write("root", by=f.keys("root", HOLDERS[0]))
    paper = json.loads(f.files[name])
    paper["signatures"] *= 3
    f.files[name] = json.dumps(paper).encode()
    return f.list_all()


@case("2.root.json: enough signatures")
def _root_signed_by_the_boards_keys(f: Forge) -> bytes:
    f.write("root", by=f.keys("board"))
    return f.list_all()


@case("2.root.json: version 2 inside")
def _root_of_another_version_than_its_name(f: Forge) -> bytes:
    f.write("root", lambda root: setattr(root, "version", 3), by=f.keys("root"), version=2)
    return f.list_all()


@case("3.root.json: every root after version 1, without a gap")
def _root_beyond_a_gap(f: Forge) -> bytes:
    for _ in range(2):
        f.write("root", by=f.keys("root"))
    f.list_all()
    return f.bundle("2.root.json")


@case(Outcome.UPDATED)
def _roots_five_at_once(f: Forge) -> bytes:
    for _ in range(5):
        f.write("root", by=f.keys("root"))
    return f.list_all()


@case(Outcome.UPDATED)
def _root_expired_in_the_middle(f: Forge) -> bytes:
    f.write("root", expired, by=f.keys("root"))
    f.write(
        "root",
        lambda root: setattr(root, "expires", f.newest("targets")[1].signed.expires),
        by=f.keys("root"),
    )
    return f.list_all()


@case("2.root.json: consistent snapshots")
def _root_without_consistent_snapshots(f: Forge) -> bytes:
    f.write("root", lambda root: setattr(root, "consistent_snapshot", False), by=f.keys("root"))
    return f.list_all()


@case("2.root.json: TUF metadata as JSON")
def _root_that_needs_no_signature(f: Forge) -> bytes:
    name = f.write("root", by=f.keys("root"))
    paper = json.loads(f.files[name])
    paper["signed"]["roles"]["targets"]["threshold"] = 0
    f.files[name] = json.dumps(paper).encode()
    return f.list_all()


# ---- Board and organisations ------------------------------------------------------------------------------------------------


@case("2.targets.json: enough signatures")
def _targets_signed_by_one_of_two(f: Forge) -> bytes:
    f.write("targets", by=f.keys("board", HOLDERS[0]))
    return f.list_all()


@case("2.targets.json: enough signatures")
def _targets_signed_by_the_roots_keys(f: Forge) -> bytes:
    f.write("targets", by=f.keys("root"))
    return f.list_all()


@case("2.north-sea-port.json: enough signatures")
def _organisation_not_signed(f: Forge) -> bytes:
    f.write(GHENT, by=())
    return f.list_all()


@case("2.north-sea-port.json: enough signatures")
def _organisation_signed_by_another(f: Forge) -> bytes:
    f.write(GHENT, by=f.keys("organisation", LIEGE))
    return f.list_all()


@case("2.north-sea-port.json: enough signatures")
def _organisation_signed_by_the_board(f: Forge) -> bytes:
    f.write(GHENT, by=f.keys("board"))
    return f.list_all()


@case("its own folder only, terminating")
def _delegation_that_does_not_terminate(f: Forge) -> bytes:
    f.write(
        "targets", lambda t: setattr(t.delegations.roles[GHENT], "terminating", False), by=f.keys("board")
    )
    return f.list_all()


# ---- Snapshot and timestamp -------------------------------------------------------------------------------------------------


@case("timestamp.json: enough signatures")
def _timestamp_signed_by_the_board(f: Forge) -> bytes:
    return f.list_all(by=f.keys("board"))


@case("2.snapshot.json: snapshot metadata, not targets")
def _targets_in_the_place_of_the_snapshot(f: Forge) -> bytes:
    return _stamped(f, 2, f.files["1.targets.json"])


def _stamped(f: Forge, snapshot: int, data: bytes, *, version: int | None = None) -> bytes:
    """These bytes as the snapshot of a version, under a good timestamp."""
    f.files[f"{snapshot}.snapshot.json"] = data

    def change(stamp: Timestamp) -> None:
        stamp.snapshot_meta = MetaFile.from_data(snapshot, data, ["sha256"])
        stamp.version = version or stamp.version

    name = f.write("timestamp", change, by=f.keys("duty"))
    f.files["timestamp.json"] = f.files.pop(name)
    return f.bundle()


@case("a line for north-sea-port.json")
def _snapshot_that_lists_fewer_files(f: Forge) -> bytes:
    return f.list_all(lambda meta: meta.pop(f"{GHENT}.json"))


@case("north-sea-port.json: listed, as it was in register 1")
def _snapshot_that_lists_fewer_files_of_a_board_that_delegates_less(f: Forge) -> bytes:
    f.write("targets", lambda t: t.delegations.roles.pop(GHENT), by=f.keys("board"))
    return f.list_all(lambda meta: meta.pop(f"{GHENT}.json"))


def _line(name: str, **changes: Any) -> Callable[[Any], None]:
    def change(meta: dict[str, MetaFile]) -> None:
        for key, value in changes.items():
            setattr(meta[name], key, value)

    return change


@case("1.north-sea-port.json: the bytes whose SHA-256")
def _hash_of_other_bytes(f: Forge) -> bytes:
    return f.list_all(_line(f"{GHENT}.json", hashes={"sha256": "00" * 32}))


@case("1.north-sea-port.json: the bytes whose SHA-256")
def _no_hash(f: Forge) -> bytes:
    return f.list_all(_line(f"{GHENT}.json", hashes=None))


@case("1.north-sea-port.json: the bytes whose SHA-256, and no other hash")
def _another_hash_beside_it(f: Forge) -> bytes:
    own = f.newest("snapshot")[1].signed.meta[f"{GHENT}.json"].hashes
    return f.list_all(_line(f"{GHENT}.json", hashes={**own, "md5": "00" * 16}))


@case("1.north-sea-port.json: 7 bytes, as the file above it lists")
def _length_of_other_bytes(f: Forge) -> bytes:
    return f.list_all(_line(f"{GHENT}.json", length=7))


@case("2.north-sea-port.json: version 2 inside, as listed")
def _old_file_under_a_new_version(f: Forge) -> bytes:
    f.files[f"2.{GHENT}.json"] = f.files[f"1.{GHENT}.json"]
    return f.list_all()


@pytest.mark.parametrize("name", ["timestamp.json", "2.snapshot.json", "1.targets.json", f"1.{GHENT}.json"])
def test_a_file_that_is_not_there(name: str, tmp_path: Path) -> None:
    f = Forge()
    f.list_all()
    _refused(_held(tmp_path), f.bundle(name), f"{name}: a file that the set contains")


@case("2.snapshot.json: the bytes whose SHA-256")
def _timestamp_of_one_and_snapshot_of_another(f: Forge) -> bytes:
    f.list_all()
    other = f.files["2.snapshot.json"]
    f.list_all(version=2, days=(20, 20))
    f.files["2.snapshot.json"] = other
    return f.bundle()


@case(Outcome.SAME)
def _files_that_nothing_lists(f: Forge) -> bytes:
    f.files["7.port-nobody.json"] = b"{}"
    return f.bundle()


# ---- Backwards, and too far forwards ----------------------------------------------------------------------------------------


@case(Outcome.BEHIND)
def _older_snapshot(f: Forge) -> bytes:
    raw = f.bundle()
    f.step(lambda ceremony: ceremony.sign("duty", real_now()))
    return raw


@case("timestamp.json: version 2 or later, not 1: rolled back")
def _older_timestamp_of_the_same_snapshot(f: Forge) -> bytes:
    f.step(lambda ceremony: ceremony.sign("duty", real_now()))
    return _stamped(f, 2, f.files["2.snapshot.json"], version=1)


@case("north-sea-port.json: version 2 or later, not 1: rolled back")
def _older_file_of_an_organisation_in_a_newer_snapshot(f: Forge) -> bytes:
    old = f.files[f"1.{GHENT}.json"]
    f.step(lambda ceremony: ceremony.remove_node(NodeId(GHENT), real_now()))
    f.files[f"1.{GHENT}.json"] = old
    line = MetaFile.from_data(1, old, ["sha256"])
    return f.list_all(lambda meta: meta.update({f"{GHENT}.json": line}))


@case("targets.json: version 2 or later, not 1: rolled back")
def _older_board_in_a_newer_snapshot(f: Forge) -> bytes:
    old = f.files["1.targets.json"]
    f.step(lambda ceremony: ceremony.sign("board", real_now()))
    f.files["1.targets.json"] = old
    line = MetaFile.from_data(1, old, ["sha256"])
    return f.list_all(lambda meta: meta.update({"targets.json": line}))


@case(Outcome.EVIDENCE)
def _same_version_of_other_contents(f: Forge) -> bytes:
    f.step(lambda ceremony: ceremony.sign("duty", real_now()))
    f.write(GHENT, by=f.keys("organisation", GHENT))
    return f.list_all(version=2)


@case(Outcome.UPDATED)
def _versions_that_jump(f: Forge) -> bytes:
    return f.list_all(version=40)


FAR = 900_000_000


def _stolen(f: Forge, **how: Any) -> bytes:
    """What a thief with one duty key sends out to keep everything honest from being taken."""
    thief = Forge()
    thief.ceremony, thief.files = f.ceremony, dict(f.files)
    return thief.list_all(version=FAR, **how)


def test_a_stolen_duty_key_that_counted_too_far_is_recovered_from(tmp_path: Path) -> None:
    """By a new root without it, and by nothing else."""
    f, held = Forge(), _held(tmp_path)
    ghost = MetaFile(FAR, None, {"sha256": "00" * 32})
    raw = _stolen(f, lines=lambda meta: meta.update({"port-nobody.json": ghost}))
    assert held.apply_bundle(raw, real_now()).outcome is Outcome.UPDATED
    f.step(lambda ceremony: ceremony.sign("duty", real_now()))
    assert held.apply_bundle(f.bundle(), real_now()).outcome is Outcome.BEHIND
    f.step(
        lambda ceremony: rotate_role(ceremony, "root", "namb", real_now())
    )  # a new root, the stolen key still in it
    _refused(held, f.bundle(), "as it was in register 900000000")
    f.step(lambda ceremony: rotate_role(ceremony, "duty", THIEF, real_now()))
    applied = held.apply_bundle(f.bundle(), real_now())
    assert (applied.outcome, applied.register.version) == (Outcome.UPDATED, 4)
    assert _again(tmp_path).current.version == 4
    _refused(held, _stolen(f, by=f.keys("duty", THIEF)[:1]), "timestamp.json: enough signatures")


def test_a_recovery_takes_nothing_back_that_the_board_or_an_organisation_signed(tmp_path: Path) -> None:
    f, held = Forge(), _held(tmp_path)
    old = f.files[f"1.{GHENT}.json"]
    f.step(lambda ceremony: ceremony.remove_node(NodeId(GHENT), real_now()))
    assert held.apply_bundle(_stolen(f), real_now()).outcome is Outcome.UPDATED
    f.step(lambda ceremony: rotate_role(ceremony, "duty", THIEF, real_now()))
    f.files[f"1.{GHENT}.json"] = old
    line = MetaFile.from_data(1, old, ["sha256"])
    raw = f.list_all(lambda meta: meta.update({f"{GHENT}.json": line}), by=f.keys("duty", HOLDERS[1]))
    _refused(held, raw, "north-sea-port.json: version 2 or later, not 1: rolled back")


# ---- Expiry -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp", GHENT])
def test_what_has_expired_is_taken_and_shown(role: str, tmp_path: Path) -> None:
    """Freezing shows: whoever holds back newer registers can make a node STALE, not believe that all is well."""
    f, held = Forge(), _held(tmp_path)
    if role in {"snapshot", "timestamp"}:
        raw = f.list_all(days=(-1, 30) if role == "snapshot" else (30, -1))
    else:
        use = {"root": "root", "targets": "board"}.get(role, "organisation")
        f.write(role, expired, by=f.keys(use, *([] if use != "organisation" else [GHENT])))
        raw = f.list_all()
    assert held.apply_bundle(raw, real_now()).outcome is Outcome.UPDATED
    assert held.state(real_now()) is (State.CURRENT if role == GHENT else State.STALE)
    assert held.lapsed(real_now()) == ((GHENT,) if role == GHENT else ())


# ---- The table --------------------------------------------------------------------------------------------------------------


def _held(folder: Path, f: Forge | None = None) -> RegisterStore:
    """A node that holds register 1."""
    (folder / "first").mkdir(parents=True, exist_ok=True)
    for name, data in (f or Forge()).files.items():
        (folder / "first" / name).write_bytes(data)
    anchor = folder / "first" / "root.json"
    anchor.write_bytes((folder / "first" / "1.root.json").read_bytes())
    return RegisterStore.open(folder / "register", trusted_root=anchor, now=real_now())


def _again(folder: Path) -> RegisterStore:
    return RegisterStore.open(folder / "register", now=real_now())


def _refused(held: RegisterStore, raw: bytes, words: str) -> None:
    before = held.current
    with pytest.raises(ProtocolError) as refused:
        held.apply_bundle(raw, real_now())
    assert words in str(refused.value)
    assert held.current is before


def _offer(name: str, folder: Path) -> tuple[RegisterStore, Applied | str]:
    """What becomes of a line's bundle at a node that holds what was published before it, else register 1."""
    f = Forge()
    make, _ = CASES[name]
    raw = make(f)
    held = _held(folder)
    held.apply_bundle(bundle.pack(f.ceremony.files), real_now())
    try:
        return held, held.apply_bundle(raw, real_now())
    except ProtocolError as error:
        return held, str(error)


@pytest.mark.parametrize("name", CASES)
def test_each_line_of_the_table(name: str, tmp_path: Path) -> None:
    expected = CASES[name][1]
    held, found = _offer(name, tmp_path)
    if isinstance(expected, Outcome):
        assert isinstance(found, Applied), found
        assert found.outcome is expected
        assert bool(found.kept) is (expected is Outcome.EVIDENCE)
    else:
        assert isinstance(found, str), found.outcome
        assert expected in found
    assert _again(tmp_path).current.hash == held.current.hash


@pytest.mark.parametrize(
    ("guard", "instead", "line"),
    [
        ("_signed_by", lambda *given: None, "targets-signed-by-one-of-two"),
        ("_signed_by", lambda *given: None, "root-signed-by-its-own-new-keys-alone"),
        ("_exact", lambda files, name, meta: chain._data(files, name), "hash-of-other-bytes"),
        ("_same_version", lambda *given: None, "old-file-under-a-new-version"),
        ("not_older", lambda *given, **more: None, "older-board-in-a-newer-snapshot"),
        ("not_older", lambda *given, **more: None, "older-timestamp-of-the-same-snapshot"),
        ("not_older", lambda *given, **more: None, "snapshot-that-lists-fewer-files-of-a-board-that-delegates-less"),
        ("peek_version", lambda files: 0, "older-snapshot"),
    ],
)  # fmt: skip
def test_without_a_guard_a_line_notices(
    guard: str, instead: Any, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted faults. python-tuf's client, the second reader of every set, is silenced too: it would refuse most of them."""
    monkeypatch.setattr(client, "update", lambda *given, **named: frozenset())
    monkeypatch.setattr(store, "_refuse_other_bytes", lambda *given: None)
    monkeypatch.setattr(store if hasattr(store, guard) else chain, guard, instead)
    expected = CASES[line][1]
    _, found = _offer(line, tmp_path)
    assert expected not in found if isinstance(found, str) else expected is not found.outcome
