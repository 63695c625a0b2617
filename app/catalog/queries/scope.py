"""Turns a decision about offers into masks of products, agreement by agreement (CATALOGUE, section 3).

A rule may limit agreements (region, client, contract, agreement), products (line, product) or both. What limits
agreements becomes a condition on their rows; what limits products becomes a mask that joins only where the
rule's agreement condition holds, so counts are exact for every mixture of allows and denies.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Conjunction, Decision, MissingColumnError
from app.access.terms import ANY
from app.catalog.queries.terms import OFFER_COLUMNS, Params

_AGREEMENT: tuple[str, ...] = ("reg", "org", "ctr", "agr")
_LINE_GROUP = 4


class Scope(Struct, frozen=True):
    """Pieces of SQL; names in them: a agreement, sb segment bits, and ag the row of ``columns``.

    ``where`` narrows agreements, ``columns`` are computed per agreement (they begin with a comma), ``keys`` name
    them for GROUP BY, ``tables`` are CTEs that ``joins`` use, ``mask`` is what to AND to the product bits.
    """

    where: str
    columns: str = ""
    keys: str = ""
    tables: str = ""
    joins: str = ""
    mask: str = ""


def is_about_products(decision: Decision) -> bool:
    """Whether a rule singles out product lines or products."""
    return any(_limits_products(one) for one in (*decision.allow, *decision.deny))


def scope_of(decision: Decision, params: Params) -> Scope:
    """Split a decision; parameters are added to ``params`` in the order the text uses them."""
    if decision.is_empty:
        return Scope(where=f"{decision.mark}false")
    if not is_about_products(decision):
        return Scope(where=params.allow(decision))
    return _Split(decision, params).scope()


def _limits_products(one: Conjunction) -> bool:
    return one.lin is not None or one.prd is not None


class _Split:
    """The general case: some rules speak of products."""

    def __init__(self, decision: Decision, params: Params) -> None:
        self._params = params
        self._mark = decision.mark
        self._columns: list[str] = []
        self._lines: list[tuple[int, UUID]] = []
        self._products: list[tuple[int, UUID]] = []
        self._limits: list[tuple[int, bool, bool]] = []
        self._allow = [one for one in decision.allow if not _limits_products(one)]
        self._allow_some = [one for one in decision.allow if _limits_products(one)]
        self._deny = [one for one in decision.deny if not _limits_products(one)]
        self._deny_some = [one for one in decision.deny if _limits_products(one)]

    def scope(self) -> Scope:
        allowed = self._any(self._allow)
        denied = self._any(self._deny)
        whole = self._column(allowed)
        some = [self._limited(one) for one in self._allow_some]
        bans = [self._limited(one) for one in self._deny_some]
        reach = " OR ".join([allowed, *(self._agreements(one) for one in self._allow_some)])
        mask = f"(CASE WHEN ag.{whole} THEN ~nothing.bits ELSE nothing.bits END"
        mask += "".join(f" | {one}" for one in some) + ")"
        mask += "".join(f" & ~{one}" for one in bans)
        names = ", ".join(f"x{place}" for place in range(len(self._columns)))
        return Scope(
            where=f"{self._mark}(({reach}) AND ({denied}) IS NOT TRUE)",
            columns="".join(f", ({text}) IS TRUE AS x{place}" for place, text in enumerate(self._columns)),
            keys=f", {names}",
            tables=self._tables(),
            joins=" CROSS JOIN nothing"
            + "".join(
                f" LEFT JOIN limits p{number} ON p{number}.n = {number} AND p{number}.block = sb.block"
                for number, _, _ in self._limits
            ),
            mask=f" & {mask}",
        )

    def _any(self, many: Sequence[Conjunction]) -> str:
        return " OR ".join(self._agreements(one) for one in many) if many else "false"

    def _agreements(self, one: Conjunction) -> str:
        if one.aut != ANY:
            message = "an offer has no author: the rule cannot be about offers"
            raise MissingColumnError(message)
        parts = [
            f"{OFFER_COLUMNS[dimension]} = ANY ({self._params.add(list(ids))}::uuid[])"
            for dimension in _AGREEMENT
            if (ids := one.ids(dimension)) is not None
        ]
        return "(" + " AND ".join(parts or ["true"]) + ")"

    def _column(self, text: str) -> str:
        self._columns.append(text)
        return f"x{len(self._columns) - 1}"

    def _limited(self, one: Conjunction) -> str:
        """The products of one rule, for the agreements it speaks of."""
        number = len(self._limits)
        self._limits.append((number, one.lin is not None, one.prd is not None))
        self._lines += [(number, line) for line in one.lin or ()]
        self._products += [(number, product) for product in one.prd or ()]
        column = self._column(self._agreements(one))
        return f"CASE WHEN ag.{column} THEN coalesce(p{number}.bits, nothing.bits) ELSE nothing.bits END"

    def _tables(self) -> str:
        add = self._params.add
        line_rules, lines = [number for number, _ in self._lines], [str(line) for _, line in self._lines]
        product_rules, products = [number for number, _ in self._products], [one for _, one in self._products]
        both = [number for number, has_lines, has_products in self._limits if has_lines and has_products]
        return f"""
    nothing AS MATERIALIZED (SELECT repeat('0', 16384)::bit varying AS bits),
    limits AS MATERIALIZED (
        SELECT n, block, CASE WHEN n <> ALL ({add(both)}::int[]) THEN bit_or(bits)
                              WHEN count(*) = 2 THEN bit_and(bits) END AS bits
        FROM (
            SELECT w.n, f.block, bit_or(f.bits) AS bits
            FROM unnest({add(line_rules)}::int[], {add(lines)}::text[]) AS w (n, key)
            JOIN facet_values v ON v.tenant_id = $1 AND v.grp = {_LINE_GROUP} AND v.key = w.key
            JOIN facet_bits f ON f.tenant_id = $1 AND f.grp = v.grp AND f.val = v.val
            GROUP BY 1, 2
            UNION ALL
            SELECT w.n, p.pos / 16384, bit_or(set_bit(nothing.bits, p.pos % 16384, 1))
            FROM unnest({add(product_rules)}::int[], {add(products)}::uuid[]) AS w (n, id)
            JOIN products p ON p.tenant_id = $1 AND p.id = w.id, nothing
            GROUP BY 1, 2) AS parts
        GROUP BY 1, 2),"""
