"""What may go wrong on the way to the ERP, by what is to be done about it (ERP-EXCHANGE 4.4)."""

from typing import Final, Literal

import httpx
import msgspec
from msgspec import Struct

FailureClass = Literal["transient", "unknown", "channel", "schema"]

OK: Final = 200
LONGEST_ANSWER: Final = 8_192  # bytes of a failure that are worth a look
_BAD_REQUEST: Final = 400
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_UNAVAILABLE: Final = 503
_NOT_LET_IN: Final = frozenset({401, 403})

_NO_LICENCE: Final = "Не обнаружено свободной лицензии"


class ErpError(Exception):
    """A call that gave no result; ``after_s`` is how long the ERP asked to wait, if it did."""

    failure: FailureClass = "transient"

    def __init__(self, message: str, *, code: str = "", after_s: float | None = None) -> None:
        """Say what happened in words for the log."""
        super().__init__(message)
        self.code = code
        self.after_s = after_s
        self.answer = b""  # the beginning of what came back, for whoever looks into it; masked before it is kept


class TransientError(ErpError):
    """Nothing was written; the same call may work in a moment."""

    failure = "transient"


class UnknownOutcomeError(ErpError):
    """The call may or may not have been carried out: ask before trying again."""

    failure = "unknown"


class ChannelError(ErpError):
    """The ERP, or the way to it, is away. Says nothing about the call itself; no attempt is spent."""

    failure = "channel"


class SchemaError(ErpError):
    """We and the ERP understand the wire differently; trying again cannot help."""

    failure = "schema"


class _Error(Struct):
    code: str
    retry: bool
    message: str = ""
    after_ms: int | None = None


class _ErrorBody(Struct):
    error: _Error


def failure_of_transport(error: httpx.HTTPError) -> ErpError:
    """Class a failure of the connection: before anything was sent, or after."""
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return ChannelError(what)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return SchemaError(what)
    return UnknownOutcomeError(what)


def failure_of_answer(status: int, content_type: str, body: bytes) -> ErpError | None:
    """Class an answer; None for a good one.

    A real 1C, a web server before it and a fault may all answer, so JSON is never assumed.
    """
    if (failure := _class_of(status, content_type, body)) is not None:
        failure.answer = body[:LONGEST_ANSWER]
    return failure


def _class_of(status: int, content_type: str, body: bytes) -> ErpError | None:
    if status == OK and not content_type.startswith("text/html"):
        return None
    if content_type.startswith("application/json") and (told := _told(body)) is not None:
        return _failure_told(status, told)
    what = f"HTTP {status} {content_type}"
    # A maintenance page, a login page with status 200, a redirection to one, or no licence left.
    is_page_of_server = status == _UNAVAILABLE or status < _BAD_REQUEST or status in _NOT_LET_IN
    if is_page_of_server or _NO_LICENCE.encode() in body:
        return ChannelError(what)
    if status >= _SERVER_FAULT:
        return UnknownOutcomeError(what)
    return TransientError(what) if status == _TOO_MANY else SchemaError(what)


def _told(body: bytes) -> _Error | None:
    try:
        return msgspec.json.decode(body, type=_ErrorBody).error
    except (msgspec.DecodeError, RecursionError):
        return None


def _failure_told(status: int, told: _Error) -> ErpError:
    message = f"HTTP {status} {told.code}: {told.message[:300]}"
    after_s = None if told.after_ms is None else max(0.0, told.after_ms / 1000)
    if told.code in {"maintenance", "tenant_mismatch"} or status in _NOT_LET_IN:
        return ChannelError(message, code=told.code, after_s=after_s)
    if told.retry:
        return TransientError(message, code=told.code, after_s=after_s)
    return SchemaError(message, code=told.code)
