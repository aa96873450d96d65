"""The codes of all acts that the program audits, read from its source: what a table of acts is complete against."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from locations import ROOT

ROOMS = ("node", "web", "federation")


def act_names() -> dict[str, str]:
    """Code to the file that audits it. AssertionError where a code cannot be read from the source."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            where = str(path.relative_to(ROOT))
            found |= dict.fromkeys(_in_file(path, where), where)
    return found


def _in_file(path: Path, where: str) -> Iterator[str]:
    text = path.read_text("utf-8")
    if "Act(" not in text:
        return
    tree = ast.parse(text)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _name(call.func) == "Act":
                    codes = list(_codes(_given(call), function, tree))
                    assert codes, f"{where}:{call.lineno}: an act whose code no call in this file names"
                    yield from codes


def _given(call: ast.Call) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == "act"), None)


def _codes(value: ast.expr | None, function: ast.FunctionDef, tree: ast.Module) -> Iterator[str]:
    """The texts that an expression may be: a constant, a choice of two, a text with codes in it, a local name, or a parameter by the calls of the function."""
    match value:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=body, orelse=other):
            yield from _codes(body, function, tree)
            yield from _codes(other, function, tree)
        case ast.FormattedValue(value=inner):
            yield from _codes(inner, function, tree)
        case ast.JoinedStr(values=parts):
            yield from map("".join, product(*(list(_codes(part, function, tree)) for part in parts)))
        case ast.Name(id=name):
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets):
                    yield from _codes(node.value, function, tree)
            yield from _passed(name, function, tree)


def _passed(name: str, function: ast.FunctionDef, tree: ast.Module) -> Iterator[str]:
    names = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
    if name not in names:
        return
    at = names.index(name)
    for caller in ast.walk(tree):
        if not isinstance(caller, ast.FunctionDef):
            continue
        for call in ast.walk(caller):
            if isinstance(call, ast.Call) and _name(call.func) == function.name:
                word = next((word.value for word in call.keywords if word.arg == name), None)
                given = word or (call.args[at] if at < len(call.args) else None)
                yield from _codes(given, caller, tree)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""
