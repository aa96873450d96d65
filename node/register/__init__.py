"""The register as this node holds it: verified files, and the view of them that everything else decides by."""

from node.register.bundle import BadRegister
from node.register.by_hand import watch
from node.register.look import look
from node.register.store import Applied, Former, Outcome, RegisterStore, State

__all__ = ["Applied", "BadRegister", "Former", "Outcome", "RegisterStore", "State", "look", "watch"]
