"""Reading the tables of words, and small text tools: Latin spelling, COPY escapes."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_LATIN: Mapping[str, str] = {
    "а": "a", "ә": "a", "б": "b", "в": "v", "г": "g", "ғ": "g", "д": "d", "е": "e", "ё": "e",
    "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k", "қ": "k", "л": "l", "м": "m", "н": "n",
    "ң": "n", "о": "o", "ө": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ұ": "u",
    "ү": "u", "ф": "f", "х": "kh", "һ": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "",
    "ы": "y", "і": "i", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip


def latin(text: str) -> str:
    """Spell Russian or Kazakh text in Latin letters; other characters stay."""
    letters: list[str] = []
    for char in text:
        low = char.lower()
        if low not in _LATIN:
            letters.append(char)
            continue
        plain = _LATIN[low]
        letters.append(plain.capitalize() if char != low else plain)
    return "".join(letters)


def slug(text: str) -> str:
    """Make a host-name label: Latin, lower case, words joined by hyphens."""
    spelled = "".join(c if c.isalnum() else " " for c in latin(text).lower())
    return "-".join(spelled.encode("ascii", "ignore").decode().split())


@cache
def table(name: str) -> tuple[Mapping[str, str], ...]:
    """Read one of tables/*.csv, columns parted by a vertical bar."""
    body = files("erp_peer.data").joinpath("tables", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(body.splitlines(), delimiter="|"))


@cache
def words(key: str) -> tuple[str, ...]:
    """Read one list of tables/words.csv."""
    return next(tuple(row["words"].split()) for row in table("words") if row["key"] == key)


def copy_text(text: str) -> str:
    """Escape a text for COPY; everything else that we write needs no escape."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
