"""The common part, first in every record: who is responsible, under which law, what it is about.

Guarantees the form of each field and their time order. Names of the register (controller, legal basis, UN/LOCODE) are
looked up in `protocol/record.py`.
"""

from __future__ import annotations

from protocol.fields import Field, Order, Table, part
from protocol.parts import BLOB, LANGUAGE, ORGANISATION, REF, indicator_value
from protocol.place import PLACE
from protocol.rules import choice, code, each, flag, moment, number, text
from protocol.v1 import records_pb2 as pb

COMMON = Table(
    pb.Common,
    (
        Field("kind", code(), required=True),
        Field("lang", LANGUAGE, required=True),
        Field("title", text(120), required=True, mark="S"),
        Field("occurred_from", moment(), required=True),
        Field("occurred_to", moment()),
        Field("subjects", each(indicator_value(), most=50)),
        Field("places", each(part(PLACE), most=10), mark="S"),
        Field("attachments", each(part(BLOB), most=20), mark="S"),
        Field("reliability", choice(pb.Common, "Reliability")),
        Field("credibility", number(1, 6)),
        Field("derived_from", each(part(REF), most=20)),
        Field("external_ref", text(80), mark="S"),
        # A law that is not known here cannot be applied here: closed for holders too.
        Field("regime", choice(pb.Common, "Regime", closed=True), required=True),
        Field("controller", ORGANISATION, required=True),
        Field("legal_basis", code(), required=True),
        Field("statement", choice(pb.Common, "Statement"), required=True),
        Field("subject_category", each(choice(pb.Common, "SubjectCategory"), most=6), mark="P"),
        Field("non_attribution", flag()),
        Field("change_reason", text(400), mark="S"),
    ),
    together=(("reliability", "credibility"),),
    ordered=(Order("occurred_from", "occurred_to"),),
)
