"""A kind's form, from what the kind itself says of its fields: rules, requirements, limits, lists, what a version may not change.

Guarantees that each field an officer types has exactly one place, that a choice which the kind refuses or a step that the officer may not take is not
offered, and that a field which a version may not change is fixed. Which those are is asked of `Kind.turn` and `Kind.step` themselves.
Two lists stand beside the kinds, since a kind says neither of itself: `WHEN`, in which cases it requires a field, and `STEP_ROLE`, whose
role a step is. `tests/unit/test_kind_form_says.py` holds them against the source of the kinds and of `policies/model.fga`. Decides nothing:
what was typed is checked by the kind when it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from policies.officers import Role
from protocol import rules
from protocol.fields import Field, Table
from protocol.indicator import TOKENS
from protocol.indicator_forms import SORTS
from protocol.kind import Kind
from protocol.preamble import COMMON
from protocol.rules import Mode, Rule
from web import coded
from web.views import Box, Named, Sheet, Sort

NOT_TYPED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "alert": frozenset({"detector", "detector_version", "score", "explanation", "evidence"}),
        "outcome": frozenset({"version"}),
        "port_ban": frozenset({"aigis_ref", "person_tokens", "photo"}),
    }
)
"""What only a detector, an import or a step on a page says. A version of such a record keeps it."""
WHEN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "": {"subject_category": "required where persons are concerned"},
        "incident": {"external_ref": "required when judicial: the prosecutor's reference"},
        "notice": {
            "about": "required for category adoption",
            "adoption": "required for category adoption",
        },
        "port_ban": {
            "scope_places": "required when scope is listed",
            "document": "required when match_class is document",
        },
        "security_level": {"measures": "required with isps level 3"},
        "sighting": {"first_seen": "required when seen", "last_seen": "required when seen"},
    }
)
"""Fields that a kind asks for in some cases, in its own words: the form says so where it says "optional" of others."""
STEP_ROLE: Mapping[str, Role] = MappingProxyType(
    {"can_confirm_incident": Role.PORT_CAPTAIN, "can_close_incident": Role.PORT_CAPTAIN}
)
"""Whose role a step of a record is, by the right that it takes."""
_COMMON = (
    *(
        "title",
        "occurred_from",
        "occurred_to",
        "places",
        "subjects",
        "subject_category",
        "lang",
        "statement",
        "legal_basis",
    ),
    *("external_ref", "reliability", "credibility", "derived_from", "non_attribution"),
)
"""Fields of the common part that are typed, in the order of the form. Kind, controller and regime follow; files have a place of their own."""
_OF_MESSAGE = {
    "Place": (Sort.PLACE, Sort.PLACES),
    "Ref": (Sort.RECORD, Sort.RECORDS),
    "IndicatorValue": (Sort.SUBJECT, Sort.SUBJECTS),
}
LOOKED_FOR = tuple(sort for sort in SORTS if sort not in TOKENS)
"""Types of indicator that a person types: tokens are made where they are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What this officer at this node may choose from. `rights`: of the relations model; `lists`: of the register, by name; `places`: those that
    have a name here, by UN/LOCODE.
    """

    bases: tuple[Named, ...]
    languages: tuple[Named, ...]
    nodes: tuple[Named, ...]
    rights: frozenset[str]
    lists: Mapping[str, tuple[str, ...]]
    places: tuple[Named, ...] = ()


def sheet_of(
    kind: Kind,
    offered: Offered,
    *,
    before: Any = None,
    step: str = "",
) -> Sheet:
    """The form of a kind, or of a version that follows the body `before`. `step`: the branch of it, else its first."""
    body = before if before is not None else kind.table.message()
    if kind.branch:
        body, step = _at(kind, body, before, step)
    boxes = tuple(_body(kind, offered, body, before))
    common = (*_common(kind, offered), *((_REASON,) if before is not None else ()))
    back = tuple(one.field for one in kind.pointers if one.back)
    return Sheet(
        kind=kind.name,
        body=boxes,
        common=common,
        step=step,
        answers=any(box.field in back for box in boxes),
        addressed=any(box.field == kind.addressee for box in boxes),
    )


_REASON = Box(name="change_reason", field="change_reason", sort=Sort.LINE, required=True, most=400)


def _at(kind: Kind, body: Any, before: Any, step: str) -> tuple[Any, str]:
    """A body in which the branch is said, and its code."""
    known = coded.every(body, kind.branch)
    step = coded.said(before, kind.branch) if before is not None else step if step in known else known[0]
    at = type(body)()
    at.CopyFrom(body)
    setattr(at, kind.branch, coded.meant(at, kind.branch, step))
    return at, step


def _body(kind: Kind, offered: Offered, body: Any, before: Any) -> Iterator[Box]:
    table, absent = kind.table, set[str]()
    needs, may = kind.branches.get(getattr(body, kind.branch), ((), ())) if kind.branch else ((), ())
    stays = {one.field for one in kind.pointers if one.back} | {kind.addressee}
    found = []
    for field in table.fields:
        if field.name in NOT_TYPED.get(kind.name, frozenset()):
            continue
        if kind.branch and field.name not in {*needs, *may}:
            continue
        box = box_of(field, table, field.name)
        box = _with_places(_when(box, kind.name), offered)
        box = replace(box, required=box.required or field.name in needs)
        box = _listed(kind, box, offered)
        if box.sort is Sort.CHOICE:
            box = _open_choices(kind, box, offered, body, before)
            if not box.choices and box.table:
                absent.add(field.name)
        fixed = before is not None and (field.name in stays or _is_fixed(kind, before, field.name))
        found.append(replace(box, fixed=box.fixed or fixed))
    for names in table.together:
        absent |= set(names) if absent & set(names) else set()
    yield from (box for box in found if box.name not in absent)


def _open_choices(kind: Kind, box: Box, offered: Offered, body: Any, before: Any) -> Box:
    """Without those that this version refuses, or whose step is not the officer's.

    A field on which no step hangs is left whole: what the others still miss is not held against it.
    """
    kept, steps = [], set[str]()
    for choice in box.choices:
        if not choice.id or not box.table:
            kept.append((choice, ""))
            continue
        after = type(body)()
        after.CopyFrom(body)
        setattr(after, box.field, coded.meant(after, box.field, choice.id))
        refused = any(path == box.field for path, _ in kind.turn(before, after))
        right = kind.step(before, after)
        steps.add(right)
        if not refused:
            kept.append((choice, right))
    decides = bool(steps - {kind.step(before, body)})
    ours = tuple(choice for choice, right in kept if not decides or not right or right in offered.rights)
    held = coded.said(before, box.field) if before is not None and box.table else ""
    others = [(choice.id, str(STEP_ROLE[right])) for choice, right in kept if choice not in ours]
    fixed = bool(held) and [one.id for one in ours] in ([], [held])
    return replace(box, choices=ours, fixed=fixed, others=tuple(others))


def _when(box: Box, kind: str) -> Box:
    return replace(box, when=WHEN.get(kind, {}).get(box.field, box.when))


def _with_places(box: Box, offered: Offered) -> Box:
    return replace(box, choices=offered.places) if box.sort in {Sort.PLACE, Sort.PLACES} else box


def _is_fixed(kind: Kind, before: Any, field: str) -> bool:
    """Whether a version without it is refused for that: then no other value is taken either."""
    after = type(before)()
    after.CopyFrom(before)
    after.ClearField(field)
    return after != before and any(path == field for path, _ in kind.turn(before, after))


def _listed(kind: Kind, box: Box, offered: Offered) -> Box:
    """Codes of the register's lists, and the nodes of the register, are chosen and not typed."""
    listing = dict(kind.listed).get(box.field)
    if listing is not None:
        choices = tuple(Named(code, code) for code in offered.lists.get(listing, ()))
        sort = Sort.TICKS if box.sort is Sort.LINES else Sort.CHOICE
        return replace(box, sort=sort, choices=choices, words=coded.listed_table(box.field))
    return replace(box, sort=Sort.CHOICE, choices=offered.nodes) if box.field == kind.addressee else box


