"""Keeps the garbage collector away from what a node is made of.

All that is imported and opened stays to the end of the process. A collection that looks through it, some 180,000 objects, takes 0.1 to
0.2 s and holds up every thread meanwhile: an alert, a gate's question. Reference counts free most of what comes and goes all the same.
"""

from __future__ import annotations

import gc


def pause() -> None:
    """While a node is opened nothing of it is garbage: look for none."""
    gc.disable()


def freeze() -> None:
    """It is open: what is here now is looked through once, and not again; from now on what comes is."""
    gc.collect()
    gc.freeze()
    gc.enable()
