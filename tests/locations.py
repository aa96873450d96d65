"""Where tests find what is not in the repository: the sample data and vectors laid beside a checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def shared(path: str) -> Path:
    """The file or folder `../shared/<path>`; skips the test where it is absent, fails it in CI."""
    found = SHARED / path
    if found.exists():
        return found
    words = f"../shared/{path} is not beside this checkout; this test reads it from there"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)
