"""Typed indicators: one stored form for each thing a port can look out for, with its check digit where it has one.

Guarantees that `normalise` is idempotent, that `stored` accepts exactly what `normalise` returns, and that no error
repeats the value. Says nothing about whether the ship, box or plate exists. Types and forms: `docs/records.md`.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from stdnum import imo, iso6346  # type: ignore[import-untyped, unused-ignore]
from stdnum.be import vat  # type: ignore[import-untyped, unused-ignore]

from protocol.errors import BadRecord, Violation

RAW_MAX = 512
"""Characters of raw input; the longest stored form is an address or a domain."""

KEYED_HERE = (
    "badge and person tokens are keyed by the node that made them, so they match only there, "
    "until the federation's epoch key exists"
)
"""Why such a token is refused in a record for other nodes."""

TOKENS = frozenset({"badge", "person"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One typed indicator in its stored form."""

    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.type}:{self.value}"

    @property
    def personal(self) -> bool:
        """Whether it points at a person."""
        return is_personal(self.type)


@dataclass(frozen=True, slots=True)
class Sort:
    """How one type is cleaned and what its stored form must satisfy."""

    clean: Callable[[str], str]
    form: re.Pattern[str]
    rule: str
    digit: Callable[[str], bool] | None = None
    digit_rule: str = "check digit does not match"
    personal: bool = False


def normalise(type: str, raw: str) -> str:  # noqa: A002  the field's name in records.proto
    """The stored form of what was typed or read; BadRecord with the rule it breaks, never with the value."""
    sort = SORTS.get(type)
    if sort is None:
        raise _refused("type", "not one of " + ", ".join(SORTS))
    if len(raw) > RAW_MAX:
        raise _refused(type, f"at most {RAW_MAX} characters")
    value = sort.clean(raw)
    rule = _fault(sort, value)
    if rule is not None:
        raise _refused(type, rule)
    return value


def subject(type: str, raw: str) -> Subject:  # noqa: A002
    """`normalise`, as a value that knows its type."""
    return Subject(type, normalise(type, raw))


def stored(type: str, value: str) -> str | None:  # noqa: A002
    """The rule a stored value breaks, or None; an unknown type is the caller's to judge and breaks none."""
    sort = SORTS.get(type)
    return None if sort is None else _fault(sort, value)


def is_personal(type: str) -> bool:  # noqa: A002
    """Whether values of this type are personal data; a type not known here counts as one."""
    sort = SORTS.get(type)
    return sort is None or sort.personal


def mmsi_sort(value: str) -> str:
    """What an MMSI belongs to, by its prefix (ITU-R M.585): ship, coast, group, aircraft, handheld, craft, aton, ..."""
    for prefix, sort in _MMSI_PREFIXES:
        if value.startswith(prefix):
            return sort
    return "ship" if value[0] in "234567" else "other"


def _fault(sort: Sort, value: str) -> str | None:
    if not sort.form.fullmatch(value):
        return sort.rule
    if sort.digit is not None and not sort.digit(value):
        return sort.digit_rule
    return None


def _refused(path: str, rule: str) -> BadRecord:
    return BadRecord((Violation("indicator", path, rule),))


# ---- cleaning -----------------------------------------------------------------------------------------------------------

_BLANKS = str.maketrans("", "", " .-/\u00a0\u2010\u2011\u2013")


def _upper(raw: str) -> str:
    return raw.translate(_BLANKS).upper()


def _lower(raw: str) -> str:
    return raw.strip().lower()


def _numbered(prefix: str) -> Callable[[str], str]:
    return lambda raw: _upper(raw).removeprefix(prefix).removeprefix(":")


def _plate(raw: str) -> str:
    country, colon, rest = raw.partition(":")
    return f"{country.strip().upper()}{colon}{_upper(rest)}"


def _enterprise(raw: str) -> str:
    digits = _upper(raw).removeprefix("BE").replace("(0)", "0")
    return "BE" + ("0" + digits if len(digits) == 9 else digits)  # numbers before 2005 had nine


def _ip(raw: str) -> str:
    try:
        found = ipaddress.ip_address(raw.strip())
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return ""
        # One host, one form; and Python writes a mapped address in two ways, by version.
        found = found.ipv4_mapped or found
    return str(found)


