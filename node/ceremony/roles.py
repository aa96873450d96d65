"""Role keys: who signs the register, with which Ed25519 key, and where the private halves rest.

Guarantees that a key id is the hash of its public key (so one key has one id), that every public key taken is canonical and of
prime order, and that a signature is made by python-tuf's own signer. A holder's name travels in the key's entry, for people.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.signing import SigningKey
from securesystemslib.signer import CryptoSigner, Key, SSlibKey  # type: ignore[attr-defined]
from tuf.api.metadata import Metadata

from node import sealed
from node.exits import Refused
from node.sealed import Rest
from protocol.errors import ProtocolError
from protocol.ids import Random
from protocol.keys import check_ed25519

USES = ("root", "board", "duty", "organisation")
_LATER = re.compile(r"\.[0-9a-f]{8}$")
"""In the name of a key file: the holder had one of this use already."""
_HOLDER = "x-port2port-holder"


@dataclass(frozen=True, slots=True)
class RoleKey:
    """The public half: whose, for what."""

    holder: str
    use: str
    public: bytes

    @property
    def id(self) -> str:
        """The key id in the metadata."""
        return hashlib.sha256(b"port2port/role-key/v1\x00" + self.public).hexdigest()

    def entry(self) -> SSlibKey:
        """As TUF metadata has it."""
        return SSlibKey(self.id, "ed25519", "ed25519", {"public": self.public.hex()}, {_HOLDER: self.holder})


@dataclass
class KeyRing:
    """The private role keys at hand, by key id. Another body's keys are simply not here."""

    random: Random
    _secrets: dict[str, tuple[RoleKey, bytes]] = field(default_factory=dict, repr=False)
    _saved: dict[str, set[Path]] = field(default_factory=dict)

    def make(self, holder: str, use: str) -> RoleKey:
        """A new key, kept here."""
        seed = self.random(32)
        key = RoleKey(holder, use, bytes(SigningKey(seed).verify_key))
        self._secrets[key.id] = (key, seed)
        return key

    def held(self) -> list[RoleKey]:
        """The public halves of what is at hand, oldest first."""
        return [key for key, _ in self._secrets.values()]

    def only(self, wanted: Callable[[RoleKey], bool]) -> KeyRing:
        """A ring with some of these keys: what one holder takes home, or what is left without one."""
        return KeyRing(self.random, {i: held for i, held in self._secrets.items() if wanted(held[0])})

    def joined(self, other: KeyRing) -> KeyRing:
        """A ring with the keys of both."""
        return KeyRing(self.random, {**self._secrets, **other._secrets})

    def holds(self, key_id: str) -> bool:
        """Whether the private half is at hand."""
        return key_id in self._secrets

    def sign(self, metadata: Metadata[Any], key_ids: Iterable[str]) -> list[str]:
        """Add the signature of every key at hand that has not signed yet; returns their holders."""
        signed = []
        for key_id in key_ids:
            if key_id in self._secrets and key_id not in metadata.signatures:
                key, seed = self._secrets[key_id]
                metadata.sign(
                    CryptoSigner(Ed25519PrivateKey.from_private_bytes(seed), key.entry()), append=True
                )
                signed.append(key.holder)
        return signed

    def save(self, folder: Path, passphrase: str | None, *, rest: Rest | None = None) -> list[Path]:
        """Write each key that has no file yet; returns the new files."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = []
        for key, seed in list(self._secrets.values()):
            if folder in self._saved.setdefault(key.id, set()):
                continue
            rest = rest or Rest.new(passphrase, random=self.random)
            path = folder / f"{key.use}.{key.holder}.key"
            if path.exists():  # the one before: it may still have to sign its own replacement
                path = folder / f"{key.use}.{key.holder}.{key.id[:8]}.key"
            sealed.write_key(path, seed, owner=key.holder, use=key.use, rest=rest, random=self.random)
            self._saved[key.id].add(folder)
            made.append(path)
        return made

    @property
    def unsaved(self) -> bool:
        """Whether a key was made that no folder has yet."""
        return any(not self._saved.get(key_id) for key_id in self._secrets)

    @classmethod
    def load(cls, folder: Path, passphrase: str | None, *, random: Random) -> KeyRing:
        """Every role key of a folder; a file that does not open is an error, not a key that is missing."""
        ring = cls(random)
        for path in sorted(folder.glob("*.key")) if folder.is_dir() else ():
            use, _, holder = _LATER.sub("", path.name.removesuffix(".key")).partition(".")
            if use not in USES:
                raise Refused(f"{path}: is named neither {', '.join(USES)}")
            seed = sealed.read_key(path, owner=holder, use=use, passphrase=passphrase)
            key = RoleKey(holder, use, bytes(SigningKey(seed).verify_key))
            ring._secrets[key.id] = (key, seed)
            ring._saved[key.id] = {folder}
        return ring


def holder_of(key: Key) -> str:
    """Who holds a role key, for people; its id where the entry does not say."""
    return str(key.unrecognized_fields.get(_HOLDER, key.keyid[:16]))


def given(holder: object, use: str, ring: KeyRing) -> RoleKey:
    """The key of one holder of a specification: `"name"` makes one here, `{id, public}` takes a public key from elsewhere."""
    if isinstance(holder, str):
        return ring.make(holder, use)
    if not isinstance(holder, Mapping) or not isinstance(holder.get("id"), str):
        raise Refused(f"roles.{use}: a holder is a name, or a table with id and public")
    return RoleKey(holder["id"], use, public_of(holder.get("public"), f"{use}.{holder['id']}"))


def public_of(text: object, where: str) -> bytes:
    """A public key written as 64 hexadecimal digits."""
    try:
        return check_ed25519(bytes.fromhex(text if isinstance(text, str) and len(text) == 64 else "none"))
    except ProtocolError as error:
        raise Refused(f"{where}: {error.rule}") from None
    except ValueError:
        raise Refused(f"{where}: 64 hexadecimal digits") from None
