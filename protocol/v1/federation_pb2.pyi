from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Frame(_message.Message):
    __slots__ = ("hello", "heads", "batch", "ahead", "stored", "receipt", "beat", "witnesses", "highest", "evidence", "refusal", "window", "call")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    AHEAD_FIELD_NUMBER: _ClassVar[int]
    STORED_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    BEAT_FIELD_NUMBER: _ClassVar[int]
    WITNESSES_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    heads: Heads
    batch: Batch
    ahead: Ahead
    stored: Stored
    receipt: Receipt
    beat: Beat
    witnesses: Witnesses
    highest: Highest
    evidence: Evidence
    refusal: Refusal
    window: Window
    call: Call
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., heads: _Optional[_Union[Heads, _Mapping]] = ..., batch: _Optional[_Union[Batch, _Mapping]] = ..., ahead: _Optional[_Union[Ahead, _Mapping]] = ..., stored: _Optional[_Union[Stored, _Mapping]] = ..., receipt: _Optional[_Union[Receipt, _Mapping]] = ..., beat: _Optional[_Union[Beat, _Mapping]] = ..., witnesses: _Optional[_Union[Witnesses, _Mapping]] = ..., highest: _Optional[_Union[Highest, _Mapping]] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ..., window: _Optional[_Union[Window, _Mapping]] = ..., call: _Optional[_Union[Call, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("protocol_min", "protocol_max", "register", "register_hash", "digest", "unix_ms", "session")
    PROTOCOL_MIN_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_MAX_FIELD_NUMBER: _ClassVar[int]
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    REGISTER_HASH_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    UNIX_MS_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    protocol_min: int
    protocol_max: int
    register: int
    register_hash: bytes
    digest: bytes
    unix_ms: int
    session: bytes
    def __init__(self, protocol_min: _Optional[int] = ..., protocol_max: _Optional[int] = ..., register: _Optional[int] = ..., register_hash: _Optional[bytes] = ..., digest: _Optional[bytes] = ..., unix_ms: _Optional[int] = ..., session: _Optional[bytes] = ...) -> None: ...

class Heads(_message.Message):
    __slots__ = ("heads", "changed_only", "complete")
    HEADS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_ONLY_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    heads: _containers.RepeatedCompositeFieldContainer[Head]
    changed_only: bool
    complete: bool
    def __init__(self, heads: _Optional[_Iterable[_Union[Head, _Mapping]]] = ..., changed_only: _Optional[bool] = ..., complete: _Optional[bool] = ...) -> None: ...

class Head(_message.Message):
    __slots__ = ("feed", "size", "root")
    FEED_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    size: int
    root: bytes
    def __init__(self, feed: _Optional[bytes] = ..., size: _Optional[int] = ..., root: _Optional[bytes] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ("size", "root", "signature")
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    size: int
    root: bytes
    signature: bytes
    def __init__(self, size: _Optional[int] = ..., root: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class Batch(_message.Message):
    __slots__ = ("feed", "first", "entries", "checkpoint", "consistency")
    FEED_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    first: int
    entries: _containers.RepeatedCompositeFieldContainer[Entry]
    checkpoint: Checkpoint
    consistency: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, feed: _Optional[bytes] = ..., first: _Optional[int] = ..., entries: _Optional[_Iterable[_Union[Entry, _Mapping]]] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., consistency: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Ahead(_message.Message):
    __slots__ = ("feed", "index", "entry", "checkpoint", "inclusion", "from_size", "consistency", "open", "open_inclusion")
    FEED_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    INCLUSION_FIELD_NUMBER: _ClassVar[int]
    FROM_SIZE_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    OPEN_INCLUSION_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    index: int
    entry: Entry
    checkpoint: Checkpoint
    inclusion: _containers.RepeatedScalarFieldContainer[bytes]
    from_size: int
    consistency: _containers.RepeatedScalarFieldContainer[bytes]
    open: Entry
    open_inclusion: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, feed: _Optional[bytes] = ..., index: _Optional[int] = ..., entry: _Optional[_Union[Entry, _Mapping]] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., inclusion: _Optional[_Iterable[bytes]] = ..., from_size: _Optional[int] = ..., consistency: _Optional[_Iterable[bytes]] = ..., open: _Optional[_Union[Entry, _Mapping]] = ..., open_inclusion: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Stored(_message.Message):
    __slots__ = ("feed", "index", "size", "signature")
    FEED_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    index: int
    size: int
    signature: bytes
    def __init__(self, feed: _Optional[bytes] = ..., index: _Optional[int] = ..., size: _Optional[int] = ..., signature: _Optional[bytes] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("feed", "size", "root", "cosignature", "quarantined")
    FEED_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    COSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    size: int
    root: bytes
    cosignature: bytes
    quarantined: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, feed: _Optional[bytes] = ..., size: _Optional[int] = ..., root: _Optional[bytes] = ..., cosignature: _Optional[bytes] = ..., quarantined: _Optional[_Iterable[int]] = ...) -> None: ...

class Beat(_message.Message):
    __slots__ = ("feed", "checkpoint", "cosignature", "open", "open_inclusion")
    FEED_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    COSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    OPEN_INCLUSION_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    checkpoint: Checkpoint
    cosignature: bytes
    open: Entry
    open_inclusion: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, feed: _Optional[bytes] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., cosignature: _Optional[bytes] = ..., open: _Optional[_Union[Entry, _Mapping]] = ..., open_inclusion: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Witnesses(_message.Message):
    __slots__ = ("feed", "checkpoint", "cosignatures")
    FEED_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    COSIGNATURES_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    checkpoint: Checkpoint
    cosignatures: _containers.RepeatedCompositeFieldContainer[Cosignature]
    def __init__(self, feed: _Optional[bytes] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., cosignatures: _Optional[_Iterable[_Union[Cosignature, _Mapping]]] = ...) -> None: ...

class Cosignature(_message.Message):
    __slots__ = ("node", "cosignature")
    NODE_FIELD_NUMBER: _ClassVar[int]
    COSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    node: str
    cosignature: bytes
    def __init__(self, node: _Optional[str] = ..., cosignature: _Optional[bytes] = ...) -> None: ...

class Highest(_message.Message):
    __slots__ = ("ask", "seen", "complete")
    ASK_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    ask: bool
    seen: _containers.RepeatedCompositeFieldContainer[Seen]
    complete: bool
    def __init__(self, ask: _Optional[bool] = ..., seen: _Optional[_Iterable[_Union[Seen, _Mapping]]] = ..., complete: _Optional[bool] = ...) -> None: ...

class Seen(_message.Message):
    __slots__ = ("feed", "checkpoint")
    FEED_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    checkpoint: Checkpoint
    def __init__(self, feed: _Optional[bytes] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("origin", "feed", "older", "newer", "root_at_older", "consistency")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    OLDER_FIELD_NUMBER: _ClassVar[int]
    NEWER_FIELD_NUMBER: _ClassVar[int]
    ROOT_AT_OLDER_FIELD_NUMBER: _ClassVar[int]
    CONSISTENCY_FIELD_NUMBER: _ClassVar[int]
    origin: str
    feed: bytes
    older: Checkpoint
    newer: Checkpoint
    root_at_older: bytes
    consistency: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, origin: _Optional[str] = ..., feed: _Optional[bytes] = ..., older: _Optional[_Union[Checkpoint, _Mapping]] = ..., newer: _Optional[_Union[Checkpoint, _Mapping]] = ..., root_at_older: _Optional[bytes] = ..., consistency: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("code", "feed", "index", "size", "reason", "field")
    class Code(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CODE_UNSPECIFIED: _ClassVar[Refusal.Code]
        MALFORMED: _ClassVar[Refusal.Code]
        TOO_LARGE: _ClassVar[Refusal.Code]
        BAD_PROOF: _ClassVar[Refusal.Code]
        BAD_SIGNATURE: _ClassVar[Refusal.Code]
        GAP: _ClassVar[Refusal.Code]
        UNKNOWN_OP: _ClassVar[Refusal.Code]
        UNKNOWN_LABEL: _ClassVar[Refusal.Code]
        ABOVE_ACCREDITATION: _ClassVar[Refusal.Code]
        QUARANTINED_HERE: _ClassVar[Refusal.Code]
        NO_SPACE: _ClassVar[Refusal.Code]
        FORKED: _ClassVar[Refusal.Code]
        OLD_REGISTER: _ClassVar[Refusal.Code]
        BRAKED: _ClassVar[Refusal.Code]
    CODE_UNSPECIFIED: Refusal.Code
    MALFORMED: Refusal.Code
    TOO_LARGE: Refusal.Code
    BAD_PROOF: Refusal.Code
    BAD_SIGNATURE: Refusal.Code
    GAP: Refusal.Code
    UNKNOWN_OP: Refusal.Code
    UNKNOWN_LABEL: Refusal.Code
    ABOVE_ACCREDITATION: Refusal.Code
    QUARANTINED_HERE: Refusal.Code
    NO_SPACE: Refusal.Code
    FORKED: Refusal.Code
    OLD_REGISTER: Refusal.Code
    BRAKED: Refusal.Code
    CODE_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    code: Refusal.Code
    feed: bytes
    index: int
    size: int
    reason: int
    field: str
    def __init__(self, code: _Optional[_Union[Refusal.Code, str]] = ..., feed: _Optional[bytes] = ..., index: _Optional[int] = ..., size: _Optional[int] = ..., reason: _Optional[int] = ..., field: _Optional[str] = ...) -> None: ...

class Window(_message.Message):
    __slots__ = ("add",)
    ADD_FIELD_NUMBER: _ClassVar[int]
    add: int
    def __init__(self, add: _Optional[int] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ("id", "backfill", "register", "blob")
    ID_FIELD_NUMBER: _ClassVar[int]
    BACKFILL_FIELD_NUMBER: _ClassVar[int]
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    BLOB_FIELD_NUMBER: _ClassVar[int]
    id: int
    backfill: BackfillRequest
    register: RegisterRequest
    blob: BlobRequest
    def __init__(self, id: _Optional[int] = ..., backfill: _Optional[_Union[BackfillRequest, _Mapping]] = ..., register: _Optional[_Union[RegisterRequest, _Mapping]] = ..., blob: _Optional[_Union[BlobRequest, _Mapping]] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("call", "batch", "chunk")
    CALL_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    call: int
    batch: Batch
    chunk: Chunk
    def __init__(self, call: _Optional[int] = ..., batch: _Optional[_Union[Batch, _Mapping]] = ..., chunk: _Optional[_Union[Chunk, _Mapping]] = ...) -> None: ...

class Entry(_message.Message):
    __slots__ = ("header", "content", "salt")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    header: bytes
    content: bytes
    salt: bytes
    def __init__(self, header: _Optional[bytes] = ..., content: _Optional[bytes] = ..., salt: _Optional[bytes] = ...) -> None: ...

class Header(_message.Message):
    __slots__ = ("op", "record_id", "version", "content_type", "commitment", "issued_ms", "expires_ms", "retain_until_ms", "register", "reason", "target", "successor", "open", "previous", "erase_signature", "audit_head")
    class Op(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OP_UNSPECIFIED: _ClassVar[Header.Op]
        OPEN: _ClassVar[Header.Op]
        PUBLISH: _ClassVar[Header.Op]
        RETRACT: _ClassVar[Header.Op]
        ERASE: _ClassVar[Header.Op]
        SUPERSEDED: _ClassVar[Header.Op]
        CLOSE: _ClassVar[Header.Op]
        EPOCH: _ClassVar[Header.Op]
        WITHDRAW: _ClassVar[Header.Op]
        DESTROYED: _ClassVar[Header.Op]
        QUARANTINED: _ClassVar[Header.Op]
        AUDIT_HEAD: _ClassVar[Header.Op]
    OP_UNSPECIFIED: Header.Op
    OPEN: Header.Op
    PUBLISH: Header.Op
    RETRACT: Header.Op
    ERASE: Header.Op
    SUPERSEDED: Header.Op
    CLOSE: Header.Op
    EPOCH: Header.Op
    WITHDRAW: Header.Op
    DESTROYED: Header.Op
    QUARANTINED: Header.Op
    AUDIT_HEAD: Header.Op
    OP_FIELD_NUMBER: _ClassVar[int]
    RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    ISSUED_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_MS_FIELD_NUMBER: _ClassVar[int]
    RETAIN_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    REGISTER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    ERASE_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    AUDIT_HEAD_FIELD_NUMBER: _ClassVar[int]
    op: Header.Op
    record_id: bytes
    version: int
    content_type: str
    commitment: bytes
    issued_ms: int
    expires_ms: int
    retain_until_ms: int
    register: int
    reason: int
    target: Target
    successor: bytes
    open: Open
    previous: Previous
    erase_signature: bytes
    audit_head: bytes
    def __init__(self, op: _Optional[_Union[Header.Op, str]] = ..., record_id: _Optional[bytes] = ..., version: _Optional[int] = ..., content_type: _Optional[str] = ..., commitment: _Optional[bytes] = ..., issued_ms: _Optional[int] = ..., expires_ms: _Optional[int] = ..., retain_until_ms: _Optional[int] = ..., register: _Optional[int] = ..., reason: _Optional[int] = ..., target: _Optional[_Union[Target, _Mapping]] = ..., successor: _Optional[bytes] = ..., open: _Optional[_Union[Open, _Mapping]] = ..., previous: _Optional[_Union[Previous, _Mapping]] = ..., erase_signature: _Optional[bytes] = ..., audit_head: _Optional[bytes] = ...) -> None: ...

class Target(_message.Message):
    __slots__ = ("record_id", "version", "feed", "index")
    RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    record_id: bytes
    version: int
    feed: bytes
    index: int
    def __init__(self, record_id: _Optional[bytes] = ..., version: _Optional[int] = ..., feed: _Optional[bytes] = ..., index: _Optional[int] = ...) -> None: ...

class Open(_message.Message):
    __slots__ = ("origin", "epoch", "salt", "label", "rules", "previous")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SALT_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    origin: str
    epoch: int
    salt: bytes
    label: str
    rules: int
    previous: bytes
    def __init__(self, origin: _Optional[str] = ..., epoch: _Optional[int] = ..., salt: _Optional[bytes] = ..., label: _Optional[str] = ..., rules: _Optional[int] = ..., previous: _Optional[bytes] = ...) -> None: ...

class Previous(_message.Message):
    __slots__ = ("feed", "size", "root")
    FEED_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    size: int
    root: bytes
    def __init__(self, feed: _Optional[bytes] = ..., size: _Optional[int] = ..., root: _Optional[bytes] = ...) -> None: ...

class BackfillRequest(_message.Message):
    __slots__ = ("ranges",)
    RANGES_FIELD_NUMBER: _ClassVar[int]
    ranges: _containers.RepeatedCompositeFieldContainer[Range]
    def __init__(self, ranges: _Optional[_Iterable[_Union[Range, _Mapping]]] = ...) -> None: ...

class Range(_message.Message):
    __slots__ = ("feed", "first", "end")
    FEED_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    first: int
    end: int
    def __init__(self, feed: _Optional[bytes] = ..., first: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class RegisterRequest(_message.Message):
    __slots__ = ("root", "version")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    root: int
    version: int
    def __init__(self, root: _Optional[int] = ..., version: _Optional[int] = ...) -> None: ...

class Bundle(_message.Message):
    __slots__ = ("files",)
    FILES_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[File]
    def __init__(self, files: _Optional[_Iterable[_Union[File, _Mapping]]] = ...) -> None: ...

class File(_message.Message):
    __slots__ = ("name", "data")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    name: str
    data: bytes
    def __init__(self, name: _Optional[str] = ..., data: _Optional[bytes] = ...) -> None: ...

class BlobRequest(_message.Message):
    __slots__ = ("feed", "index", "sha256", "offset")
    FEED_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    feed: bytes
    index: int
    sha256: bytes
    offset: int
    def __init__(self, feed: _Optional[bytes] = ..., index: _Optional[int] = ..., sha256: _Optional[bytes] = ..., offset: _Optional[int] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("total", "data")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    total: int
    data: bytes
    def __init__(self, total: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...
