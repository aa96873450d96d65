"""A node's keys: made, kept, refused for one reason each."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import example, given
from hypothesis import strategies as st

from node import certificates, sealed
from node.keys import NodeKeys
from node.sealed import KeyFileError, Rest
from protocol.errors import ProtocolError
from protocol.ids import NodeId, UnixMs
from protocol.keys import check_ed25519, signed_by

NODE = NodeId("port-x--gate")
NOW = UnixMs(1_760_000_000_000)
CHEAP = {"ops": 1, "memory": 8192}


@pytest.fixture(scope="module")
def keys() -> NodeKeys:
    return NodeKeys.generate(NODE, random=os.urandom, now=NOW)


def test_the_three_keys_are_three_and_sign(keys: NodeKeys) -> None:
    assert keys.log_public != keys.hold_public
    assert check_ed25519(keys.log_public)
    assert signed_by(keys.log_public, b"text", keys.sign_log(b"text"))
    assert signed_by(keys.hold_public, b"text", keys.sign_hold(b"text"))
    assert not signed_by(keys.log_public, b"text", keys.sign_hold(b"text"))


def test_one_seed_gives_one_set_of_keys() -> None:
    import random

    one, two = (NodeKeys.generate(NODE, random=random.Random(7).randbytes, now=NOW) for _ in range(2))
    assert one.public_card() == two.public_card()
    assert one.tls_key_pem == two.tls_key_pem


def test_the_card_holds_no_secret(keys: NodeKeys) -> None:
    text = json.dumps(keys.public_card())
    assert "PRIVATE" not in text
    for secret in (bytes(keys._log), bytes(keys._hold)):
        assert secret.hex() not in text
    assert "PRIVATE" not in repr(keys)


@pytest.mark.parametrize("passphrase", ["horse staple", None])
def test_saved_keys_come_back(keys: NodeKeys, tmp_path: Path, passphrase: str | None) -> None:
    keys.save(tmp_path / "k", passphrase, random=os.urandom, **CHEAP)
    again = NodeKeys.load(tmp_path / "k", NODE, passphrase)
    assert again.public_card() == keys.public_card()
    assert again.sign_log(b"x") == keys.sign_log(b"x")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o700
    for file in (tmp_path / "k").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600


def test_sealed_files_hold_no_plain_key(keys: NodeKeys, tmp_path: Path) -> None:
    keys.save(tmp_path / "sealed", "horse staple", random=os.urandom, **CHEAP)
    keys.save(tmp_path / "plain", None, random=os.urandom)
    secret = sealed._text(bytes(keys._log))
    assert secret in (tmp_path / "plain" / "log.key").read_text()  # the search would find it
    assert secret not in (tmp_path / "sealed" / "log.key").read_text()


def test_keys_are_never_overwritten(keys: NodeKeys, tmp_path: Path) -> None:
    keys.save(tmp_path, None, random=os.urandom)
    with pytest.raises(KeyFileError, match=r"log\.key: exists"):
        keys.save(tmp_path, None, random=os.urandom)


def test_a_wrong_passphrase_is_one_line(keys: NodeKeys, tmp_path: Path) -> None:
    keys.save(tmp_path, "right and long", random=os.urandom, **CHEAP)
    with pytest.raises(KeyFileError, match=r"tls\.key: does not open: the passphrase is wrong") as error:
        NodeKeys.load(tmp_path, NODE, "wrong")
    assert "wrong'" not in str(error.value)
    assert "\n" not in str(error.value)
    with pytest.raises(KeyFileError, match="is sealed, and no passphrase was given"):
        NodeKeys.load(tmp_path, NODE, None)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o700, 0o400, 0o666])
def test_a_plain_key_of_another_mode_is_refused(keys: NodeKeys, tmp_path: Path, mode: int) -> None:
    keys.save(tmp_path, None, random=os.urandom)
    (tmp_path / "hold.key").chmod(mode)
    with pytest.raises(KeyFileError, match=rf"hold\.key: has mode {mode:04o}; a plain key needs 0600"):
        NodeKeys.load(tmp_path, NODE, None)


def test_a_plain_key_of_another_user_is_refused(
    keys: NodeKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.save(tmp_path, None, random=os.urandom)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(KeyFileError, match="belongs to another user"):
        NodeKeys.load(tmp_path, NODE, None)


def test_without_the_mode_check_the_loose_file_would_load(
    keys: NodeKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: what the tests above refuse, they refuse by that check and nothing else."""
    keys.save(tmp_path, None, random=os.urandom)
    (tmp_path / "hold.key").chmod(0o644)
    monkeypatch.setattr(sealed, "_refuse_loose", lambda path, found: None)
    assert NodeKeys.load(tmp_path, NODE, None).hold_public == keys.hold_public


