"""What ``doctor`` looks at; each check gives findings in words."""

from enum import IntEnum

from msgspec import Struct


class Level(IntEnum):
    """How much a finding matters."""

    GOOD = 0
    DOUBTFUL = 1
    BAD = 2


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    level: Level
    words: str


def good(words: str) -> Finding:
    """As it should be."""
    return Finding(level=Level.GOOD, words=words)


def doubtful(words: str) -> Finding:
    """It works, but somebody should look."""
    return Finding(level=Level.DOUBTFUL, words=words)


def bad(words: str) -> Finding:
    """It does not work; the words say what to do."""
    return Finding(level=Level.BAD, words=words)
