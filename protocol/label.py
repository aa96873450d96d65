"""Labels: who may hold and read a feed, as one canonical ASCII text (`docs/protocol.md`, labels).

Guarantees
* A `Label` that exists is well formed, fits in `LABEL_MAX` bytes and has exactly one text; two labels are equal
  exactly when their texts are. `parse(x).text == x` for every `x` that `parse` takes.
* Closed vocabularies (policies, levels, TLP, purposes, caveats, statuses) are known here; any other value is refused.
* Clauses are an antichain: a clause that contains another says nothing and is refused.

Does not know whether a community, compartment, country or recipient exists: `protocol.register.unknown_names` does. The order
of labels and who may read them are in `policies/clearance.py`. Errors name the part of the label and the rule, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import permutations
from typing import Final, NewType, TypeVar

from protocol.errors import BadLabel, Code, ProtocolError
from protocol.ids import NodeId, node_id
from protocol.limits import LABEL_MAX


class Level(IntEnum):
    """Rank of classification, the same for every policy marking (`docs/protocol.md`, labels, has the names per policy)."""

    NONE = 0
    RESTRICTED = 1
    CONFIDENTIAL = 2
    SECRET = 3
    TOP_SECRET = 4


class Tlp(IntEnum):
    """Traffic Light Protocol 2.0 (FIRST), in order of strictness."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4


Clause = frozenset[str]
Clauses = frozenset[Clause]
LabelText = NewType("LabelText", str)
_T = TypeVar("_T")

POLICIES: Final = frozenset({"BE", "EU", "NATO"})
PURPOSES: Final = frozenset(
    {
        "port-security",
        "navigation-safety",
        "enforcement",
        "access-control",
        "prosecution",
        "crisis",
        "learning",
    }
)
CAVEATS: Final = frozenset({"ORCON", "PERSONAL", "JUDICIAL", "SOURCE", "BE-ONLY", "NO-EXPORT"})
STATUSES: Final = frozenset({"exercise", "test"})
CONTROL: Final = "control"
AUDIT: Final = "audit"
RESERVED: Final = frozenset({CONTROL, AUDIT})
"""Communities no register may define: `control` stands for every member, `audit` for the node itself."""

LEVEL_NAMES: Final = {level: level.name.replace("_", "-") for level in Level}
TLP_NAMES: Final = {tlp: tlp.name.replace("_", "+") for tlp in Tlp}
LEVEL_NAMED: Final = {name: level for level, name in LEVEL_NAMES.items()}
TLP_NAMED: Final = {name: tlp for tlp, name in TLP_NAMES.items()}

