"""Failures become answers here and nowhere else: a status, a stable code, every problem."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from asyncpg import InterfaceError
from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException
from msgspec import Struct
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.infra.db.sqlstates import sqlstate_of
from app.infra.http.routes import write_allow
from app.kernel import errors
from app.kernel.errors import KaravanError, Problem

_STATUS: Final[Mapping[type[KaravanError], int]] = {
    errors.RejectedError: 422,
    errors.InvalidInputError: 400,
    errors.NotSignedInError: 401,
    errors.NotAllowedError: 403,
    errors.NotFoundError: 404,
    errors.ChangedMeanwhileError: 412,
    errors.BusyError: 409,
    errors.KeyReusedError: 422,
    errors.TooManyRequestsError: 429,
    errors.UnavailableError: 503,
}
_OURS: Final = 500  # from here on the fault is the portal's
_HTTP_CODES: Final[Mapping[int, str]] = {
    400: "malformed_request",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    413: "too_large",
    415: "unsupported_media_type",
}
# SQLSTATE, whole or class, -> status and code (RELIABILITY F15-F20).
_SQL: Final[Mapping[str, tuple[int, str]]] = {
    "53100": (503, "storage_full"),
    "53": (503, "unavailable"),
    "55P03": (409, "busy"),
    "40001": (409, "busy"),
    "40P01": (409, "busy"),
    "57014": (503, "too_slow"),
    "57": (503, "unavailable"),
    "08": (503, "unavailable"),
    "22021": (400, "text_forbidden_character"),
    "22P05": (400, "text_forbidden_character"),
}


class EdgeError(KaravanError):
    """Refused by the edge itself, before any room saw it."""

    def __init__(self, status: int, code: str) -> None:
        """Name the status and the code."""
        super().__init__(code)
        self.status = status


class Failure(Struct, frozen=True):
    """What went wrong, as it will be told."""

    status: int
    code: str
    params: Mapping[str, str] = {}
    problems: tuple[Problem, ...] = ()
    headers: Mapping[str, str] = {}


def status_of(error: KaravanError) -> int:
    """Tell the status of a failure: the same whether it is told as a document, a page or a form that comes back."""
    return _own(error).status


def describe(error: BaseException) -> Failure:
    """Tell what an exception means to whoever sent the request."""
    if isinstance(error, KaravanError):
        return _own(error)
    if isinstance(error, HTTPException):
        return _framework(error)
    if isinstance(error, TimeoutError | PoolTimeoutError):
        return Failure(503, "too_slow")
    if (state := sqlstate_of(error)) is not None:
        status, code = _SQL.get(state) or _SQL.get(state[:2]) or (500, "internal")
        return Failure(status, code)
    if isinstance(error, OSError | InterfaceError) or getattr(error, "connection_invalidated", False):
        return Failure(503, "unavailable")
    return Failure(500, "internal")


def _own(error: KaravanError) -> Failure:
    if isinstance(error, EdgeError):
        return Failure(error.status, error.code)
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    headers: dict[str, str] = {}
    if isinstance(error, errors.TooManyRequestsError):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, errors.ChangedMeanwhileError):
        headers["ETag"] = f'"{error.current}"'
    problems = error.problems if isinstance(error, errors.InvalidInputError) else ()
    return Failure(status, error.code, error.params, problems, headers)


def _framework(error: HTTPException) -> Failure:
    if isinstance(error, ValidationException):
        return Failure(400, "invalid_input", problems=tuple(_parameter_problems(error)))
    if isinstance(error, MethodNotAllowedException):
        return _wrong_method(str(dict(error.headers or {}).get("allow", "")))
    status = error.status_code
    code = _HTTP_CODES.get(status) or ("internal" if status >= _OURS else "malformed_request")
    return Failure(status, code)


def _wrong_method(taken: str) -> Failure:
    """Name the methods an address takes; the framework calls a WebSocket one of them."""
    names = {name.strip() for name in taken.split(",")}
    if names == {"websocket"}:
        return Failure(426, "upgrade_required", headers={"Upgrade": "websocket", "Connection": "Upgrade"})
    return Failure(405, "method_not_allowed", headers={"Allow": write_allow(names)})


def _parameter_problems(error: ValidationException) -> Iterator[Problem]:
    extra = cast("object", error.extra)
    faults = cast("list[object]", extra) if isinstance(extra, list) else []
    if not faults:
        yield Problem("malformed_request")
    for fault in faults:
        told = cast("Mapping[str, str]", fault if isinstance(fault, dict) else {})
        yield Problem("wrong_type", str(told.get("key", "")))
