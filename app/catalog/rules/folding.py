"""How a text becomes words to search by. The database folds names and SKUs by the same tables (step 0009).

A word with a digit is a code: its separators go and Cyrillic letters become the Latin ones they look like,
so that «М10Г2К» typed in either alphabet is one word. Other words lose the marks of Kazakh letters.
"""

import re
from typing import Final

_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_MARKED: Final = "ёәғқңөұүһі"
_UNMARKED: Final = "еагкноуухи"
LETTERS: Final = _LATIN + _RUSSIAN + _MARKED
UPPER: Final = LETTERS.upper()
# What a Cyrillic letter looks like, Kazakh letters by their Russian base.
CODE_FROM: Final = "авекмнорстухәёқңөұүһғі"
CODE_TO: Final = "abekmhopctyxaekhoyyxгi"
WORD_FROM: Final = _MARKED
WORD_TO: Final = _UNMARKED
JOINERS: Final = "-."

_LOWER: Final = str.maketrans(UPPER, LETTERS)
_CODE: Final = str.maketrans(CODE_FROM, CODE_TO, JOINERS)
_WORD: Final = str.maketrans(WORD_FROM, WORD_TO)
_CHUNK: Final = re.compile(f"[0-9{LETTERS}]+(?:[-.][0-9{LETTERS}]+)*")
_DIGIT: Final = re.compile("[0-9]")
_NO_CODE: Final = re.compile(f"[^0-9{LETTERS}]")
# Comes after every letter and digit a word may have.
_LAST: Final = "\U0010ffff"


def words_of(text: str) -> list[str]:
    """Fold a text into its words, in order, each once."""
    words: dict[str, None] = {}
    for found in _CHUNK.finditer(text.translate(_LOWER)):
        chunk = found[0]
        if _DIGIT.search(chunk):
            words[chunk.translate(_CODE)] = None
        else:
            words.update(dict.fromkeys(chunk.translate(_WORD).replace(".", "-").split("-")))
    return list(words)


def code_of(text: str) -> str:
    """Fold a whole SKU into one comparable code, with or without digits and separators."""
    return _NO_CODE.sub("", text.translate(_LOWER).translate(_CODE))


def prefix_end(word: str) -> str:
    """Give the upper bound of the words that begin with this one."""
    return word + _LAST


def trigrams(word: str) -> list[str]:
    """Cut a word into distinct triples of letters, its ends marked by blanks."""
    padded = f"  {word} "
    return sorted({padded[place : place + 3] for place in range(len(padded) - 2)})


def similarity(one: str, other: str) -> float:
    """Say how much two folded words have in common, from 0 to 1."""
    mine, theirs = set(trigrams(one)), set(trigrams(other))
    return len(mine & theirs) / len(mine | theirs)
