"""The files a record lists: by hash and size, signed with the record, fetched apart from it.

Guarantees that each hash stands once, and that what could not be checked lists nothing. What a file holds is nobody's word here:
its bytes are good when they have this size and this hash.
"""

from __future__ import annotations

from typing import NamedTuple

from protocol.kinds import known
from protocol.record import Record
from protocol.v1 import records_pb2 as pb


class Attachment(NamedTuple):
    """One file: SHA-256, bytes, media type of `parts.MEDIA_TYPES`, a name to show ("" where it has none)."""

    sha256: bytes
    size: int
    media_type: str
    name: str

    @property
    def picture(self) -> bool:
        """Whether it is shown in place."""
        return self.media_type.startswith("image/")


def attachments(record: Record) -> tuple[Attachment, ...]:
    """The files of a checked record: those of the common part, then those of its kind; none of a kind not known here."""
    return () if record.opaque else listed(record.kind, record.message)


def listed(kind: str, message: pb.Record) -> tuple[Attachment, ...]:
    """The files that a message of a known kind lists, checked or not."""
    blobs = [*message.common.attachments, *known()[kind].files(getattr(message, kind))]
    found = {
        blob.sha256: Attachment(blob.sha256, blob.size, blob.media_type, blob.name) for blob in blobs[::-1]
    }
    return tuple(reversed(found.values()))
