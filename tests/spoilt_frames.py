"""Frames that a hostile member sends, each with one thing spoilt, and the refusal that each meets: one table, a row spoils one thing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hostile import GOOD_HEADS, Forged, Hostile, framed, now_ms
from running import LIEGE, NORTH_SEA

from protocol.entry import Entry
from protocol.limits import FRAME_MAX
from protocol.v1 import federation_pb2 as pb

CANARY = "QXZ731ZZ"
"""In every record that is refused, as a person's text might be: it may be in no file, line or answer of the node."""

SAYS = {"description": f"Iemand zag {CANARY}."}
Frames = Callable[[Hostile], Sequence[bytes]]


@dataclass(frozen=True)
class Case:
    """What is sent after (or in place of) the greeting; the refusal's code and field, or the status and words it ends with."""

    name: str
    frames: Frames = lambda _: ()
    opening: Frames | None = None
    code: str = ""
    where: str = ""
    status: str = "INVALID_ARGUMENT"
    words: str = ""
    goes_on: bool = False
    """The stream stands, and what was refused is refused whole, for all who might send it."""
    event: str = "bytes that are not acceptable end a session"
    logged: bool = True


def spoilt(part: str, change: Callable[[bytes], bytes]) -> Frames:
    """A good batch of three entries with one part of one entry or of the checkpoint changed."""

    def frames(hostile: Hostile) -> Sequence[bytes]:
        batch = hostile.feed().alert(**SAYS).alert(**SAYS).batch()
        owner: Any = batch.checkpoint if part in {"root", "signature"} else batch.entries[1]
        setattr(owner, part, change(getattr(owner, part)))
        return [framed(batch)]

    return frames


def flipped(raw: bytes, at: int = 9) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def of_another(hostile: Hostile) -> Sequence[bytes]:
    """A feed that says it is the victim's honest peer's, signed by the hostile member."""
    return [framed(hostile.feed(origin=LIEGE).alert(**SAYS).batch())]


def another_id(hostile: Hostile) -> Sequence[bytes]:
    batch = hostile.feed().alert(**SAYS).batch()
    batch.feed = flipped(batch.feed)
    return [framed(batch)]


def under(label: str) -> Frames:
    return lambda hostile: [framed(hostile.feed(label).alert(**SAYS).batch())]


def labelled(old: bytes, new: bytes) -> Frames:
    """A label that no port of this version could write, of the same length, in a feed whose id is right."""

    def frames(hostile: Hostile) -> Sequence[bytes]:
        feed = hostile.feed()
        assert old in feed.run[0].header
        assert len(old) == len(new)
        feed.run[0] = Entry(feed.run[0].header.replace(old, new))
        feed.label = feed.label.replace(old.decode(), new.decode())
        return [framed(feed.alert(**SAYS).batch())]

    return frames


def wrong_size(hostile: Hostile) -> Sequence[bytes]:
    batch = hostile.feed().alert(**SAYS).batch()
    batch.checkpoint.size += 1
    return [framed(batch)]


def unknown_op(hostile: Hostile) -> Sequence[bytes]:
    feed = hostile.feed()
    header = b"\x08\x0e" + pb.Header(issued_ms=now_ms(), register=feed.register).SerializeToString()
    feed.run.append(Entry(header))
    return [framed(feed.batch())]


def second_open(hostile: Hostile) -> Sequence[bytes]:
    feed = hostile.feed()
    feed.run.append(feed.run[0])
    return [framed(feed.batch())]


def from_the_future(hostile: Hostile) -> Sequence[bytes]:
    return [framed(Forged(hostile.keys, hostile.register.version + 5).alert(**SAYS).batch())]


def without_its_start(hostile: Hostile) -> Sequence[bytes]:
    return [framed(hostile.feed().alert(**SAYS).alert(**SAYS).batch(first=1))]


def crowded(hostile: Hostile) -> Sequence[bytes]:
    batch = hostile.feed().alert(**SAYS).batch()
    batch.entries.extend([batch.entries[1]] * 300)
    return [framed(batch)]


def heads(count: int, size: int = 32) -> bytes:
    listed = [pb.Head(feed=os.urandom(size), size=1, root=bytes(32)) for _ in range(count)]
    return pb.Frame(heads=pb.Heads(heads=listed, complete=True)).SerializeToString()


def receipt(**changes: Any) -> Frames:
    """A receipt for the honest feed that the victim itself wrote."""

    def frames(hostile: Hostile) -> Sequence[bytes]:
        said = {"feed": bytes(32), "size": 1, "root": bytes(32), "cosignature": bytes(76)}
        return [pb.Frame(receipt=pb.Receipt(**{**said, **changes})).SerializeToString()]

    return frames


def _call() -> bytes:
    return pb.Frame(call=pb.Call(id=1, backfill=pb.BackfillRequest())).SerializeToString()


