"""The tenant's 1C:ERP: where it is, how to enter it, and whether it answers.

The network is never asked here: saving asks the worker to look, and the worker writes down what it found. The password
goes in and never comes out again; whoever changes the address or the user says it anew, so that nobody sends the one
that is kept somewhere else.
"""

from collections.abc import Sequence
from typing import Final, cast

from msgspec import Struct

from app.infra.sealing import Sealer
from app.kernel.errors import ChangedMeanwhileError, Problem, RejectedError
from app.settings.queries import infobase as queries
from app.settings.queries.infobase import InfobaseRow, Place, PlaceTakenError
from app.settings.rules.addresses import AddressError, is_listed, origin_of, read_base
from app.settings.schemas import InfobaseInput, InfobaseView, Surface, VerdictName
from app.settings.services.office import Office

PURPOSE: Final = "infobase"


class Servers(Struct, frozen=True):
    """What the operator set for all tenants: the usual server, the listed ones, and how secrets are sealed."""

    usual: str  # base address
    listed: Sequence[str]
    sealer: Sealer

    @property
    def every(self) -> Sequence[str]:
        """List the servers that may be called."""
        return [origin_of(self.usual), *self.listed]


def make_servers(erp_url: str, listed: Sequence[str], secret_key: str) -> Servers:
    """Take what the settings of the installation say."""
    return Servers(erp_url, listed, Sealer(secret_key, PURPOSE))


async def read_infobase(office: Office) -> InfobaseView:
    """Read where the tenant's infobase is, and what the last look found."""
    return _view(await queries.read_infobase(office.transaction))


async def change_infobase(office: Office, servers: Servers, wish: InfobaseInput, version: int) -> InfobaseView:
    """Name the tenant's own infobase, and ask the worker to look at it.

    Raises:
        ChangedMeanwhileError: somebody was faster.
        RejectedError: with every reason.
    """
    old = await queries.read_infobase(office.transaction)
    base, problems = _read_base(wish.base, servers)
    is_same = old.place is not None and (base, wish.infobase, wish.username) == _where(old.place)
    if not wish.secret and not is_same:
        problems.append(Problem("secret_anew", "secret"))
    is_usual = base != "" and origin_of(base) == origin_of(servers.usual)
    if is_usual and await queries.is_usual_of_another(office.transaction, wish.infobase):
        problems.append(Problem("infobase_taken", "infobase"))
    if problems:
        raise RejectedError(problems)
    kept = b"" if old.place is None else old.place.secret
    sealed = servers.sealer.seal(office.transaction.tenant_id, wish.secret) if wish.secret else kept
    place = (base, wish.infobase, wish.username, sealed)
    try:
        is_written = await queries.write_place(office.transaction, place, version)
    except PlaceTakenError:
        raise RejectedError([Problem("infobase_taken", "infobase")]) from None
    if not is_written:
        raise await _changed(office)
    now = await queries.read_infobase(office.transaction)
    await office.note("infobase.changed", _plain(old), _plain(now))
    return _view(now)


async def change_surface(office: Office, wish: Surface, version: int) -> InfobaseView:
    """Say over which interface of 1C the portal talks; the worker changes over within seconds.

    Raises:
        ChangedMeanwhileError: somebody was faster.
    """
    old = await queries.read_infobase(office.transaction)
    if not await queries.write_surface(office.transaction, wish, version):
        raise await _changed(office)
    now = await queries.read_infobase(office.transaction)
    await office.note("infobase.changed", _plain(old), _plain(now))
    return _view(now)


async def go_back(office: Office, version: int) -> InfobaseView:
    """Use the infobase the operator set again; what was named is forgotten.

    Raises:
        ChangedMeanwhileError: somebody was faster.
    """
    old = await queries.read_infobase(office.transaction)
    if not await queries.drop_place(office.transaction, version):
        raise await _changed(office)
    now = await queries.read_infobase(office.transaction)
    await office.note("infobase.changed", _plain(old), {**dict.fromkeys(_plain(old), ""), "surface": now.surface})
    return _view(now)


async def ask_for_a_look(office: Office) -> InfobaseView:
    """Ask the worker to look at the infobase again.

    Raises:
        RejectedError: the tenant uses the one the operator set, which the portal watches anyway.
    """
    if not await queries.ask_for_a_look(office.transaction):
        raise RejectedError([Problem("infobase_not_own", "")])
    return await read_infobase(office)


async def _changed(office: Office) -> ChangedMeanwhileError:
    return ChangedMeanwhileError((await queries.read_infobase(office.transaction)).version)


def _read_base(text: str, servers: Servers) -> tuple[str, list[Problem]]:
    try:
        base = read_base(text)
    except AddressError as error:
        return "", [Problem(error.code, "base")]
    if not is_listed(base, servers.every):
        return base, [Problem("address_not_listed", "base", {"server": origin_of(base)})]
    return base, []


def _where(place: Place) -> tuple[str, str, str]:
    return place.base, place.infobase, place.username


def _plain(row: InfobaseRow) -> dict[str, object]:
    if row.place is None:
        return {"base": "", "infobase": row.usual, "username": "", "secret": "", "surface": row.surface}
    base, infobase, username = _where(row.place)
    secret = row.place.secret.hex()
    return {"base": base, "infobase": infobase, "username": username, "secret": secret, "surface": row.surface}


def _view(row: InfobaseRow) -> InfobaseView:
    place = row.place
    if place is None:
        return InfobaseView(
            is_own=False,
            base="",
            infobase=row.usual,
            username="",
            verdict="",
            said="",
            checked_at=None,
            surface=row.surface,
            surface_used=row.surface_used,
            version=row.version,
        )
    verdict = "pending" if place.is_waiting else place.verdict
    return InfobaseView(
        is_own=True,
        base=place.base,
        infobase=place.infobase,
        username=place.username,
        verdict=cast("VerdictName", verdict),
        said=place.said,
        checked_at=place.checked_at,
        surface=row.surface,
        surface_used=row.surface_used,
        version=row.version,
    )
