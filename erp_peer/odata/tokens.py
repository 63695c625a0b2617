"""Cutting an expression into words. Only spaces separate: `+` reached us as it was written and means nothing here."""

import datetime as dt
import re
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from erp_peer.odata.edm import Edm
from erp_peer.odata.syntax import Constant


class Sign(StrEnum):
    """What a token is besides its text."""

    CONSTANT = "constant"
    NAME = "name"
    MARK = "mark"
    END = "end"


class Token(Struct, frozen=True):
    """One word of an expression and where it stands."""

    sign: Sign
    text: str
    at: int
    constant: Constant | None = None


class SyntaxFaultError(Exception):
    """The expression cannot be read; says where."""


_PATTERN = re.compile(
    r"\s*(?:"
    r"(?P<guid>guid'[^']*')"
    r"|(?P<moment>datetime'[^']*')"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[MmDdLlFf]?(?!\w))"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<mark>[(),/:*])"
    r")"
)
_WORDS = {
    "true": Constant(Edm.BOOLEAN, value=True),
    "false": Constant(Edm.BOOLEAN, value=False),
    "null": Constant(None, None),
}


def read_guid(text: str) -> str:
    """A reference in lower case.

    Raises:
        ValueError: it is none.
    """
    return str(UUID(text))


def read_moment(text: str) -> dt.datetime:
    """A date and time without a zone.

    Raises:
        ValueError: it is none.
    """
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(text)
    return found


# 1C's empty date.
EMPTY_MOMENT = read_moment("0001-01-01T00:00:00")


def _constant(kind: str, text: str) -> Constant:
    if kind == "guid":
        return Constant(Edm.GUID, read_guid(text[5:-1]))
    if kind == "moment":
        return Constant(Edm.DATETIME, read_moment(text[9:-1]))
    if kind == "text":
        return Constant(Edm.STRING, text[1:-1].replace("''", "'"))
    return Constant(Edm.DOUBLE, Decimal(text.rstrip("MmDdLlFf")))


def cut(text: str) -> list[Token]:
    """All tokens, an end last.

    Raises:
        SyntaxFaultError: a word is none of the language.
    """
    tokens: list[Token] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        found = _PATTERN.match(text, place)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            message = f"неожиданный символ «{text[place:].lstrip()[:1]}» в позиции {place}"
            raise SyntaxFaultError(message)
        word, at = found[kind], found.start(kind)
        place = found.end()
        if kind == "mark":
            tokens.append(Token(Sign.MARK, word, at))
        elif kind == "name" and word in _WORDS:
            tokens.append(Token(Sign.CONSTANT, word, at, _WORDS[word]))
        elif kind == "name":
            tokens.append(Token(Sign.NAME, word, at))
        else:
            try:
                tokens.append(Token(Sign.CONSTANT, word, at, _constant(kind, word)))
            except ValueError as error:
                message = f"неверный литерал {word} в позиции {at}"
                raise SyntaxFaultError(message) from error
    tokens.append(Token(Sign.END, "", len(text)))
    return tokens