def test_one_use_does_not_stand_in_for_another(keys: NodeKeys, tmp_path: Path) -> None:
    keys.save(tmp_path, "horse staple", random=os.urandom, **CHEAP)
    (tmp_path / "log.key").replace(tmp_path / "hold.key")
    (tmp_path / "log.key").write_bytes((tmp_path / "hold.key").read_bytes())
    with pytest.raises(KeyFileError, match=r"hold\.key: use 'log' was found where 'hold' is needed"):
        NodeKeys.load(tmp_path, NODE, "horse staple")


def test_a_header_cannot_be_rewritten(keys: NodeKeys, tmp_path: Path) -> None:
    keys.save(tmp_path, "horse staple", random=os.urandom, **CHEAP)
    text = (tmp_path / "log.key").read_text().replace('"use": "log"', '"use": "hold"')
    (tmp_path / "hold.key").write_text(text)
    with pytest.raises(KeyFileError, match=r"hold\.key: does not open"):
        NodeKeys.load(tmp_path, NODE, "horse staple")


def test_another_nodes_keys_are_refused(keys: NodeKeys, tmp_path: Path) -> None:
    keys.save(tmp_path, None, random=os.urandom)
    with pytest.raises(KeyFileError, match="owner 'port-x--gate' was found where 'port-y' is needed"):
        NodeKeys.load(tmp_path, NodeId("port-y"), None)


def test_a_certificate_of_another_key_is_refused(keys: NodeKeys, tmp_path: Path) -> None:
    keys.save(tmp_path, None, random=os.urandom)
    other = NodeKeys.generate(NODE, random=os.urandom, now=NOW)
    (tmp_path / "tls.pem").write_bytes(other.tls_cert_pem)
    with pytest.raises(KeyFileError, match=r"tls\.pem: is the certificate of another key"):
        NodeKeys.load(tmp_path, NODE, None)


@pytest.mark.parametrize("passphrase", ["horse staple", None])
@given(share=st.floats(0, 0.99))
def test_a_cut_file_is_one_precise_error(
    tmp_path_factory: pytest.TempPathFactory, passphrase: str | None, share: float
) -> None:
    path = tmp_path_factory.mktemp("cut") / "log.key"
    rest = Rest.new(passphrase, random=os.urandom, **CHEAP)
    sealed.write_key(path, b"s" * 32, owner=NODE, use="log", rest=rest, random=os.urandom)
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(int((len(whole) - 2) * share))  # the last two are brace and line end
    with pytest.raises(KeyFileError, match="is truncated or not a key file"):
        sealed.read_key(path, owner=NODE, use="log", passphrase="horse staple")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "has version 2; this program reads version 1"),
        ({"cipher": "rot13"}, "sealed in a way this version does not know"),
        ({"kdf": {"name": "argon2id", "ops": 3, "memory": 1 << 42, "salt": ""}}, "asks for more than"),
        ({"nonce": "AAAA"}, "is truncated or not a key file"),
        ({"sealed": None}, "is truncated or not a key file"),
    ],
)
def test_a_header_out_of_bounds_is_refused_before_work(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    path = tmp_path / "log.key"
    rest = Rest.new("horse staple", random=os.urandom, **CHEAP)
    sealed.write_key(path, b"s" * 32, owner=NODE, use="log", rest=rest, random=os.urandom)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(KeyFileError, match=words):
        sealed.read_key(path, owner=NODE, use="log", passphrase="horse staple")


def test_an_oversized_file_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "log.key").write_bytes(b"[" * 1_000_000)
    with pytest.raises(KeyFileError, match="has more than 16384 bytes"):
        sealed.read_key(tmp_path / "log.key", owner=NODE, use="log", passphrase=None)
    (tmp_path / "log.key").write_bytes(b"[" * 16_000)
    with pytest.raises(KeyFileError, match="is truncated or not a key file"):
        sealed.read_key(tmp_path / "log.key", owner=NODE, use="log", passphrase=None)


def test_the_default_cost_is_not_a_toy() -> None:
    assert sealed.OPS >= 3
    assert sealed.MEMORY >= 64 << 20


# ---- The certificate ------------------------------------------------------------------------------------------------------


def test_the_forged_subjects_are_otherwise_right() -> None:
    certificates.admit(_named_alike(NODE, "5"), NODE)


def test_our_certificate_is_admitted(keys: NodeKeys) -> None:
    found = certificates.admit(keys.tls_cert_pem, NODE)
    assert found.fingerprint == certificates.fingerprint_of(keys.tls_cert_pem)
    assert found.not_before_ms == NOW - certificates.BACKDATED_MS
    assert certificates.in_force(found, NOW)
    assert not certificates.in_force(found, UnixMs(NOW - certificates.BACKDATED_MS - 1))
    assert not certificates.in_force(found, UnixMs(NOW + certificates.VALID_MS))