CASES = (
    # ---- Frames that are none -------------------------------------------------------------------------------------------
    Case("garbage", lambda _: [b"\xff\x00 no frame"], code="MALFORMED", where="frame"),
    Case("empty-frame", lambda _: [b""], code="MALFORMED", where="frame"),
    Case("body-unknown", lambda _: [b"\xfa\x07\x01x"], code="MALFORMED", where="frame"),
    Case(
        "cut-short", lambda h: [framed(h.feed().alert(**SAYS).batch())[:-7]], code="MALFORMED", where="frame"
    ),
    Case("oversized", lambda _: [b"\x1a" + bytes(FRAME_MAX)], code="TOO_LARGE", where="frame"),
    Case("oversized-list", lambda _: [heads(9000)], code="TOO_LARGE", where="frame"),
    Case("list-too-long", lambda _: [heads(4500, 4)], code="TOO_LARGE", where="heads"),
    Case("id-too-short", lambda _: [heads(1, 31)], code="MALFORMED", where="heads.feed"),
    Case(
        "beyond-grpc",
        lambda _: [bytes(3 * FRAME_MAX)],
        status="RESOURCE_EXHAUSTED",
        words="larger than max",
        logged=False,
    ),
    # ---- Not what is due now --------------------------------------------------------------------------------------------
    Case(
        "no-hello",
        opening=lambda _: [GOOD_HEADS],
        status="FAILED_PRECONDITION",
        words="the first frame must be hello",
        logged=False,
    ),
    Case("garbage-for-hello", opening=lambda _: [b"\x00\x01\x02"], code="MALFORMED", where="frame"),
    Case(
        "hello-cut-short",
        opening=lambda h: [h.hello(digest=b"short")],
        code="MALFORMED",
        where="hello.digest",
    ),
    Case(
        "other-protocol",
        opening=lambda h: [h.hello(protocol_min=7, protocol_max=9)],
        status="FAILED_PRECONDITION",
        words="this node speaks protocol 1",
        logged=False,
    ),
    Case(
        "register-of-other-bytes",
        opening=lambda h: [h.hello(register_hash=os.urandom(32))],
        status="FAILED_PRECONDITION",
        words="differs between the two nodes",
        event="evidence: one register version with two contents",
        logged=False,
    ),
    Case("call-from-who-dialled", lambda _: [_call()], code="MALFORMED", where="call"),
    # ---- Batches that do not verify -------------------------------------------------------------------------------------
    Case("bit-in-header", spoilt("header", flipped), code="BAD_PROOF", where="consistency"),
    Case("bit-in-content", spoilt("content", flipped), code="BAD_PROOF", where="content"),
    Case("bit-in-salt", spoilt("salt", flipped), code="BAD_PROOF", where="content"),
    Case("salt-gone", spoilt("salt", lambda _: b""), code="BAD_PROOF|MALFORMED", where="salt"),
    Case("bit-in-root", spoilt("root", flipped), code="BAD_SIGNATURE|BAD_PROOF", where=""),
    Case("bit-in-signature", spoilt("signature", lambda raw: flipped(raw, 40)), code="BAD_SIGNATURE"),
    Case("signature-cut-short", spoilt("signature", lambda raw: raw[:20]), code="BAD_SIGNATURE|MALFORMED"),
    Case(
        "header-too-long", spoilt("header", lambda raw: raw + bytes(5000)), code="TOO_LARGE", where="header"
    ),
    Case("content-too-long", spoilt("content", lambda _: bytes(300_000)), code="TOO_LARGE", where="content"),
    Case("checkpoint-of-another-size", wrong_size, code="BAD_SIGNATURE|BAD_PROOF"),
    Case("signed-by-another", of_another, code="BAD_SIGNATURE"),
    Case("feed-of-another-id", another_id, code="BAD_PROOF", where="feed"),
    Case("opened-twice", second_open, code="MALFORMED", where="entries[1]"),
    Case("too-many-entries", crowded, code="TOO_LARGE", where="batch.entries"),
    Case("no-entries", lambda _: [framed(pb.Batch(feed=bytes(32)))], code="TOO_LARGE", where="batch.entries"),
    # ---- What verifies and may not be had here --------------------------------------------------------------------------
    Case(
        "unknown-audience",
        under("BE:NONE//TLP:AMBER//AUD nobody-knows"),
        code="UNKNOWN_LABEL",
        where="label",
        goes_on=True,
    ),
    Case(
        "unknown-compartment",
        under("BE:NONE//TLP:AMBER//COMP ZEBRA//AUD ports-be"),
        code="UNKNOWN_LABEL",
        where="label",
        goes_on=True,
    ),
    Case(
        "no-such-level",
        labelled(b"NONE", b"PINK"),
        code="UNKNOWN_LABEL",
        where="entries[0].level",
        goes_on=True,
    ),
    Case(
        "no-such-marking",
        labelled(b"BE:", b"XX:"),
        code="UNKNOWN_LABEL",
        where="entries[0].policy",
        goes_on=True,
    ),
    Case(
        "label-out-of-form",
        labelled(b"//AUD", b"//aud"),
        code="UNKNOWN_LABEL",
        where="entries[0]",
        goes_on=True,
    ),
    Case(
        "above-accreditation",
        under("BE:SECRET//TLP:AMBER//AUD ports-be"),
        code="ABOVE_ACCREDITATION",
        where="label",
        goes_on=True,
    ),
    Case(
        "for-another",
        under(f"BE:NONE//TLP:RED//AUD ports-be//TO node:{LIEGE}"),
        code="ABOVE_ACCREDITATION",
        where="label",
        goes_on=True,
    ),
    Case(
        "audit-of-another",
        under(f"BE:NONE//TLP:RED//AUD audit//TO node:{NORTH_SEA}"),
        code="ABOVE_ACCREDITATION",
        where="label",
        goes_on=True,
    ),
    Case("unknown-operation", unknown_op, code="UNKNOWN_OP", where="header.op", goes_on=True, logged=False),
    Case(
        "under-a-later-register",
        from_the_future,
        code="OLD_REGISTER",
        where="header.register",
        goes_on=True,
        logged=False,
    ),
    Case("without-its-start", without_its_start, code="GAP", where="first", goes_on=True, logged=False),
    # ---- Receipts ---------------------------------------------------------------------------------------------------------
    Case("receipt-short", receipt(cosignature=b"x"), code="MALFORMED", where="receipt.cosignature"),
    Case("receipt-out-of-order", receipt(quarantined=[3, 2]), code="MALFORMED", where="receipt.quarantined"),
)
