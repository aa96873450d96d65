"""The ceremony: how a register is founded, changed and signed. Writes registers; reading one is `node/register/`."""

from node.ceremony.folder import load, look, save
from node.ceremony.portrait import portrait
from node.ceremony.specification import read as read_document
from node.ceremony.steps import Ceremony, begin, found_federation

__all__ = ["Ceremony", "begin", "found_federation", "load", "look", "portrait", "read_document", "save"]
