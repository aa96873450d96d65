"""A self-check's scene without processes: officers whose pages are told, streams that are told, real folders and policy."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import registers

from node.demo.check.alerts import Released
from node.demo.check.report import Alert, Failed, Report
from node.demo.check.scene import Scene
from node.demo.check.stream import Stream
from node.demo.check.visitor import Answer, Visitor
from node.demo.house import House
from node.demo.plan import read_plan
from protocol.ids import NodeId

ANTWERP, NORTH_SEA = NodeId("port-antwerp-bruges"), NodeId("north-sea-port")
LIMBURG, LIEGE = NodeId("port-limburg"), NodeId("port-liege")
LABEL = "BE:NONE//TLP:AMBER//AUD ports-scheldt"
RECORD = "019a" + "0" * 27 + "7"
MARKER = "SELFCHECK-0123456789ABCDEF"
AT = 1_795_000_000_000


@dataclass
class ToldVisitor:
    """Answers with the pages it was given, 404 to all else."""

    name: NodeId
    pages: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        found = self.pages.get(path)
        return Answer(404, path, b"not here") if found is None else Answer(200, path, found.encode())

    def page(self, path: str) -> str:
        answer = self.get(path)
        if answer.status != 200:
            raise Failed(f"{self.name}: {path} answers {answer.status}")
        return answer.text

    def json(self, path: str) -> Any:
        return json.loads(self.pages[path]) if path in self.pages else None


def scene(folder: Path) -> Scene:
    """Everybody has empty pages, silent streams, and a folder with one file."""
    plan = read_plan(folder, base_port=9000)
    visitors = {port.node: ToldVisitor(port.node, {"/": "<ul></ul>"}) for port in plan.ports}
    for port in plan.ports:
        port.folder.mkdir()
        port.log.write_text("{}\n")
    return Scene(
        plan=plan,
        house=cast("House", None),
        report=Report("0"),
        register=registers.register(),
        going_on=lambda: True,
        visitors=cast("dict[NodeId, Visitor]", visitors),
        streams={node: Stream(cast("Visitor", visitor)) for node, visitor in visitors.items()},
        began=time.monotonic(),
    )


def pages(where: Scene, node: NodeId) -> dict[str, str]:
    return cast("ToldVisitor", where.visitors[node]).pages


def stream(where: Scene, node: NodeId, text: str, at_ms: int = AT) -> None:
    where.streams[node]._lines.append((at_ms, text.encode()))


def folder(where: Scene, node: NodeId) -> Path:
    return next(port.folder for port in where.plan.ports if port.node == node)


def alert(where: Scene) -> Released:
    """The officer's alert of Antwerp-Bruges for the Scheldt ports."""
    entitled, withheld = where.entitled(LABEL, ANTWERP)
    told = Alert(RECORD, "officer", None, LABEL, "0" * 64, 1, entitled, withheld)
    return Released(ANTWERP, told, AT)


def verdicts(where: Scene) -> dict[str, bool]:
    """Each check's name: whether it holds everywhere."""
    found: dict[str, bool] = {}
    for check in where.report.checks:
        found[check.name] = found.get(check.name, True) and check.ok
    return found
