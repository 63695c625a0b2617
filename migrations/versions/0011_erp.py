"""The exchange: hostile text made harmless in SQL, progress of a load, and a wake-up for whoever sends.

``products.fill_*`` keeps the name of the package apart from the full name, so that renaming a grade can
rename its products without asking the ERP again; ``packages`` does the same for what a truck takes of them.
"""

from alembic import op

from migrations.walls import protect

revision = "0011"
down_revision = "0010"

# Tabs, line ends and the two Unicode line separators become blanks; the rest of this list disappears:
# other controls, and marks that turn the direction of a text or hide in it.
_BLANKS = (0x09, 0x0A, 0x0D, 0x2028, 0x2029)
_CONTROLS = tuple(code for code in (*range(1, 32), *range(127, 160)) if code not in _BLANKS)
_MARKS = (0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)


def _literal(codes: tuple[int, ...]) -> str:
    return "U&'" + "".join(f"\\{code:04X}" for code in codes) + "'"


def upgrade() -> None:
    """Apply the step."""
    _texts("erp_text", blanks=_BLANKS, removed=_CONTROLS + _MARKS)
    kept_lines = tuple(code for code in _BLANKS if code != 0x0A)  # noqa: PLR2004 - the line feed
    _texts("erp_lines", blanks=kept_lines, removed=_CONTROLS + _MARKS)
    for column in ("fill_ru", "fill_kk", "fill_en"):
        op.execute(f"ALTER TABLE products ADD COLUMN {column} text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE products ADD COLUMN package_id uuid")
    op.execute("""
        CREATE TABLE packages (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            per_truck int NOT NULL DEFAULT 0, compartments_l numeric(12,3)[] NOT NULL DEFAULT '{}',
            src_version bigint NOT NULL, src_label text NOT NULL,
            synced_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("packages", client="")
    op.execute("""
        ALTER TABLE erp_streams
            ADD COLUMN total_count bigint,          -- rows the ERP announced for the load under way
            ADD COLUMN mapping text NOT NULL DEFAULT ''  -- fingerprint of the mapping the rows went through
    """)
    _wake()
    _statistics()
    # Rows from the ERP are staged in temporary tables.
    op.execute("""
        DO $$ BEGIN
            EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO karavan_staff', current_database());
        END $$
    """)


def _texts(name: str, *, blanks: tuple[int, ...], removed: tuple[int, ...]) -> None:
    """Make a function that normalises a text, strips what must not be in it and bounds its length.

    Nearly every text is clean already, and looking for a stranger costs a fiftieth of replacing seventy of them.
    """
    strangers = f"{_literal(blanks)} || {_literal(removed)}"
    op.execute(f"""
        CREATE FUNCTION {name}(value text, longest int) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
            SELECT btrim(left(
                CASE WHEN known.value ~ ('[' || {strangers} || ']')
                    THEN translate(known.value, {strangers}, '{" " * len(blanks)}') ELSE known.value END, longest))
            FROM (SELECT CASE WHEN value IS NFC NORMALIZED THEN value ELSE normalize(value, NFC) END) AS known (value)
        $$
    """)


def _statistics() -> None:
    """Let a load tell the planner what it has just written: the next stream joins with it a moment later.

    Runs with the owner's rights because nobody else may analyse a table; it reads nothing out.
    """
    op.execute("""
        CREATE FUNCTION erp_analyze(wanted text) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DECLARE known regclass;
        BEGIN
            SELECT c.oid INTO known FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = wanted;
            IF known IS NOT NULL THEN
                EXECUTE format('ANALYZE %s', known);
            END IF;
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION erp_analyze(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION erp_analyze(text) TO karavan_staff")


def _wake() -> None:
    """Tell the worker that an intent was committed; it also looks by itself every half second."""
    op.execute("""
        CREATE FUNCTION wake_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('karavan_outbox', tenant_id::text || ':' || lane)
            FROM (SELECT DISTINCT tenant_id, lane FROM added) woken;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER outbox_wake AFTER INSERT ON outbox
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION wake_outbox()
    """)
