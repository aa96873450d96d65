"""The record of processing as a page for people: Markdown from the same document that `--json` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

DAY_MS = 86_400_000
_STATES = {
    "in_force": "in force",
    "expired": "expired",
    "superseded": "replaced",
    "withdrawn": "withdrawn",
    "erased": "erased",
    "kept_aside": "kept aside",
    "content_to_come": "content to come",
    "other": "other",
}
_ACTS = {
    "open": "a record was opened",
    "draft_open": "a draft was opened",
    "second_open": "a draft of another port was opened by a second person",
    "search": "records were searched, by words, a person, a plate, a badge or a telephone number",
    "export": "something was given out of the node",
    "unseal": "withdrawn content was opened",
}
_PENDING = {
    "cooling": "erasures that cool: hidden, not destroyed yet",
    "dropped": "erasures whose content may still be in a page of the disk",
    "held": "erasures that wait because an authority's hold is in force",
    "braked": "erasures of others that wait for an operator",
    "asked": "erasures that wait for a second person",
    "holds": "holds in force",
    "holds_asked": "holds that wait for a second person",
    "contested": "records that are contested",
}


def markdown(told: Mapping[str, Any]) -> str:
    """The whole page."""
    return "\n".join([*_head(told), *_kinds(told), *_uses(told), *_detectors(told), *_missing()]) + "\n"


def _head(told: Mapping[str, Any]) -> Iterator[str]:
    controller, register = told["controller"], told["register"]
    yield from (f"# Record of processing: {told['node']}", "")
    yield f"* Made: {told['made']}, from the configuration, register and log of that moment"
    yield f"* Controller: {controller['name']} (`{controller['id']}`), {', '.join(controller['countries'])}"
    yield f"* Register: version {register['version']}, status {register['status']}"
    yield f"* Laws that this node handles: {_or_none(told['regimes'])}"
    yield f"* The log of who did and saw what is kept {_period(told['audit_retention_ms'])}"
    yield "* Numbers count versions of records, this node's own and others'; no record, person or account is named here"


def _kinds(told: Mapping[str, Any]) -> Iterator[str]:
    for kind in told["kinds"]:
        yield from ("", f"## {kind['kind']}", "")
        yield f"* Purposes, of what this node publishes: {_or_none(kind['purposes'])}"
        for basis in kind["bases"]:
            yield f"* Legal basis `{basis['id']}`: {basis['title']} ({basis['regime']}), named by {basis['used']}"
        if not kind["bases"]:
            yield "* Legal basis: none in the register, so nobody publishes it"
        if kind["bases_not_listed_now"]:
            yield f"* Under a basis that the register does not list for it now: {kind['bases_not_listed_now']}"
        names = [f"{one['name'] or one['id']} ({one['used']})" for one in kind["controllers"]]
        yield f"* Controllers named: {_or_none(names)}"
        yield f"* Laws: {_counts(kind['regimes'])}"
        yield f"* Categories of persons: {_counts(kind['subjects'])}; under a label with PERSONAL: {kind['personal']}"
        yield f"* Kept: {_retention(kind['retention'])}"
        for one in kind["recipients"]:
            nodes = [f"{each['node']} ({', '.join(each['countries']) or '–'})" for each in one["nodes"]]
            yield f"* Recipients in {one['title'] or one['community']}: {_or_none(nodes)}"
        if not kind["recipients"]:
            yield "* Recipients: none, this node publishes none"
        states = {_STATES[state]: count for state, count in kind["versions"].items() if count}
        yield f"* Held: {_counts(states)}"
    yield from ("", f"Of kinds that this release does not know: {told['unknown_kinds']}")


def _uses(told: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Look-ups and openings", "")
    yield "Of personal data and of records of the police, customs or a court, and every search. Counted over the whole log that is held."
    yield from ("", "| what | purpose | times |", "|---|---|---|")
    for one in told["consulted"]:
        yield f"| {_ACTS[one['act']]} | {one['purpose'] or '–'} | {one['count']} |"
    yield from ("", "## Erasures and rights that wait", "")
    yield from (f"* {words}: {told['pending'][name]}" for name, words in _PENDING.items())


def _detectors(told: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Detectors", "")
    for one in told["detectors"]:
        card = "with its legal-basis card" if one["card"] else "WITHOUT a legal-basis card"
        basis = f", basis `{one['basis']}`" if one["basis"] else ""
        follows = f"follows people at work, {card}{basis}" if one["follows_workers"] else "follows no people"
        yield f"* `{one['name']}` ({one['rule']}): {follows}"
    if not told["detectors"]:
        yield "None is configured."


def _missing() -> Iterator[str]:
    yield from ("", "## What no node knows", "")
    yield "Contacts of the controller and the data protection officer, the impact assessment, agreements with processors, and the"
    yield "description of the measures of security: add them before this page is shown to an authority."


def _retention(kept: Mapping[str, Any]) -> str:
    ceiling = kept["ceiling_ms"]
    most = (
        f"the register allows at most {_period(ceiling)}"
        if ceiling is not None
        else "the register sets no ceiling"
    )
    return f"{_period(kept['configured_ms'])} (`{kept['key']}`); {most}"


def _period(ms: int) -> str:
    days, rest = divmod(ms, DAY_MS)
    return f"{days} days" if not rest else f"{ms // 3_600_000} hours"


def _counts(counts: Mapping[str, int]) -> str:
    return _or_none(f"{name} {count}" for name, count in counts.items())


def _or_none(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"
