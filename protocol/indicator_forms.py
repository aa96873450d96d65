"""The stored form of each type of indicator: how raw input is cleaned, what the result must look like, its check digit.

Guarantees for every type that cleaning leaves a value of that form as it is. Check digits are python-stdnum's. Forms do
not depend on a version of Unicode or IDNA tables: those are used only on the way in.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from stdnum import imo, iso6346
from stdnum.be import vat


@dataclass(frozen=True, slots=True)
class Sort:
    """How one type is cleaned and what its stored form must satisfy."""

    clean: Callable[[str], str]
    form: re.Pattern[str]
    rule: str
    digit: Callable[[str], bool] | None = None
    digit_rule: str = "check digit does not match"
    personal: bool = False


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
    except UnicodeError:  # IDNAError, and what its tables do not hold
        return ""


# Letters that NFKD does not take apart.
_LETTERS = str.maketrans({"Ø": "O", "Æ": "AE", "Œ": "OE", "Ł": "L", "Đ": "D", "Þ": "TH", "ẞ": "SS", "Ð": "D"})


def folded(raw: str) -> str:
    """Upper case without accents, in Latin letters as far as they go, with single blanks for what parts words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", raw.upper()) if not unicodedata.combining(c))
    return re.sub(r"[\s.;:'\u2019]+", " ", plain.upper().translate(_LETTERS)).strip()


def _address(raw: str) -> str:
    """Country, postcode, street; commas allow blanks inside a postcode."""
    parts = [folded(part) for part in raw.split(",", 2)]
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


def _address_holds(value: str) -> bool:
    return _address(value) == value


def _drone_holds(value: str) -> bool:
    """ICAO 24-bit address, or ANSI/CTA-2063-A: maker (4), length code (1-F), that many characters, no I and no O."""
    if re.fullmatch(r"[0-9A-F]{6}", value):
        return value not in {"000000", "FFFFFF"}
    return len(value) == 5 + int(value[4], 16)


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
        _address_holds,
        "the folded form",
        personal=True,
    ),
}
"""Every type, its form and its rule."""
