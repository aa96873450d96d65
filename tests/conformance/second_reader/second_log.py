"""The second reader's log, by the definition: a root is made from a proof by recursion (docs/protocol.md, chapter 6)."""

from __future__ import annotations

from second_wire import need, sha256


def rooted(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root over `size` leaves in which `leaf` is number `index`, the last hash of the path being the topmost."""
    if size == 1:
        need(not path, "a proof too long")
        return leaf
    need(bool(path), "a proof too short")
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        return sha256(b"\x01", rooted(index, left, leaf, path[:-1]), path[-1])
    return sha256(b"\x01", path[-1], rooted(index - left, size - left, leaf, path[:-1]))


def included(index: int, size: int, raw: bytes, path: list[bytes], root: bytes) -> None:
    need(len(path) <= 64 and all(len(h) == 32 for h in path), "hashes")
    need(index < size <= 2**63 - 1, "the index is in the log")
    need(rooted(index, size, sha256(b"\x00", raw), path) == root, "not included")


def consistent(size1: int, root1: bytes, size2: int, root2: bytes, path: list[bytes]) -> None:
    """RFC 6962 §2.1.2, read backwards: which two roots the proof gives."""

    def below(m: int, n: int, whole: bool, left: list[bytes]) -> tuple[bytes, bytes]:
        if m == n:
            need(len(left) == (0 if whole else 1), "the length of the proof")
            return (root1, root1) if whole else (left[0], left[0])
        need(len(left) > 0, "the length of the proof")
        k = 1 << ((n - 1).bit_length() - 1)
        last = left[-1]
        if m <= k:
            old, new = below(m, k, whole, left[:-1])
            return old, sha256(b"\x01", new, last)
        old, new = below(m - k, n - k, False, left[:-1])
        return sha256(b"\x01", last, old), sha256(b"\x01", last, new)

    need(below(size1, size2, True, path) == (root1, root2), "the older log is the beginning of the newer one")
