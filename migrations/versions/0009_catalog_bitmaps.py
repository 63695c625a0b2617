"""Bitmaps and search words that follow the catalogue by themselves (CATALOGUE, sections 2 and 4).

One UPDATE per bitmap and statement: the changed products are put into a mask, the bits inside it are replaced
by what the rows say now. ``SET LOCAL karavan.bulk = 'on'`` switches the triggers off for a load, which must end
with ``catalog_rebuild``; ``catalog_audit`` compares every bitmap with the rows and must find nothing.

Group 0 of ``facet_bits`` holds the products that may be shown at all; 2 plant, 3 kind, 4 line, 5 standard,
6 viscosity, 7 package. Group 1 is the contract: it comes from agreements, at the time of the question.
"""

from collections.abc import Mapping
from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

_SQL = Path(__file__).parents[1] / "sql" / "catalog"
_WORDS = {
    "letters": "abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщъыьэюяёәғқңөұүһі",
    "code_from": "авекмнорстухәёқңөұүһғі-.",
    "code_to": "abekmhopctyxaekhoyyxгi",
    "word_from": "ёәғқңөұүһі",
    "word_to": "еагкноуухи",
}
_PAIRS = (
    {
        "bits": "segment_bits",
        "key": "segment_id",
        "rows": "segment_items",
        "counts": "i.product_id IS NOT NULL",
        "differs": "false",
    },
    {
        "bits": "price_list_bits",
        "key": "price_list_id",
        "rows": "prices",
        "counts": "i.amount > 0 AND i.valid_from <= today AND coalesce(i.valid_to, today) >= today",
        "differs": "(n.amount > 0, n.valid_from, n.valid_to) IS DISTINCT FROM (o.amount > 0, o.valid_from, o.valid_to)",
    },
)
_FOLLOWED = {
    "products": "catalog_products_changed",
    "grades": "catalog_grades_changed",
    "segment_items": "catalog_segment_items_changed",
    "prices": "catalog_prices_changed",
}
_NAMED = ("plants", "product_lines", "standards")


def upgrade() -> None:
    """Apply the step."""
    op.execute("CREATE INDEX segment_items_product ON segment_items (tenant_id, product_id)")
    op.execute('CREATE INDEX products_sku_order ON products (tenant_id, (sku COLLATE "C"), id)')
    for column in ("label_ru", "label_kk", "label_en"):  # empty where the wording of the portal names the value
        op.execute(f"ALTER TABLE facet_values ADD COLUMN {column} text NOT NULL DEFAULT ''")
    _run("words", _WORDS)
    for pair in _PAIRS:
        _run("pairs", pair)
    for name in ("expected", "values", "refresh", "tokens", "rebuild", "audit", "products", "grades"):
        _run(name, {})
    _follow()
    _close()


def _run(name: str, words: Mapping[str, str]) -> None:
    text = (_SQL / f"{name}.sql").read_text(encoding="utf-8")
    for key, value in words.items():
        text = text.replace(f":{key}", value)
    # One statement ends with a semicolon and an empty line; no function body has both.
    for statement in text.split(";\n\n"):
        op.get_bind().exec_driver_sql(statement)


def _follow() -> None:
    for event, rows, changed in (
        ("INSERT", "NEW TABLE AS new_rows", "NEW TABLE AS changed"),
        ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows", "NEW TABLE AS changed"),
        ("DELETE", "OLD TABLE AS old_rows", "OLD TABLE AS changed"),
    ):
        for table, function in _FOLLOWED.items():
            _trigger(table, event, rows, function)
        for table in _NAMED:
            _trigger(table, event, changed, "catalog_names_changed")


def _trigger(table: str, event: str, rows: str, function: str) -> None:
    op.execute(f"""
        CREATE TRIGGER {table}_catalog_{event.lower()} AFTER {event} ON {table}
        REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()
    """)


def _close() -> None:
    """Housekeeping is for the worker and the staff; a client has no business with it, harmless as it is."""
    op.execute("""
        DO $$
        DECLARE
            one regprocedure;
        BEGIN
            FOR one IN SELECT oid::regprocedure FROM pg_proc
                       WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'catalog_') LOOP
                EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one);
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO karavan_staff', one);
            END LOOP;
        END $$
    """)
