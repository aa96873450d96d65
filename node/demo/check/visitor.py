"""An officer at one port's screens, over HTTP: signs in by a one-time link, reads pages, sends forms, all as a browser would.

Guarantees that nothing is done that the screens do not offer: cookies as they were set, the form's own token, the page's own
origin. Speaks English, so that words can be looked for.
"""

from __future__ import annotations

import http.client
import json
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from node.demo.check.forms import Form, form_to
from node.demo.check.report import Failed
from node.demo.plan import Port

TIMEOUT_S = 10.0
PAGE_MAX = 8 << 20
_REDIRECTS = 5
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, redirects followed; `path` is where it came from in the end."""

    status: int
    path: str
    body: bytes

    @property
    def text(self) -> str:
        """As a page."""
        return self.body.decode("utf-8", "replace")


@dataclass(slots=True)
class Visitor:
    """One browser of one officer."""

    port: Port
    cookies: dict[str, str] = field(default_factory=lambda: {"p2p-lang": "en"})

    def sign_in(self, url: str) -> None:
        """Use a one-time link: open it, press its button."""
        parts = urlsplit(url)
        page = self.get(f"{parts.path}?{parts.query}")
        self.send(form_to(page.text, "/sign-in/once"))
        if self.get("/api/v1/me").status != 200:
            raise Failed(f"{self.port.node}: a fresh one-time link does not sign in")

    def get(self, path: str) -> Answer:
        """One page."""
        return self._ask("GET", path)

    def page(self, path: str) -> str:
        """One page that has to be there."""
        answer = self.get(path)
        if answer.status != 200:
            raise Failed(f"{self.port.node}: {_shown(path)} answers {answer.status}")
        return answer.text

    def json(self, path: str) -> Any:
        """One page of the API; None where it says that there is none."""
        answer = self.get(path)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Failed(f"{self.port.node}: {_shown(path)} answers {answer.status}")
        return json.loads(answer.body)

    def send(self, form: Form, *, at: str = "") -> Answer:
        """Send a form; `at` is the page that it stands on, where it names no address of its own."""
        return self._ask("POST", form.action or at, urlencode(form.values).encode())

    def send_file(self, form: Form, field: str, name: str, data: bytes, media_type: str) -> Answer:
        """Send a form with one file (RFC 7578), its fields first as they stand on the page."""
        edge = secrets.token_hex(16)
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in form.values
            if key != field
        ]
        told = f'form-data; name="{field}"; filename="{name}"\r\nContent-Type: {media_type}'
        parts.append(f"--{edge}\r\nContent-Disposition: {told}\r\n\r\n".encode() + data + b"\r\n")
        body = b"".join(parts) + f"--{edge}--\r\n".encode()
        return self._ask("POST", form.action, body, f"multipart/form-data; boundary={edge}")

    def headers(self) -> dict[str, str]:
        """What a browser adds to every request."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Host": self.port.web, "Cookie": cookies}

    def _ask(self, method: str, path: str, body: bytes | None = None, media_type: str = FORM) -> Answer:
        for _ in range(_REDIRECTS):
            answer, location = self._once(method, path, body, media_type)
            if location is None:
                return answer
            method, path, body = "GET", location, None
        raise Failed(f"{self.port.node}: {_shown(path)} redirects without end")

    def _once(self, method: str, path: str, body: bytes | None, media_type: str) -> tuple[Answer, str | None]:
        connection = http.client.HTTPConnection(self.port.web, timeout=TIMEOUT_S)
        try:
            headers = self.headers()
            if method == "POST":
                headers |= {"Origin": self.port.url, "Content-Type": media_type}
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            self._keep(response)
            answer = Answer(response.status, path, response.read(PAGE_MAX))
        except OSError as error:
            raise Failed(
                f"{self.port.node}: {_shown(path)} does not answer ({type(error).__name__})"
            ) from None
        finally:
            connection.close()
        moved = answer.status in {301, 302, 303, 307} and response.getheader("Location")
        return answer, moved or None

    def _keep(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or ():
            try:
                cookies = SimpleCookie(line)
            except CookieError:
                continue
            for name, morsel in cookies.items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def _shown(path: str) -> str:
    """A path without its query, which may hold a secret."""
    return path.partition("?")[0]
