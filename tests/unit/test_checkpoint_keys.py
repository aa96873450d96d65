"""Which Ed25519 keys count: exactly the canonical encodings of points of prime order, whatever other libraries say."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_core_ed25519_add
from sample_feed import ANTWERP

from protocol.errors import ProtocolError
from protocol.keys import check_ed25519, signed_by

P = 2**255 - 19
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")


def encoded(y: int, sign: int = 0) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def eight_torsion() -> list[bytes]:
    """The eight points of small order, by adding the one of order 8 to itself."""
    points = [ORDER_8]
    while len(points) < 8:
        points.append(crypto_core_ed25519_add(points[-1], ORDER_8))
    assert len(set(points)) == 8
    assert encoded(1) in points  # the neutral element
    return points


def test_the_keys_we_make_are_good() -> None:
    assert check_ed25519(ANTWERP.log_public) == ANTWERP.log_public


@pytest.mark.parametrize("point", eight_torsion(), ids=bytes.hex)
def test_a_point_of_small_order_is_refused(point: bytes) -> None:
    with pytest.raises(ProtocolError, match="prime-order"):
        check_ed25519(point)


@pytest.mark.parametrize("torsion", [p for p in eight_torsion() if p != encoded(1)], ids=bytes.hex)
def test_a_good_key_plus_a_point_of_small_order_is_refused(torsion: bytes) -> None:
    with pytest.raises(ProtocolError, match="prime-order"):
        check_ed25519(crypto_core_ed25519_add(ANTWERP.log_public, torsion))


@pytest.mark.parametrize(
    "key",
    [encoded(P + n, sign) for n in range(19) for sign in (0, 1)] + [encoded(1, 1), encoded(P - 1, 1)],
    ids=bytes.hex,
)
def test_an_encoding_that_is_not_canonical_is_refused(key: bytes) -> None:
    """y of p or more (all 19 of them), and the two points whose x is 0 written with its sign set."""
    with pytest.raises(ProtocolError, match="canonical"):
        check_ed25519(key)


@pytest.mark.parametrize(
    "key", [b"", ANTWERP.log_public[:31], ANTWERP.log_public + b"\0", encoded(2)], ids=bytes.hex
)
def test_another_length_and_no_point_of_the_curve_are_refused(key: bytes) -> None:
    with pytest.raises(ProtocolError):
        check_ed25519(key)


def test_the_signature_that_holds_for_any_message_is_refused_here_and_taken_elsewhere() -> None:
    """Under the neutral element, R = neutral and S = 0 verify anything: the reason for one library and this check."""
    neutral, forged = encoded(1), encoded(1) + bytes(32)
    assert not signed_by(neutral, b"anything", forged)
    try:
        Ed25519PublicKey.from_public_bytes(neutral).verify(forged, b"anything")
    except InvalidSignature:
        pytest.fail("the other library refuses it now: say so in docs/protocol.md")


def test_a_signature_is_of_that_key_over_those_bytes_in_that_form() -> None:
    signature = ANTWERP.sign_log(b"words")
    assert signed_by(ANTWERP.log_public, b"words", signature)
    assert not signed_by(ANTWERP.hold_public, b"words", signature)
    assert not signed_by(ANTWERP.log_public, b"word", signature)
    assert not signed_by(ANTWERP.log_public, b"words", signature[:63])
    order = 2**252 + 27742317777372353535851937790883648493
    larger = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not signed_by(ANTWERP.log_public, b"words", signature[:32] + larger)
