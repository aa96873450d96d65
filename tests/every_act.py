"""Every builder of an act, of all the files that have some: what a test asks that is about whatever this program audits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import acts_of_accounts
import acts_of_cases
import acts_of_drafts
import acts_of_erasures
import acts_of_feeds
import acts_of_files
import acts_of_matters
import acts_of_people
import acts_of_rules
import acts_of_seconds
import more_acts
from more_acts import Ready

CRASHED: Final = (
    *(*acts_of_feeds.ACTS, *acts_of_erasures.ACTS, *acts_of_drafts.ACTS, *acts_of_matters.ACTS),
    *(*acts_of_accounts.ACTS, *acts_of_files.ACTS, *acts_of_seconds.ACTS, *acts_of_cases.ACTS),
    *acts_of_rules.ACTS,
)
"""Those at whose every write point the world is stopped."""
AUDITED: Final = (*CRASHED, acts_of_drafts.withholding, *more_acts.ACTS, *acts_of_people.ACTS)
BUILDERS: Final[Mapping[str, Callable[[], Ready]]] = {make.__name__: make for make in AUDITED}
"""All of them, by name."""
