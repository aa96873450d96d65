"""A port where some draft and others publish, on its screens."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from browser_web import Browser, hidden
from form_web import stands
from officers_here import MODEL, hire
from offices_web import Screens, screens

from node.commands import people
from node.store import drafts
from node.store.drafts import DraftRow
from policies.officers import Role
from protocol.ids import RecordId

RED: dict[str, Any] = {"tlp": "RED", "ports": ["north-sea-port"]}


class World:
    """A port with an analyst who drafts, two who publish, and somebody who works there and has no role that does either."""

    def __init__(self) -> None:
        self.here: Screens = screens()
        self.port = port = self.here.port
        self.open: dict[str, Browser] = {}
        register = port.ctx.register
        grounds = {
            name: replace(one, kinds=one.kinds | {"best_practice"})
            for name, one in register.processing.items()
        }
        whole = replace(register, processing=grounds)
        object.__setattr__(port.ctx, "registers", lambda: whole)
        port.store.write(lambda tx: people.sync_register(tx, port.ctx, MODEL, port.ctx.register)).result()
        self.names = {
            "analyst": hire(self.port, "c.analyst", Role.ANALYST),
            "other": hire(self.port, "d.analyst", Role.ANALYST),
            "officer": hire(self.port, "a.peeters", Role.SECURITY_OFFICER),
            "captain": hire(self.port, "b.maes", Role.PORT_CAPTAIN),
            "staff": hire(self.port, "e.staff", Role.DPO),
        }

    def browser(self, name: str, *role: Role) -> Browser:
        """Signed in; somebody new where a role is named."""
        if role:
            self.names[name] = hire(self.port, name, *role)
        if name not in self.open:
            self.open[name] = self.here.enter(self.names[name])
        return self.open[name]

    def row(self, page: str) -> DraftRow:
        row = self.port.store.read(lambda r: drafts.get(r, record_of(page)))
        assert row is not None
        return row

    def acts(self) -> list[str]:
        return [one.act for one in self.port.audits()]


def record_of(page: str) -> RecordId:
    return RecordId(bytes.fromhex(page.rpartition("/")[2]))


def wrote(browser: Browser, kind: str = "incident", **more: object) -> str:
    """The page of a new draft."""
    form = f"/write/{kind}"
    stood = stands(browser.get(form).text)
    given = {
        "title": "Container opened at quay 12",
        "type": "drug_find",
        "status": "suspected",
        "narrative": "Seal broken, two men ran.",
        "audience": "ports-be",
        "tlp": "AMBER",
    }
    answer = browser.submit(form, form, **{**stood, **given, **more})
    assert answer.status_code == 303, re.findall(r'href="#(\w+)"', answer.text)
    return answer.headers["location"]


def posted(browser: Browser, path: str, **fields: object) -> int:
    """A post with the token of this officer's cookie, whether a page has the form or not."""
    csrf = hidden(browser.get("/preferences").text, "/preferences")["csrf"][0]
    return browser.post(path, csrf=csrf, **fields).status_code


def text_of(browser: Browser, form: str) -> dict[str, object]:
    """What stands in the form of a draft's text."""
    page = browser.get(form).text.replace('action="' + form + '"', 'enctype="multipart/form-data"')
    return stands(page)
