"""What a value may be, in words for a person: the one place that knows the error types of the library that checks tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import AfterValidator

_TYPES: Mapping[str, str] = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number that is not infinite",
    "bool_type": "true or false",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "path_type": "the path of a file or folder, in quotes",
    "date_type": "a date such as 2027-01-31, without quotes",
    "missing": "this key is required",
    "extra_forbidden": "no such key; remove it or correct its spelling",
}
_BOUNDS: Mapping[str, str] = {
    "greater_than_equal": "{ge} or more",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "literal_error": "{expected}",
}


def allowed(error: Any) -> str:
    """For one of `ValidationError.errors()`: what would have been right."""
    sort, bounds = str(error["type"]), error.get("ctx", {})
    if sort in _TYPES:
        return _TYPES[sort]
    if sort in _BOUNDS:
        return _BOUNDS[sort].format(**bounds)
    return str(error["msg"]).removeprefix("Value error, ")


def like(pattern: str, words: str) -> AfterValidator:
    """A text that fits the pattern whole; `words` say what that is."""
    return _if(lambda value: re.fullmatch(pattern, value) is not None, words)


def _if(right: Callable[[Any], bool], words: str) -> AfterValidator:
    def check(value: Any) -> Any:
        if not right(value):
            raise ValueError(words)
        return value

    return AfterValidator(check)
