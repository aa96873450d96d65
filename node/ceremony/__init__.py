"""The ceremony: how a register is founded, changed and signed. Writes registers; reading one is `node/register/`."""

from node.ceremony.folder import load, save
from node.ceremony.steps import Ceremony, found_federation

__all__ = ["Ceremony", "found_federation", "load", "save"]
