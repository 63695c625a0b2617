"""Answers and failures in the shapes of docs/erp-surface-h.md."""

import logging
from typing import TypeVar

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.status_codes import (
    HTTP_400_BAD_REQUEST,
    HTTP_401_UNAUTHORIZED,
    HTTP_404_NOT_FOUND,
    HTTP_405_METHOD_NOT_ALLOWED,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_500_INTERNAL_SERVER_ERROR,
    HTTP_503_SERVICE_UNAVAILABLE,
)

_LOG = logging.getLogger("erp_peer")
T = TypeVar("T")
AnyRequest = Request[object, object, State]

JSON = "application/json;charset=utf-8"
HTML = "text/html; charset=utf-8"
_RETRY_LOCK_MS = 800
_CODES = {
    HTTP_400_BAD_REQUEST: "bad_request",
    HTTP_404_NOT_FOUND: "not_found",
    HTTP_405_METHOD_NOT_ALLOWED: "method_forbidden",
    HTTP_413_REQUEST_ENTITY_TOO_LARGE: "too_large",
}
LOGIN_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>1С:Предприятие</title></head>'
    "<body><h1>401</h1><p>Идентификация пользователя не выполнена</p></body></html>"
)


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """The inside of an error answer; `id` stands only beside `id_reuse`."""

    code: str
    retry: bool
    after_ms: int | None
    message: str
    id: str = ""


class PeerError(Exception):
    """A failure with its place in the table of errors."""

    def __init__(
        self, status: int, code: str, message: str, command_id: str = "", *, after_ms: int | None = None
    ) -> None:
        """Name status, code and a message for people; ``after_ms``: the same may well work then."""
        super().__init__(message)
        self.status = status
        self.body = ErrorBody(code, retry=after_ms is not None, after_ms=after_ms, message=message, id=command_id)


def to_json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """A JSON answer."""
    return Response(msgspec.json.encode(value), status_code=status, media_type=JSON, headers=headers)


def error_json(status: int, body: ErrorBody) -> Response[bytes]:
    """An error answer."""
    return to_json({"error": body}, status)


def decode(body: bytes, shape: type[T]) -> T:
    """Read a request body.

    Raises:
        PeerError: 400 naming the field.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PeerError(HTTP_400_BAD_REQUEST, "bad_request", str(error)) from error


def on_peer_error(_: AnyRequest, error: PeerError) -> Response[bytes]:
    """Answer a known failure."""
    return error_json(error.status, error.body)


def on_http_error(_: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer what the framework refused."""
    if error.status_code == HTTP_401_UNAUTHORIZED:
        challenge = {"WWW-Authenticate": 'Basic realm="1C:Enterprise", charset="UTF-8"'}
        return Response(LOGIN_PAGE.encode(), status_code=401, media_type="text/html", headers=challenge)
    code = _CODES.get(error.status_code, "bad_request")
    text = f"{error.detail} {error.extra or ''}".strip()
    return error_json(error.status_code, ErrorBody(code, retry=False, after_ms=None, message=text))


def on_lock_error(_: AnyRequest, error: asyncpg.PostgresError) -> Response[bytes]:
    """Answer a lock wait, a deadlock or a lost database: nothing was written."""
    body = ErrorBody("lock_conflict", retry=True, after_ms=_RETRY_LOCK_MS, message=f"Конфликт блокировок: {error}")
    return error_json(HTTP_503_SERVICE_UNAVAILABLE, body)


def on_any_error(_: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer a fault of our own, and leave its trace in the log."""
    _LOG.error("unexpected failure", exc_info=error)
    body = ErrorBody("internal", retry=True, after_ms=None, message=f"{type(error).__name__}: {error}")
    return error_json(HTTP_500_INTERNAL_SERVER_ERROR, body)
