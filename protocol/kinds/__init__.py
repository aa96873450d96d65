"""Record kinds, one file each, found by module name and the constant KIND."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from protocol.kind import Kind


@cache
def known() -> Mapping[str, Kind]:
    """Every kind of this release by its name, which is its file's."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return MappingProxyType({name: importlib.import_module(f"{__name__}.{name}").KIND for name in names})
