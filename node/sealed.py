"""How one private key rests in a file: sealed under a passphrase, or plain in a file nobody else may read.

Guarantees: a sealed key opens only with its passphrase, for the owner and the one use written in its header (Argon2id,
then XChaCha20-Poly1305 with the header as associated data, libsodium through PyNaCl); a plain one is read only from a
regular file of mode 0600 that belongs to this user; a file appears whole or not at all; an error names the file and what
is wrong with it, never a secret. Does not guard the memory of the running process.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from node import durable
from node.exits import Refused
from protocol.ids import Random

FILE_MAX = 16_384
"""Bytes of a key file; ours have 200 to 600."""

OPS, MEMORY = 3, 64 << 20
"""Argon2id passes and bytes of what is written here (RFC 9106 §4, second recommended option; one lane in libsodium)."""

OPS_MAX, MEMORY_MAX = 16, 1 << 30
"""Of what is read: a file must not make a start take minutes or all memory."""

PASSPHRASE_MIN = 12
"""Characters of a new one. Whoever copies a sealed file tries passphrases at home, some hundred thousand a day and machine:
what can be guessed in so many tries seals nothing."""

_SALT, _NONCE, _KEY = 16, 24, 32
_VERSION = 1


class KeyFileError(Refused):
    """A key file that cannot be used: which, and the one reason."""

    def __init__(self, path: Path, words: str) -> None:
        super().__init__(f"{path}: {words}")
        self.path = path
        self.words = words


@dataclass(frozen=True, slots=True)
class Rest:
    """How keys rest: under this passphrase, or plain when there is none. One salt serves the keys written together."""

    passphrase: str | None = field(repr=False)
    salt: bytes = field(repr=False)
    ops: int = OPS
    memory: int = MEMORY

    @classmethod
    def new(cls, passphrase: str | None, *, random: Random, ops: int = OPS, memory: int = MEMORY) -> Rest:
        """A fresh salt; a passphrase that is short is refused, since what it seals looks sealed and is not."""
        if passphrase is not None and len(passphrase) < PASSPHRASE_MIN:
            raise Refused(
                f"the passphrase has {len(passphrase)} characters; at least {PASSPHRASE_MIN} are needed, because whoever "
                "copies a key file can try shorter ones at leisure; five random words are good"
            )
        return cls(passphrase, random(_SALT), ops, memory)


def write_key(path: Path, secret: bytes, *, owner: str, use: str, rest: Rest, random: Random) -> None:
    """Keep `secret` in `path` for `owner` and `use`; mode 0600 from its first byte, synced, in place by rename."""
    header: dict[str, Any] = {"port2port": "key", "version": _VERSION, "owner": owner, "use": use}
    if rest.passphrase is None:
        body = {**header, "plain": _text(secret)}
    else:
        nonce = random(_NONCE)
        kdf = {"name": "argon2id", "ops": rest.ops, "memory": rest.memory, "salt": _text(rest.salt)}
        header |= {"kdf": kdf, "cipher": "xchacha20-poly1305", "nonce": _text(nonce)}
        body = {**header, "sealed": _text(_seal(secret, header, nonce, rest))}
    durable.replace(path, json.dumps(body, indent=1).encode() + b"\n")


def read_key(path: Path, *, owner: str, use: str, passphrase: str | None) -> bytes:
    """The secret of `path`; refuses another owner's or use's file, a loose mode, a wrong passphrase, a cut file."""
    raw, found = _bytes(path)
    header = _parse(path, raw)
    for name, wanted in (("owner", owner), ("use", use)):
        if header.get(name) != wanted:
            raise KeyFileError(
                path, f"{name} {str(header.get(name))[:80]!r} was found where {wanted!r} is needed"
            )
    if "plain" in header:
        _refuse_loose(path, found)
        return _decode(path, header, "plain")
    if passphrase is None:
        raise KeyFileError(path, "is sealed, and no passphrase was given")
    return _open(path, header, passphrase)


def _seal(secret: bytes, header: dict[str, Any], nonce: bytes, rest: Rest) -> bytes:
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt

    key = _derive(rest.passphrase or "", rest.salt, rest.ops, rest.memory)
    return encrypt(secret, _associated(header), nonce, key)


def _open(path: Path, header: dict[str, Any], passphrase: str) -> bytes:
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
    from nacl.exceptions import CryptoError

    box = _decode(path, header, "sealed")
    salt, ops, memory = _parameters(path, header)
    nonce = _decode(path, header, "nonce", size=_NONCE)
    bare = {name: value for name, value in header.items() if name != "sealed"}
    try:
        return decrypt(box, _associated(bare), nonce, _derive(passphrase, salt, ops, memory))
    except CryptoError:
        raise KeyFileError(path, "does not open: the passphrase is wrong or the file was altered") from None


def _parameters(path: Path, header: dict[str, Any]) -> tuple[bytes, int, int]:
    kdf = header.get("kdf")
    if (
        header.get("cipher") != "xchacha20-poly1305"
        or not isinstance(kdf, dict)
        or kdf.get("name") != "argon2id"
    ):
        raise KeyFileError(path, "is sealed in a way this version does not know")
    ops, memory = kdf.get("ops"), kdf.get("memory")
    if not (isinstance(ops, int) and isinstance(memory, int)):
        raise KeyFileError(path, "is truncated or not a key file")
    if not (1 <= ops <= OPS_MAX and 8192 <= memory <= MEMORY_MAX):
        raise KeyFileError(
            path, f"asks for more than {OPS_MAX} passes over {MEMORY_MAX >> 20} MiB, or for too little"
        )
    return _decode(path, kdf, "salt", size=_SALT), ops, memory


@lru_cache(maxsize=4)
def _derive(passphrase: str, salt: bytes, ops: int, memory: int) -> bytes:
    """Argon2id once for the keys of one directory; the cache holds what the process holds anyway."""
    from nacl.pwhash import argon2id

    return argon2id.kdf(_KEY, passphrase.encode(), salt, opslimit=ops, memlimit=memory)


def _associated(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def _bytes(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        with path.open("rb") as file:
            data, found = file.read(FILE_MAX + 1), os.fstat(file.fileno())
    except FileNotFoundError:
        raise KeyFileError(path, "does not exist") from None
    except OSError as error:
        raise KeyFileError(path, f"cannot be read: {error.strerror}") from None
    if len(data) > FILE_MAX:
        raise KeyFileError(path, f"has more than {FILE_MAX} bytes; it is no key file")
    return data, found


def _parse(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError):
        raise KeyFileError(path, "is truncated or not a key file") from None
    if (
        not isinstance(header, dict)
        or header.get("port2port") != "key"
        or ("plain" in header) == ("sealed" in header)
    ):
        raise KeyFileError(path, "is truncated or not a key file")
    if header.get("version") != _VERSION:
        raise KeyFileError(
            path, f"has version {str(header.get('version'))[:20]}; this program reads version {_VERSION}"
        )
    return header


def _refuse_loose(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) != 0o600:
        raise KeyFileError(
            path, f"has mode {stat.S_IMODE(found.st_mode):04o}; a plain key needs 0600 (chmod 600)"
        )
    if found.st_uid != os.getuid():
        raise KeyFileError(path, "belongs to another user; a plain key must belong to the one who runs this")


def _decode(path: Path, header: dict[str, Any], name: str, *, size: int | None = None) -> bytes:
    value = header.get(name)
    try:
        data = base64.b64decode(value if isinstance(value, str) else "!", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or (size is not None and len(data) != size):
        raise KeyFileError(path, "is truncated or not a key file")
    return data


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def passphrase_from(file: Path, *, what: str = "passphrase") -> str:
    """The first line of a file with a passphrase or token; refused when empty, or readable by others than this user."""
    try:
        with file.open("rb") as opened:
            text, found = opened.read(FILE_MAX), os.fstat(opened.fileno())
    except OSError as error:
        raise KeyFileError(file, f"cannot be read: {error.strerror}") from None
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyFileError(file, f"has mode {stat.S_IMODE(found.st_mode):04o}; a {what} needs 0600 or 0400")
    line = text.decode("utf-8", "replace").partition("\n")[0].strip("\r")
    if not line:
        raise KeyFileError(file, f"holds no {what}")
    return line


def any_sealed(directory: Path) -> bool:
    """Whether a key of this directory asks for a passphrase."""
    return any(
        '"sealed"' in path.read_text("utf-8", "replace")[:FILE_MAX] for path in directory.glob("*.key")
    )


def ask_passphrase(*, twice: bool = False) -> str:
    """Ask on the terminal; refused where there is none, so that nothing waits for a person who is not there."""
    import getpass
    import sys

    if not sys.stdin.isatty():
        raise Refused("no terminal to ask for the passphrase on; give it in a file (see --help)")
    given = getpass.getpass("passphrase: ")
    if not given or (twice and getpass.getpass("again: ") != given):
        raise Refused("the passphrase is empty" if not given else "the two passphrases differ")
    return given