_COMMUNITY = re.compile(r"[a-z0-9_-]{2,40}")
_COMPARTMENT = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_ROLE = re.compile(r"[a-z0-9_-]{2,40}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """One label. `purposes=None` was never restricted; every other empty part likewise.

    Raises BadLabel when it is not well formed, so that none can exist that has no text.
    """

    policies: frozenset[str]
    level: Level
    tlp: Tlp
    audience: Clauses
    compartments: frozenset[str] = frozenset()
    countries: Clauses = frozenset()
    recipients: Clauses = frozenset()
    purposes: frozenset[str] | None = None
    caveats: frozenset[str] = frozenset()
    status: str = ""
    text: LabelText = field(init=False, repr=False)
    reserved: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        _check_closed(self)
        _check_open(self)
        object.__setattr__(self, "reserved", _reserved(self))
        text = "//".join(_parts(self))
        if len(text) > LABEL_MAX:
            raise BadLabel(f"at most {LABEL_MAX} bytes", where="label", code=Code.TOO_LARGE)
        object.__setattr__(self, "text", LabelText(text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Label) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=8192)
def parse(text: str) -> Label:
    """The label with exactly this text. Raises BadLabel; remembered by text, since feeds share few labels."""
    if len(text) > LABEL_MAX:
        raise BadLabel(f"at most {LABEL_MAX} bytes", where="label", code=Code.TOO_LARGE)
    if not text.isascii():
        raise BadLabel("ASCII only", where="label")
    head, *rest = text.split("//")
    label = _build(head, _split_parts(rest))
    if label.text != text:
        raise BadLabel("items and clauses in byte order", where="label")
    return label


def audit_label(policy: str, node: NodeId) -> Label:
    """Of a node's own audit feed, which is never served."""
    return _reserved_label(policy, AUDIT, node)


def control_label(policy: str, reader: NodeId) -> Label:
    """Of the control feed that any node keeps for one reader."""
    return _reserved_label(policy, CONTROL, reader)


def named_node(recipient: str) -> NodeId:
    """The node that a recipient (`node:`, `role:` or `officer:`) is or sits at."""
    return NodeId(recipient.partition(":")[2].partition("/")[0])


def minimal(clauses: Iterable[Clause]) -> Clauses:
    """The clauses without those that contain another: the same condition, said once."""
    distinct = frozenset(clauses)
    return frozenset(c for c in distinct if not any(other < c for other in distinct))


# ---- reading -----------------------------------------------------------------------------------------------------------


def _build(head: str, parts: dict[str, str]) -> Label:
    policies, colon, level = head.partition(":")
    if not colon:
        raise BadLabel("<policy>:<level> first", where="policy")
    return Label(
        policies=_items(policies, "policy", "+"),
        level=_closed(LEVEL_NAMED, level, "level"),
        tlp=_closed(TLP_NAMED, parts["TLP:"], "TLP"),
        audience=_clauses(parts["AUD "], "AUD"),
        compartments=_items(parts["COMP "], "COMP") if "COMP " in parts else frozenset(),
        countries=_clauses(parts["CTRY "], "CTRY") if "CTRY " in parts else frozenset(),
        recipients=_clauses(parts["TO "], "TO") if "TO " in parts else frozenset(),
        purposes=_items(parts["PURPOSE "], "PURPOSE") if "PURPOSE " in parts else None,
        caveats=_items(parts["CAVEAT "], "CAVEAT") if "CAVEAT " in parts else frozenset(),
        status=_status(parts["STATUS "]) if "STATUS " in parts else "",
    )


_ORDER: Final = ("TLP:", "COMP ", "AUD ", "CTRY ", "TO ", "PURPOSE ", "CAVEAT ", "STATUS ")


def _split_parts(rest: list[str]) -> dict[str, str]:
    """The parts by name; refuses an unknown one, one out of place, one given twice, and a missing TLP or AUD."""
    found: dict[str, str] = {}
    place = -1
    for part in rest:
        name = next((n for n in _ORDER if part.startswith(n)), None)
        if name is None:
            raise BadLabel("unknown part", where="label")
        if _ORDER.index(name) <= place:
            raise BadLabel("each part at most once, in order", where=name.strip(" :"))
        place = _ORDER.index(name)
        found[name] = part[len(name) :]
    for required in ("TLP:", "AUD "):
        if required not in found:
            raise BadLabel("required", where=required.strip(" :"))
    return found


def _items(text: str, where: str, by: str = ",") -> frozenset[str]:
    items = text.split(by)
    if len(set(items)) != len(items):
        raise BadLabel("no item twice", where=where)
    return frozenset(items)


def _clauses(text: str, where: str) -> Clauses:
    clauses = [_items(clause, where) for clause in text.split(" & ")]
    if len(set(clauses)) != len(clauses):
        raise BadLabel("no clause twice", where=where)
    return frozenset(clauses)


def _status(text: str) -> str:
    if not text:
        raise BadLabel("an empty part is written as absent", where="STATUS")
    return text


def _closed(names: Mapping[str, _T], text: str, where: str) -> _T:
    if text not in names:
        raise BadLabel("unknown value", where=where)
    return names[text]


# ---- well-formedness -----------------------------------------------------------------------------------------------------


def _check_closed(label: Label) -> None:
    if not label.policies:
        raise BadLabel("at least one policy marking", where="policy")
    for where, items, known in (
        ("policy", label.policies, POLICIES),
        ("PURPOSE", label.purposes or frozenset(), PURPOSES),
        ("CAVEAT", label.caveats, CAVEATS),
        ("STATUS", frozenset({label.status} - {""}), STATUSES),
    ):
        if not items <= known:
            raise BadLabel("unknown value", where=where)
    if label.purposes is not None and not label.purposes:
        raise BadLabel("no purpose is left", where="PURPOSE")


def _check_open(label: Label) -> None:
    if not label.audience:
        raise BadLabel("required", where="AUD")
    if not all(_COMPARTMENT.fullmatch(c) for c in label.compartments):
        raise BadLabel("A-Z, 0-9 and -, at most 40", where="COMP")
    _check_clauses(label.audience, "AUD", _is_community)
    _check_clauses(label.countries, "CTRY", _is_country)
    _check_clauses(label.recipients, "TO", _is_recipient)
    if label.tlp is Tlp.RED and not label.recipients:
        raise BadLabel("TLP:RED names its recipients", where="TO")


def _check_clauses(clauses: Clauses, where: str, known: Callable[[str], bool]) -> None:
    if not all(clause and all(known(item) for item in clause) for clause in clauses):
        raise BadLabel("malformed item", where=where)
    if any(a < b for a, b in permutations(clauses, 2)):
        raise BadLabel("a clause contains another", where=where)


def _is_community(item: str) -> bool:
    return _COMMUNITY.fullmatch(item) is not None


def _is_country(item: str) -> bool:
    return _COUNTRY.fullmatch(item) is not None


def _is_recipient(item: str) -> bool:
    sort, _, rest = item.partition(":")
    node, slash, name = rest.partition("/")
    try:
        node_id(node)
    except ProtocolError:
        return False
    if sort == "node":
        return not slash
    pattern = {"role": _ROLE, "officer": _UUID}.get(sort)
    return pattern is not None and pattern.fullmatch(name) is not None


def _reserved(label: Label) -> str:
    """The reserved community this label is of, or "". It stands alone, for exactly one node, with nothing else restricted."""
    named = RESERVED & frozenset().union(*label.audience)
    if not named:
        return ""
    (node, *more) = frozenset().union(*label.recipients) or {""}
    bare = (label.compartments, label.countries, label.caveats, label.status, label.purposes, label.level)
    if (
        label.audience != frozenset({named})
        or len(named) != 1
        or len(label.policies) != 1
        or label.tlp is not Tlp.RED
        or more
        or not node.startswith("node:")
        or any(bare)
    ):
        raise BadLabel("reserved: alone, at level NONE, TLP:RED, TO one node", where="AUD")
    return next(iter(named))


def _reserved_label(policy: str, community: str, node: NodeId) -> Label:
    return Label(
        policies=frozenset({policy}),
        level=Level.NONE,
        tlp=Tlp.RED,
        audience=frozenset({frozenset({community})}),
        recipients=frozenset({frozenset({f"node:{node}"})}),
    )


# ---- writing -------------------------------------------------------------------------------------------------------------


def _parts(label: Label) -> Iterator[str]:
    yield f"{_list(label.policies, '+')}:{LEVEL_NAMES[label.level]}"
    yield f"TLP:{TLP_NAMES[label.tlp]}"
    for name, text in (
        ("COMP", _list(label.compartments)),
        ("AUD", _joined(label.audience)),
        ("CTRY", _joined(label.countries)),
        ("TO", _joined(label.recipients)),
        ("PURPOSE", _list(label.purposes or frozenset())),
        ("CAVEAT", _list(label.caveats)),
        ("STATUS", label.status),
    ):
        if text:
            yield f"{name} {text}"


def _list(items: frozenset[str], by: str = ",") -> str:
    return by.join(sorted(items))


def _joined(clauses: Clauses) -> str:
    return " & ".join(sorted(_list(clause) for clause in clauses))
