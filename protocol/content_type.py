"""`port2port/<kind>;v=<version>`: the text in a header that says how to read the content.

Guarantees the form only; a kind or version that is not known here is data.
"""

from __future__ import annotations

import re

from protocol.errors import BadRecord, Violation
from protocol.kinds import known

VERSION = 1
_FORM = re.compile(r"port2port/([a-z][a-z0-9_-]{1,39});v=([1-9][0-9]{0,3})")


def content_type(kind: str) -> str:
    """`port2port/alert;v=1`, as this release writes it."""
    return f"port2port/{kind};v={VERSION}"


def kind_of(content_type: str) -> str:
    """The kind a content type names, known here or not; BadRecord for another form."""
    found = _FORM.fullmatch(content_type)
    if found is None:
        raise BadRecord((Violation("record", "content_type", "port2port/<kind>;v=<version>"),))
    return found[1]


def is_known(content_type: str) -> bool:
    """Whether this release reads bodies of this type."""
    found = _FORM.fullmatch(content_type)
    return found is not None and found[2] == str(VERSION) and found[1] in known()
