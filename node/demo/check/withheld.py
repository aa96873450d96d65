"""What a port may not hold is nowhere there: no page, no stream, no file. Each search is also tried where it has to find it."""

from __future__ import annotations

from node.demo.check.alerts import Released
from node.demo.check.report import Failed
from node.demo.check.scan import files_with, spellings
from node.demo.check.scene import Scene
from protocol.ids import NodeId

PAGES = (
    "/",
    "/?scope=others",
    "/library",
    "/look-outs",
    "/drafts",
    "/peers",
    "/health",
    "/rules",
    "/preferences",
    "/alerts/new",
    "/api/v1/records?shelf=watch",
    "/api/v1/records?shelf=lookouts",
    "/api/v1/records?shelf=library",
    "/api/v1/peers",
)


def pages_with(scene: Scene, node: NodeId, marker: str, record: str) -> list[str]:
    """The pages on which the officer at a node sees a text, the record's own among them."""
    paths = (*PAGES, f"/records/{record}", f"/api/v1/records/{record}")
    return [path for path in paths if marker in scene.visitors[node].get(path).text]


def check_withheld(scene: Scene, one: Released, marker: str, control: NodeId) -> None:
    """While everything runs: at each withheld port nothing, and at `control` (entitled) the same searches find it."""
    needles = spellings(marker, one.id)
    for node in (NodeId(withheld.node) for withheld in one.alert.withheld):
        _check_record(scene, node, one.id)
        _check_pages(scene, node, one.id, marker, control)
        with scene.report.making("withheld_files"):
            check_files(scene, "withheld_files", node, needles, control)


def _check_record(scene: Scene, node: NodeId, record: str) -> None:
    with scene.report.making("withheld_record"):
        for path in (f"/records/{record}", f"/records/{record}/proof", f"/api/v1/records/{record}"):
            status = scene.visitors[node].get(path).status
            if status != 404:
                raise Failed(f"{node}: {path.rpartition(record)[0]}… answers {status}, not 404")
        scene.report.hold("withheld_record", ok=True, detail="not there, as one that never was", node=node)


def _check_pages(scene: Scene, node: NodeId, record: str, marker: str, control: NodeId) -> None:
    with scene.report.making("withheld_pages"):
        if not pages_with(scene, control, marker, record) or not scene.streams[control].holds(
            marker.encode()
        ):
            raise Failed(f"the search itself fails: {control} has the alert, and it is not found there")
        shown = pages_with(scene, node, marker, record)
        streamed = scene.streams[node].holds(marker.encode()) or scene.streams[node].holds(record.encode())
        where = ", ".join(shown) + (" and the stream" if streamed else "")
        ok = not shown and not streamed
        detail = f"{len(PAGES) + 2} pages and the stream are clean" if ok else f"found on {where}"
        scene.report.hold("withheld_pages", ok=ok, detail=detail, node=node)


def check_files(scene: Scene, name: str, node: NodeId, needles: tuple[bytes, ...], control: NodeId) -> None:
    """No file of the node's folder holds it; the same search finds it in the folder of `control`."""
    folders = {port.node: port.folder for port in scene.plan.ports}
    if not files_with(folders[control], needles):
        raise Failed(f"the search itself fails: {control} has the alert, and no file there holds it")
    found = files_with(folders[node], needles)
    looked = sum(1 for path in folders[node].rglob("*") if path.is_file())
    names = ", ".join(str(path.relative_to(folders[node])) for path in found)
    scene.report.hold(
        name, ok=not found, detail=f"found in {names}" if found else f"{looked} files are clean", node=node
    )
