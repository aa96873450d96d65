"""python-tuf's own client run over a staged copy of what is held, fed from memory.

Guarantees that what it leaves in the stage went through the TUF client workflow as python-tuf implements it (signatures,
rollback, freeze, mix and match, by this machine's own clock), and that the set in force is never touched: it tears its
directory when a source fails half-way, so it only ever works on a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from tuf.api.exceptions import DownloadHTTPError, ExpiredMetadataError, RepositoryError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig  # type: ignore[attr-defined]

from node.register.bundle import SIZES, BadRegister, Files
from node.register.chain import Chain


class Expired(Exception):
    """A role has expired by this machine's clock; python-tuf's client goes no further."""


class _Files(FetcherInterface):
    """Serves the files of one bundle; there is no network behind it."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def _fetch(self, url: str) -> Iterator[bytes]:
        data = self._files.get(unquote(url.rpartition("/")[2]))
        if data is None:
            raise DownloadHTTPError("not in this bundle", 404)
        return iter((data,))


def update(stage: Path, files: Files, chain: Chain, *, trusted_root: bytes) -> frozenset[str]:
    """Bring `stage`, a copy of what is held in python-tuf's layout, up to `files`, of which `chain` is the reading.

    Returns the organisations whose own file has expired or does not read: theirs stays out of the stage. Raises Expired, or BadRegister with
    python-tuf's own words.
    """
    config = UpdaterConfig(
        root_max_length=SIZES["root"],
        timestamp_max_length=SIZES["timestamp"],
        snapshot_max_length=SIZES["snapshot"],
        targets_max_length=SIZES["targets"],
    )
    try:
        client = Updater(str(stage), "memory:", fetcher=_Files(files), config=config, bootstrap=trusted_root)
        client.refresh()
        skipped = frozenset(name for name in chain.expiries if not _delegated(client, name))
        return skipped | chain.spoiled
    except ExpiredMetadataError as error:
        raise Expired(str(error)) from None
    except RepositoryError as error:
        raise BadRegister(f"refused by the TUF client: {error}", where="register") from None
    except DownloadHTTPError as error:
        raise BadRegister(f"a file of the set is missing ({error})", where="register") from None


def _delegated(client: Updater, organisation: str) -> bool:
    """Have the client fetch and verify one organisation's file: a look-up of any path of its folder does that.

    False where it has expired: that costs the organisation, not the federation its register.
    """
    try:
        client.get_targetinfo(f"organisations/{organisation}/-")
    except ExpiredMetadataError:
        return False
    return True
