"""What queries of this room join, and which column stands for which dimension of a rule.

Names of warehouses and assortments belong to the catalogue above; only their names are read, by SQL.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import sqlalchemy as sa

from app.access.decisions import Column
from app.partners.models import Agreement, ConsigneeAddress, Contract, Partner

_NAMES: Final = ("name_ru", "name_kk", "name_en")


def named(table: str) -> sa.TableClause:
    """A table of the catalogue, as far as its names."""
    columns = [sa.column("tenant_id", sa.Integer), sa.column("id", sa.Uuid), *(sa.column(n, sa.Text) for n in _NAMES)]
    return sa.table(table, *columns)


WAREHOUSES: Final = named("warehouses")
SEGMENTS: Final = named("segments")


def names_of(table: sa.TableClause) -> sa.ColumnElement[dict[str, str]]:
    """The names of a row by language, empty where it is unknown."""
    pairs = [part for name in _NAMES for part in (name[-2:], sa.func.coalesce(table.c[name], ""))]
    return sa.func.jsonb_build_object(*pairs)


def is_running(paper: type[Contract] | type[Agreement], today: date) -> sa.ColumnElement[bool]:
    """Whether a contract or an agreement by itself is in force on this day (R15)."""
    return sa.and_(
        paper.status == "live",
        paper.deleted_at.is_(None),
        sa.func.coalesce(paper.valid_from, today) <= today,
        sa.func.coalesce(paper.valid_to, today) >= today,
    )


def contract_columns(today: date) -> Mapping[str, Column]:
    """For rules about contracts; a contract's region is its client's."""
    return {
        "reg": Partner.region_id,
        "org": Contract.partner_id,
        "ctr": Contract.id,
        "live": is_running(Contract, today),
    }


def agreement_columns(today: date) -> Mapping[str, Column]:
    """For rules about agreements; one that delivers anywhere belongs to its client's region."""
    return {
        "reg": sa.func.coalesce(Agreement.region_id, Partner.region_id),
        "org": Agreement.partner_id,
        "ctr": Agreement.contract_id,
        "agr": Agreement.id,
        "live": sa.and_(is_running(Agreement, today), is_running(Contract, today)),
    }


CONSIGNEE_COLUMNS: Final[Mapping[str, Column]] = {"reg": Partner.region_id, "org": ConsigneeAddress.partner_id}
ORGANISATION_COLUMNS: Final[Mapping[str, Column]] = {"reg": Partner.region_id, "org": Partner.id}
