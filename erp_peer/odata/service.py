"""One call of the standard interface: its path is walked step by step, and what it ends at answers."""

import datetime as dt
from urllib.parse import quote

import asyncpg
from msgspec import Struct

from erp_peer.odata import exchange
from erp_peer.odata.address import ARGUMENTS, Segment, read_arguments, read_path, read_query
from erp_peer.odata.answers import PLAIN, XML, Reply, Teller
from erp_peer.odata.bodies import read_body
from erp_peer.odata.changing import Change, read_ref
from erp_peer.odata.edm import Edm, EntitySet, FunctionName, Part
from erp_peer.odata.errors import Code, ODataError, no_property
from erp_peer.odata.metadata import metadata, service_document
from erp_peer.odata.model import PLAN, find_set
from erp_peer.odata.options import Choice, Form, read_form, read_options
from erp_peer.odata.reading import Base, count, read_one, read_page
from erp_peer.odata.virtual import read_virtual
from erp_peer.streams.spec import ZERO_LINK

_READS = ("GET",)
_CREATED, _GONE = 201, 204
_LOCKED = (
    "Конфликт блокировок при выполнении транзакции: Превышено максимальное время ожидания предоставления блокировки"
)


class Call(Struct, frozen=True):
    """A request as it came; `path` and `query` are still encoded."""

    method: str
    root: str
    path: str
    query: str
    accept: str
    now: dt.datetime
    body: bytes = b""
    media_type: str = ""
    if_match: str = ""
    load_mode: str = ""


async def answer(base: Base, call: Call) -> Reply:
    """Answer a call; failures are answers too."""
    try:
        form = read_form(read_query(call.query), call.accept)
    except ODataError as error:
        is_json = "json" in call.query or "json" in call.accept
        return Teller(Form.MINIMAL if is_json else Form.ATOM, call.root, call.now).error(error)
    teller = Teller(form, call.root, call.now)
    try:
        return await _Walk(base, call, teller).answer()
    except ODataError as error:
        return teller.error(error)
    except (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError, asyncpg.SerializationError):
        return teller.error(ODataError(Code.INTERNAL, _LOCKED))
    except asyncpg.DataError as error:
        # A number too large for its column, or a letter the database cannot hold.
        return teller.error(ODataError(Code.BAD_OPTION, f"Недопустимое значение: {error}"))


