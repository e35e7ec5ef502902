"""Content as a disk may give it back."""

import random


def damages(content, seed, flips, cuts):
    """The bytes with a bit flipped, so many times, and then cut off, so many times."""
    draw = random.Random(seed)
    for _ in range(flips):
        bits = bytearray(content)
        bits[draw.randrange(len(bits))] ^= 1 << draw.randrange(8)
        yield bytes(bits)
    for _ in range(cuts):
        yield content[: draw.randrange(len(content))]
