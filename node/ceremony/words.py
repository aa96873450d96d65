"""Fingerprints that two people read to each other: eight words, one for each of the first eight bytes of a SHA-256.

Guarantees 64 bits: whoever wants another key or file with the same words tries some 2^64. Words differ in their first three letters,
so one that was misheard is another one or none, never the same by chance. The list is part of the format: it never changes.
"""

from __future__ import annotations

import hashlib
from typing import Final

_LIST = """
acid actor adobe agate album alder amber anchor angle apple apron arch arena arrow atlas attic autumn axle
bacon badge bagel bamboo banjo barley basket beacon bench berry bishop blanket bonnet bottle branch bridge
broom bucket bugle butter cabin cactus camel candle carpet castle cedar cellar cement cheese chisel cider
circle citrus clover cobalt coffee comet copper coral cotton cradle cricket crystal cuckoo curtain cymbal
dagger dahlia daisy decoy delta denim desert diesel dinner dolphin donkey dragon drum dune eagle easel ebony
echo eclipse elbow ember engine envoy fabric falcon feather fennel ferry fiddle filter flag flint flute
forest fossil fox funnel gadget galaxy garden gazelle geyser ginger glacier goblet gorilla gravel guitar
hammer harbor hazel hedge helmet heron hickory hinge hockey honey hornet hotel husky iceberg igloo indigo
insect iris island ivory jacket jaguar jasmine jersey jigsaw jungle kayak kennel kiosk kitten knapsack koala
label ladder lagoon lantern laurel lemon leopard lever lilac linen lizard lobster locket lumber magnet mango
maple marble meadow melon mirror mitten monkey mosaic muffin mustard napkin nectar needle nickel noodle
nutmeg oasis oboe ocean olive onion orchid otter oxygen oyster paddle palace panther paprika parrot pebble
pencil pepper piano pigeon pillow planet plum pocket poplar potato pumpkin puzzle python quartz quiver
rabbit radish raven ribbon river robin rocket rubber saddle salmon saturn scarf shovel silver sketch sled
spider squirrel stable sugar sunset swan tablet tango teapot temple thimble tiger timber tomato trumpet
tulip turnip umbrella urchin vacuum valley vanilla velvet violin volcano waffle walnut willow window wizard
yogurt zebra zipper
"""
WORDS: Final = tuple(_LIST.split())
READ: Final = 8
"""Words of a fingerprint."""


def words_of(digest: bytes) -> str:
    """The first eight bytes of a digest as words, in order."""
    return " ".join(WORDS[byte] for byte in digest[:READ])


def fingerprint(data: bytes) -> str:
    """The words of a file: of its SHA-256."""
    return words_of(hashlib.sha256(data).digest())


def same(heard: str, words: str) -> bool:
    """Whether what somebody wrote down is these words: their first three letters are enough, in any case."""
    typed = [word[:3] for word in heard.lower().replace(",", " ").split()]
    return typed == [word[:3] for word in words.split()]
