"""The office of a node: `web.views.Office` over `node.commands`.

Guarantees: who somebody is, their rights and what they may read are asked anew in the snapshot or transaction of each
call; nothing is remembered of a decision.
"""

from __future__ import annotations

from web.offices.acknowledging import Acknowledging
from web.offices.administering import Administering
from web.offices.auditing import Auditing
from web.offices.elsewhere import Elsewhere
from web.offices.erasing import Erasing
from web.offices.finding import Finding
from web.offices.handing import Handing
from web.offices.handling import Handling
from web.offices.house import House
from web.offices.ruling import Ruling
from web.offices.sessions import Sessions


class NodeOffice(
    Sessions,
    Erasing,
    Acknowledging,
    Handling,
    Elsewhere,
    Handing,
    Finding,
    House,
    Ruling,
    Auditing,
    Administering,
):
    """One node's office. `resume()` goes on with releases that were about to leave; `close()` stops their timers, and looks at no more
    passwords.
    """

    async def close(self) -> None:
        """Before the store closes."""
        self._passwords.close()
        await self._leaving.close()
