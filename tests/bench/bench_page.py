"""A run as text: lines for the terminal, a page for the documents. Both from the JSON and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TARGETS = {
    1: "Sync, durable at the receiver",
    2: "One alert",
    3: "Catching up and meeting again",
    4: "Appending and followers",
    5: "Lists, finding, plans and single checks",
    8: "Start, memory, disk",
    9: "Many feeds, and a change of policy",
}
_STATE = {True: "holds", False: "**missed**", None: ""}

_READING = """## How it is measured

Two nodes are two processes of the product's own house, on the loopback interface with mutual TLS, each with its database on the
disk (write-ahead log, synchronous FULL). CPU is the process's own, all threads; on a machine that others use too it is the figure to
compare, and wall times say as much about the others. Values are medians, with the range in brackets.

* Databases with 10k and 1M records are made by the sender's own append; the receiver's is the same file with its feeds marked as
  another's, which is what accepting them stores (a unit test holds that). What is measured goes over the network.
* Inserting alone is the product's own statement on the product's own connection, 256 rows a transaction, on a copy of the same database.
* An alert is released and audited as an officer's is; its time runs from the return of the commit at the sender to the commit at
  the receiver. Beside a backfill it is in another feed: within a feed the order of the log holds.
* What cannot be left out is the insert, and before it the product's own parsing of header and body, leaf, tree nodes and commitment, on
  the same rows.
* A list is what an officer's page asks the commands for, in a node in which a million records lie in 2,000 feeds, each newer one in
  another feed, as rows. Who may read 5 or 500 of them does by purpose alone.
* A plan is the preview's own, over people, clearances and tuples in a store in memory, each with ends of its own.
* A change of policy is measured over feeds as rows in memory, all labels different, for one peer and one reader.
* Followers are a hundred nodes in one process with their stores in memory; memory is the private memory of the node they follow.
"""

_VERIFYING = (
    "The receiver verifies and judges each record in Python, and what of that nobody can leave out (parsing and hashing) costs about as much "
    "as the insert; one interpreter lock makes wall time CPU time. The target was set when the insert alone took 14 µs; its table has two "
    "indexes less now. What can be held is in [adr/0014](adr/0014-what-a-received-record-costs.md): the absolute cost, less than one "
    "signature, and two and a half times what cannot be left out."
)
_WHY = {
    "sync.insert": _VERIFYING,
    "sync.rate": _VERIFYING,
    "alert.p50": (
        "The target was set on a disk that takes 3.6 ms to confirm a commit. Where it takes a fraction of one, what is left is one message "
        "between two processes, and what the receiver's transaction does before its commit: verifying, judging, signing the receipt."
    ),
}
"""Why a target is missed, by the beginning of its figure's id; said only in a run in which it is."""

Found = Mapping[str, Any]


def lines(found: Found) -> Iterator[str]:
    """One line for each figure that has a target, its state first."""
    for one in found["figures"]:
        if one["held"] is not None:
            state = "holds " if one["held"] else "MISSED"
            ratio = f" = {one['ratio']:g} × floor" if one["ratio"] is not None else ""
            yield f"  {one['target']} {state} {one['id']}: {one['value']:g} {one['unit']}{ratio} ({_limit(one)})"


def page(found: Found, plots: Sequence[tuple[str, str]]) -> str:
    """`benchmarks.md`."""
    return "\n".join(
        [*_head(found), *_results(found), *_plots(plots), *_reading(), *_quiet(found), *_notes(found)]
    )


def _head(found: Found) -> Iterator[str]:
    machine = found["machine"]
    held = sum(1 for one in found["figures"] if one["held"] is True)
    asked = sum(1 for one in found["figures"] if one["held"] is not None)
    yield "# Benchmarks"
    yield ""
    yield f"Written by `make bench`; figures, samples and floors are in `benchmarks.json` (schema `{found['schema']}`)."
    yield f"Version {found['version']}, {found['started']}, {found['seconds'] / 60:.0f} minutes. {held} of {asked} targets hold."
    if found["quick"]:
        yield "**A quick run with small sizes: it shows that the benchmark works, not how fast the product is.**"
    if found["missing"]:
        yield f"**Floors missing: {', '.join(found['missing'])}. Figures without their floor say nothing.**"
    yield ""
    yield (
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB, {machine['system']}, "
        f"{machine['file_system']}; Python {machine['python']}, SQLite {machine['sqlite']}, gRPC {machine['grpcio']}, "
        f"OpenSSL {machine['openssl']}, PyNaCl {machine['pynacl']}."
    )
    yield ""


def _results(found: Found) -> Iterator[str]:
    floors = {one["id"]: one for one in found["floors"]}
    measured = {one["target"] for one in found["figures"]}
    for number, title in TARGETS.items():
        if number not in measured:
            continue
        yield f"## {number}. {title}"
        yield ""
        yield "| what | measured | its floor | × floor | target | |"
        yield "|---|---|---|---|---|---|"
        for one in found["figures"]:
            if one["target"] == number:
                yield _row(one, floors)
        yield ""
        for words in dict.fromkeys(_why(one) for one in found["figures"] if one["target"] == number):
            if words:
                yield words
                yield ""
        yield "Floors: " + "; ".join(_floor(one) for one in found["floors"] if one["target"] == number) + "."
        yield ""


def _why(one: Found) -> str:
    """Why a figure's target is missed, as far as that is known."""
    if one["held"] is not False:
        return ""
    return next((words for name, words in _WHY.items() if one["id"].startswith(name)), "")


def _row(one: Found, floors: Mapping[str, Found]) -> str:
    floor = floors.get(one["floor"] or "")
    below = f"{floor['value']:g} {floor['unit']}" if floor else ("missing" if one["floor"] else "")
    ratio = f"{one['ratio']:.3g}" if one["ratio"] is not None else ""
    cells = [one["what"], f"{_spread(one)} {one['unit']}", below, ratio, _limit(one), _STATE[one["held"]]]
    return "| " + " | ".join(cells) + " |"


def _floor(one: Found) -> str:
    return f"{one['what']} {_spread(one)} {one['unit']}"


def _spread(one: Found) -> str:
    """The median, and the range where there are several."""
    samples = one["samples"]
    spread = f" ({min(samples):g} to {max(samples):g})" if len(samples) > 1 else ""
    return f"{one['value']:g}{spread}"


def _limit(one: Found) -> str:
    if one["limit"] is None:
        return ""
    sign = "≤" if one["sense"] == "at most" else "≥"
    return f"{sign} {one['limit']:g} {'× floor' if one['times_floor'] else one['unit']}"


def _plots(plots: Sequence[tuple[str, str]]) -> Iterator[str]:
    for title, file in plots:
        yield f"![{title}](images/{file})"
        yield ""


def _reading() -> Iterator[str]:
    yield _READING


def _quiet(found: Found) -> Iterator[str]:
    yield "Share of the cores that others used meanwhile, and that the host took:"
    yield ""
    yield "| section | seconds | others | host |"
    yield "|---|---|---|---|"
    for one in found["quiet"]:
        yield f"| {one['section']} | {one['seconds']:g} | {one['others']:.0%} | {one['steal']:.1%} |"
    yield ""


def _notes(found: Found) -> Iterator[str]:
    for note in found["notes"]:
        yield f"* {note}"
