"""How versions stand: the answer against the rule as it is written, for any set of entries in any order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from node.commands.settle import decide
from node.store.entries import Standing, VersionRow
from protocol.operation import Op

KIND = "port2port/alert;v=1"


@st.composite
def entries(draw: st.DrawFn) -> list[VersionRow]:
    """A record's entries in some order of keys: versions once each, effects at will."""
    rows = []
    for version in range(1, draw(st.integers(0, 5)) + 1):
        aside = draw(st.booleans()) and draw(st.booleans())
        standing = (
            Standing.QUARANTINED if aside else draw(st.sampled_from([Standing.CURRENT, Standing.MISSING]))
        )
        rows.append(VersionRow(0, 1, Op.PUBLISH, version, standing, False, draw(st.booleans()), KIND))
    effects = draw(st.lists(st.sampled_from([Op.RETRACT, Op.ERASE, Op.SUPERSEDED]), max_size=4))
    rows += [VersionRow(0, 1, op, draw(st.integers(1, 6)), Standing.NONE, False, False, "") for op in effects]
    order = draw(st.permutations(range(len(rows))))
    return [replace(rows[i], key=n) for n, i in enumerate(order)]


def written(rows: list[VersionRow]) -> dict[int, tuple[Standing, bool]]:
    """The rule, sentence by sentence: version to standing and whether it is shown."""
    found: dict[int, Standing] = {}
    for row in (r for r in rows if r.op == Op.PUBLISH):
        reached = {e.op for e in rows if e.op != Op.PUBLISH and e.version >= row.version}
        if row.standing is Standing.QUARANTINED:
            found[row.version] = Standing.QUARANTINED
        elif Op.ERASE in reached:
            found[row.version] = Standing.ERASED
        elif Op.RETRACT in reached:
            found[row.version] = Standing.RETRACTED
        elif Op.SUPERSEDED in reached:
            found[row.version] = Standing.SUPERSEDED
        else:
            found[row.version] = Standing.CURRENT if row.has_content else Standing.MISSING
    current = [v for v, s in found.items() if s is Standing.CURRENT]
    for version in current:
        if version < max(current):
            found[version] = Standing.SUPERSEDED
    moved = max((e.version for e in rows if e.op == Op.SUPERSEDED), default=0)
    withdrawn = [v for v, s in found.items() if s is Standing.RETRACTED and v > moved]
    shown = max(current) if current else max(withdrawn, default=0)
    return {version: (standing, version == shown) for version, standing in found.items()}


@given(entries())
def test_every_version_stands_as_the_rule_says(rows: list[VersionRow]) -> None:
    assert {row.version: outcome for row, outcome in decide(rows)} == written(rows)


@given(entries())
def test_at_most_one_row_stands_for_a_record(rows: list[VersionRow]) -> None:
    shown = [row for row, (_, is_shown) in decide(rows) if is_shown]
    assert len(shown) <= 1


@given(entries())
def test_deciding_again_changes_nothing(rows: list[VersionRow]) -> None:
    after = {row.key: outcome for row, outcome in decide(rows)}
    again = [
        replace(row, standing=after[row.key][0], shown=after[row.key][1]) if row.key in after else row
        for row in rows
    ]
    assert {row.key: outcome for row, outcome in decide(again)} == after
