"""The proof of the whole, without a terminal: `port2port demo --selfcheck`.

Acts as people do: an officer at each port, over HTTP with the screens' own forms; an operator who starts and stops; an auditor
with a proof file and the register. Decides by what it sees and computes again, never by a node's own word that all is well.
"""

from node.demo.check.run import selfcheck

__all__ = ["selfcheck"]