def _made(node: str = NODE, curve: ec.EllipticCurve | None = None, *, ca: bool = False) -> bytes:
    return certificates.certify(
        ec.generate_private_key(curve or ec.SECP256R1()), node, serial=5, now=NOW, ca=ca
    )


def _named_alike(common: str, serial: str) -> bytes:
    """A certificate that is right but for its subject."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.load_pem_x509_certificate(_made())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, common), x509.NameAttribute(NameOID.SERIAL_NUMBER, serial)]
    )
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=5,
        extensions=list(own.extensions),
        not_valid_before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        not_valid_after=dt.datetime(2040, 1, 1, tzinfo=dt.UTC),
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _issued_by_another() -> bytes:
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    own = x509.load_pem_x509_certificate(_made())
    builder = x509.CertificateBuilder(
        issuer_name=own.subject,
        subject_name=own.subject,
        public_key=own.public_key(),
        serial_number=own.serial_number,
        extensions=list(own.extensions),
        not_valid_before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        not_valid_after=dt.datetime(2040, 1, 1, tzinfo=dt.UTC),
    )
    forged = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return forged.public_bytes(Encoding.PEM)


def _ed25519_certificate() -> bytes:
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ed25519.Ed25519PrivateKey.generate()
    own = x509.load_pem_x509_certificate(_made())
    builder = x509.CertificateBuilder(
        issuer_name=own.subject,
        subject_name=own.subject,
        public_key=key.public_key(),
        serial_number=own.serial_number,
        extensions=list(own.extensions),
        not_valid_before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        not_valid_after=dt.datetime(2040, 1, 1, tzinfo=dt.UTC),
    )
    return builder.sign(key, None).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("pem", "rule"),
    [
        (_made(ca=True), "CA:FALSE"),
        (_made("port-x"), "one subject alternative name, the node's id"),
        (_made(curve=ec.SECP384R1()), "an ECDSA P-256 key"),
        (_ed25519_certificate(), "an ECDSA P-256 key"),
        (_named_alike("port-y", "5"), "a subject of the node's id and the certificate's serial"),
        (_named_alike(NODE, "6"), "a subject of the node's id and the certificate's serial"),
        (_issued_by_another(), "signed by its own key"),
        (_made() + _made(), "exactly one PEM certificate"),
        (b"", "exactly one PEM certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "exactly one PEM certificate"),
        (b"x" * 10_000, "at most 8192 bytes"),
    ],
)
def test_another_shape_is_refused_at_admission(pem: bytes, rule: str) -> None:
    with pytest.raises(ProtocolError, match=rule) as error:
        certificates.admit(pem, NODE)
    assert error.value.where == f"{NODE}.tls"


def _with_serial(byte: int) -> bytes:
    """Our certificate with another serial number of one byte; no library signs such a one, an attacker's does."""
    import ssl

    der = bytearray(ssl.PEM_cert_to_DER_cert(_FIXED.decode()))
    at = der.index(b"\x02\x01\x05")
    der[at + 2] = byte
    return ssl.DER_cert_to_PEM_cert(bytes(der)).encode()


@pytest.mark.filterwarnings("ignore:.*serial number.*")
@pytest.mark.parametrize("byte", [0x00, 0xFF])
def test_a_serial_number_that_is_not_positive_is_refused(byte: int) -> None:
    with pytest.raises(ProtocolError, match="a positive serial number"):
        certificates.admit(_with_serial(byte), NODE)


@given(at=st.integers(0, 600), bit=st.integers(0, 7))
@example(at=12, bit=0)  # a version that X.509 does not have
def test_a_flipped_bit_never_escapes_as_another_error(at: int, bit: int) -> None:
    import ssl

    der = bytearray(ssl.PEM_cert_to_DER_cert(_FIXED.decode()))
    der[at % len(der)] ^= 1 << bit
    with pytest.raises(ProtocolError):
        certificates.admit(ssl.DER_cert_to_PEM_cert(bytes(der)).encode(), NODE)


def test_no_flipped_bit_at_all_is_accepted() -> None:
    """Every bit of one certificate: among them a negative serial number, and a signature that does not fill its last byte."""
    import ssl

    der = ssl.PEM_cert_to_DER_cert(_FIXED.decode())
    for at in range(len(der)):
        for bit in range(8):
            flipped = bytearray(der)
            flipped[at] ^= 1 << bit
            with pytest.raises(ProtocolError):
                certificates.admit(ssl.DER_cert_to_PEM_cert(bytes(flipped)).encode(), NODE)


_FIXED = _made()
