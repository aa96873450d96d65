"""What the screens tell one reader, as bytes: for comparing two worlds in front of the same reader."""

from __future__ import annotations

import re

from browser_web import Browser, app_routes
from fastapi import FastAPI

SEALED = re.compile(r"\b[0-9a-f]{64,}\b")
DOORS = frozenset({"/sign-in", "/sign-in/once", "/events"})
"""Pages of nobody in particular, and the stream."""
MORE = ("/?scope=all", "/?scope=mine", "/api/v1/records?limit=2", "/nothing-here", "/records/none")


def pages(app: FastAPI) -> list[str]:
    """Every address without an id in it, and some more."""
    told = {one.path for one in app_routes(app) if "GET" in (one.methods or ()) and "{" not in one.path}
    return [*sorted(told - DOORS), *MORE]


def gives(reader: Browser, path: str) -> str:
    """Everything of an answer that a reader can see, but what is sealed."""
    answer = reader.get(path)
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in {"date", "set-cookie"})
    return SEALED.sub("-", f"{answer.status_code} {headers} {answer.text}")
