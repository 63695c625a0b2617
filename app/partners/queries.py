"""Lists of the room: complete under the reader's rights, ordered, counted, a page at a time."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Generic, TypeVar, cast
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from app.access.decisions import Decision
from app.infra.db.transaction import Transaction
from app.partners import tables
from app.partners.models import Agreement, ConsigneeAddress, Contract, Counterparty, Manager, Partner, Region
from app.partners.schemas import AgreementView, ConsigneeView, ContractView, OrganisationView, RegionView

V = TypeVar("V", bound=Struct)
_Query = sa.Select[*tuple[object, ...]]
_Parts = tuple[sa.ColumnElement[bool], ...]


class Place(Struct, frozen=True):
    """Where a page begins: after the row with these sort values, or at the beginning."""

    limit: int
    after: tuple[str, UUID] | None = None


class Slice(Struct, Generic[V], frozen=True):
    """Some rows of a list and how many there are; ``next`` is the place after the last row, None at the end."""

    rows: list[V]
    total: int
    next: tuple[str, UUID] | None


class ContractFilter(Struct, frozen=True):
    """What a reader asks for; None and "" ask for everything."""

    id: UUID | None = None
    partner_id: UUID | None = None
    is_live: bool | None = None
    text: str = ""  # part of a number or of an organisation's name


async def read_contracts(
    transaction: Transaction, decision: Decision, today: date, wanted: ContractFilter, place: Place
) -> Slice[ContractView]:
    """List contracts by number. ``decision`` is contract:view."""
    running = tables.is_running(Contract, today)
    agreements = (
        sa.select(sa.func.count())
        .where(
            _same(transaction, Agreement, Contract.id, Agreement.contract_id),
            running,
            tables.is_running(Agreement, today),
        )
        .scalar_subquery()
    )
    query = (
        _select(
            *_columns(Contract, ContractView),
            Partner.name.label("partner"),
            Partner.region_id,
            sa.func.coalesce(Counterparty.name, "").label("counterparty"),
            sa.func.coalesce(Counterparty.tax_id, "").label("tax_id"),
            running.label("is_live"),
            agreements.label("live_agreements"),
        )
        .select_from(Contract)
        .join(Partner, _same(transaction, Partner, Partner.id, Contract.partner_id))
        .outerjoin(Counterparty, _same(transaction, Counterparty, Counterparty.id, Contract.counterparty_id))
        .where(Contract.tenant_id == transaction.tenant_id, Contract.deleted_at.is_(None))
        .where(decision.sql(tables.contract_columns(today)), *_contract_filter(wanted, running))
    )
    return await _slice(transaction, query, (Contract.number, Contract.id), place, ContractView, "number")


async def is_contract(transaction: Transaction, decision: Decision, today: date, contract_id: UUID) -> bool:
    """Whether there is such a contract within ``decision``, which is contract:view."""
    query = (
        sa.select(Contract.id)
        .join(Partner, _same(transaction, Partner, Partner.id, Contract.partner_id))
        .where(Contract.tenant_id == transaction.tenant_id, Contract.id == contract_id, Contract.deleted_at.is_(None))
        .where(decision.sql(tables.contract_columns(today)))
    )
    return await transaction.session.scalar(query) is not None


async def read_agreements(
    transaction: Transaction,
    decision: Decision,
    today: date,
    place: Place,
    *,
    agreement_id: UUID | None = None,
    contract_id: UUID | None = None,
) -> Slice[AgreementView]:
    """List agreements by number. ``decision`` is agreement:view; discounts are not yet hidden."""
    live = sa.and_(tables.is_running(Agreement, today), tables.is_running(Contract, today))
    query = (
        _select(
            *_columns(Agreement, AgreementView),
            Contract.number.label("contract"),
            Contract.currency,
            Partner.name.label("partner"),
            sa.func.coalesce(Agreement.region_id, Partner.region_id).label("rule_region_id"),
            tables.names_of(tables.WAREHOUSES).label("warehouse"),
            tables.names_of(tables.SEGMENTS).label("assortment"),
            live.label("is_live"),
        )
        .select_from(Agreement)
        .join(Contract, _same(transaction, Contract, Contract.id, Agreement.contract_id))
        .join(Partner, _same(transaction, Partner, Partner.id, Agreement.partner_id))
        .outerjoin(tables.WAREHOUSES, _named(tables.WAREHOUSES, transaction, Agreement.warehouse_id))
        .outerjoin(tables.SEGMENTS, _named(tables.SEGMENTS, transaction, Agreement.segment_id))
        .where(Agreement.tenant_id == transaction.tenant_id, Agreement.deleted_at.is_(None))
        .where(Contract.deleted_at.is_(None), decision.sql(tables.agreement_columns(today)))
        .where(*_equal((Agreement.id, agreement_id), (Agreement.contract_id, contract_id)))
    )
    return await _slice(transaction, query, (Agreement.number, Agreement.id), place, AgreementView, "number")


async def read_consignees(
    transaction: Transaction,
    decision: Decision,
    place: Place,
    *,
    address_id: UUID | None = None,
    partner_id: UUID | None = None,
) -> Slice[ConsigneeView]:
    """List delivery addresses by their text. ``decision`` is consignee:view."""
    query = (
        _select(
            *_columns(ConsigneeAddress, ConsigneeView),
            Partner.name.label("partner"),
            sa.func.coalesce(Counterparty.name, "").label("consignee"),
            sa.func.coalesce(Counterparty.tax_id, "").label("tax_id"),
        )
        .select_from(ConsigneeAddress)
        .join(Partner, _same(transaction, Partner, Partner.id, ConsigneeAddress.partner_id))
        .outerjoin(Counterparty, _same(transaction, Counterparty, Counterparty.id, ConsigneeAddress.counterparty_id))
        .where(ConsigneeAddress.tenant_id == transaction.tenant_id, ConsigneeAddress.deleted_at.is_(None))
        .where(decision.sql(tables.CONSIGNEE_COLUMNS))
        .where(*_equal((ConsigneeAddress.id, address_id), (ConsigneeAddress.partner_id, partner_id)))
    )
    order = (ConsigneeAddress.text, ConsigneeAddress.id)
    return await _slice(transaction, query, order, place, ConsigneeView, "text")


async def read_organisations(
    transaction: Transaction, decision: Decision, place: Place, organisation_id: UUID | None = None
) -> Slice[OrganisationView]:
    """List organisations by name. ``decision`` is organisation:view."""
    pairs = ("id", Counterparty.id), ("name", Counterparty.name), ("tax_id", Counterparty.tax_id)
    entity = sa.func.jsonb_build_object(
        *(part for pair in (*pairs, ("country", Counterparty.country)) for part in pair)
    )
    entities = (
        sa.select(sa.func.coalesce(sa.func.jsonb_agg(entity), sa.text("'[]'::jsonb")))
        .where(_same(transaction, Counterparty, Partner.id, Counterparty.partner_id), Counterparty.deleted_at.is_(None))
        .scalar_subquery()
    )
    manager = sa.case(
        (Manager.id.is_(None), None),
        else_=sa.func.jsonb_build_object("name", Manager.name, "email", Manager.email, "phone", Manager.phone),
    )
    query = (
        _select(*_columns(Partner, OrganisationView), manager.label("manager"), entities.label("counterparties"))
        .select_from(Partner)
        .outerjoin(
            Manager, sa.and_(_same(transaction, Manager, Manager.id, Partner.manager_id), Manager.deleted_at.is_(None))
        )
        .where(Partner.tenant_id == transaction.tenant_id, Partner.deleted_at.is_(None))
        .where(decision.sql(tables.ORGANISATION_COLUMNS), *_equal((Partner.id, organisation_id)))
    )
    return await _slice(transaction, query, (Partner.name, Partner.id), place, OrganisationView, "name")


async def read_regions(
    transaction: Transaction, decision: Decision, place: Place, region_id: UUID | None = None
) -> Slice[RegionView]:
    """List regions by country. ``decision`` is region:view."""
    names = sa.func.jsonb_build_object("ru", Region.name_ru, "kk", Region.name_kk, "en", Region.name_en)
    query = (
        _select(*_columns(Region, RegionView), names.label("name"))
        .select_from(Region)
        .where(Region.tenant_id == transaction.tenant_id, Region.deleted_at.is_(None))
        .where(decision.sql({"reg": Region.id}), *_equal((Region.id, region_id)))
    )
    return await _slice(transaction, query, (Region.country, Region.id), place, RegionView, "country")


async def read_feed_age(transaction: Transaction) -> sa.RowMapping | None:
    """Read when the ERP last answered and since when it does not."""
    rows = await transaction.connection.execute(_FRESHNESS, {"tenant": transaction.tenant_id})
    return rows.mappings().first()


_FRESHNESS: Final = sa.text("SELECT feed_at, away_since FROM erp_freshness WHERE tenant_id = :tenant")


async def _slice(
    transaction: Transaction,
    query: _Query,
    order: tuple[sa.SQLColumnExpression[str], sa.SQLColumnExpression[UUID]],
    place: Place,
    kind: type[V],
    sorted_by: str,
) -> Slice[V]:
    total = await transaction.connection.scalar(query.with_only_columns(sa.func.count(), maintain_column_froms=True))
    if place.after is not None:
        query = query.where(sa.tuple_(*order) > sa.tuple_(*(sa.literal(value) for value in place.after)))
    found = (await transaction.connection.execute(query.order_by(*order).limit(place.limit + 1))).mappings().all()
    rows = [msgspec.convert(dict(cast("Mapping[str, object]", row)), kind) for row in found[: place.limit]]
    last = found[place.limit - 1] if len(found) > place.limit else None
    after = None if last is None else (str(cast("object", last[sorted_by])), cast("UUID", last["id"]))
    return Slice(rows=rows, total=total or 0, next=after)


def _select(*columns: sa.SQLColumnExpression[object]) -> _Query:
    return cast("_Query", sa.select(*columns))


def _columns(model: type, view: type[Struct]) -> list[sa.SQLColumnExpression[object]]:
    """The columns of the table that the view names; joins give the rest."""
    table = cast("sa.Table", sa.inspect(model).local_table)
    return [table.c[name] for name in view.__struct_fields__ if name in table.c]


def _same(
    transaction: Transaction,
    model: type[Partner | Counterparty | Contract | Agreement | Manager],
    one: sa.SQLColumnExpression[UUID],
    other: sa.SQLColumnExpression[UUID] | sa.SQLColumnExpression[UUID | None],
) -> sa.ColumnElement[bool]:
    """Join on the id within the tenant."""
    return sa.and_(model.tenant_id == transaction.tenant_id, one == other)


def _named(
    table: sa.TableClause, transaction: Transaction, reference: sa.SQLColumnExpression[UUID]
) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.tenant_id == transaction.tenant_id, table.c.id == reference)


def _equal(*pairs: tuple[sa.SQLColumnExpression[UUID], UUID | None]) -> _Parts:
    return tuple(column == value for column, value in pairs if value is not None)


def _contract_filter(wanted: ContractFilter, running: sa.ColumnElement[bool]) -> Sequence[sa.ColumnElement[bool]]:
    parts = [*_equal((Contract.id, wanted.id), (Contract.partner_id, wanted.partner_id))]
    if wanted.is_live is not None:
        parts.append(running if wanted.is_live else sa.not_(running))
    if wanted.text:
        parts.append(
            sa.or_(
                Contract.number.icontains(wanted.text, autoescape=True),
                Partner.name.icontains(wanted.text, autoescape=True),
            )
        )
    return parts
