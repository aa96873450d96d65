"""Where somebody lands who opens the address of an act: on the page that has its form.

After a refusal the address bar shows where the form went; loading that again is a GET. Guarantees that each address which only takes a
POST answers one with the way to a page, for every act there will be, and that the answer is the same whatever the address names: the
page it leads to is who decides what is shown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import Response

from web.desk import OfficerHere, see_other

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "/conduct/{entry}/review": "/cases",
        "/conduct/{entry}/take": "/cases",
        "/drafts/{draft}/files/{sha256}/remove": "/drafts/{draft}",
    }
)
"""Acts whose form is not on the nearest page above them."""
BY_SCRIPTS = frozenset({"/seen"})
"""Nobody lands there."""


def landings(rooms: Iterable[APIRouter]) -> APIRouter:
    """A GET for each address of these rooms that has none."""
    routes = [route for room in rooms for route in room.routes if isinstance(route, APIRoute)]
    pages = frozenset(route.path for route in routes if "GET" in (route.methods or ()))
    router = APIRouter()
    for path in dict.fromkeys(route.path for route in routes):
        if path not in pages | BY_SCRIPTS:
            router.add_api_route(path, _leads_to(home(path, pages)), methods=["GET"])
    return router


def home(path: str, pages: frozenset[str]) -> str:
    """The page of an act: the nearest above it that is one."""
    return ELSEWHERE.get(path) or next(each for each in _above(path) if each in pages)


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path or "/"


def _leads_to(page: str) -> Callable[[OfficerHere], Awaitable[Response]]:
    async def land(officer: OfficerHere) -> Response:
        named = {name: quote(str(value), safe="") for name, value in officer.request.path_params.items()}
        return see_other(page.format(**named))

    return land
