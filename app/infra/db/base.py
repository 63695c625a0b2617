"""The declarative base and the column kinds the rooms share."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Money = Annotated[Decimal, mapped_column(sa.Numeric(18, 2))]
UnitPrice = Annotated[Decimal, mapped_column(sa.Numeric(18, 4))]
Quantity = Annotated[Decimal, mapped_column(sa.Numeric(18, 3))]
Percent = Annotated[Decimal, mapped_column(sa.Numeric(5, 2))]
Tenant = Annotated[int, mapped_column(sa.Integer, primary_key=True)]
Key = Annotated[UUID, mapped_column(pg.UUID(as_uuid=True), primary_key=True)]


class Base(DeclarativeBase):
    """Tables of the portal; the migrations, not this, create them."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a class attribute of this exact shape
        UUID: pg.UUID(as_uuid=True),
        str: sa.Text,
        datetime: sa.DateTime(timezone=True),
        date: sa.Date,
        list[UUID]: pg.ARRAY(pg.UUID(as_uuid=True)),
        list[str]: pg.ARRAY(sa.Text),
        dict[str, str]: pg.JSONB,
    }


class Synced:
    """Columns of a row that the ERP masters (ERP-EXCHANGE 4.5)."""

    src_version: Mapped[int] = mapped_column(sa.BigInteger)  # batch * 2**20 + index: our order, never theirs
    src_label: Mapped[str]  # equality only
    synced_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    deleted_at: Mapped[datetime | None]
