"""The headers of every answer, and the two locks of every form.

Guarantees: every answer carries the same content security policy, without exception for errors, and an answer may add to it what
makes it stricter and nothing else; a request that
changes something is refused unless its Origin is ours and its form holds the token of the cookie it came with.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from web.settings import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SANDBOXED = f"{CONTENT_SECURITY_POLICY}; sandbox"
"""For a file that somebody else made: nothing in it runs, submits or opens, wherever a browser shows it."""
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # not no-referrer: with that, browsers send `Origin: null` with our own forms (Fetch, section 3.2)
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def csrf_token(cookie: str) -> str:
    """The token of the forms shown to the bearer of a cookie; says nothing about the cookie."""
    return hmac.new(cookie.encode(), b"port2port/csrf/v1", hashlib.sha256).hexdigest()


def csrf_holds(cookie: str, token: str) -> bool:
    """In constant time; an empty cookie holds nothing."""
    return bool(cookie) and hmac.compare_digest(csrf_token(cookie).encode(), token.encode())


class Guard:
    """ASGI middleware: answers only to our own Host, lets changes in only from our own Origin, sets the headers."""

    def __init__(self, app: App, *, settings: Settings) -> None:
        self._app = app
        self._hosts = settings.hosts
        self._origins = settings.origins
        self._extra = {"strict-transport-security": "max-age=31536000"} if settings.secure else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._headers(message.get("headers", []))
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, guarded)
        else:
            await _plain(guarded, *refusal)

    def _headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        ours = {**HEADERS, **self._extra}
        if (b"content-security-policy", SANDBOXED.encode()) in given:
            ours["content-security-policy"] = SANDBOXED
        kept = [(k, v) for k, v in given if k.decode("latin-1").lower() not in ours]
        if not any(k.lower() == b"cache-control" for k, _ in kept):
            kept.append((b"cache-control", b"no-store"))
        return kept + [(k.encode(), v.encode()) for k, v in ours.items()]

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if headers.get("host", "") not in self._hosts and scope["path"] != "/healthz":
            return 421, "This node does not answer to that name."
        if scope["method"] not in SAFE and headers.get("origin", "") not in self._origins:
            return 403, "This request did not come from a page of this node. Nothing was changed."
        return None


async def _plain(send: Send, status: int, words: str) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"text/plain; charset=utf-8")],
        }
    )
    await send({"type": "http.response.body", "body": words.encode()})
