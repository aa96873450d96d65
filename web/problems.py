"""What is wrong with a form, field by field."""

from __future__ import annotations

from collections.abc import Iterable

from web.views import FieldError


def by_field(errors: Iterable[FieldError], order: Iterable[str] = ()) -> dict[str, FieldError]:
    """The first error of each field, in the `order` of the form's fields; those that it does not name come after, as they were found."""
    found: dict[str, FieldError] = {}
    for error in errors:
        found.setdefault(error.field, error)
    places = {name: place for place, name in enumerate(order)}
    return dict(sorted(found.items(), key=lambda one: places.get(one[0], len(places))))
