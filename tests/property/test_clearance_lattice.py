"""The order of labels and what follows from it for reading. Each law is a check over an implementation, so that a broken double
of it can be shown to be caught."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from label_strategies import catches, higher, labels, readers, with_fault

from policies.clearance import Reader, may_read
from policies.decision import Decision, Permit
from policies.lattice import dominates, joinable, lower_in
from protocol.errors import BadLabel
from protocol.label import CAVEATS, PURPOSES, Label, Level, Tlp, minimal, parse
from protocol.members import Levels, Standing

Order = Callable[[Label, Label], bool]
Join = Callable[..., Label | None]
Read = Callable[[Reader, Label, str], Decision]

OFTEN = st.tuples(labels(), labels()) | labels().flatmap(lambda low: st.tuples(st.just(low), higher(low)))
PURPOSE = st.sampled_from(sorted(PURPOSES)[:3])
ONE_STANDING = readers(standings=[Standing.MEMBER]) | readers(standings=[Standing.CLIENT])


def reads(reader: Reader, label: Label, purpose: str, read: Read = may_read) -> bool:
    return isinstance(read(reader, label, purpose), Permit)


# ---- the order ------------------------------------------------------------------------------------------------------------


def partial_order(x: Label, y: Label, z: Label, above: Order = dominates) -> None:
    assert above(x, x)
    assert not (above(x, y) and above(y, x)) or x == y
    assert not (above(z, y) and above(y, x)) or above(z, x)


@given(OFTEN.flatmap(lambda xy: st.tuples(st.just(xy[0]), st.just(xy[1]), labels() | higher(xy[1]))))
def test_dominates_is_a_partial_order(xyz: tuple[Label, Label, Label]) -> None:
    partial_order(*xyz)


@given(OFTEN)
def test_the_part_that_is_lower_is_named_exactly_where_one_is(xy: tuple[Label, Label]) -> None:
    low, high = xy
    assert (lower_in(high, low) == "") == dominates(high, low)


def test_an_order_that_forgets_a_part_is_caught() -> None:
    def blind(high: Label, low: Label) -> bool:
        return dominates(replace(high, caveats=frozenset()), replace(low, caveats=frozenset()))

    catches(with_fault(partial_order, above=blind), same_but_for_caveats())


@st.composite
def same_but_for_caveats(draw: st.DrawFn) -> tuple[Label, Label, Label]:
    label = draw(labels())
    other = replace(label, caveats=draw(st.frozensets(st.sampled_from(sorted(CAVEATS)))))
    return label, other, label


# ---- the join -------------------------------------------------------------------------------------------------------------


def least_upper_bound(x: Label, y: Label, z: Label, join: Join = joinable) -> None:
    both = join(x, y)
    if both is None:
        return
    assert dominates(both, x)
    assert dominates(both, y)
    if dominates(z, x) and dominates(z, y):
        assert dominates(z, both)


def laws(x: Label, y: Label, z: Label, join: Join = joinable) -> None:
    assert join(x, x) == x
    assert join(x, y) == join(y, x)
    if dominates(y, x):
        assert join(x, y) == y
    left, right = join(x, y), join(y, z)
    if left is not None and right is not None:
        grouped = {join(left, z), join(x, right), join(x, y, z)} - {None}
        assert len(grouped) <= 1


def comes_back(x: Label, y: Label, read: Callable[[str], Label] = parse) -> None:
    """Invariant 11: parse(format(x ⊔ y)) == x ⊔ y."""
    both = joinable(x, y)
    if both is not None:
        assert read(both.text) == both


@st.composite
def bounded(draw: st.DrawFn) -> tuple[Label, Label, Label]:
    """Two labels and mostly one that dominates both."""
    x, y = draw(OFTEN)
    both = joinable(x, y)
    z = draw(labels() if both is None else higher(both) | higher(x))
    return x, y, z


@given(bounded())
def test_the_join_is_the_least_upper_bound(xyz: tuple[Label, Label, Label]) -> None:
    least_upper_bound(*xyz)


@given(bounded())
def test_the_join_is_idempotent_commutative_and_associative(xyz: tuple[Label, Label, Label]) -> None:
    laws(*xyz)


@given(OFTEN)
@example((parse("BE:NONE//TLP:GREEN//AUD aa & bb"), parse("BE:NONE//TLP:GREEN//AUD aa,cc")))
def test_the_text_of_a_join_reads_back_as_the_join(xy: tuple[Label, Label]) -> None:
    comes_back(*xy)


def test_a_join_that_takes_one_sides_audience_is_caught() -> None:
    def narrow(x: Label, y: Label) -> Label | None:
        both = joinable(x, y)
        return both and replace(both, audience=x.audience)

    catches(with_fault(least_upper_bound, join=narrow), bounded())


def test_a_join_above_the_least_is_caught() -> None:
    def high(x: Label, y: Label) -> Label | None:
        both = joinable(x, y)
        return both and replace(both, level=Level.TOP_SECRET)

    catches(with_fault(least_upper_bound, join=high), bounded())


def test_a_join_that_writes_an_empty_intersection_as_unrestricted_is_caught() -> None:
    def widening(x: Label, y: Label) -> Label | None:
        if x.purposes and y.purposes and not x.purposes & y.purposes:
            return joinable(replace(x, purposes=None), replace(y, purposes=None))
        return joinable(x, y)

    catches(with_fault(least_upper_bound, join=widening), bounded())


def test_a_reader_that_stops_at_the_first_clause_is_caught() -> None:
    def short(text: str) -> Label:
        return parse(re.sub(r"(//AUD [a-z,]+)(?: & [a-z,]+)*", r"\1", text))

    catches(with_fault(comes_back, read=short), OFTEN)


# ---- reading --------------------------------------------------------------------------------------------------------------


def join_reads_as_both(x: Label, y: Label, reader: Reader, purpose: str, join: Join = joinable) -> None:
    both = join(x, y)
    if both is not None:
        assert reads(reader, both, purpose) == (reads(reader, x, purpose) and reads(reader, y, purpose))


def higher_never_shows_more(
    low: Label, high: Label, reader: Reader, purpose: str, read: Read = may_read
) -> None:
    if dominates(high, low) and reads(reader, high, purpose, read):
        assert reads(reader, low, purpose, read)


def more_never_reads_less(
    label: Label, less: Reader, more: Reader, purpose: str, read: Read = may_read
) -> None:
    if reads(less, label, purpose, read):
        assert reads(more, label, purpose, read)


@st.composite
def readable(
    draw: st.DrawFn, who: st.SearchStrategy[Reader] | None = None
) -> tuple[Label, Label, Reader, str]:
    """Two labels and a reader who may mostly read the first: drawn at random, reading is rare and laws hold emptily."""
    x, y = draw(OFTEN)
    reader = draw(readers() if who is None else who)
    purpose = draw(PURPOSE)
    if draw(st.integers(0, 3)):
        x, y = lowered(x, reader), lowered(y, reader)
        reader = replace(reader, purposes=reader.purposes | {purpose})
    return x, y, reader, purpose


def lowered(label: Label, reader: Reader) -> Label:
    """The label with what this reader lacks taken off, where that leaves one."""
    own = frozenset(reader.memberships)
    kept = [c | {min(own)} if c.isdisjoint(own) else c for c in label.audience]
    try:
        return replace(
            label,
            policies=label.policies & reader.ceiling.keys() or frozenset({"BE"}),
            level=min(label.level, Level.NONE),
            tlp=min(label.tlp, Tlp.AMBER) if not reader.recipients else label.tlp,
            audience=minimal(kept),
            compartments=label.compartments & reader.compartments,
            countries=frozenset(c for c in label.countries if reader.country in c),
            recipients=frozenset(c for c in label.recipients if c & reader.recipients),
        )
    except BadLabel:
        return label


@given(readable(ONE_STANDING))
def test_a_join_is_read_by_exactly_those_who_read_both(case: tuple[Label, Label, Reader, str]) -> None:
    join_reads_as_both(*case)


@given(readable())
def test_nobody_reads_a_join_who_does_not_read_both(case: tuple[Label, Label, Reader, str]) -> None:
    x, y, reader, purpose = case
    both = joinable(x, y)
    if both is not None and reads(reader, both, purpose):
        assert reads(reader, x, purpose)
        assert reads(reader, y, purpose)


@given(readable())
def test_a_higher_label_never_shows_more(case: tuple[Label, Label, Reader, str]) -> None:
    higher_never_shows_more(*case)
    low, high, reader, purpose = case
    higher_never_shows_more(high, low, reader, purpose)


@st.composite
def promoted(draw: st.DrawFn) -> tuple[Label, Reader, Reader, str]:
    """A label, a reader, and the same reader with more of everything that another has."""
    label, _, less, purpose = draw(readable())
    other = draw(readers())
    communities = {*less.memberships, *other.memberships}
    more = replace(
        less,
        ceiling=_highest(less.ceiling, other.ceiling),
        clearance=_highest(less.clearance, other.clearance),
        compartments=less.compartments | other.compartments,
        memberships=dict.fromkeys(communities, Standing.MEMBER),
        recipients=less.recipients | other.recipients,
        purposes=less.purposes | other.purposes,
        organisation_countries=less.organisation_countries | other.organisation_countries,
        regimes=less.regimes | other.regimes,
        roles=less.roles | other.roles,
        partner=less.partner and other.partner,
    )
    return label, less, more, purpose


def _highest(one: Levels, other: Levels) -> Levels:
    return {p: max(x[p] for x in (one, other) if p in x) for p in {*one, *other}}


@given(promoted())
def test_more_clearance_never_reads_less(case: tuple[Label, Reader, Reader, str]) -> None:
    more_never_reads_less(*case)


def test_the_cases_do_read() -> None:
    """The laws above would hold emptily if nobody ever read anything."""
    seen = {True: 0, False: 0}

    @settings(derandomize=True, database=None, deadline=None, max_examples=300)
    @given(readable())
    def count(case: tuple[Label, Label, Reader, str]) -> None:
        x, _, reader, purpose = case
        seen[reads(reader, x, purpose)] += 1

    count()
    assert min(seen.values()) >= 10


def test_a_join_that_keeps_the_lower_tlp_is_caught() -> None:
    def lax(x: Label, y: Label) -> Label | None:
        both = joinable(x, y)
        return both and replace(both, tlp=min(x.tlp, y.tlp))

    catches(with_fault(join_reads_as_both, join=lax), readable(ONE_STANDING), examples=6000)


def test_a_reading_that_ignores_the_audience_of_higher_labels_is_caught() -> None:
    def keen(reader: Reader, label: Label, purpose: str) -> Decision:
        return Permit("keen") if label.tlp is Tlp.RED else may_read(reader, label, purpose)

    catches(with_fault(higher_never_shows_more, read=keen), readable())


def test_a_reading_that_punishes_membership_is_caught() -> None:
    def odd(reader: Reader, label: Label, purpose: str) -> Decision:
        fewer = {c: s for c, s in reader.memberships.items() if len(reader.memberships) < 3}
        return may_read(replace(reader, memberships=fewer), label, purpose)

    catches(with_fault(more_never_reads_less, read=odd), promoted())


# ---- what is unknown -----------------------------------------------------------------------------------------------------


@given(readable(), st.sampled_from(["policy", "COMP", "AUD", "CTRY", "TO"]))
def test_a_name_nobody_knows_opens_nothing(case: tuple[Label, Label, Reader, str], part: str) -> None:
    label, _, reader, purpose = case
    unknown = {
        "policy": replace(label, policies=label.policies | {"NATO"}),
        "COMP": replace(label, compartments=label.compartments | {"UNHEARD"}),
        "AUD": replace(label, audience=frozenset({frozenset({"unheard"})})),
        "CTRY": replace(label, countries=frozenset({frozenset({"ZZ"})})),
        "TO": replace(label, recipients=frozenset({frozenset({"node:unheard"})})),
    }[part]
    without = replace(reader, ceiling={p: level for p, level in reader.ceiling.items() if p != "NATO"})
    assert not reads(without, unknown, purpose)


@given(readable())
def test_an_unknown_alternative_never_widens_a_clause(case: tuple[Label, Label, Reader, str]) -> None:
    label, _, reader, purpose = case
    wider = replace(label, audience=frozenset(c | {"unheard"} for c in label.audience))
    assert reads(reader, wider, purpose) == reads(reader, label, purpose)


@given(readable(), st.text(max_size=20))
def test_a_purpose_that_is_not_the_readers_own_opens_nothing(
    case: tuple[Label, Label, Reader, str], purpose: str
) -> None:
    label, _, reader, _ = case
    if purpose not in reader.purposes:
        assert not reads(reader, label, purpose)
