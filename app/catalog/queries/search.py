"""Text search over names, SKUs and old SKUs: words as typed or begun, and only failing that, similar ones.

Comparisons by ``=``, ``<`` and ``>=`` keep the indexes in use under row-level security; LIKE and the trigram
operators would not (CATALOGUE, trap 1).
"""

from collections.abc import Sequence
from typing import Final, TypedDict, cast

from asyncpg import BitString

from app.catalog.rules.folding import prefix_end, trigrams
from app.catalog.schemas import Hits
from app.infra.db.transaction import Transaction

MAX_WORDS: Final = 8
SIMILAR_ENOUGH: Final = 0.45

_SEARCH: Final = """
WITH w AS MATERIALIZED (SELECT * FROM unnest($2::int[], $3::text[], $4::text[]) AS w (n, first, beyond)),
    near AS MATERIALIZED (
        -- Sideways, so that each word is a range of the index whatever the planner expects of it.
        SELECT w.n, found.block, found.bits FROM w CROSS JOIN LATERAL (
            SELECT t.block, bit_or(t.bits) AS bits FROM search_tokens t
            WHERE t.tenant_id = $1 AND t.token >= w.first AND t.token < w.beyond AND bit_count(t.bits) > 0
            GROUP BY 1) AS found),
    shared AS MATERIALIZED (
        SELECT q.n, s.token_id, count(*) AS common FROM unnest($5::int[], $6::text[]) AS q (n, gram)
        JOIN search_grams s ON s.tenant_id = $1 AND s.gram = q.gram
        WHERE NOT EXISTS (SELECT FROM near WHERE near.n = q.n) GROUP BY 1, 2),
    far AS MATERIALIZED (
        SELECT s.n, t.block, bit_or(t.bits) AS bits
        FROM shared s JOIN unnest($2::int[], $7::int[]) AS size (n, grams) ON size.n = s.n
        JOIN search_tokens t ON t.tenant_id = $1 AND t.id = s.token_id
        WHERE s.common >= $8::float8 * (t.grams + size.grams - s.common) GROUP BY 1, 2),
    hit AS (SELECT n, block, bits, false AS is_similar FROM near UNION ALL SELECT n, block, bits, true FROM far)
SELECT block, bit_and(bits) AS bits, bool_or(is_similar) AS is_similar
FROM hit GROUP BY block HAVING count(*) = (SELECT count(*) FROM w)
"""


class _HitRow(TypedDict):
    block: int
    bits: BitString
    is_similar: bool


async def search(transaction: Transaction, words: Sequence[str]) -> Hits:
    """Find the products that have every word; ``words`` are folded (``rules.folding.words_of``)."""
    asked = list(words[:MAX_WORDS])
    numbers = list(range(len(asked)))
    grams = [(number, gram) for number in numbers for gram in trigrams(asked[number])]
    rows = await transaction.driver.fetch(
        _SEARCH,
        transaction.tenant_id,
        numbers,
        asked,
        [prefix_end(word) for word in asked],
        [number for number, _ in grams],
        [gram for _, gram in grams],
        [len(trigrams(word)) for word in asked],
        SIMILAR_ENOUGH,
    )
    found = cast("Sequence[_HitRow]", cast("object", rows))
    return Hits(
        blocks=[row["block"] for row in found],
        bits=[row["bits"] for row in found],
        is_similar=any(row["is_similar"] for row in found),
    )
