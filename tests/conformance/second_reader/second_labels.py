"""The second reader's labels (docs/protocol.md, chapter 3)."""

from __future__ import annotations

import re
from itertools import pairwise

from second_wire import need

NODE = (
    r"(?=[a-z0-9-]{3,40}(?![a-z0-9-]))(?![a-z0-9-]*---)(?![a-z0-9-]*--[a-z0-9-]*--)[a-z0-9][a-z0-9-]*[a-z0-9]"
)
ROLE = r"[a-z0-9_-]{2,40}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ITEMS = {
    "COMP": r"[A-Z0-9][A-Z0-9-]{0,39}",
    "AUD": r"[a-z0-9_-]{2,40}",
    "CTRY": r"[A-Z]{2}",
    "TO": rf"(?:node:{NODE}|role:{NODE}/{ROLE}|officer:{NODE}/{UUID})",
    "PURPOSE": "port-security|navigation-safety|enforcement|access-control|prosecution|crisis|learning",
    "CAVEAT": "ORCON|PERSONAL|JUDICIAL|SOURCE|BE-ONLY|NO-EXPORT",
    "STATUS": "exercise|test",
}
LABEL = re.compile(
    r"(?P<policy>[A-Z+]+):(?P<level>NONE|RESTRICTED|CONFIDENTIAL|SECRET|TOP-SECRET)"
    r"//TLP:(?P<tlp>CLEAR|GREEN|AMBER\+STRICT|AMBER|RED)"
    + "".join(rf"(?://{part} (?P<{part}>[^/]*(?:/[^/]+)*))?" for part in ITEMS)
)


def ascending(items: list[str]) -> bool:
    return all(a < b for a, b in pairwise(items))


def label(text: str) -> bool:
    """Whether this is a label of a control feed; Refused where it is no label."""
    need(text.isascii() and len(text) <= 2048, "the label is ASCII of at most 2,048")
    found = LABEL.fullmatch(text)
    need(found is not None and found["AUD"] is not None, "not of the form of a label")
    assert found is not None
    policies = found["policy"].split("+")
    need(set(policies) <= {"BE", "EU", "NATO"} and ascending(policies), "policies")
    clauses: dict[str, list[list[str]]] = {}
    for part, form in ITEMS.items():
        if found[part] is not None:
            texts = found[part].split(" & ")
            need(
                ascending(texts) and (len(texts) == 1 or part in {"AUD", "CTRY", "TO"}), f"clauses of {part}"
            )
            clauses[part] = [clause.split(",") for clause in texts]
            for items in clauses[part]:
                need(ascending(items) and all(re.fullmatch(form, i) for i in items), f"items of {part}")
            sets = [set(items) for items in clauses[part]]
            need(not any(a < b for a in sets for b in sets), f"a clause of {part} contains another")
    need(len(clauses.get("STATUS", [[""]])[0]) == 1, "one status")
    need(found["tlp"] != "RED" or "TO" in clauses, "RED names its recipients")
    return reserved(found["level"], found["tlp"], policies, clauses) == "control"


def reserved(level: str, tlp: str, policies: list[str], clauses: dict[str, list[list[str]]]) -> str:
    named = {i for items in clauses["AUD"] for i in items} & {"control", "audit"}
    if not named:
        return ""
    need(clauses["AUD"] == [sorted(named)] and len(named) == 1, "a reserved community stands alone")
    need((level, tlp, len(policies)) == ("NONE", "RED", 1), "reserved: one policy, NONE, RED")
    need(clauses.keys() == {"AUD", "TO"}, "reserved: no other part")
    need(len(clauses["TO"]) == 1 and len(clauses["TO"][0]) == 1, "reserved: one node")
    need(clauses["TO"][0][0].startswith("node:"), "reserved: one node")
    return named.pop()
