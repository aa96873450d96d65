"""The one shape of certificate a node may present, made and checked.

Guarantees of what `admit` lets through: one X.509 certificate, ECDSA P-256, signed by its own key, CA:FALSE (one with
CA:TRUE as trust anchor would let its owner speak for others), the only subject alternative name is the node's id, so it
says of whom it speaks; its subject is that id and its own serial number. (TLS libraries look anchors up by subject: two anchors
of one subject hide each other, so a node could not change its certificate, and one could hide another node's.) Whether that node is a member, and whether the day is right, is asked at each connection.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ssl
import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID

from protocol.errors import ProtocolError
from protocol.ids import NodeId, Random, UnixMs

# What the library only warns of is refused here by a rule, in one sentence; its own goes to nobody.
warnings.filterwarnings("ignore", message="Parsed a serial number", category=CryptographyDeprecationWarning)

PEM_MAX = 8_192
"""Bytes of one certificate as PEM; ours have some 700."""

BACKDATED_MS = 24 * 3_600_000
VALID_MS = 10 * 365 * 24 * 3_600_000
"""Membership ends in the register, not by a date in a certificate; the date only bounds a forgotten one."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SEC 2, §2.4.2)


@dataclass(frozen=True, slots=True)
class Certificate:
    """An admitted certificate; `fingerprint` is the SHA-256 of its DER bytes, `pem` is made from those."""

    node: NodeId
    der: bytes
    pem: bytes
    fingerprint: bytes
    not_before_ms: UnixMs
    not_after_ms: UnixMs


def fingerprint_of(pem: bytes) -> bytes:
    """SHA-256 of the DER bytes of one PEM certificate; refuses what is none."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode("ascii").strip())).digest()
    except ValueError:
        raise ProtocolError("one PEM certificate", where="tls") from None


def admit(pem: bytes, node: NodeId) -> Certificate:
    """The certificate of `node`, or ProtocolError naming the one rule it breaks."""
    where = f"{node}.tls"
    if len(pem) > PEM_MAX:
        raise ProtocolError(f"at most {PEM_MAX} bytes", where=where)
    found = _parse(pem, where)
    if broken := _broken_rule(found, node):
        raise ProtocolError(broken, where=where)
    der = found.public_bytes(Encoding.DER)
    return Certificate(
        node,
        der,
        found.public_bytes(Encoding.PEM),
        hashlib.sha256(der).digest(),
        _ms(found.not_valid_before_utc),
        _ms(found.not_valid_after_utc),
    )


def in_force(certificate: Certificate, now: UnixMs) -> bool:
    """Whether `now` lies in its dates."""
    return certificate.not_before_ms <= now < certificate.not_after_ms


def self_signed(node: NodeId, *, random: Random, now: UnixMs) -> tuple[bytes, bytes]:
    """A new P-256 key and its certificate, as PEM; the same `random` and `now` give the same bytes."""
    # 128 bits more than the order has: no bias (FIPS 186-5, A.2.1)
    scalar = int.from_bytes(random(48), "big") % (_ORDER - 1) + 1
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret, certify(key, node, serial=int.from_bytes(random(16), "big") | 1, now=now)


def certify(
    key: ec.EllipticCurvePrivateKey,
    node: str,
    *,
    serial: int,
    now: UnixMs,
    ca: bool = False,
    days_ms: int = VALID_MS,
) -> bytes:
    """A self-signed certificate for `key` as PEM, backdated by a day so that a slow clock accepts it at once."""
    name = _subject(node, serial)
    builder = (
        x509.CertificateBuilder(
            issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=serial
        )
        .not_valid_before(_day(now - BACKDATED_MS))
        .not_valid_after(_day(now + days_ms))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(node)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([Usage.SERVER_AUTH, Usage.CLIENT_AUTH]), critical=False)
    )
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.PEM)


def _parse(pem: bytes, where: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificates(pem)
    except (ValueError, x509.InvalidVersion, CryptographyDeprecationWarning):  # the second is no ValueError
        found = []
    if len(found) != 1:
        raise ProtocolError("exactly one PEM certificate", where=where)
    return found[0]


def _broken_rule(certificate: x509.Certificate, node: NodeId) -> str:
    """The first rule it breaks, empty when none; fields that do not parse break one too."""
    try:
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            return "an ECDSA P-256 key"
        if _authority(certificate):
            return "CA:FALSE, stated as a basic constraint"
        if _names(certificate) != [node]:
            return "one subject alternative name, the node's id"
        if certificate.serial_number <= 0:
            return "a positive serial number"
        if certificate.subject != _subject(node, certificate.serial_number):
            return "a subject of the node's id and the certificate's serial number"
        certificate.verify_directly_issued_by(certificate)
        if certificate.public_bytes(Encoding.DER)[-len(certificate.signature) - 1]:
            return "a signature of whole bytes"  # else one certificate has several encodings
    except InvalidSignature:
        return "signed by its own key"
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ):
        return "fields that can be read, issued by itself"
    return ""


def _subject(node: str, serial: int) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, node),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{serial:x}"),
        ]
    )


def _authority(certificate: x509.Certificate) -> bool:
    """True too where nothing is said: a verifier may take an old certificate without the extension for an authority."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return True


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.value if isinstance(name, x509.DNSName) else "" for name in names]


def _day(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms // 1000, dt.UTC)


def _ms(moment: dt.datetime) -> UnixMs:
    return UnixMs(int(moment.timestamp() * 1000))
