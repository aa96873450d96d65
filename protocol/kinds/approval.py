"""approval: a draft before the eyes of a second person at another port, and the answer. A matter of two nodes, in no list of either.

Guarantees form only. What must fit the label it comes under is `policies/second.py: misfit`; the draft inside is checked as a record of
its own there.
"""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import DecodeError

from protocol.errors import BadLabel
from protocol.fields import Field, Table, part
from protocol.ids import UnixMs
from protocol.kind import Kind, Shelf, Values
from protocol.label import parse
from protocol.parts import RECORD_ID, REF
from protocol.rules import choice, code, each, moment, number, octets, pattern, plain, text
from protocol.v1 import records_pb2 as pb

Step = pb.Approval
DRAFT_MAX = 196_608
"""Bytes of a draft that is asked about; what stands around it fits beside."""
LONGEST_MS = 7 * 86_400_000
"""A question that waits longer than a week is asked again."""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NODE = pattern(r"[a-z0-9](?:-{0,2}[a-z0-9]){2,39}", "a node id")
_DRAFT = f"2 to {DRAFT_MAX} bytes"


def _is_label(value: str) -> str | None:
    try:
        parse(value)
    except BadLabel:
        return "a label"
    return None


TABLE = Table(
    pb.Approval,
    (
        # What the other fields mean hangs on it.
        Field("step", choice(pb.Approval, "Step", closed=True), required=True),
        Field("plan", octets(32), required=True),
        Field("until", moment(), required=True),
        Field("record", RECORD_ID),
        Field("version", number(1, 1_000_000)),
        Field(
            "content_type", pattern(r"port2port/[a-z][a-z0-9_-]{1,39};v=[1-9][0-9]{0,3}", "a content type")
        ),
        Field(
            "content",
            plain(lambda value: None if 2 <= len(value) <= DRAFT_MAX else _DRAFT, words=_DRAFT),
            mark="S",
        ),
        Field("label", plain(_is_label, words="a label")),
        Field("change", pattern(r"new|wider|narrower|same", "new, wider, narrower or same")),
        Field("second", each(code(), most=12)),
        Field("recipients", each(_NODE, most=2_000)),
        Field("people", number(1, 1_000_000)),
        Field("began", number(1, 2**53)),
        Field(
            "officers",
            each(
                pattern(_UUID + r"|[a-z_]{2,20}/[a-z0-9_-]{2,40}", "an officer's uuid or <sort>/<code>"),
                most=3,
            ),
        ),
        Field("right", code()),
        Field("roles", each(code(), most=20)),
        Field("question", part(REF)),
        Field("leaf", octets(32)),
        Field("officer", pattern(_UUID, "an officer's uuid")),
        Field("reason", text(400), mark="S"),
    ),
)
_ASKS = (
    "record",
    "version",
    "content_type",
    "content",
    "label",
    "change",
    "second",
    "recipients",
    "officers",
)
_ANSWERS = ("question", "leaf", "officer", "roles")
_NEEDS = {
    Step.STEP_ASKED: _ASKS,
    Step.STEP_APPROVED: _ANSWERS,
    Step.STEP_RETURNED: (*_ANSWERS, "reason"),
}
_MAY = {Step.STEP_ASKED: ("people", "began", "right", "roles")}


def _check(record: pb.Record, now: UnixMs | None) -> Iterator[tuple[str, str]]:
    body = record.approval
    if body.step not in _NEEDS:
        return  # said by the rule of the field
    present = {field.name for field, _ in body.ListFields()} - {"step", "plan", "until"}
    needs = _NEEDS[body.step]
    yield from ((name, "required at this step") for name in needs if name not in present)
    others = present - set(needs) - set(_MAY.get(body.step, ()))
    yield from ((name, "not at this step") for name in sorted(others))
    if now is not None and not now < body.until <= now + LONGEST_MS:
        yield "until", "after issue, at most 7 days"


def _values(body: pb.Approval) -> Values:
    """The indicators of the draft inside: whom it concerns is whom the question concerns."""
    from protocol.kinds import known
    from protocol.marks import values

    try:
        draft = pb.Record.FromString(body.content)
    except DecodeError:
        return
    kind = known().get(draft.WhichOneof("body") or "")
    if kind is not None and kind.name != "approval":
        yield from ((f"content.{path}", value) for path, value in values(draft, kind))


KIND = Kind(
    name="approval",
    table=TABLE,
    check=_check,
    says=(
        "asked: "
        + ", ".join(f"`{name}`" for name in _ASKS)
        + " are there, `people`, `began`, `right` and `roles` may be, nothing else",
        "approved: "
        + ", ".join(f"`{name}`" for name in _ANSWERS)
        + " are there, nothing else; returned: the same and `reason`",
        "`until` is after issue and at most 7 days after it",
    ),
    words=("reason",),
    values=_values,
    common=("kind", "regime"),
    shelf=Shelf.NONE,
)