class _Walk:
    """The way of one call."""

    def __init__(self, base: Base, call: Call, teller: Teller) -> None:
        self._base = base
        self._call = call
        self._teller = teller
        self._query = read_query(call.query)

    async def answer(self) -> Reply:
        """Begin with the first step of the path."""
        steps = read_path(self._call.path)
        if not steps:
            return self._teller.service(service_document(self._call.root))
        first, *rest = steps
        if first.name == "$metadata":
            return Reply(metadata(), XML)
        if first.name == "$batch":
            raise ODataError(Code.NOT_SUPPORTED, "Пакетные запросы не поддерживаются")
        if first.name in {"SelectChanges", "NotifyChangesReceived"}:
            return await self._exchange(first.name)
        owner = find_set(first.name)
        if self._call.method not in _READS:
            return await self._change(owner, first.inside, rest)
        if first.inside is None:
            return await self._of_set(owner, rest)
        return await self._of_object(owner, first.inside, rest)

    async def _exchange(self, name: str) -> Reply:
        """A method of the exchange; `$top`, `$select` and `$filter` are ignored, as on a real base."""
        if self._call.method != "POST":
            raise ODataError(Code.METHOD_FORBIDDEN, f"Метод {self._call.method} не разрешён")
        if name == "SelectChanges":
            found = await exchange.select_changes(self._base, self._query, self._teller.form)
            return self._teller.mixed(found, name)
        await exchange.notify_received(self._base, self._query)
        return Reply(b"", PLAIN)

    async def _create(self, change: Change) -> Reply:
        call, owner = self._call, change.owner
        given = read_body(owner, call.body, call.media_type)
        if owner.name == PLAN:
            sent = given.values.get("Ref_Key")
            code = str(given.values.get("Code", ""))
            ref = await exchange.create_node(self._base, code, sent if isinstance(sent, str) else None)
            text = await self._read(owner, f"guid'{ref}'", Choice())
        else:
            ref, text = await change.create(given)
        return self._teller.one(owner, text, _CREATED, f"{call.root}/{quote(owner.name)}(guid'{ref}')")

    async def _change(self, owner: EntitySet, inside: str | None, rest: list[Segment]) -> Reply:
        """A writing call: on a set, on an object, or a method of an object."""
        call = self._call
        change = Change(self._base, owner, call.now, call.if_match, self._is_load(), self._teller.form)
        if inside is None and not rest and call.method == "POST":
            return await self._create(change)
        if inside is None or len(rest) > 1:
            raise ODataError(Code.METHOD_FORBIDDEN, f"Метод {call.method} не разрешён")
        if rest:
            return await self._method(change, read_ref(owner, inside), rest[0].name)
        return await self._change_one(change, read_ref(owner, inside))

    async def _change_one(self, change: Change, ref: str) -> Reply:
        call = self._call
        if call.method == "DELETE":
            await change.remove(ref)
            return Reply(b"", PLAIN, _GONE)
        if call.method not in {"PATCH", "PUT"}:
            raise ODataError(Code.METHOD_FORBIDDEN, f"Метод {call.method} не разрешён")
        text = await change.update(ref, call.body, call.media_type, whole=call.method == "PUT")
        return self._teller.one(change.owner, text)

    async def _method(self, change: Change, ref: str, name: str) -> Reply:
        if self._call.method != "POST":
            raise ODataError(Code.METHOD_FORBIDDEN, f"Метод {self._call.method} не разрешён")
        if name not in {FunctionName.POST, FunctionName.UNPOST}:
            raise ODataError(Code.NO_METHOD, f"Метод {name} не найден")
        mode = self._query.get("PostingModeOperational", "false")
        if mode not in {"true", "false"}:
            raise ODataError(Code.CANNOT_PARSE, f"PostingModeOperational: ожидается true или false, получено {mode}")
        await change.post(ref, FunctionName(name))
        return Reply(b"", PLAIN)

    def _is_load(self) -> bool:
        text = self._call.load_mode.lower()
        if text not in {"", "true", "false"}:
            raise ODataError(Code.LOAD_MODE, f"Режим загрузки не поддерживается: {text}")
        return text == "true"

    async def _of_set(self, owner: EntitySet, rest: list[Segment]) -> Reply:
        if not rest:
            page = await read_page(self._base, owner, read_options(self._query, owner), self._teller.form)
            return self._teller.page(owner, page)
        if len(rest) > 1:
            raise ODataError(Code.BAD_URL, "Адрес не найден")
        if rest[0].name == "$count":
            found = await count(
                self._base,
                owner,
                self._query.get("$filter", ""),
                allowed_only=self._query.get("allowedOnly", "") == "true",
            )
            return Reply(str(found).encode(), PLAIN)
        arguments = {name: text for name, text in self._query.items() if name in ARGUMENTS}
        arguments |= read_arguments(rest[0].inside or "")
        page, rows = await read_virtual(
            self._base, owner, rest[0].name, arguments, query=self._query, form=self._teller.form
        )
        return self._teller.page(rows, page)

    async def _of_object(self, owner: EntitySet, inside: str, rest: list[Segment]) -> Reply:
        if not rest:
            choice = read_options(self._query, owner).choice
            return self._teller.one(owner, await self._read(owner, inside, choice))
        step, *further = rest
        part = owner.part(step.name)
        if part is not None and not further:
            return await self._section(owner, part, inside)
        found = next((link for link in owner.links if link.link == step.name), None)
        if found is None:
            raise no_property(step.name, owner.name)
        choice = Choice(names=frozenset({found.name}))
        row = await self._read(owner, inside, choice, Form.BARE)
        ref = row.partition('":"')[2][: len(ZERO_LINK)]
        if ref == ZERO_LINK:
            raise ODataError(Code.NO_INSTANCE, "Экземпляр сущности не найден")
        return await self._of_object(find_set(found.target), f"guid'{ref}'", further)

    async def _read(self, owner: EntitySet, inside: str, choice: Choice, form: Form | None = None) -> str:
        async with self._base.pool.acquire() as conn:
            shown = form or self._teller.form
            return await read_one(conn, self._base, owner, inside, choice=choice, form=shown)

    async def _section(self, owner: EntitySet, part: Part, inside: str) -> Reply:
        """Rows of one object's section."""
        await self._read(owner, inside, Choice(names=frozenset(owner.keys)))
        key = f"Ref_Key eq {inside.removeprefix('Ref_Key=')}"
        rows = find_set(part.type_name)
        if rows.find("Ref_Key") is None or rows.properties[0].type is not Edm.GUID:
            raise ODataError(Code.NOT_SUPPORTED, "Записи регистратора читаются вместе с ним")
        condition = self._query.get("$filter", "")
        query = self._query | {"$filter": f"{key} and ({condition})" if condition else key}
        page = await read_page(self._base, rows, read_options(query, rows), self._teller.form)
        return self._teller.page(rows, page)
