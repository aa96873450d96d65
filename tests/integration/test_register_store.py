"""The register a node holds: taken from anybody who has it, never backwards, whole or not at all, stale without failing."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

import pytest
from federations import forced, founded, keys_of, opened, real_now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tuf.api.metadata import Metadata, Snapshot  # type: ignore[attr-defined]

from node.ceremony import Ceremony, save
from node.exits import Refused
from node.keys import NodeKeys
from node.register import BadRegister, Outcome, RegisterStore, State, bundle, client, store
from node.register.chain import verify
from node.register.shelf import Shelf
from protocol.errors import BadSignature, ProtocolError
from protocol.ids import NodeId, UnixMs
from protocol.register import Register

ANTWERP, GHENT = NodeId("port-antwerp-bruges"), NodeId("north-sea-port")
DAY = 86_400_000


@pytest.fixture(scope="module")
def keys() -> dict[NodeId, NodeKeys]:
    return keys_of(ANTWERP, GHENT)


@pytest.fixture
def ceremony(keys: dict[NodeId, NodeKeys]) -> Ceremony:
    return founded(keys)


def again(folder: Path) -> RegisterStore:
    """A restart, without the folder that came by hand."""
    return RegisterStore.open(folder / "register", now=real_now())


def told(register: Register) -> tuple[int, bytes, dict[NodeId, list[object]]]:
    """What it says. Entries of two readings are never equal: decisions about them are remembered by their identity."""
    return (
        register.version,
        register.hash,
        {
            node: [getattr(entry, field.name) for field in dataclasses.fields(entry)]
            for node, entry in register.nodes.items()
        },
    )


# ---- First start and restart ------------------------------------------------------------------------------------------------


def test_a_first_start_works_offline_from_a_folder(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    assert held.current.version == 1
    assert set(held.current.nodes) == {ANTWERP, GHENT}
    assert held.state(real_now()) is State.CURRENT
    assert (held.current.hash, held.current.version) == (ceremony.register().hash, 1)
    restarted = again(tmp_path)
    assert told(restarted.current) == told(held.current)


def test_a_first_start_needs_the_other_files_too(ceremony: Ceremony, tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(ceremony.trusted_root)
    with pytest.raises(Refused, match=r"needs the register's other files beside root\.json"):
        RegisterStore.open(tmp_path / "register", trusted_root=tmp_path / "root.json", now=real_now())
    with pytest.raises(Refused, match="no trusted root"):
        RegisterStore.open(tmp_path / "register", now=real_now())
    with pytest.raises(Refused, match=r"none\.json: cannot be read"):
        RegisterStore.open(tmp_path / "register", trusted_root=tmp_path / "none.json", now=real_now())


def test_the_anchor_is_pinned_at_the_first_start(
    ceremony: Ceremony, keys: dict[NodeId, NodeKeys], tmp_path: Path
) -> None:
    opened(ceremony, tmp_path)
    other = tmp_path / "other.json"
    other.write_bytes(founded(keys).trusted_root)
    with pytest.raises(Refused, match="is not the root this node started with"):
        RegisterStore.open(tmp_path / "register", trusted_root=other, now=real_now())


def test_a_later_root_of_the_same_line_is_no_other_anchor(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    ceremony.sign("root", real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    later = tmp_path / "later.json"
    later.write_bytes(ceremony.trusted_root)
    assert RegisterStore.open(tmp_path / "register", trusted_root=later, now=real_now()).root_version == 2


def test_everything_is_verified_again_at_a_restart(ceremony: Ceremony, tmp_path: Path) -> None:
    opened(ceremony, tmp_path)
    for path in sorted((tmp_path / "register" / "current").glob("*.json")):
        if path.name == "root.json":
            continue
        good = path.read_bytes()
        path.write_bytes(good.replace(b"2", b"3"))
        with pytest.raises(ProtocolError):
            again(tmp_path)
        path.write_bytes(good)
    assert again(tmp_path).current.version == 1


# ---- From any peer ----------------------------------------------------------------------------------------------------------


def test_any_peer_will_do_as_a_source(ceremony: Ceremony, tmp_path: Path) -> None:
    first, second = opened(ceremony, tmp_path / "a"), opened(ceremony, tmp_path / "b")
    ceremony.remove_node(GHENT, real_now())
    ceremony.sign("root", real_now())
    assert first.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED
    relayed = first.bundle(second.root_version)
    applied = second.apply_bundle(relayed, real_now())  # the board's folder never reached it
    assert applied.outcome is Outcome.UPDATED
    assert told(applied.register) == told(second.current) == told(first.current)
    assert set(second.current.nodes) == {ANTWERP}
    assert told(again(tmp_path / "b").current) == told(first.current)


def test_a_bundle_brings_the_roots_that_are_asked_for(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    for _ in range(2):
        ceremony.sign("root", real_now())
        held.apply_bundle(ceremony.bundle(), real_now())
    assert held.root_version == 3
    roots = [
        sorted(n for n in bundle.unpack(held.bundle(since)) if n.endswith(".root.json"))
        for since in range(1, 4)
    ]
    assert roots == [["2.root.json", "3.root.json"], ["3.root.json"], []]
    assert held.bundle(3, held.current.version) == held.bundle(3)
    with pytest.raises(BadRegister, match="version 3 is what is held here"):
        held.bundle(0, 1)


def test_by_hand_from_a_folder_or_a_file(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    ceremony.sign("duty", real_now())
    (tmp_path / "stick.bundle").write_bytes(ceremony.bundle())
    assert held.load_from(tmp_path / "stick.bundle", real_now()).outcome is Outcome.UPDATED
    ceremony.sign("duty", real_now())
    save(ceremony, tmp_path / "stick", passphrase=None)
    assert held.load_from(tmp_path / "stick" / "public", real_now()).register.version == 3


def test_who_subscribes_is_told_of_each_change(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    told: list[Register] = []
    end = held.subscribe(told.append)
    ceremony.remove_node(GHENT, real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    assert [register.version for register in told] == [2]
    assert told[0] is held.current
    end()
    ceremony.sign("duty", real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    assert len(told) == 1


# ---- Never backwards --------------------------------------------------------------------------------------------------------


def test_an_older_register_is_behind_and_the_same_is_the_same(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    old = ceremony.bundle()
    assert held.apply_bundle(old, real_now()).outcome is Outcome.SAME
    ceremony.sign("duty", real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    applied = held.apply_bundle(old, real_now())
    assert applied.outcome is Outcome.BEHIND
    assert applied.register.version == held.current.version == 2


def _rolled_back(ceremony: Ceremony, keys: dict[NodeId, NodeKeys]) -> bytes:
    """A newer snapshot, by a good duty key, that lists the older file of an organisation."""
    papers = ceremony.papers
    old = dict(papers.files)
    ceremony.remove_node(GHENT, real_now())
    before = ceremony.bundle()
    snapshot: Metadata[Snapshot] = Metadata.from_bytes(papers.files["2.snapshot.json"])
    older: Metadata[Snapshot] = Metadata.from_bytes(old["1.snapshot.json"])
    snapshot.signed.meta["north-sea-port.json"] = older.signed.meta["north-sea-port.json"]
    papers.files = {**papers.files, "1.north-sea-port.json": old["1.north-sea-port.json"]}
    del papers.files["2.north-sea-port.json"]
    papers.files["2.snapshot.json"] = snapshot.to_bytes()
    raw = forced(ceremony)
    papers.files = dict(bundle.unpack(before))
    return raw


def test_a_rollback_is_refused(ceremony: Ceremony, keys: dict[NodeId, NodeKeys], tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    raw = _rolled_back(ceremony, keys)
    held.apply_bundle(ceremony.bundle(), real_now())
    assert GHENT not in held.current.nodes
    with pytest.raises(BadRegister, match=r"north-sea-port\.json: version 2 or later, not 1: rolled back"):
        held.apply_bundle(raw, real_now())
    assert GHENT not in held.current.nodes
    assert told(again(tmp_path).current) == told(held.current)


def test_the_tuf_client_alone_refuses_a_rollback_too(
    ceremony: Ceremony, keys: dict[NodeId, NodeKeys], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = opened(ceremony, tmp_path)
    raw = _rolled_back(ceremony, keys)
    held.apply_bundle(ceremony.bundle(), real_now())
    monkeypatch.setattr(store, "not_older", lambda offered, held, **more: None)
    with pytest.raises(BadRegister, match="refused by the TUF client"):
        held.apply_bundle(raw, real_now())
    monkeypatch.setattr(client, "update", lambda *given, **named: frozenset(held._held.chain.expiries))
    monkeypatch.setattr(store, "_refuse_other_bytes", lambda *given: None)
    held.apply_bundle(raw, real_now())  # the planted fault: without both it would be taken
    assert GHENT in held.current.nodes


def test_a_line_that_disappears_is_refused(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    papers = ceremony.papers
    targets = ceremony.paper("targets")
    del targets.delegations.roles["port-rotterdam"]
    papers.draft("targets", targets, real_now(), 300 * DAY)
    papers.sign()
    snapshot: Metadata[Snapshot] = Metadata.from_bytes(papers.files["1.snapshot.json"])
    del snapshot.signed.meta["port-rotterdam.json"]
    papers.files = {**papers.files, "1.snapshot.json": snapshot.to_bytes()}
    del papers.files["1.port-rotterdam.json"]
    with pytest.raises(BadRegister, match=r"port-rotterdam\.json: listed, as it was in register 1"):
        held.apply_bundle(forced(ceremony), real_now())


def test_one_version_with_other_bytes_is_evidence(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    fork = Ceremony(type(ceremony.papers)(ceremony.papers.ring, dict(ceremony.papers.files)))
    ceremony.remove_node(GHENT, real_now())
    fork.sign("port-liege", real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    applied = held.apply_bundle(fork.bundle(), real_now())
    assert applied.outcome is Outcome.EVIDENCE
    assert held.current.hash == ceremony.register().hash
    kept = [bundle.from_file(path) for path in applied.kept]
    assert len(kept) == 2
    assert [files["2.snapshot.json"] for files in kept] == [
        c.files["2.snapshot.json"] for c in (ceremony, fork)
    ]
    assert held.apply_bundle(fork.bundle(), real_now()).kept == applied.kept  # the same pair once


def test_evidence_needs_a_duty_key(ceremony: Ceremony, keys: dict[NodeId, NodeKeys], tmp_path: Path) -> None:
    """Nobody without one can make a node believe in a split."""
    held = opened(ceremony, tmp_path)
    with pytest.raises(BadSignature):
        held.apply_bundle(founded(keys).bundle(), real_now())
    assert not (tmp_path / "register" / "evidence").exists()


def test_evidence_has_an_end(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for version in range(40):
        shelf.keep_evidence(version, {"a": b"a", "b": b"b"})
    assert len(list((tmp_path / "evidence").iterdir())) == 32


# ---- Whole or not at all ------------------------------------------------------------------------------------------------------


def test_a_refusal_changes_nothing(
    ceremony: Ceremony, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = opened(ceremony, tmp_path)
    before = held.current
    ceremony.remove_node(GHENT, real_now())

    def refuse(*given: object, **named: object) -> None:
        raise BadRegister("no", where="client")

    monkeypatch.setattr(client, "update", refuse)
    with pytest.raises(BadRegister, match="client: no"):
        held.apply_bundle(ceremony.bundle(), real_now())
    assert held.current is before
    assert told(again(tmp_path).current) == told(before)
    monkeypatch.undo()
    assert held.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED


@pytest.mark.parametrize("reached", [0, 1, 2, 3])
def test_a_crash_at_any_step_leaves_the_old_or_the_new(
    ceremony: Ceremony, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reached: int
) -> None:
    """The steps that change what is in force are renames; the process dies at the one after `reached`."""
    held = opened(ceremony, tmp_path)
    ceremony.remove_node(GHENT, real_now())
    new, rename = ceremony.register(), Path.replace
    seen: list[str] = []

    def dying(self: Path, aim: Path) -> Path:
        if self.name in {"former.json.part", "stage", "current.part"}:
            if len(seen) == reached:
                raise KeyboardInterrupt
            seen.append(self.name)
        return rename(self, aim)

    monkeypatch.setattr(Path, "replace", dying)
    with contextlib.suppress(KeyboardInterrupt):
        held.apply_bundle(ceremony.bundle(), real_now())
    monkeypatch.setattr(Path, "replace", rename)
    assert seen == ["former.json.part", "stage", "current.part"][:reached]
    after = again(tmp_path)
    assert after.current.version == (2 if reached == 3 else 1)
    assert told(after.apply_bundle(ceremony.bundle(), real_now()).register) == told(new)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_is_refused_or_means_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Of a register one version ahead; what is taken, if anything, is that very register."""
    folder = _shared_folder(tmp_path_factory)
    held, files, wanted = folder
    name = data.draw(st.sampled_from(sorted(files)))
    flipped = bytearray(files[name])
    flipped[data.draw(st.integers(0, len(flipped) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        chain = verify({**held._held.files, **files, name: bytes(flipped)}, trusted_root=held._trusted_root)
    except ProtocolError:
        return
    assert (chain.version, chain.hash) in {(wanted.version, wanted.hash), (1, held.current.hash)}


_SHARED: list[Any] = []


def _shared_folder(factory: pytest.TempPathFactory) -> Any:
    if not _SHARED:
        made = founded(keys_of(ANTWERP, GHENT))
        held = opened(made, factory.mktemp("flip"))
        made.remove_node(GHENT, real_now())
        _SHARED.append((held, bundle.unpack(made.bundle()), made.register()))
    return _SHARED[0]


def test_only_the_set_in_force_and_the_one_before_are_kept(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    for _ in range(4):
        ceremony.sign("duty", real_now())
        held.apply_bundle(ceremony.bundle(), real_now())
    sets = sorted(path.name.partition("-")[0] for path in (tmp_path / "register" / "sets").iterdir())
    assert sets == ["4", "5"]
    assert not (tmp_path / "register" / "stage").exists()


# ---- Expiry is a state --------------------------------------------------------------------------------------------------------


def test_an_expired_register_is_stale_and_goes_on(ceremony: Ceremony, tmp_path: Path) -> None:
    held = opened(ceremony, tmp_path)
    last = UnixMs(held.current.expires_ms - 1)
    assert held.state(last) is State.CURRENT
    assert held.state(held.current.expires_ms) is State.STALE
    assert set(held.current.nodes) == {ANTWERP, GHENT}
    assert bundle.unpack(held.bundle())  # served all the same


def _old(keys: dict[NodeId, NodeKeys], days: int) -> Ceremony:
    return founded(keys, now=UnixMs(real_now() - days * DAY))


def test_a_start_on_an_expired_register_works(keys: dict[NodeId, NodeKeys], tmp_path: Path) -> None:
    held = opened(_old(keys, 40), tmp_path)
    assert held.state(real_now()) is State.STALE
    assert again(tmp_path).state(real_now()) is State.STALE


def test_an_expired_but_newer_register_is_progress(keys: dict[NodeId, NodeKeys], tmp_path: Path) -> None:
    ceremony = _old(keys, 50)
    held = opened(ceremony, tmp_path)
    ceremony.remove_node(GHENT, UnixMs(real_now() - 40 * DAY))
    assert held.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED
    assert GHENT not in held.current.nodes
    assert held.state(real_now()) is State.STALE


def test_a_fresh_register_ends_the_staleness(keys: dict[NodeId, NodeKeys], tmp_path: Path) -> None:
    ceremony = _old(keys, 40)
    held = opened(ceremony, tmp_path)
    ceremony.sign("duty", real_now())
    assert held.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED
    assert held.state(real_now()) is State.CURRENT


def test_expired_and_rolled_back_is_refused_without_the_tuf_client(
    keys: dict[NodeId, NodeKeys], tmp_path: Path
) -> None:
    ceremony = _old(keys, 50)
    held = opened(ceremony, tmp_path)
    raw = _rolled_back(ceremony, keys)
    held.apply_bundle(ceremony.bundle(), real_now())
    with pytest.raises(BadRegister, match="rolled back"):
        held.apply_bundle(raw, UnixMs(real_now() + 3650 * DAY))


def test_one_organisation_that_lapses_costs_nobody_else(keys: dict[NodeId, NodeKeys], tmp_path: Path) -> None:
    ceremony = founded(keys)
    held = opened(ceremony, tmp_path)
    ceremony.papers.draft("port-liege", ceremony.paper("port-liege"), real_now(), -DAY)
    ceremony.sign("duty", real_now())
    assert held.apply_bundle(ceremony.bundle(), real_now()).outcome is Outcome.UPDATED
    assert held.lapsed(real_now()) == ("port-liege",)
    assert held.state(real_now()) is State.CURRENT
    assert again(tmp_path).lapsed(real_now()) == ("port-liege",)
    ceremony.sign("port-liege", real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    assert held.lapsed(real_now()) == ()


# ---- Former members -----------------------------------------------------------------------------------------------------------


def test_a_removed_node_stays_known_by_its_certificate(
    ceremony: Ceremony, keys: dict[NodeId, NodeKeys], tmp_path: Path
) -> None:
    held = opened(ceremony, tmp_path)
    fingerprint = held.current.nodes[GHENT].fingerprints[0]
    ceremony.remove_node(GHENT, real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    assert held.former[fingerprint].node == GHENT
    assert again(tmp_path).former[fingerprint].node == GHENT
    newcomer = opened(ceremony, tmp_path / "new")  # which never saw it as a member
    assert newcomer.former[fingerprint].node == GHENT


def test_a_replaced_certificate_is_remembered_and_forgotten_when_it_returns(
    ceremony: Ceremony, keys: dict[NodeId, NodeKeys], tmp_path: Path
) -> None:
    held = opened(ceremony, tmp_path)
    claim = {
        "kind": "port",
        "level": {"BE": "NONE"},
        "regimes": ["gdpr"],
        "sites": [{"id": "ghent", "country": "BE", "unlocode": "BEGNE", "name": "Ghent"}],
    }
    old = held.current.nodes[GHENT].fingerprints[0]
    ceremony.add_node(keys_of(GHENT)[GHENT].public_card(), claim, real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    assert held.former[old].node == GHENT
    assert old not in held.current.by_fingerprint
    ceremony.add_node(keys[GHENT].public_card(), claim, real_now())
    held.apply_bundle(ceremony.bundle(), real_now())
    assert old not in held.former
    assert old in held.current.by_fingerprint


# ---- By hand, beside a node --------------------------------------------------------------------------------------------------


def test_what_a_hand_loads_beside_a_node_is_never_put_back(ceremony: Ceremony, tmp_path: Path) -> None:
    """The node has version 1 in memory, the hand loads 3, a peer then offers 2: it takes 3 up and leaves 2."""
    node = opened(ceremony, tmp_path)
    ceremony.remove_node(GHENT, real_now())
    second = ceremony.bundle()
    ceremony.sign("duty", real_now())
    (tmp_path / "third").write_bytes(ceremony.bundle())
    assert again(tmp_path).load_from(tmp_path / "third", real_now()).outcome is Outcome.UPDATED
    heard: list[Register] = []
    node.subscribe(heard.append)
    assert node.current.version == 1
    assert node.apply_bundle(second, real_now()).outcome is Outcome.BEHIND
    assert [register.version for register in heard] == [3]
    assert again(tmp_path).current.version == node.current.version == 3


def test_without_looking_at_the_disk_the_peer_would_be_blamed(
    ceremony: Ceremony, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken double: the TUF client still stops it, but a peer that did nothing wrong is refused for it."""
    monkeypatch.setattr(RegisterStore, "_catch_up", lambda _: None)
    with pytest.raises(BadRegister, match="New timestamp version 2 must be >= 3"):
        test_what_a_hand_loads_beside_a_node_is_never_put_back(ceremony, tmp_path)


def test_a_first_start_may_be_from_what_a_hand_brings(ceremony: Ceremony, tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    root.write_bytes(ceremony.trusted_root)
    (tmp_path / "all.bundle").write_bytes(ceremony.bundle())
    held = RegisterStore.open(
        tmp_path / "register", trusted_root=root, source=tmp_path / "all.bundle", now=real_now()
    )
    assert held.current.version == 1
