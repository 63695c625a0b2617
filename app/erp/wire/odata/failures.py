"""Failures of plain OData by what is to be done about them (protocol, section 3; ERP-EXCHANGE 4.4)."""

from typing import Final

import msgspec
from msgspec import Struct

from app.erp.wire.failures import (
    LONGEST_ANSWER,
    ChannelError,
    ErpError,
    SchemaError,
    TransientError,
    UnknownOutcomeError,
)
from app.erp.wire.failures import failure_of_answer as failure_of_page

NOT_FOUND: Final = "9"
EXISTS: Final = "15"
CHANGED: Final = "412"
_GOOD: Final = range(200, 300)
_NOT_LET_IN: Final = frozenset({401})
_HANDLER: Final = "-1"
_UNAVAILABLE: Final = 503
# A lock, a deadlock: nothing was written, and it may go through in a moment.
_LOCKS: Final = ("конфликт блокировок", "взаимоблокировк", "превышено максимальное время ожидания")
_NO_SESSION: Final = ("лиценз", "сеанс")
_LONGEST: Final = 1000


class HandlerError(SchemaError):
    """A handler of the object, or its posting, said no; ``text`` is what it said. Nothing was written."""

    def __init__(self, text: str) -> None:
        """Keep the words: a person will read them."""
        super().__init__(text, code=_HANDLER)
        self.text = text


class LabelError(SchemaError):
    """The object changed since its label was read."""


class _Text(Struct):
    value: str = ""


class _Told(Struct):
    code: str = ""
    message: _Text = msgspec.field(default_factory=_Text)


class _Body(Struct):
    told: _Told = msgspec.field(name="odata.error")


def failure_of(status: int, kind: str, content: bytes) -> ErpError | None:
    """Class an answer; None for a good one. JSON is never assumed: a web server or a login page may answer."""
    if status in _GOOD and not kind.startswith("text/html"):
        return None
    if str(status) == CHANGED:
        return LabelError("the object was changed meanwhile", code=str(status))
    if status in _NOT_LET_IN:
        return ChannelError(f"HTTP {status}: not let in")
    told = _told(content) if kind.startswith("application/json") else None
    if told is None:
        return failure_of_page(status, kind, content)
    failure = _failure_told(status, told)
    failure.answer = content[:LONGEST_ANSWER]
    return failure


def _told(content: bytes) -> _Told | None:
    try:
        return msgspec.json.decode(content, type=_Body).told
    except (msgspec.DecodeError, RecursionError):
        return None


def _failure_told(status: int, told: _Told) -> ErpError:
    text = told.message.value[:_LONGEST]
    said = f"HTTP {status} code {told.code}: {text[:300]}"
    if status == _UNAVAILABLE:
        return ChannelError(said, code=told.code)
    if told.code != _HANDLER:
        return SchemaError(said, code=told.code) if told.code else UnknownOutcomeError(said)
    low = text.lower()
    if any(word in low for word in _LOCKS):
        return TransientError(said, code=told.code)
    if any(word in low for word in _NO_SESSION):
        return ChannelError(said, code=told.code)
    return HandlerError(text)