def _domain(raw: str) -> str:
    name = raw.strip().removesuffix(".")
    if name.isascii():
        return name.lower()
    import idna  # only what is typed in another script needs its tables; a stored form never does

    try:
        return idna.encode(name, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return ""


# Letters that NFKD does not take apart.
_LETTERS = str.maketrans({"Ø": "O", "Æ": "AE", "Œ": "OE", "Ł": "L", "Đ": "D", "Þ": "TH", "ẞ": "SS", "Ð": "D"})


def _folded(raw: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", raw.upper()) if not unicodedata.combining(c))
    return re.sub(r"[\s.;:'\u2019]+", " ", plain.upper().translate(_LETTERS)).strip()


def _address(raw: str) -> str:
    """Country, postcode, street; commas allow blanks inside a postcode."""
    parts = [_folded(part) for part in raw.split(",", 2)]
    if len(parts) == 3:
        parts[1] = parts[1].replace(" ", "")
    line = re.sub(r"[\s,]+", " ", " ".join(parts)).strip()
    return re.sub(r"^(NL \d{4}) ([A-Z]{2}) ", r"\1\2 ", line)  # Dutch postcodes are written with a blank


# ---- check digits -------------------------------------------------------------------------------------------------------


def _imo_holds(value: str) -> bool:
    return value != "0000000" and bool(imo.calc_check_digit(value[:6]) == value[6])


def _container_holds(value: str) -> bool:
    return bool(iso6346.calc_check_digit(value[:10]) == value[10])


def _enterprise_holds(value: str) -> bool:
    return int(value[2:10]) > 0 and vat.checksum(value[2:]) == 0


def _ip_holds(value: str) -> bool:
    return value != "" and _ip(value) == value


def _domain_holds(value: str) -> bool:
    return len(value) <= 253


def _drone_holds(value: str) -> bool:
    """ICAO 24-bit address, or ANSI/CTA-2063-A: maker (4), length code (1-F), that many characters, no I and no O."""
    if re.fullmatch(r"[0-9A-F]{6}", value):
        return value not in {"000000", "FFFFFF"}
    return len(value) == 5 + int(value[4], 16)


_MMSI_PREFIXES = (
    ("00", "coast"),
    ("0", "group"),
    ("111", "aircraft"),
    ("8", "handheld"),
    ("970", "sart"),
    ("972", "man_overboard"),
    ("974", "epirb"),
    ("98", "craft"),
    ("99", "aton"),
)

SORTS: dict[str, Sort] = {
    "imo": Sort(_numbered("IMO"), re.compile(r"[0-9]{7}"), "7 digits", _imo_holds),
    "mmsi": Sort(
        _numbered("MMSI"),
        re.compile(
            r"[2-7][0-9]{8}|00[2-7][0-9]{6}|0[2-7][0-9]{7}|111[2-7][0-9]{5}|8[2-7][0-9]{7}"
            r"|97[024][0-9]{6}|9[89][2-7][0-9]{6}"
        ),
        "9 digits; a ship begins with 2 to 7, others with a prefix of ITU-R M.585",
    ),
    "eni": Sort(_numbered("ENI"), re.compile(r"[0-9]{8}"), "8 digits"),
    "container": Sort(
        _upper, re.compile(r"[A-Z]{3}[UJZ][0-9]{7}"), "3 letters, U, J or Z, 7 digits", _container_holds
    ),
    "seal": Sort(_upper, re.compile(r"[A-Z0-9]{4,20}"), "4 to 20 of A-Z and 0-9"),
    "plate": Sort(
        _plate,
        re.compile(r"[A-Z]{2}:[A-Z0-9]{2,10}"),
        "country, a colon, 2 to 10 of A-Z and 0-9",
        personal=True,
    ),
    "enterprise": Sort(
        _enterprise, re.compile(r"BE[01][0-9]{9}"), "BE and 10 digits, first 0 or 1", _enterprise_holds
    ),
    "badge": Sort(
        _lower,
        re.compile(r"[a-z0-9_-]{2,40}:[0-9a-f]{64}"),
        "issuer code, a colon, a token of 64 hex digits",
        personal=True,
    ),
    "person": Sort(_lower, re.compile(r"[0-9a-f]{64}"), "a token of 64 hex digits", personal=True),
    "drone": Sort(
        _upper,
        re.compile(r"[0-9A-F]{6}|[0-9A-HJ-NP-Z]{4}[1-9A-F][0-9A-HJ-NP-Z]{1,15}"),
        "a serial number of ANSI/CTA-2063-A or 6 hex digits",
        _drone_holds,
        "as many characters as the serial number's length code says",
        personal=True,
    ),
    "ip": Sort(
        _ip, re.compile(r"[0-9a-f.:]{2,39}"), "an IP address without zone", _ip_holds, "the form of RFC 5952"
    ),
    "domain": Sort(
        _domain,
        re.compile(
            r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?![0-9]+\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])"
        ),
        "a domain name: labels of 1 to 63 of a-z, 0-9 and -, at least two",
        _domain_holds,
        "at most 253 characters",
    ),
    "sha256": Sort(_lower, re.compile(r"[0-9a-f]{64}"), "64 hex digits"),
    "address": Sort(
        _address,
        re.compile(r"[A-Z]{2} [A-Z0-9-]{2,10} (?=.{1,120}\Z)[A-Z0-9/+()-]+(?: [A-Z0-9/+()-]+)*"),
        "country, postcode, street of at most 120 characters, in Latin letters",
        personal=True,
    ),
}
"""Every type, its form and its rule."""
