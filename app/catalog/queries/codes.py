"""Products by what a person wrote as their code: the SKU, an old SKU, either typed in another alphabet.

A whole SKU is one search word, so a folded code is found by equality; the word's bits lead back to products by
their ordinals. Comparing arrays or bits of rows instead would read the whole table under row-level security.
"""

from collections.abc import Sequence
from typing import Final, TypedDict, cast
from uuid import UUID

from asyncpg import BitString
from msgspec import Struct

from app.catalog.queries.masks import BLOCK, cut_blocks, positions
from app.catalog.queries.search import SIMILAR_ENOUGH
from app.catalog.rules.folding import trigrams
from app.infra.db.transaction import Transaction

_BY_SKU: Final = "SELECT id, sku, old_skus FROM products WHERE tenant_id = $1 AND sku = ANY ($2::text[])"
_BY_POS: Final = "SELECT id, sku, old_skus FROM products WHERE tenant_id = $1 AND pos = ANY ($2::int[])"
_BY_CODE: Final = """
    SELECT block, bit_or(bits) AS bits FROM search_tokens
    WHERE tenant_id = $1 AND token = ANY ($2::text[]) GROUP BY block
"""
# The few likeliest words of each code, within what the reader may order.
_SIMILAR: Final = """
WITH q AS MATERIALIZED (SELECT * FROM unnest($2::int[], $3::text[]) AS q (n, gram)),
    size AS MATERIALIZED (SELECT n, count(*) AS grams FROM q GROUP BY 1),
    shared AS MATERIALIZED (
        SELECT q.n, s.token_id, count(*) AS common
        FROM q JOIN search_grams s ON s.tenant_id = $1 AND s.gram = q.gram GROUP BY 1, 2),
    visible AS MATERIALIZED (SELECT * FROM unnest($4::int[], $5::varbit[]) AS v (block, bits)),
    ranked AS (
        SELECT s.n, t.block, t.bits & v.bits AS bits, row_number() OVER (
            PARTITION BY s.n ORDER BY s.common::float / (t.grams + size.grams - s.common) DESC, t.id) AS place
        FROM shared s JOIN size USING (n)
        JOIN search_tokens t ON t.tenant_id = $1 AND t.id = s.token_id
        JOIN visible v ON v.block = t.block
        WHERE s.common >= $6::float8 * (t.grams + size.grams - s.common) AND bit_count(t.bits & v.bits) > 0)
SELECT block, bit_or(bits) AS bits FROM ranked WHERE place <= 3 GROUP BY block
"""


class Coded(Struct, frozen=True):
    """A product and the codes it has had."""

    id: UUID
    sku: str
    old_skus: Sequence[str]


class _CodedRow(TypedDict):
    id: UUID
    sku: str
    old_skus: list[str]


class _MaskRow(TypedDict):
    block: int
    bits: BitString


async def find_by_sku(transaction: Transaction, texts: Sequence[str]) -> list[Coded]:
    """Find products by exact SKU; one statement."""
    return _coded(await transaction.driver.fetch(_BY_SKU, transaction.tenant_id, list(texts)))


async def find_by_code(transaction: Transaction, codes: Sequence[str]) -> list[Coded]:
    """Find products by folded SKU or old SKU (``rules.folding.code_of``); two statements."""
    rows = await transaction.driver.fetch(_BY_CODE, transaction.tenant_id, list(codes))
    return await _at(transaction, cast("Sequence[_MaskRow]", cast("object", rows)))


async def find_similar(transaction: Transaction, codes: Sequence[str], mask: bytes) -> list[Coded]:
    """Find a few products of ``mask`` with a code like one of these; two statements."""
    grams = [(number, gram) for number, code in enumerate(codes) for gram in trigrams(code)]
    blocks = cut_blocks(mask)
    rows = await transaction.driver.fetch(
        _SIMILAR,
        transaction.tenant_id,
        [number for number, _ in grams],
        [gram for _, gram in grams],
        list(range(len(blocks))),
        blocks,
        SIMILAR_ENOUGH,
    )
    return await _at(transaction, cast("Sequence[_MaskRow]", cast("object", rows)))


async def _at(transaction: Transaction, rows: Sequence[_MaskRow]) -> list[Coded]:
    places = [row["block"] * BLOCK + place for row in rows for place in positions(row["bits"].bytes)]
    if not places:
        return []
    return _coded(await transaction.driver.fetch(_BY_POS, transaction.tenant_id, places))


def _coded(rows: Sequence[object]) -> list[Coded]:
    typed = cast("Sequence[_CodedRow]", cast("object", rows))
    return [Coded(row["id"], row["sku"], row["old_skus"]) for row in typed]
