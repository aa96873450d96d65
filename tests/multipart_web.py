"""Forms with files as a browser writes them (RFC 7578), and the first bytes of the files that officers send."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from browser_web import Browser, hidden
from httpx import Response

BOUNDARY = "----WebKitFormBoundaryx7"
Part = tuple[str, str | bytes] | tuple[str, str, str, bytes]
"""A field: name and value. A file: field, file name, the type that the browser claims, bytes."""


def png(width: int = 640, height: int = 480, shade: int = 120) -> bytes:
    """A picture."""
    rows = b"".join(
        b"\x00" + bytes((shade, x % 256, y % 256) * 1)[:3] * width for y in range(height) for x in (y,)
    )

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(200))
PNG = png(8, 8)
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(80)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(60)
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(80)
OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(60)
TEXT = "Gate 4, 22:10. Zwei Männer, ein Boot.\r\n".encode()


def body(parts: Iterable[Part], boundary: str = BOUNDARY) -> bytes:
    """The whole body."""
    told = b""
    for part in parts:
        told += f'--{boundary}\r\nContent-Disposition: form-data; name="{part[0]}"'.encode()
        if len(part) == 2:
            value = part[1]
            told += b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode())
        else:
            told += f'; filename="{part[1]}"\r\nContent-Type: {part[2]}\r\n\r\n'.encode() + part[3]
        told += b"\r\n"
    return told + f"--{boundary}--\r\n".encode()


def post(browser: Browser, path: str, parts: Iterable[Part]) -> Response:
    """Sends them."""
    return browser.send_body(path, body(parts), {"content-type": f"multipart/form-data; boundary={BOUNDARY}"})


def submit(browser: Browser, page: str, action: str, *files: tuple[str, bytes], **fields: str) -> Response:
    """Opens a page, fills in its form for an address and its file field, and sends it in the order of the page."""
    held = hidden(browser.get(page).text, action)
    assert held, f"{page} has no form for {action}"
    parts: list[Part] = [(name, value) for name, values in held.items() for value in values]
    parts += [("files", name, "application/octet-stream", data) for name, data in files]
    parts += list(fields.items())
    return post(browser, action, parts)
