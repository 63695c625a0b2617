"""The catalogue: grades, products (what is sold: a grade in a package), prices, bitmaps and search.

Tables and measurements: CATALOGUE, sections 2-5. A page row is a product; an offer is agreement x product
and is never stored: an agreement points to a segment and a price list, and bitmaps say where both agree.
"""

from alembic import op

from migrations.walls import protect

revision = "0004"
down_revision = "0003"

SYNC = """
    src_version bigint NOT NULL, src_label text NOT NULL,
    synced_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz
"""
NAMES = "name_ru text NOT NULL, name_kk text NOT NULL, name_en text NOT NULL"


def upgrade() -> None:
    """Apply the step."""
    for table, more in (
        ("plants", "country text NOT NULL DEFAULT '',"),
        ("warehouses", "plant_id uuid, region_id uuid,"),
        ("product_lines", ""),
        ("segments", ""),
    ):
        op.execute(f"""
            CREATE TABLE {table} (
                tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, {NAMES}, {more}
                {SYNC}, PRIMARY KEY (tenant_id, id)
            )
        """)
        protect(table)
    op.execute(f"""
        CREATE TABLE standards (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            code text NOT NULL, body text NOT NULL DEFAULT '', valid_from date, valid_to date, superseded_by uuid,
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("standards")
    op.execute(f"""
        CREATE TABLE price_lists (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            name text NOT NULL, currency text NOT NULL, with_vat boolean NOT NULL DEFAULT false,
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("price_lists")
    op.execute(f"""
        CREATE TABLE grades (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            code text NOT NULL, {NAMES},
            text_ru text NOT NULL DEFAULT '', text_kk text NOT NULL DEFAULT '', text_en text NOT NULL DEFAULT '',
            line_id uuid, plant_id uuid, kind text NOT NULL DEFAULT '',
            viscosity text NOT NULL DEFAULT '',  -- e.g. 'SAE 5W-30', 'ISO VG 46', 'NLGI 2'
            standards uuid[] NOT NULL DEFAULT '{{}}',
            density numeric(6,4),  -- kg per litre at 15 C
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("grades")
    op.execute(f"""
        CREATE TABLE products (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            pos int NOT NULL,  -- dense ordinal of the bitmaps, given once, never used again
            grade_id uuid NOT NULL, sku text NOT NULL, old_skus text[] NOT NULL DEFAULT '{{}}',
            {NAMES},
            package text NOT NULL, volume_l numeric(12,3) NOT NULL DEFAULT 0,
            net_kg numeric(12,3) NOT NULL, gross_kg numeric(12,3) NOT NULL,
            pack_multiple numeric(12,3) NOT NULL DEFAULT 1 CHECK (pack_multiple > 0),
            per_layer int NOT NULL DEFAULT 0, per_pallet int NOT NULL DEFAULT 0,
            unit text NOT NULL DEFAULT 'piece' CHECK (unit IN ('piece', 't')),
            is_bulk boolean NOT NULL DEFAULT false, is_blocked boolean NOT NULL DEFAULT false,
            substitute_id uuid,
            sort_ru text COLLATE "C" NOT NULL GENERATED ALWAYS AS (sort_ru(name_ru)) STORED,
            sort_kk text COLLATE "C" NOT NULL GENERATED ALWAYS AS (sort_kk(name_kk)) STORED,
            sort_en text COLLATE "C" NOT NULL GENERATED ALWAYS AS (sort_kk(name_en)) STORED,
            {SYNC}, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, pos)
        )
    """)
    protect("products")
    op.execute("CREATE INDEX products_sku ON products (tenant_id, sku)")
    op.execute("CREATE INDEX products_grade ON products (tenant_id, grade_id)")
    for order in ("sort_ru", "sort_kk", "sort_en"):
        op.execute(f"CREATE INDEX products_{order} ON products (tenant_id, {order}, id)")
    op.execute("""
        CREATE TABLE segment_items (
            tenant_id int NOT NULL REFERENCES tenants, segment_id uuid NOT NULL, product_id uuid NOT NULL,
            src_version bigint NOT NULL, PRIMARY KEY (tenant_id, segment_id, product_id)
        )
    """)
    protect("segment_items")
    op.execute("""
        CREATE TABLE prices (  -- the price of today, per order unit, without VAT unless the list says so
            tenant_id int NOT NULL REFERENCES tenants, price_list_id uuid NOT NULL, product_id uuid NOT NULL,
            amount numeric(18,4) NOT NULL CHECK (amount >= 0),
            valid_from date NOT NULL, valid_to date,
            src_version bigint NOT NULL, synced_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, price_list_id, product_id)
        )
    """)
    protect("prices")
    op.execute("CREATE INDEX prices_product ON prices (tenant_id, product_id)")
    op.execute("""
        CREATE TABLE planned_prices (  -- prices of a later day; promoted when that day begins
            tenant_id int NOT NULL REFERENCES tenants, price_list_id uuid NOT NULL, product_id uuid NOT NULL,
            amount numeric(18,4) NOT NULL CHECK (amount >= 0),
            valid_from date NOT NULL, valid_to date, src_version bigint NOT NULL,
            PRIMARY KEY (tenant_id, price_list_id, product_id, valid_from)
        )
    """)
    protect("planned_prices", client="")
    _bitmaps()


def _bitmaps() -> None:
    # 2 KB rows and spare room in each page keep bitmap changes HOT (CATALOGUE, section 2).
    op.execute("""
        CREATE TABLE facet_values (  -- small integers for facet values, so that bitmaps stay narrow
            tenant_id int NOT NULL REFERENCES tenants, grp smallint NOT NULL, val int NOT NULL, key text NOT NULL,
            PRIMARY KEY (tenant_id, grp, val), UNIQUE (tenant_id, grp, key)
        )
    """)
    protect("facet_values")
    for table, key in (
        ("facet_bits", "grp smallint NOT NULL, val int NOT NULL"),
        ("segment_bits", "segment_id uuid NOT NULL"),
        ("price_list_bits", "price_list_id uuid NOT NULL"),
    ):
        names = ", ".join(part.split()[0] for part in key.split(", "))
        op.execute(f"""
            CREATE TABLE {table} (
                tenant_id int NOT NULL REFERENCES tenants, {key}, block int NOT NULL, bits bit varying NOT NULL,
                PRIMARY KEY (tenant_id, {names}, block)
            ) WITH (fillfactor = 65)
        """)
        op.execute(f"ALTER TABLE {table} ALTER bits SET STORAGE PLAIN")
        protect(table)
    op.execute("""
        CREATE TABLE search_tokens (
            tenant_id int NOT NULL REFERENCES tenants, id int NOT NULL, block int NOT NULL,
            token text COLLATE "C" NOT NULL, grams smallint NOT NULL, bits bit varying NOT NULL,
            PRIMARY KEY (tenant_id, id, block), UNIQUE (tenant_id, token, block)
        )
    """)
    protect("search_tokens")
    op.execute("""
        CREATE TABLE search_grams (
            tenant_id int NOT NULL REFERENCES tenants, gram text COLLATE "C" NOT NULL, token_id int NOT NULL,
            PRIMARY KEY (tenant_id, gram, token_id)
        )
    """)
    protect("search_grams")
