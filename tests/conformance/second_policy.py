"""A second reading of who may follow a feed and what an origin may say, written from docs/protocol.md alone.

Chapters 3, 10 (the meet), 13 and 14. It imports nothing of the product: the standard library only. It takes the register as the JSON
that was signed, and labels, already canonical, as text. It is slow, plain and on purpose unlike the product's code. An answer is the set of codes any of
which is right where it refuses, and the empty set where it permits.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

RANKS = ["NONE", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP-SECRET"]
TLPS = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
DAY = 86_400_000
INF = float("inf")
YES: set[str] = set()


def starts(day: str) -> int:
    """Unix milliseconds of 00:00 UTC."""
    return int(dt.datetime.fromisoformat(day + "T00:00:00+00:00").timestamp()) * 1000


class Text:
    """Chapter 3: the parts of a canonical label."""

    def __init__(self, text: str) -> None:
        head, *rest = text.split("//")
        marks, _, level = head.partition(":")
        self.marks, self.rank = marks.split("+"), RANKS.index(level)
        self.tlp = TLPS.index(rest.pop(0).removeprefix("TLP:"))
        parts = dict(part.split(" ", 1) for part in rest)
        self.comp, self.caveats, self.purpose = (self.items(parts, p) for p in ("COMP", "CAVEAT", "PURPOSE"))
        self.aud, self.ctry, self.to = (
            [clause.split(",") for clause in parts[p].split(" & ")] if p in parts else []
            for p in ("AUD", "CTRY", "TO")
        )
        self.status = parts.get("STATUS", "")
        self.reserved = self.aud[0][0] if self.aud[0][0] in {"control", "audit"} else ""

    @staticmethod
    def items(parts: dict[str, str], part: str) -> list[str]:
        return parts[part].split(",") if part in parts else []


# ---- Chapter 10: what a node is given ---------------------------------------------------------------------------------------


class Register:
    """`board` and `files` (each organisation's nodes) as signed; `expires`, unix ms: the first of the four to expire."""

    def __init__(
        self, board: dict[str, Any], files: dict[str, list[dict[str, Any]]], expires: float = INF
    ) -> None:
        self.board, self.expires = board, expires
        self.nodes: dict[str, dict[str, Any]] = {}
        for organisation, listed in files.items():
            gift = board["organisations"][organisation]
            fit = sorted((n for n in listed if n["kind"] in gift.get("kinds", [])), key=lambda n: n["id"])
            for node in fit[: gift["nodes"]]:
                self.nodes[node["id"]] = self.met(organisation, gift, node)

    def met(self, organisation: str, gift: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
        levels = {}
        for mark in set(node["level"]) & set(gift["level"]):
            rank = min(RANKS.index(node["level"][mark]), RANKS.index(gift["level"][mark]))
            levels[mark] = rank if "approval" in node else 0
        leaving = starts(gift["withdrawn_until"]) if "withdrawn_until" in gift else None
        standing = {}
        for name, community in self.board["communities"].items():
            if node["id"] in community.get("serving", []) and leaving is None:
                members, clients = community["members"], community.get("clients", {})
                standing[name] = [(False, clients[organisation])] if organisation in clients else []
                if organisation in members:
                    member = node["kind"] not in {"partner", "gateway"}
                    standing[name].append((member, members[organisation]))
        return {
            "id": node["id"],
            "organisation": organisation,
            "partner": node["kind"] in {"partner", "gateway"},
            "sites": [s["country"] for s in node["sites"] if s["country"] in gift["countries"]],
            "countries": gift["countries"],
            "levels": levels,
            "approved_to": starts(node["approval"]["expires"]) if any(levels.values()) else None,
            "compartments": set(node.get("compartments", [])) & set(gift.get("compartments", [])),
            "regimes": set(node.get("regimes", [])) & set(gift.get("regimes", [])),
            "rights": gift.get("rights", []),
            "roles": node.get("roles", []),
            "leaving": leaving,
            "standing": standing,
        }

    def knows(self, text: str) -> bool:
        """Chapter 13, line 3 of what a receiver takes."""
        label = Text(text)
        vocabulary, board = self.board.get("vocabulary", {}), self.board
        lands = {c for gift in board["organisations"].values() for c in gift["countries"]}
        if label.reserved:
            audience = label.marks == [board["policy"]]
        else:
            audience = all(c in board["communities"] for clause in label.aud for c in clause)
        return (
            audience
            and set(label.comp) <= set(vocabulary.get("compartments", []))
            and all(c in lands for clause in label.ctry for c in clause)
            and all(self.exists(r) for clause in label.to for r in clause)
        )

    def exists(self, recipient: str) -> bool:
        sort, _, rest = recipient.partition(":")
        name, _, more = rest.partition("/")
        return name in self.nodes and (sort != "role" or more in self.nodes[name]["roles"])


# ---- Chapter 13 -------------------------------------------------------------------------------------------------------------


def audience(label: Text, standing: dict[str, tuple[bool, int]]) -> set[str]:
    """Lines 4 and 5: every code that some clause gives."""
    found = set()
    members_only = label.tlp >= TLPS.index("AMBER+STRICT") or {"PERSONAL", "SOURCE"} & set(label.caveats)
    for clause in label.aud:
        here = [standing[c] for c in clause if c in standing]
        if not here:
            found.add("AUDIENCE")
        elif members_only and not any(member for member, _ in here):
            found.add("TLP" if label.tlp >= TLPS.index("AMBER+STRICT") else "CAVEAT")
    return found


def meant(node: dict[str, Any], recipient: str) -> bool:
    sort, _, rest = recipient.partition(":")
    name, _, more = rest.partition("/")
    return name == node["id"] and (sort != "role" or more in node["roles"])


def best(node: dict[str, Any], version: float) -> dict[str, tuple[bool, int]]:
    """Its best standing in each community under the register of a version; those that began by then."""
    then = {c: [s for s in all_of_it if s[1] <= version] for c, all_of_it in node["standing"].items()}
    return {c: max(standings) for c, standings in then.items() if standings}


def may_follow(register: Register, name: str, origin: str, text: str, began: int, now: int) -> set[str]:
    """The table, line by line; `name` is a node of the register."""
    node, label = register.nodes[name], Text(text)
    if name == origin:
        return YES
    if label.reserved:
        return control(register, node, label, now)
    if node["leaving"] is not None:
        return {"SUSPENDED"}
    if refused := audience(label, best(node, INF)):
        return refused
    if audience(label, best(node, began)):
        return {"AUDIENCE"}
    if node["partner"] and {"PERSONAL", "NO-EXPORT"} & set(label.caveats):
        return {"CAVEAT"}
    sites = [s for s in node["sites"] if all(s in clause for clause in label.ctry)]
    if (label.ctry or label.caveats) and not sites:
        return {"COUNTRY"}
    if "BE-ONLY" in label.caveats and not ("BE" in sites and "BE" in node["countries"]):
        return {"CAVEAT"}
    if not all(any(meant(node, r) for r in clause) for clause in label.to):
        return {"RECIPIENT"}
    if any(node["levels"].get(mark, -1) < label.rank for mark in label.marks):
        return {"LEVEL"}
    if label.rank > 0 and not (node["approved_to"] is not None and now < node["approved_to"]):
        return {"LEVEL"}
    if not set(label.comp) <= node["compartments"]:
        return {"COMPARTMENT"}
    if "JUDICIAL" in label.caveats and "judicial" not in node["regimes"]:
        return {"CAVEAT"}
    return YES


def control(register: Register, node: dict[str, Any], label: Text, now: int) -> set[str]:
    if label.reserved != "control":
        return {"AUDIENCE"}
    if label.marks != [register.board["policy"]]:
        return {"LEVEL"}
    if node["leaving"] is not None and now >= node["leaving"]:
        return {"SUSPENDED"}
    return YES if label.to == [["node:" + node["id"]]] else {"RECIPIENT"}


def may_serve(
    register: Register, source: str, name: str, origin: str, text: str, began: int, now: int
) -> bool:
    """Who serves: whether `source`, which holds the feed, names it to `name`."""
    label = Text(text)
    if not {source, name, origin} <= register.nodes.keys() or label.reserved == "audit":
        return False
    leaving = register.nodes[source]["leaving"]
    if leaving is not None and now >= leaving:
        return False
    passes = not label.reserved and "ORCON" not in label.caveats
    if origin not in {source, name} and not passes:
        return False
    guarded = label.rank > 0 or "PERSONAL" in label.caveats
    if origin != name and guarded and now >= register.expires + 30 * DAY:
        return False
    return not may_follow(register, name, origin, text, began, now)


def may_read(node: dict[str, Any], person: dict[str, Any], text: str, purpose: str) -> set[str]:
    """Who may read there. `person`: clearance by marking (rank), compartments, communities, country, account, duty, purposes, police."""
    label = Text(text)
    ranks = {mark: min(person["clearance"].get(mark, 0), top) for mark, top in node["levels"].items()}
    if any(ranks.get(mark, -1) < label.rank for mark in label.marks):
        return {"LEVEL"}
    if not set(label.comp) <= node["compartments"] & set(person["compartments"]):
        return {"COMPARTMENT"}
    own = {c: s for c, s in best(node, INF).items() if c in person["communities"]}
    if refused := audience(label, own):
        return refused
    if node["partner"] and {"PERSONAL", "NO-EXPORT"} & set(label.caveats):
        return {"CAVEAT"}
    if not all(person["country"] in clause for clause in label.ctry):
        return {"COUNTRY"}
    if "BE-ONLY" in label.caveats and not (person["country"] == "BE" and "BE" in node["countries"]):
        return {"CAVEAT"}
    names = {f"node:{node['id']}", f"officer:{node['id']}/{person['account']}"}
    names |= {f"role:{node['id']}/{duty}" for duty in person["duty"] if duty in node["roles"]}
    if not all(names & set(clause) for clause in label.to):
        return {"RECIPIENT"}
    if purpose not in person["purposes"] or (label.purpose and purpose not in label.purpose):
        return {"PURPOSE"}
    if "JUDICIAL" in label.caveats and not ("judicial" in node["regimes"] and person["police"]):
        return {"CAVEAT"}
    return YES


# ---- Chapter 14 -------------------------------------------------------------------------------------------------------------

RIGHTS = {"port_ban": "bans", "security_level": "security_level"}
BY_NAME = ("best_practice", "incident", "indicator", "notice")
KEYS = {
    "alert": ("alert_unconfirmed", 0),
    "sighting": ("sighting_after_indicator", 365),
    "port_ban": ("port_ban_after_end", 7665),
    **{kind: (kind, 0) for kind in BY_NAME},
}
UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": DAY, "y": 365 * DAY}


def may_say(register: Register, origin: str, text: str, kind: str) -> tuple[str, str]:
    """Code and word of the first line that refuses; two empty texts where it is entitled."""
    label = Text(text)
    if origin not in register.nodes:
        return "NOT_COMPETENT", "origin"
    node = register.nodes[origin]
    if label.reserved:
        audit = label.reserved == "audit" and label.to == [["node:" + origin]] and kind in {"audit", ""}
        control = label.reserved == "control" and kind == ""
        fits = label.marks == [register.board["policy"]] and (audit or control)
        return ("", "") if fits else ("NOT_COMPETENT", "reserved")
    if node["leaving"] is not None:
        return "SUSPENDED", "withdrawn"
    for clause in label.aud:
        found = [register.board["communities"][c] for c in clause if c in register.board["communities"]]
        if not any(node["organisation"] in {**c["members"], **c.get("clients", {})} for c in found):
            return "NOT_COMPETENT", "community"
    if any(node["levels"].get(mark, -1) < label.rank for mark in label.marks):
        return "LEVEL", "level"
    if not set(label.comp) <= node["compartments"]:
        return "COMPARTMENT", "compartment"
    if kind == "audit":
        return "NOT_COMPETENT", "kind"
    if kind in RIGHTS and RIGHTS[kind] not in node["rights"]:
        return "NOT_COMPETENT", "right"
    if kind == "port_ban" and not {"NO-EXPORT", "PERSONAL"} <= set(label.caveats):
        return "CAVEAT", "kind"
    if kind == "port_ban" and label.status:
        return "STATUS", "kind"
    return "", ""


def longest(register: Register, kind: str) -> int:
    """Milliseconds that a record of this kind may ask to be kept after its issue."""
    ceilings = {key: milliseconds(text) for key, text in register.board.get("retention", {}).items()}
    key, more = KEYS.get(kind, ("", 0))
    period = ceilings.get(key, 3650 * DAY)
    if kind == "alert":
        period = max(period, ceilings.get("alert_confirmed", 0))
    return period + more * DAY + DAY


def lapses_in_time(kind: str, issued: int, expires: int) -> bool:
    """Whether a header's end of force suits its kind; 0 is none."""
    return kind != "alert" or (expires != 0 and expires - issued <= 7 * DAY)


def milliseconds(duration: str) -> int:
    unit = duration.lstrip("0123456789")
    return int(duration.removesuffix(unit)) * UNITS[unit]


def counts_on(run: list[tuple[bytes, int, str]]) -> dict[int, str]:
    """Of the PUBLISH entries of one first epoch, as (record, version, kind) by index: which do not count on, and by which field."""
    wrong = {}
    for index, (record, version, kind) in enumerate(run):
        earlier = [(v, -at, k) for at, (r, v, k) in enumerate(run[:index]) if r == record]
        if not earlier:
            if version != 1:
                wrong[index] = "header.version"
        else:
            before, _, same = max(earlier)
            if version != before + 1:
                wrong[index] = "header.version"
            elif kind != same:
                wrong[index] = "header.content_type"
    return wrong
