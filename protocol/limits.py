"""How large things may be: checked before anything is parsed. Bytes unless the name says otherwise."""

from __future__ import annotations

HEADER_MAX = 4096
CONTENT_MAX = 262_144
SALT = 32  # of an entry; a feed's has 16
LABEL_MAX = 2048

BATCH_BYTES_MAX = 1 << 20
FRAME_MAX = (
    2 << 20
)  # gRPC's own limit is twice this: an oversized message would else read as the end of a stream
LIVE_MAX = 64  # entries of a batch on Follow
BACKFILL_MAX = 256  # entries of a batch on Backfill
LIST_MAX = 4096  # items of a list in a frame
RANGES_MAX = 1024
AHEAD_MAX = 1 << 24  # entries from what is held up to one that overtakes them: no real backlog is longer
COSIGNATURES_MAX = 512  # one a node

CHUNK_MAX = 256 << 10
BLOB_MAX = 64 << 20
CREDIT = 4 << 20  # bytes in flight that each direction of Follow starts with

PROOF_FILE_MAX = 512 << 10  # content in base64 is 342 KiB, 512 cosignature lines are 84 KiB
