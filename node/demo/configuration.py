"""A port's configuration, from `deploy/demo/port.toml.j2`: the same keys that a real port writes by hand."""

from __future__ import annotations

import json
from pathlib import Path

from node.demo.plan import Plan, Port
from node.demo_data import DEMO

TEMPLATE = "port.toml.j2"


def configuration(plan: Plan, port: Port) -> str:
    """The text of `port.toml`; every value is quoted by `toml`, so that none can end its string."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(DEMO),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  TOML, not markup; values pass the filter below
    )
    environment.filters["toml"] = quoted
    return environment.get_template(TEMPLATE).render(port=port, files=plan.files, speed=plan.speed)


def quoted(value: object) -> str:
    """A TOML basic string; JSON's escapes are TOML's too, save that TOML also wants DEL escaped."""
    if not isinstance(value, str | Path):
        raise TypeError("a text or a path")
    return json.dumps(str(value), ensure_ascii=True).replace("\x7f", "\\u007f")
