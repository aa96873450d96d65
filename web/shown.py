"""From what the node knows to what a screen shows: records, labels, plans and places in the words of views.

Guarantees that nothing is added: a withdrawn record has no title here because it has none there. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from node.commands import acknowledge
from node.commands.detail import Detail, Holder
from node.commands.freshness import Freshness
from node.commands.search import Found, State
from policies.plan import Plan, Recipient, Withheld
from protocol import label as labels
from protocol import rules
from protocol.codes import code_of
from protocol.ids import NodeId, UnixMs
from protocol.kinds import known
from protocol.label import LEVEL_NAMES, TLP_NAMES, Label, named_node
from protocol.record import Record
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb
from web import coded, facts, views
from web.facts import Addressed
from web.views import (
    DraftRow,
    Evidence,
    Fact,
    LabelView,
    Named,
    PlanView,
    Provenance,
    RecordView,
    Row,
    Subject,
)

KEPT_HERE = ("observations", "author")
"""What no record carries: the sensors' own reports and who wrote it."""

_FORM = {
    "subjects": "vessel",
    "places": "place",
    "occurred_from": "occurred",
    "valid_until": "valid_days",
    "attachments": "files",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What things of the register are called."""

    register: Register

    def node(self, node: NodeId) -> Named:
        """A node by its organisation, and by its own name where that has several."""
        entry = self.register.nodes.get(node)
        grant = self.register.organisations.get(entry.organisation) if entry else None
        if entry is None or grant is None:
            return Named(node, node)
        own = node.removeprefix(grant.id).strip("-").replace("-", " ")
        return Named(node, f"{grant.name}, {own}" if own else grant.name)

    def called(self, node: str) -> str:
        """A node's name by an id that a record holds."""
        return self.node(NodeId(node)).name

    def community(self, name: str) -> Named:
        """A community by its title."""
        found = self.register.communities.get(name)
        return Named(name, found.title if found else name)

    def recipient(self, recipient: str) -> Named:
        """Somebody a label names: a node, a role there; one officer shows as the node."""
        at = self.node(named_node(recipient)).name
        sort, _, rest = recipient.partition(":")
        role = rest.partition("/")[2].replace("_", " ") if sort == "role" else ""
        return Named(recipient, f"{at} ({role})" if role else at)

    def place(self, unlocode: str) -> str:
        """A site's name by its UN/LOCODE, or the code."""
        sites = (site for node in self.register.nodes.values() for site in node.sites)
        return next((site.name for site in sites if site.unlocode == unlocode), unlocode)

    def organisation(self, name: str) -> str:
        """An organisation's name, or its id."""
        found = next((o for o in self.register.organisations.values() if o.id == name), None)
        return found.name if found else name

    def basis(self, name: str) -> str:
        """A legal basis by its title."""
        found = self.register.processing.get(name)
        return found.title if found else name


def label(text: str, names: Names) -> LabelView:
    """A label as screens show it."""
    read = labels.parse(text)
    return LabelView(
        text=text,
        tlp=TLP_NAMES[read.tlp],
        level=LEVEL_NAMES[read.level],
        audience=tuple(
            tuple(names.community(c) for c in sorted(clause)) for clause in _ordered(read.audience)
        ),
        recipients=tuple(
            tuple(names.recipient(r) for r in sorted(clause)) for clause in _ordered(read.recipients)
        ),
        countries=tuple(tuple(sorted(clause)) for clause in _ordered(read.countries)),
        compartments=tuple(sorted(read.compartments)),
        purposes=tuple(sorted(read.purposes or ())),
        caveats=tuple(sorted(read.caveats)),
        status=read.status,
    )


def row(found: Found, names: Names, *, opened: bool = False) -> Row:
    """A line of a list; of personal data without its title, unless it was opened."""
    record, withdrawal = found.record, found.withdrawal
    body = record.body if record is not None else None
    titled = opened or not found.personal
    origin = names.node(found.feed.origin)
    return Row(
        id=str(found.address),
        kind=found.kind,
        state=str(found.state),
        origin=origin,
        own=found.feed.own,
        issued_ms=UnixMs(found.row.issued_ms),
        label=label(found.feed.label, names),
        title=record.title if record and titled else "",
        lang=record.lang if record and titled else "",
        severity=_cap(body, "severity") if found.kind == "alert" else "",
        category=code_of(body, "category") if found.kind == "alert" and body is not None else "",
        place=next(iter(places(record.common, names)), "") if record else "",
        detector=body.detector if found.kind == "alert" and body is not None else "",
        life_safety=bool(body is not None and found.kind == "alert" and body.life_safety),
        version=found.row.version,
        personal=found.personal,
        contested=found.contested,
        asks_by_ms=acknowledge.wanted_by(found),
        withdrawal=views.Withdrawal(withdrawal.at_ms, withdrawal.reason, origin) if withdrawal else None,
    )


def stale(one: Freshness, names: Names) -> views.Stale:
    """A port of which something newer may be missing."""
    return views.Stale(names.node(one.origin), one.as_of)


def record(
    shown: Detail,
    names: Names,
    *,
    released_by: str,
    may_withdraw: bool,
    address: Addressed,
    fresh: Freshness | None = None,
) -> RecordView:
    """A record with everything its reader may see."""
    found, line = shown.found, row(shown.found, names, opened=True)
    told = _told(found.record, names, address) if found.record is not None else {}
    return RecordView(
        row=line,
        provenance=_provenance(shown, names),
        expires_ms=UnixMs(found.row.expires_ms) if found.row.expires_ms else None,
        retain_until_ms=UnixMs(found.row.retain_until_ms),
        holders=tuple(_holder(each, shown, names) for each in shown.holders),
        stale=stale(fresh, names) if fresh is not None and fresh.stale else None,
        released_by=released_by,
        may_withdraw=may_withdraw,
        **told,
    )


def unsealed(shown: Detail, content: Record | None, names: Names, address: Addressed) -> RecordView:
    """A withdrawn record with what it said; without, where that is not held any more."""
    view = record(shown, names, released_by="", may_withdraw=False, address=address)
    if content is None:
        return view
    line = replace(view.row, title=content.title, lang=content.lang)
    return replace(view, row=line, **_told(content, names, address))


def places(common: pb.Common, names: Names) -> tuple[str, ...]:
    """Where, in words and numbers."""
    return tuple(facts.place_words(place, names.place) for place in common.places)


def common_facts(message: pb.Record, names: Names) -> dict[str, Any]:
    """When, where and of what a draft is, as its record will say; what its body names is among its facts."""
    common = message.common
    return {
        "occurred_ms": UnixMs(common.occurred_from) if common.occurred_from else None,
        "places": places(common, names),
        "subjects": tuple(Subject(one.type, one.value) for one in common.subjects),
    }


def about(message: pb.Record, names: Names) -> views.About:
    """The first code of its kind that is neither personal nor sensitive, where and when."""
    table, common = known()[message.common.kind].table, message.common
    body = getattr(message, common.kind)
    coded_fields = (
        field.name for field in table.fields if not field.mark and field.rule.sort is rules.Sort.CHOICE
    )
    field = next((name for name in coded_fields if getattr(body, name)), "")
    return views.About(
        table=coded.table_of(body, field) if field else "",
        code=coded.said(body, field) if field else "",
        place=next(iter(places(common, names)), ""),
        occurred_ms=UnixMs(common.occurred_from) if common.occurred_from else None,
    )


def draft(
    message: pb.Record,
    *,
    ident: str,
    names: Names,
    made_ms: UnixMs,
    maker: str,
    detector: str | None,
    label_text: str | None,
) -> DraftRow:
    """A draft's line."""
    kind = message.common.kind
    return DraftRow(
        id=ident,
        kind=kind,
        title=message.common.title,
        severity=_cap(message.alert, "severity") if kind == "alert" else "",
        made_ms=made_ms,
        maker=detector or maker,
        by_detector=detector is not None,
        label=label(label_text, names) if label_text is not None else None,
    )


def plan(
    found: Plan,
    line: DraftRow,
    names: Names,
    *,
    me: NodeId,
    description: str,
    cancel_s: int,
    seconded: bool,
    may_second: bool,
    approved_here: bool,
    moves: bool,
    removes: bool,
    reason: str,
    message: pb.Record,
    facts: tuple[Fact, ...],
) -> PlanView:
    """A plan as the preview shows it."""
    return PlanView(
        draft=line,
        description=description,
        label=label(found.label.text, names),
        recipients=recipients(found.recipients, found.label, names, me=me),
        withheld=withheld(found.withheld, names),
        change=str(found.change),
        fields_out=tuple(field for field in found.fields_out if field != "kind"),
        fields_kept=(*found.fields_kept, *KEPT_HERE),
        needs_second=tuple(str(reason) for reason in found.needs_second),
        digest=found.digest.hex(),
        cancel_s=cancel_s,
        seconded=seconded,
        may_second=may_second,
        approved_here=approved_here,
        moves=moves,
        removes=removes,
        gains=tuple(names.node(each) for each in found.gains),
        loses=tuple(names.node(each) for each in found.loses),
        people_gain=len(found.people_gain),
        people_lose=len(found.people_lose),
        reason=reason,
        facts=facts,
        **common_facts(message, names),
    )


def recipients(
    found: Iterable[Recipient], marked: Label, names: Names, *, me: NodeId
) -> tuple[views.Recipient, ...]:
    """Who would get it; `me`: the port that releases it."""
    audience = frozenset().union(*marked.audience)
    return tuple(
        views.Recipient(
            node=names.node(each.node),
            via=_via(each.node, audience, names),
            named=bool(marked.recipients),
            people=len(each.people) if each.people is not None else None,
            may_pass_on=each.may_pass_on,
            own=each.node == me,
        )
        for each in found
    )


def withheld(found: Iterable[Withheld], names: Names) -> tuple[views.Withheld, ...]:
    """Who would not."""
    return tuple(views.Withheld(names.node(each.node), str(each.code), each.words) for each in found)


def form_field(path: str) -> str:
    """The field of a form that a path of a record came from."""
    name = path.replace("[", ".").partition(".")[0]
    return _FORM.get(name, name or "title")


def _via(node: NodeId, audience: frozenset[str], names: Names) -> tuple[Named, ...]:
    return tuple(names.community(c) for c in sorted(names.register.serving(node) & audience))


def _told(record: Record, names: Names, address: Addressed) -> dict[str, Any]:
    common, body = record.common, record.body
    told: dict[str, Any] = {
        "description": record.summary,
        "occurred_ms": UnixMs(common.occurred_from) if common.occurred_from else None,
        "places": places(common, names),
        "subjects": tuple(Subject(s.type, s.value) for s in record.subjects),
        "facts": tuple(facts.facts(record.message, address, names.place, names.called))
        if body is not None
        else (),
        "regime": code_of(common, "regime"),
        "controller": names.organisation(common.controller),
        "legal_basis": names.basis(common.legal_basis),
        "change_reason": common.change_reason,
    }
    if record.kind == "alert" and body is not None:
        told |= _alert(body)
    return told


def _alert(body: pb.Alert) -> dict[str, Any]:
    return {
        "action": body.action,
        "certainty": _cap(body, "certainty"),
        "urgency": _cap(body, "urgency"),
        "detector_version": body.detector_version,
        "score": body.score if body.HasField("score") else None,
        "explanation": tuple(body.explanation),
        "evidence": tuple(
            Evidence(seen.type, seen.sensor, UnixMs(seen.at), tuple(sorted(seen.fields.items())))
            for seen in body.evidence
        ),
    }


def _provenance(shown: Detail, names: Names) -> Provenance:
    proof = shown.provenance
    return Provenance(
        state="unconfirmed" if proof.forked else "valid",
        signer=names.node(proof.origin),
        key=proof.key or "—",
        feed=proof.feed.feed.hex(),
        index=proof.index,
        size=proof.size,
        register=proof.register,
        received_ms=proof.received_ms,
        witnesses=tuple(names.node(h.node) for h in shown.holders if h.has),
    )


def _holder(holder: Holder, shown: Detail, names: Names) -> views.Holder:
    gone = shown.found.state in {State.RETRACTED, State.ERASED}
    if gone:
        state = "hidden" if holder.hidden else "stored" if holder.stored else "not_hidden"
    elif holder.aside:
        state = "quarantined"
    else:
        state = "has" if holder.has else "stored" if holder.stored else "not_yet"
    at = holder.received_ms if state in {"has", "hidden", "quarantined", "stored"} else None
    took = at - shown.found.row.arrived_us // 1000 if at and state == "has" and shown.found.feed.own else None
    return views.Holder(names.node(holder.node), state, at, max(0, took) if took is not None else None)


def _cap(body: Any, field: str) -> str:
    """A code of CAP 1.2 as that standard writes it: `Severe`."""
    return code_of(body, field).capitalize() if body is not None else ""


def _ordered(clauses: Iterable[frozenset[str]]) -> Sequence[frozenset[str]]:
    return sorted(clauses, key=sorted)
