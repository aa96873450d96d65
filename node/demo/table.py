"""What runs where, for a person: one block a port, its links below it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from node.demo.people import Invited
from node.demo.plan import Plan
from node.demo.processes import Child


def table(plan: Plan, nodes: Sequence[Child], receivers: Sequence[Child], invited: Sequence[Invited]) -> str:
    """The whole text, without a line end."""
    return "\n".join(_lines(plan, nodes, receivers, invited))


def _lines(
    plan: Plan, nodes: Sequence[Child], receivers: Sequence[Child], invited: Sequence[Invited]
) -> Iterator[str]:
    wide = max(len(port.name) for port in plan.ports)
    yield f"  {'port'.ljust(wide)}  {'screens'.ljust(22)}  {'federation'.ljust(16)}  process"
    for port, child in zip(plan.ports, nodes, strict=True):
        yield f"  {port.name.ljust(wide)}  {port.url.ljust(22)}  {port.federation.ljust(16)}  {child.pid}"
    heard = [port for port in plan.ports if port.receiver]
    for port, child in zip(heard, receivers, strict=False):
        assert port.receiver is not None
        yield f"  {('AIS for ' + port.name).ljust(wide)}  {port.receiver.source.ljust(22)}  {''.ljust(16)}  {child.pid}"
    yield ""
    yield "One-time sign-in (each link works once; people are invented):"
    for one in invited:
        roles = ", ".join(role.replace("_", " ") for role in one.officer.roles)
        yield f"  {one.officer.name}, {one.port.name}: {roles}"
        yield from (f"    {url}" for url in one.urls)
    example = plan.ports[0]
    yield ""
    words = f"officer link --login {example.officers[0].login} --config {near(example.config)}"
    yield f"Another link: {near(Path(sys.executable).with_name('port2port'))} {words}"
    yield f"Data and logs: {near(plan.folder)} (kept; keys there are plain files, mode 0600)"


def near(path: Path) -> Path:
    """A path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
