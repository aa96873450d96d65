"""request: asks an owner for a best practice or a record; the owner's answer is a request of its own that names it.

Asked goes to the owner, an answer to who asked, and to nobody else: `Kind.addressee` and `Pointer.back` say to whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from protocol.fields import Field, Table, part
from protocol.ids import UnixMs
from protocol.kind import Kind, Pointer
from protocol.parts import ORGANISATION, REF
from protocol.rules import choice, moment, text
from protocol.v1 import records_pb2 as pb

Step = pb.Request

TABLE = Table(
    pb.Request,
    (
        # What the other fields mean hangs on it.
        Field("step", choice(pb.Request, "Step", closed=True), required=True),
        Field("owner", ORGANISATION),
        Field("wanted", text(400), mark="S"),
        Field("about", part(REF)),
        Field("grounds", text(400), mark="S"),
        Field("answer_by", moment()),
        Field("request", part(REF)),
        Field("given", part(REF)),
        Field("reason", text(400), mark="S"),
    ),
)
_AT_STEP: Mapping[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Step.STEP_ASKED: (("owner", "wanted", "grounds"), ("about", "answer_by")),
    Step.STEP_GRANTED: (("request", "given"), ()),
    Step.STEP_GRANTED_REDACTED: (("request", "given"), ()),
    Step.STEP_REFUSED: (("request", "reason"), ()),
}


def _check(record: pb.Record, _now: UnixMs | None) -> Iterator[tuple[str, str]]:
    body = record.request
    if body.step not in _AT_STEP:
        return  # said by the rule of the field
    present = {field.name for field, _ in body.ListFields()} - {"step"}
    needs, may = _AT_STEP[body.step]
    yield from ((name, "required at this step") for name in needs if name not in present)
    others = present - set(needs) - set(may)
    yield from ((name, "not at this step") for name in sorted(others))


KIND = Kind(
    name="request",
    table=TABLE,
    check=_check,
    says=(
        "asked: `owner`, `wanted` and `grounds` are there, `about` and `answer_by` may be, nothing else",
        "granted and granted_redacted: `request` and `given` are there, nothing else; refused: `request` and `reason`",
    ),
    summary="wanted",
    words=("wanted", "grounds", "reason"),
    pointers=(
        Pointer("about", held=False),
        Pointer("request", kinds=frozenset({"request"}), back=True),
        Pointer("given"),
    ),
    addressee="owner",
    branch="step",
    branches=_AT_STEP,
    retention="request",
    right="can_publish_request",
)
