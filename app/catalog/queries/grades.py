"""A grade's own words, standards and packages; no right is looked at, the caller asks about offers."""

from collections.abc import Mapping, Sequence
from typing import Final, TypedDict, cast
from uuid import UUID

from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.kernel.errors import NotFoundError

_GRADE: Final = """
    SELECT g.text_ru, g.text_kk, g.text_en,
        coalesce(l.name_ru, '') AS line_ru, coalesce(l.name_kk, '') AS line_kk, coalesce(l.name_en, '') AS line_en,
        coalesce(n.name_ru, '') AS plant_ru, coalesce(n.name_kk, '') AS plant_kk, coalesce(n.name_en, '') AS plant_en,
        ARRAY (SELECT s.code FROM standards s WHERE s.tenant_id = $1 AND s.id = ANY (g.standards)
               AND s.deleted_at IS NULL ORDER BY s.code) AS standards
    FROM grades g
    LEFT JOIN product_lines l ON l.tenant_id = $1 AND l.id = g.line_id
    LEFT JOIN plants n ON n.tenant_id = $1 AND n.id = g.plant_id
    WHERE g.tenant_id = $1 AND g.id = $2
"""
_SIBLINGS: Final = """
    SELECT id FROM products WHERE tenant_id = $1 AND grade_id = $2 AND deleted_at IS NULL
    ORDER BY is_bulk, net_kg, sku
"""
_STANDARDS: Final = "SELECT id, code FROM standards WHERE tenant_id = $1 AND id = ANY ($2::uuid[])"


class GradeText(Struct, frozen=True):
    """What is told about a grade, by language."""

    texts: Mapping[str, str]
    line: Mapping[str, str]
    plant: Mapping[str, str]
    standards: Sequence[str]


class _GradeRow(TypedDict):
    text_ru: str
    text_kk: str
    text_en: str
    line_ru: str
    line_kk: str
    line_en: str
    plant_ru: str
    plant_kk: str
    plant_en: str
    standards: list[str]


class _CodeRow(TypedDict):
    id: UUID
    code: str


async def read_grade(transaction: Transaction, grade_id: UUID) -> GradeText:
    """Read a grade.

    Raises:
        NotFoundError: the ERP has not told it yet.
    """
    found = await transaction.driver.fetchrow(_GRADE, transaction.tenant_id, grade_id)
    if found is None:
        raise NotFoundError
    row = cast("_GradeRow", cast("object", found))
    return GradeText(
        {"ru": row["text_ru"], "kk": row["text_kk"], "en": row["text_en"]},
        {"ru": row["line_ru"], "kk": row["line_kk"], "en": row["line_en"]},
        {"ru": row["plant_ru"], "kk": row["plant_kk"], "en": row["plant_en"]},
        row["standards"],
    )


async def read_siblings(transaction: Transaction, grade_id: UUID) -> Sequence[UUID]:
    """List the packages of a grade, packaged before bulk, light before heavy."""
    rows = await transaction.driver.fetch(_SIBLINGS, transaction.tenant_id, grade_id)
    return [cast("UUID", row["id"]) for row in rows]


async def read_standards(transaction: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Name standards by id."""
    rows = await transaction.driver.fetch(_STANDARDS, transaction.tenant_id, list(ids))
    return {row["id"]: row["code"] for row in cast("Sequence[_CodeRow]", cast("object", rows))}
