"""The ceremony: how a register is founded, changed and signed. Writes registers; reading one is `node/register/`."""

from node.ceremony.folder import load, look, save
from node.ceremony.leaving import rejoin, withdraw
from node.ceremony.portrait import portrait
from node.ceremony.rotation import ROLES, revoke, rotate_node, rotate_organisation, rotate_role
from node.ceremony.specification import read as read_document
from node.ceremony.steps import Ceremony, begin, found_federation

__all__ = [
    "ROLES", "Ceremony", "begin", "found_federation", "load", "look", "portrait", "read_document", "rejoin", "revoke", "rotate_node",
    "rotate_organisation", "rotate_role", "save", "withdraw",
]  # fmt: skip
