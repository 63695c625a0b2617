"""POST, PATCH, PUT and DELETE of objects, posting and unposting."""

import datetime as dt
from uuid import uuid4

import asyncpg
from msgspec import Struct

from erp_peer.commands.dispatch import audit
from erp_peer.commands.orders import new_number
from erp_peer.odata import papers
from erp_peer.odata.address import read_key
from erp_peer.odata.bodies import Given, read_body
from erp_peer.odata.columns import columns
from erp_peer.odata.edm import EntitySet, FunctionName
from erp_peer.odata.errors import Code, ODataError, label_differs
from erp_peer.odata.options import Choice, Form
from erp_peer.odata.reading import Base, read_one
from erp_peer.odata.tokens import SyntaxFaultError, cut
from erp_peer.store.db import column
from erp_peer.store.rows import upsert
from erp_peer.store.wire import show
from erp_peer.store.writing import Write, flush, writing

_NOT_UNIQUE = "Значение поля не уникально"


def read_ref(owner: EntitySet, inside: str) -> str:
    """The reference of a key.

    Raises:
        ODataError: it is no key of an object.
    """
    literal = read_key(inside, owner.keys).get("Ref_Key", "")
    try:
        constant = cut(literal)[0].constant
    except SyntaxFaultError as error:
        raise ODataError(Code.CANNOT_PARSE, str(error)) from error
    if constant is None or not isinstance(constant.value, str):
        raise ODataError(Code.CANNOT_PARSE, f"Неверный ключ: {inside}")
    return constant.value


class Change(Struct, frozen=True):
    """A writing call on a set: on which base, when, under which label, and whether it is a load."""

    base: Base
    owner: EntitySet
    now: dt.datetime
    if_match: str
    is_load: bool
    form: Form

    async def create(self, given: Given) -> tuple[str, str]:
        """Create an object; returns its reference and its text.

        Raises:
            ODataError: it exists, or may not be written so.
        """
        self._must_be_writable()
        sent = given.values.get("Ref_Key")
        ref = sent if isinstance(sent, str) else str(uuid4())
        async with writing(self.base.pool, self.base.ib, self.now) as write:
            if await self._label(write, ref) is not None:
                raise ODataError(Code.ALREADY_EXISTS, f"Объект с ключом {ref} уже существует")
            await self._put(write, ref, given, is_new=True)
            text = await self._end(write, "create", ref)
        await flush(self.base.pool)
        return ref, text

    async def update(self, ref: str, body: bytes, media_type: str, *, whole: bool) -> str:
        """Change an object, or with `whole` replace it; returns its text.

        Raises:
            ODataError: there is none, it changed meanwhile, or it may not be written so.
        """
        self._must_be_writable()
        given = read_body(self.owner, body, media_type)
        async with writing(self.base.pool, self.base.ib, self.now) as write:
            await self._check(write, ref)
            if not whole:
                given = await self._merged(write, ref, given)
            await self._put(write, ref, given, is_new=False)
            text = await self._end(write, "replace" if whole else "update", ref)
        await flush(self.base.pool)
        return text

    async def remove(self, ref: str) -> None:
        """Remove an object for good, with all it holds.

        Raises:
            ODataError: there is none, or it changed meanwhile.
        """
        self._must_be_writable()
        async with writing(self.base.pool, self.base.ib, self.now) as write:
            await self._check(write, ref)
            if self.owner.is_document:
                await papers.release(write, ref)
            await write.conn.execute(f"DELETE FROM peer.{self.owner.stream} WHERE ib = $1 AND ref = $2", write.ib, ref)
            write.touch(self.owner.stream, ref)
            await audit(write, "odata.delete", self.owner.stream, ref, "")
        await flush(self.base.pool)

    async def post(self, ref: str, name: FunctionName) -> None:
        """Post or unpost a document.

        Raises:
            ODataError: it is none, or a rule stands in the way.
        """
        if not self.owner.is_document:
            raise ODataError(Code.NO_METHOD, f"Метод {name} не найден")
        async with writing(self.base.pool, self.base.ib, self.now) as write:
            await self._check(write, ref)
            given = await self._merged(write, ref, Given({}, {}))
            await papers.repost(write, ref, given, post=name is FunctionName.POST)
            await audit(write, f"odata.{name.lower()}", self.owner.stream, ref, "")
        await flush(self.base.pool)

    def _must_be_writable(self) -> None:
        owner = self.owner
        if owner.stream:
            return
        if owner.keys == ("Ref_Key", "LineNumber"):
            raise ODataError(Code.ROWS_ALONE, "Непосредственное создание строк табличных частей не поддерживается")
        raise ODataError(Code.NOT_SUPPORTED, f"Запись в {owner.name} не поддерживается")

    async def _label(self, write: Write, ref: str) -> str | None:
        found = await show(write.conn, self.base.style, write.ib, self.owner.stream, [ref])
        return found[ref].label if ref in found else None

    async def _check(self, write: Write, ref: str) -> None:
        """The object must be there, and still be what the caller knows."""
        label = await self._label(write, ref)
        if label is None:
            raise ODataError(Code.NO_INSTANCE, "Экземпляр сущности не найден")
        if self.if_match and self.if_match.removeprefix("W/").strip('"') not in {label, "*"}:
            raise label_differs()

    async def _merged(self, write: Write, ref: str, given: Given) -> Given:
        """The object as it stands with what was sent laid over it."""
        text = await self._text(write, ref, Form.BARE)
        before = read_body(self.owner, text.encode(), "application/json")
        return Given(before.values | given.values, before.sections | given.sections)

    async def _put(self, write: Write, ref: str, given: Given, *, is_new: bool) -> None:
        """Write an object through its handlers, or past them when it is a load."""
        if not self.is_load and self.owner.is_document:
            await papers.put_order(write, ref, given)
        elif not self.is_load and self.owner.stream == "transport":
            await papers.put_vehicle(write, ref, given)
        else:
            found = columns(self.owner, given, whole=True)
            if is_new and found.get("number") == "" and self.owner.is_document:
                found["number"] = await new_number(write)
            try:
                await upsert(write, self.owner.stream, ref, found)
            except asyncpg.UniqueViolationError as error:
                raise papers.refusal(_NOT_UNIQUE) from error
        if self.is_load:
            write.forget()

    async def _end(self, write: Write, verb: str, ref: str) -> str:
        shown = f"SELECT coalesce(to_json(t)->>'number', '') FROM peer.{self.owner.stream} AS t"
        sql = f"{shown} WHERE ib = $1 AND ref = $2"
        number = (await column(write.conn, str, sql, write.ib, ref))[0]
        await audit(write, f"odata.{verb}", self.owner.stream, ref, number)
        return await self._text(write, ref, self.form)

    async def _text(self, write: Write, ref: str, form: Form) -> str:
        key = f"guid'{ref}'"
        return await read_one(write.conn, self.base, self.owner, key, choice=Choice(), form=form)
