"""Settings as JSON (CONTRACT, section 3): the same verbs as the pages, under the same right."""

from typing import Annotated, Final, TypeVar

from litestar import Response, delete, get, post, put
from litestar.controller import Controller
from litestar.params import HeaderParameter

from app.access.actors import Actor
from app.access.tenants import Tenants
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection
from app.infra.http.etags import etag, read_if_match
from app.settings.schemas import (
    BrandInput,
    BrandView,
    CalendarInput,
    CalendarView,
    InfobaseInput,
    InfobaseView,
    LogoInput,
    MoneyInput,
    MoneyView,
    SurfaceInput,
    TimeInput,
    TimeView,
)
from app.settings.services import brand, hours, infobase, money
from app.settings.services.infobase import Servers
from app.settings.services.office import Office

_ADMIN: Final = {"permission": "tenant:admin"}
_TAGS: Final = ("settings",)
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="The version that is changed")]


class BrandApi(Controller):
    """Names, colour and logo."""

    path = "/api/v1/settings/brand"
    opt = _ADMIN
    tags = _TAGS

    @get()
    async def read(self, actor: Actor, transaction: Transaction) -> Response[BrandView]:
        """Read the brand, with what its colour becomes in both themes."""
        return _told(await brand.read_brand(Office(transaction, actor)))

    @put()
    async def change(
        self, actor: Actor, transaction: Transaction, tenants: Tenants, data: BrandInput, if_match: IfMatch = None
    ) -> Response[BrandView]:
        """Change names and colour; a colour that is hard to read is used darker or lighter, as ``fits`` tells."""
        version = read_if_match(if_match)
        found = await brand.change_brand(Office(transaction, actor), data, version)
        tenants.forget()
        return _told(found)

    @put("/logo")
    async def change_logo(
        self, actor: Actor, transaction: Transaction, tenants: Tenants, data: LogoInput, if_match: IfMatch = None
    ) -> Response[BrandView]:
        """Put a logo, or take it away; If-Match names the version of the brand."""
        office, version = Office(transaction, actor), read_if_match(if_match)
        if data.png:
            found = await brand.change_logo(office, brand.read_base64(data.png), version)
        else:
            found = await brand.remove_logo(office, version)
        tenants.forget()
        return _told(found)


class MoneyApi(Controller):
    """Currencies."""

    path = "/api/v1/settings/money"
    opt = _ADMIN
    tags = _TAGS

    @get()
    async def read(self, actor: Actor, transaction: Transaction) -> Response[MoneyView]:
        """Read which currencies are traded, and how each is rounded and shown."""
        return _told(await money.read_money(Office(transaction, actor)))

    @put()
    async def change(
        self, actor: Actor, transaction: Transaction, tenants: Tenants, data: MoneyInput, if_match: IfMatch = None
    ) -> Response[MoneyView]:
        """Change which currencies are traded; one that contracts in force are in cannot be left out."""
        version = read_if_match(if_match)
        found = await money.change_money(Office(transaction, actor), data, version)
        tenants.forget()
        return _told(found)


class TimeApi(Controller):
    """The zone of the business day."""

    path = "/api/v1/settings/time"
    opt = _ADMIN
    tags = _TAGS

    @get()
    async def read(self, actor: Actor, transaction: Transaction) -> Response[TimeView]:
        """Read the time zone."""
        return _told(await hours.read_time(Office(transaction, actor)))

    @put()
    async def change(
        self, actor: Actor, transaction: Transaction, tenants: Tenants, data: TimeInput, if_match: IfMatch = None
    ) -> Response[TimeView]:
        """Change the time zone."""
        version = read_if_match(if_match)
        found = await hours.change_time(Office(transaction, actor), data, version)
        tenants.forget()
        return _told(found)


class CalendarsApi(Controller):
    """Working calendars."""

    path = "/api/v1/settings/calendars"
    opt = _ADMIN
    tags = _TAGS

    @get()
    async def every(self, actor: Actor, transaction: Transaction) -> Collection[CalendarView]:
        """List the calendars of all countries; version 0 is the one the portal ships."""
        found = await hours.read_calendars(Office(transaction, actor))
        return Collection([hours.calendar_view(one) for one in found], None, len(found))

    @get("/{country:str}")
    async def read(self, country: str, actor: Actor, transaction: Transaction) -> Response[CalendarView]:
        """Read one country's calendar."""
        return _told(hours.calendar_view(await hours.find_calendar(Office(transaction, actor), country)))

    @put("/{country:str}")
    async def change(
        self,
        country: str,
        actor: Actor,
        transaction: Transaction,
        data: CalendarInput,
        if_match: IfMatch = None,
    ) -> Response[CalendarView]:
        """Replace one country's calendar, whole."""
        office, version = Office(transaction, actor), read_if_match(if_match)
        await hours.find_calendar(office, country)
        wanted = hours.calendar_of(country, data)
        return _told(hours.calendar_view(await hours.change_calendar(office, wanted, version)))


class InfobaseApi(Controller):
    """Where the tenant's 1C:ERP is."""

    path = "/api/v1/settings/infobase"
    opt = _ADMIN
    tags = _TAGS

    @get()
    async def read(self, actor: Actor, transaction: Transaction) -> Response[InfobaseView]:
        """Read where it is and what the last look found; the password is never told."""
        return _told(await infobase.read_infobase(Office(transaction, actor)))

    @put()
    async def change(
        self, actor: Actor, transaction: Transaction, servers: Servers, data: InfobaseInput, if_match: IfMatch = None
    ) -> Response[InfobaseView]:
        """Name the tenant's own infobase; the worker looks at once, and the verdict follows within seconds."""
        version = read_if_match(if_match)
        return _told(await infobase.change_infobase(Office(transaction, actor), servers, data, version))

    @put("/surface")
    async def change_surface(
        self, actor: Actor, transaction: Transaction, data: SurfaceInput, if_match: IfMatch = None
    ) -> Response[InfobaseView]:
        """Say over which interface of 1C the portal talks; everything is read anew after a change."""
        office = Office(transaction, actor)
        return _told(await infobase.change_surface(office, data.surface, read_if_match(if_match)))

    @delete(status_code=200)
    async def go_back(self, actor: Actor, transaction: Transaction, if_match: IfMatch = None) -> Response[InfobaseView]:
        """Use the infobase the operator set again."""
        return _told(await infobase.go_back(Office(transaction, actor), read_if_match(if_match)))

    @post("/look", status_code=202)
    async def look(self, actor: Actor, transaction: Transaction) -> Response[InfobaseView]:
        """Ask for another look; poll until ``verdict`` is no longer pending."""
        return _told(await infobase.ask_for_a_look(Office(transaction, actor)), 202)


V = TypeVar("V", BrandView, MoneyView, TimeView, CalendarView, InfobaseView)


def _told(found: V, status: int = 200) -> Response[V]:
    return Response(found, status_code=status, headers={"ETag": etag(found.version)})


API: Final = [BrandApi, MoneyApi, TimeApi, CalendarsApi, InfobaseApi]
