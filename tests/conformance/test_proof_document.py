"""The examples of docs/protocol.md are true: what stands there is what the code makes.

`python tests/conformance/test_proof_document.py` from the root writes them anew.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

import pytest
from locations import ROOT
from nacl.signing import SigningKey

from protocol.checkpoint import as_note, cosign, key_id_cosig, key_id_log, origin_name, sign, text
from protocol.entry import Target, build_open, build_publish, build_retract, commitment
from protocol.ids import NodeId, RecordId, feed_id
from protocol.merkle import CompactRange, node_in, prove_consistency, prove_inclusion
from protocol.note import to_base64
from protocol.proof import Proof, write_proof
from protocol.stored import sign_stored, stored_text

PAGE = ROOT / "docs" / "protocol.md"
BLOCK = re.compile(r"<!-- example: (\w+) -->\n(?:```\n(.*?)```\n)?", re.DOTALL)

ORIGIN, NORTH_SEA, LIEGE = NodeId("port-antwerp-bruges"), NodeId("north-sea-port"), NodeId("port-liege")
LOG, HOLD = SigningKey(b"\x01" * 32), {NORTH_SEA: SigningKey(b"\x02" * 32), LIEGE: SigningKey(b"\x03" * 32)}
LABEL = "BE:NONE//TLP:GREEN//AUD ports-be"
RECORD = RecordId(bytes.fromhex("01a0c3f06c007000800000000000002a"))
ISSUED, SECONDS = 1_790_000_000_000, 1_790_000_100
TYPE, CONTENT, SALT = "port2port/alert;v=1", b"content", b"\xaa" * 32

FEED = feed_id(ORIGIN, 1, bytes(range(16)), LABEL)
ENTRIES = (
    build_open(origin=ORIGIN, epoch=1, salt=bytes(range(16)), label=LABEL, register=7, issued_ms=ISSUED),
    build_publish(
        record_id=RECORD,
        version=1,
        content_type=TYPE,
        content=CONTENT,
        salt=SALT,
        issued_ms=ISSUED + 1000,
        expires_ms=ISSUED + 86_400_000,
        retain_until_ms=ISSUED + 30 * 86_400_000,
        register=7,
    ),
    build_retract(target=Target(RECORD, 1), reason=1, issued_ms=ISSUED + 2000, register=7),
)
RANGE, COMPLETED = CompactRange().extend(entry.leaf for entry in ENTRIES)
NODE = node_in([b"".join(nodes) for nodes in COMPLETED].__getitem__)
CHECKPOINT = sign(
    origin=ORIGIN,
    feed=FEED,
    size=3,
    root=RANGE.root(),
    public=bytes(LOG.verify_key),
    sign=lambda m: LOG.sign(m).signature,
)


def _hold(holder: NodeId) -> bytes:
    return bytes(HOLD[holder].verify_key)


def _cosignature(holder: NodeId) -> bytes:
    return cosign(
        holder=holder,
        origin=ORIGIN,
        feed=FEED,
        size=3,
        root=RANGE.root(),
        unix_s=SECONDS,
        public=_hold(holder),
        sign=lambda m: HOLD[holder].sign(m).signature,
    )


def _keys() -> str:
    lines = [f"log  {ORIGIN:20} {bytes(LOG.verify_key).hex()}"]
    lines += [f"hold {holder:20} {_hold(holder).hex()}" for holder in HOLD]
    return "\n".join(lines)


def _entries() -> str:
    names = ("OPEN", "PUBLISH", "RETRACT")
    parts = [
        f"{n} {name:8} leaf {entry.leaf.hex()}\n" + textwrap.fill(entry.header.hex(), 100)
        for n, (name, entry) in enumerate(zip(names, ENTRIES, strict=True))
    ]
    return "\n".join([*parts, f"commitment of entry 1  {commitment(SALT, TYPE, CONTENT).hex()}"])


def _log() -> str:
    return "\n".join(
        [
            *(
                f"root at size {n}  {CompactRange().extend(e.leaf for e in ENTRIES[:n])[0].root().hex()}"
                for n in (1, 2, 3)
            ),
            "inclusion of entry 1 at size 3:",
            *(f"  {h.hex()}" for h in prove_inclusion(index=1, size=3, node=NODE)),
            "consistency from size 2 to size 3:",
            *(f"  {h.hex()}" for h in prove_consistency(size1=2, size2=3, node=NODE)),
        ]
    )


def _stored() -> str:
    given = {
        "origin": ORIGIN,
        "feed": FEED,
        "index": 1,
        "leaf": ENTRIES[1].leaf,
        "size": 3,
        "root": RANGE.root(),
    }
    signature = sign_stored(
        holder=LIEGE,
        public=_hold(LIEGE),
        sign=lambda m: HOLD[LIEGE].sign(m).signature,
        **given,  # type: ignore[arg-type]
    )
    return stored_text(**given).decode() + f"\n— port2port/{LIEGE}/hold {to_base64(signature)}"  # type: ignore[arg-type]


def proof_file() -> bytes:
    return write_proof(
        Proof(
            origin=ORIGIN,
            feed=FEED,
            opened=ENTRIES[0].header,
            open_inclusion=prove_inclusion(index=0, size=3, node=NODE),
            index=1,
            entry=ENTRIES[1],
            inclusion=prove_inclusion(index=1, size=3, node=NODE),
            checkpoint=CHECKPOINT,
            cosignatures=tuple((holder, _cosignature(holder)) for holder in HOLD),
        )
    )


def examples() -> Mapping[str, str]:
    """What each example block says, by name."""
    return {
        "keys": _keys(),
        "feed": "\n".join(
            [
                f"feed id          {FEED.hex()}",
                f"key name         {origin_name(ORIGIN, FEED)}",
                f"key id, log      {key_id_log(origin_name(ORIGIN, FEED), bytes(LOG.verify_key)).hex()}",
                f"key id, hold     {key_id_cosig(f'port2port/{LIEGE}/hold', _hold(LIEGE)).hex()}   (port-liege, cosignature)",
            ]
        ),
        "entries": _entries(),
        "log": _log(),
        "note": as_note(
            CHECKPOINT, origin=ORIGIN, feed=FEED, cosignatures=[(h, _cosignature(h)) for h in HOLD]
        ).rstrip("\n"),
        "stored": _stored(),
        "proof": proof_file().decode().rstrip("\n"),
    }


def written(page: str) -> str:
    """The page with its examples made anew."""
    return BLOCK.sub(lambda m: f"<!-- example: {m[1]} -->\n```\n{examples()[m[1]]}\n```\n", page)


def test_every_example_of_the_page_is_what_the_code_makes() -> None:
    page = PAGE.read_text()
    assert {m[1] for m in BLOCK.finditer(page)} == set(examples())
    assert page == written(page), "run this file as a script to write the examples anew"


@pytest.mark.parametrize("name", sorted(examples()))
def test_a_digit_changed_in_an_example_is_noticed(name: str) -> None:
    page = PAGE.read_text()
    start = page.index(f"<!-- example: {name} -->") + 40
    changed = re.sub(r"\d", lambda m: str((int(m[0]) + 1) % 10), page[start:], count=1)
    assert written(page[:start] + changed) == page


def test_the_text_of_the_note_is_the_text_that_is_signed() -> None:
    assert examples()["note"].startswith(text(ORIGIN, FEED, 3, RANGE.root()).decode() + "\n— ")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
