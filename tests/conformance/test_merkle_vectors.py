"""The RFC 6962 proofs of transparency-dev/merkle, good and bad, read from beside the checkout."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from locations import shared

from protocol.errors import BadProof
from protocol.ids import Hash
from protocol.merkle import verify_consistency, verify_inclusion


def _cases(sort: str) -> list[dict[str, Any]]:
    folder = shared(f"conformance/merkle/{sort}")
    found = [{**json.loads(p.read_text()), "file": _name(p)} for p in sorted(folder.rglob("*.json"))]
    assert len(found) > 30, "the vectors are there but few: read the wrong folder?"
    return found


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _hashes(texts: list[str] | None) -> list[bytes]:
    return [b64decode(text) for text in texts or ()]


def _refused(check: str, case: dict[str, Any]) -> bool:
    try:
        if check == "inclusion":
            verify_inclusion(
                index=case["leafIdx"],
                size=case["treeSize"],
                leaf=Hash(b64decode(case["leafHash"])),
                proof=_hashes(case["proof"]),
                root=b64decode(case["root"]),
            )
        else:
            verify_consistency(
                size1=case["size1"],
                size2=case["size2"],
                root1=b64decode(case["root1"]),
                root2=b64decode(case["root2"]),
                proof=_hashes(case["proof"]),
            )
    except BadProof:
        return True
    return False


@pytest.mark.parametrize("check", ["inclusion", "consistency"])
def test_every_vector_is_judged_as_its_authors_say(check: str) -> None:
    cases = _cases(check)
    wrong = [case["file"] for case in cases if _refused(check, case) != case["wantErr"]]
    assert not wrong
    assert {case["wantErr"] for case in cases} == {True, False}
