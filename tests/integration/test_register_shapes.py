"""What is no register at all: other bytes than listed, too many, badly named, or values that no field has."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from unittest import mock

import pytest
from federations import founded, keys_of, real_now
from hypothesis import given, settings
from hypothesis import strategies as st
from tuf.api.metadata import Metadata, Root  # type: ignore[attr-defined]

from node.ceremony import Ceremony
from node.register import bundle, chain
from node.register.bundle import BadRegister
from node.register.view import view
from protocol.errors import ProtocolError, TooLarge
from protocol.ids import NodeId

ANTWERP, GHENT = NodeId("port-antwerp-bruges"), NodeId("north-sea-port")


@pytest.fixture
def ceremony() -> Ceremony:
    return founded(keys_of(ANTWERP, GHENT))


# ---- Exact bytes and sizes ------------------------------------------------------------------------------------------------


def test_other_bytes_than_listed_are_refused(ceremony: Ceremony) -> None:
    files = bundle.unpack(ceremony.bundle())
    for name in ("1.north-sea-port.json", "1.snapshot.json", "1.targets.json"):
        with pytest.raises(BadRegister, match=f"{name}: the bytes whose SHA-256"):
            chain.verify({**files, name: files[name] + b" "}, trusted_root=files["1.root.json"])
        short = {key: data for key, data in files.items() if key != name}
        with pytest.raises(BadRegister, match=f"{name}: a file that the set contains"):
            chain.verify(short, trusted_root=files["1.root.json"])


def test_files_of_two_versions_do_not_mix(ceremony: Ceremony) -> None:
    old = bundle.unpack(ceremony.bundle())
    ceremony.remove_node(GHENT, real_now())
    new = bundle.unpack(ceremony.bundle())
    mixed = {**new, "2.north-sea-port.json": old["1.north-sea-port.json"]}
    with pytest.raises(BadRegister, match=r"2\.north-sea-port\.json: the bytes whose SHA-256"):
        chain.verify(mixed, trusted_root=old["1.root.json"])
    with pytest.raises(BadRegister, match=r"2\.snapshot\.json"):
        chain.verify({**old, "timestamp.json": new["timestamp.json"]}, trusted_root=old["1.root.json"])
    with pytest.raises(BadRegister, match=r"1\.snapshot\.json"):
        chain.verify({**new, "timestamp.json": old["timestamp.json"]}, trusted_root=old["1.root.json"])


def test_an_older_file_that_is_listed_by_hash_alone_is_refused(ceremony: Ceremony) -> None:
    """A snapshot whose line says another version than the file has inside."""
    from tuf.api.metadata import MetaFile, Snapshot, Timestamp  # type: ignore[attr-defined]

    files = bundle.unpack(ceremony.bundle())
    snapshot: Snapshot = ceremony.papers.published("snapshot")
    snapshot.meta["north-sea-port.json"].version = 2
    root: Root = ceremony.papers.published("root")
    duty = root.roles["timestamp"].keyids

    def signed(content: Snapshot | Timestamp) -> bytes:
        paper: Metadata[Any] = Metadata(content)
        ceremony.papers.ring.sign(paper, duty)
        return paper.to_bytes()

    files["2.north-sea-port.json"] = files["1.north-sea-port.json"]
    files["1.snapshot.json"] = signed(snapshot)
    line = MetaFile.from_data(1, files["1.snapshot.json"], ["sha256"])
    files["timestamp.json"] = signed(Timestamp(expires=snapshot.expires, snapshot_meta=line))
    with pytest.raises(BadRegister, match=r"2\.north-sea-port\.json: version 2 inside"):
        chain.verify(files, trusted_root=files["1.root.json"])


def test_too_large_is_refused_before_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*given: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(Metadata, "from_bytes", parsed)
    with pytest.raises(TooLarge, match="register bundle: at most 32 MiB"):
        bundle.unpack(bytes(bundle.BUNDLE_MAX + 1))
    for name, cap in (("timestamp.json", 16_384), ("1.root.json", 512_000), ("1.port-x.json", 256_000)):
        with pytest.raises(TooLarge, match=f"{name}: at most {cap} bytes"):
            bundle.unpack(bundle.pack({name: bytes(cap + 1)}))
        assert bundle.unpack(bundle.pack({name: bytes(cap)}))
    many = {f"{version}.root.json": b"" for version in range(1, bundle.FILES_MAX + 2)}
    with pytest.raises(TooLarge, match="at most 4096 files"):
        bundle.unpack(bundle.pack(many))


@pytest.mark.parametrize(
    "name",
    ["../x.json", "root.json", "0.root.json", "01.root.json", "1.root.json/", "1.A.json", "/etc/passwd", "", "1.a.json",
     "timestamp.json\n", "1.root.txt", "9999999999.root.json"],
)  # fmt: skip
def test_a_name_that_no_register_has_is_refused(name: str) -> None:
    with pytest.raises(BadRegister, match="a name such as"):
        bundle.unpack(bundle.pack({name: b"{}"}))


def test_a_file_twice_is_refused() -> None:
    raw = bundle.pack({"timestamp.json": b"{}"})
    with pytest.raises(BadRegister, match=r"timestamp\.json: once"):
        bundle.unpack(raw + raw)


@given(st.binary(max_size=300))
def test_garbage_is_one_error(raw: bytes) -> None:
    for read_it in (bundle.unpack, lambda data: chain.verify({"timestamp.json": data}, trusted_root=data)):
        try:
            read_it(raw)
        except ProtocolError:
            continue


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"[" * 100_000, b'{"signed": {"_type": "root"}}', b"null", b"\xff"]
)
def test_metadata_that_is_none_is_refused(ceremony: Ceremony, data: bytes) -> None:
    files = bundle.unpack(ceremony.bundle())
    root = files["1.root.json"]
    with pytest.raises(BadRegister, match="trusted root: TUF metadata as JSON"):
        chain.verify(files, trusted_root=data)
    with pytest.raises(BadRegister, match=r"timestamp\.json: TUF metadata as JSON"):
        chain.verify({**files, "timestamp.json": data}, trusted_root=root)
    with pytest.raises(BadRegister, match=r"timestamp\.json: timestamp metadata, not snapshot"):
        chain.verify({**files, "timestamp.json": files["1.snapshot.json"]}, trusted_root=root)
    assert chain.peek_version({"timestamp.json": data}) == 0


ODD: list[Any] = [None, True, 1.5, -1, 10**30, "", "\ud800", "x" * 50, [], {}, [[]], {"a": 1.5}, float("nan")]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += _leaves(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            found += _leaves(item, (*path, place))
    return found


FUZZED = founded(keys_of(ANTWERP, GHENT))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_odd_value_anywhere_is_another_error(data: st.DataObject) -> None:
    """Hash checks off, so that every parser behind them is reached; only a refusal or an accepted register comes out."""
    files = dict(bundle.unpack(FUZZED.bundle()))
    root = files["1.root.json"]
    name = data.draw(st.sampled_from(sorted(files)))
    tree = json.loads(files[name])
    *way, last = data.draw(st.sampled_from(_leaves(tree)))
    place = tree
    for step in way:
        place = place[step]
    place[last] = data.draw(st.sampled_from(ODD))
    files[name] = json.dumps(tree).encode()
    with mock.patch.object(chain, "_exact", lambda files, name, meta: chain._data(files, name)):
        for trusted in (root, files["1.root.json"]):
            with contextlib.suppress(ProtocolError):
                view(chain.verify(files, trusted_root=trusted))
            with (
                mock.patch.object(chain, "_signed_by", return_value=None),
                contextlib.suppress(ProtocolError),
            ):
                view(chain.verify(files, trusted_root=trusted))


@pytest.mark.parametrize("depth", [100, 300, 900, 5000])
def test_deep_nesting_is_refused(ceremony: Ceremony, depth: int) -> None:
    files = dict(bundle.unpack(ceremony.bundle()))
    deep = b'{"x":' * depth + b"1" + b"}" * depth
    files["timestamp.json"] = files["timestamp.json"].replace(
        b'"version":', b'"deep":' + deep + b',"version":', 1
    )
    with pytest.raises(ProtocolError):
        chain.verify(files, trusted_root=files["1.root.json"])