def _common(kind: Kind, offered: Offered) -> Iterator[Box]:
    by_name = {field.name: field for field in COMMON.fields}
    persons = kind.persons(kind.table.message())
    chosen = {"lang": offered.languages, "legal_basis": offered.bases}
    for name in _COMMON:
        box = _when(_when(box_of(by_name[name], COMMON, name), ""), kind.name)
        box = _with_places(box, offered)
        if name in chosen:
            box = replace(box, sort=Sort.CHOICE, choices=chosen[name])
        yield replace(box, required=True) if persons and name == "subject_category" else box


def box_of(field: Field, table: Table, name: str) -> Box:
    """The place of one field, as its rule has it."""
    descriptor = table.message.DESCRIPTOR.fields_by_name[field.name]
    rule = field.rule
    sort = _sort(rule, descriptor)
    box = Box(
        name=name, field=field.name, sort=sort, required=field.required, least=rule.least, most=rule.most
    )
    if sort in {Sort.CHOICE, Sort.TICKS} and descriptor.enum_type is not None:
        words = coded.table_of(table.message, field.name)
        choices = tuple(Named(code, code) for code in coded.every(table.message, field.name))
        return replace(box, table=words, choices=choices)
    if sort is Sort.LINES and rule.item is not None:
        return replace(box, each=rule.item.most)
    inside = field.inside
    if sort in {Sort.PART, Sort.PARTS} and inside is not None:
        return replace(box, inside=tuple(box_of(one, inside, one.name) for one in inside.fields))
    return box


def _sort(rule: Rule, descriptor: Any) -> Sort:
    many = rule.sort is rules.Sort.LIST
    of = rule.item if many and rule.item is not None else rule
    message = descriptor.message_type
    if message is not None:
        return _OF_MESSAGE.get(message.name, (Sort.PART, Sort.PARTS))[many]
    if of.sort is rules.Sort.CHOICE:
        return Sort.TICKS if many else Sort.CHOICE
    if many:
        return Sort.LINES
    if of.sort is rules.Sort.NUMBER:
        return Sort.DECIMAL if descriptor.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE else Sort.WHOLE
    if of.sort is rules.Sort.DAY:
        return Sort.PART_DAY if of.check(Mode.AUTHORING)("1990-00-00") is None else Sort.DAY
    if of.sort is rules.Sort.TEXT and of.check(Mode.AUTHORING)("a\nb") is None:
        return Sort.TEXT
    return {rules.Sort.MOMENT: Sort.MOMENT, rules.Sort.FLAG: Sort.FLAG}.get(of.sort, Sort.LINE)
