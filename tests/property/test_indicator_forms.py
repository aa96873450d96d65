"""Indicators: normalising twice is normalising once; what is stored is what normalising returns; check digits bite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import indicator
from protocol.errors import BadRecord
from protocol.indicator import normalise, stored
from protocol.indicator_forms import SORTS

_NOISE = st.text(max_size=40) | st.text("0123456789ABCDEFabcdef:. -,/'äßØ", max_size=80)


def _near(sort: str) -> st.SearchStrategy[str]:
    """Something of the form of a type, or noise."""
    form = SORTS[sort].form.pattern.replace(r"\Z", "")
    return st.from_regex(form, fullmatch=True) | _NOISE


def _try(sort: str, raw: str) -> str | None:
    try:
        return normalise(sort, raw)
    except BadRecord:
        return None


@pytest.mark.parametrize("sort", SORTS)
@given(data=st.data())
def test_normalising_twice_is_normalising_once(sort: str, data: st.DataObject) -> None:
    value = _try(sort, data.draw(_near(sort)))
    if value is not None:
        assert normalise(sort, value) == value
        assert stored(sort, value) is None


@pytest.mark.parametrize("sort", SORTS)
@given(data=st.data())
def test_what_may_be_stored_is_what_normalising_returns(sort: str, data: st.DataObject) -> None:
    value = data.draw(_near(sort))
    if stored(sort, value) is None and len(value) <= indicator.RAW_MAX:
        assert _try(sort, value) == value


@pytest.mark.parametrize("sort", SORTS)
@given(data=st.data())
def test_no_refusal_repeats_what_was_refused(sort: str, data: st.DataObject) -> None:
    raw = data.draw(_near(sort)) + "¶"  # no rule has this sign, and no form
    with pytest.raises(BadRecord) as caught:
        normalise(sort, raw)
    assert "¶" not in str(caught.value)


def _imo(body: int) -> str:
    digits = f"{body:06d}"
    return digits + str(sum(int(d) * w for d, w in zip(digits, range(7, 1, -1), strict=True)) % 10)


def _enterprise(body: int) -> str:
    return f"BE{body:08d}{97 - body % 97:02d}"


_CODES = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", [n for n in range(10, 39) if n % 11], strict=True))


def _container(owner: str, number: int) -> str:
    body = f"{owner}U{number:06d}"
    weights = [_CODES[c] if c.isalpha() else int(c) for c in body]
    return body + str(sum(w << i for i, w in enumerate(weights)) % 11 % 10)


@given(st.integers(1, 999_999), st.integers(1, 9))
def test_an_imo_number_with_another_check_digit_is_refused(body: int, shift: int) -> None:
    _digit_bites("imo", _imo(body), shift)


@given(st.integers(1, 19_999_999), st.integers(1, 9))
def test_an_enterprise_number_with_another_check_digit_is_refused(body: int, shift: int) -> None:
    _digit_bites("enterprise", _enterprise(body), shift)


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3), st.integers(0, 999_999), st.integers(1, 9)
)
def test_a_container_number_with_another_check_digit_is_refused(owner: str, number: int, shift: int) -> None:
    _digit_bites("container", _container(owner, number), shift)


def _digit_bites(sort: str, value: str, shift: int) -> None:
    assert normalise(sort, value) == value
    wrong = value[:-1] + str((int(value[-1]) + shift) % 10)
    with pytest.raises(BadRecord, match="check digit does not match"):
        normalise(sort, wrong)


def test_without_check_digits_the_test_above_would_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double: a type whose check digit is not looked at."""
    blind = SORTS["imo"].__class__(SORTS["imo"].clean, SORTS["imo"].form, SORTS["imo"].rule)
    monkeypatch.setitem(SORTS, "imo", blind)
    with pytest.raises(pytest.fail.Exception):
        _digit_bites("imo", "1234567", 1)
