"""Answers that faults give instead of the work, in the words of the web server, the service or the interface."""

import datetime as dt

import msgspec
from litestar.types import Send
from litestar.types.asgi_types import HTTPResponseStartEvent
from msgspec import Struct

from erp_peer.faults.shapes import BodyKind
from erp_peer.http.answers import HTML, JSON, LOGIN_PAGE

_ATOM = "application/atom+xml;type=entry;charset=utf-8"
_ATOM_ERROR = (
    '<m:error xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    '<m:code>-1</m:code><m:message xml:lang="ru">{}</m:message></m:error>'
)
INTERFACE = "/odata/standard.odata"
_ORDERED = "Отказ по заказу теста"
_RETRY_MS = 800
LOCKED = (
    "Конфликт блокировок при выполнении транзакции: Превышено максимальное время ожидания предоставления блокировки"
)
DEADLOCKED = "Конфликт блокировок при выполнении транзакции: Взаимоблокировка"


class Refusal(Struct, frozen=True):
    """An answer as it goes out."""

    status: int
    kind: str
    body: str

    async def send(self, send: Send) -> None:
        """Send it."""
        body = self.body.encode()
        headers = [(b"content-type", self.kind.encode()), (b"content-length", str(len(body)).encode())]
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": self.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _page(title: str, text: str) -> str:
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return f"<!DOCTYPE html><html>{head}<body><h1>{text}</h1></body></html>"


def _service_error(code: str, message: str, after_ms: int | None) -> str:
    inside = {"code": code, "retry": True, "after_ms": after_ms, "message": message}
    return msgspec.json.encode({"error": inside}).decode()


def _interface_error(message: str) -> str:
    return msgspec.json.encode({"odata.error": {"code": "-1", "message": {"lang": "ru", "value": message}}}).decode()


def injected(path: str, status: int, body: BodyKind) -> Refusal:
    """A failure as it was ordered."""
    match body:
        case "json":
            is_interface = INTERFACE in path
            text = _interface_error(_ORDERED) if is_interface else _service_error("injected", _ORDERED, None)
            return Refusal(status, JSON, text)
        case "atom":
            return Refusal(status, _ATOM, _ATOM_ERROR.format(_ORDERED))
        case "html":
            return Refusal(status, HTML, _page("Ошибка", "Сервер временно недоступен"))
        case "empty":
            return Refusal(status, "text/plain", "")


def login_page() -> Refusal:
    """The web server's own login: a page, and a status that says all is well."""
    return Refusal(200, HTML, LOGIN_PAGE)


def lock_failed(path: str, accept: str, message: str) -> Refusal:
    """A transaction that was rolled back for a lock."""
    if INTERFACE not in path:
        return Refusal(503, JSON, _service_error("lock_conflict", message, _RETRY_MS))
    if "json" in accept:
        return Refusal(500, JSON, _interface_error(message))
    return Refusal(500, _ATOM, _ATOM_ERROR.format(message))


def maintenance(path: str, mode: str, left: dt.timedelta | None) -> Refusal:
    """Before the standard interface it is the web server that speaks, whatever the window looks like to ours."""
    if mode == "html" or INTERFACE in path:
        return Refusal(503, HTML, _page("Регламентные работы", "Сервер временно недоступен"))
    after_ms = int(left.total_seconds() * 1000) if left else None
    return Refusal(503, JSON, _service_error("maintenance", "Регламентные работы", after_ms))


def no_licence() -> Refusal:
    """Every session is taken."""
    return Refusal(500, HTML, _page("Ошибка", "Не обнаружено свободной лицензии"))


def no_session() -> Refusal:
    """The cookie names no session."""
    return Refusal(400, HTML, _page("Ошибка", "Сеанс работы завершен или не был начат"))
