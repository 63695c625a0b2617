"""Settings of a tenant: brand, currencies, time zone, working calendars.

What everybody may see of a tenant stays in ``tenants``, which has no row-level security because the start page lists
it to anybody. Staff may change a few of its columns, and a trigger refuses every row but their own tenant's.
Calendars begin as the ones we ship; a row appears with the first change.
"""

from alembic import op

from migrations.walls import protect

revision = "0022"
down_revision = "0021"

_CHANGEABLE = (
    "name, name_kk, name_en, tagline_ru, tagline_kk, tagline_en, accent, logo, brand_version,"
    " currencies, currency, money_version, zone, time_version"
)


def upgrade() -> None:
    """Apply the step."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE tenants
            ADD COLUMN accent text NOT NULL DEFAULT '' CHECK (accent ~ '^(#[0-9a-f]{6})?$'),
            ADD COLUMN logo text NOT NULL DEFAULT '' CHECK (logo ~ '^([0-9a-f]{16})?$'),
            ADD COLUMN brand_version int NOT NULL DEFAULT 1,
            ADD COLUMN currencies text[] NOT NULL DEFAULT '{KZT,KGS,TJS,CNY,UZS,MNT,TMT,RUB,USD}',
            ADD COLUMN currency text NOT NULL DEFAULT 'KZT',
            ADD COLUMN money_version int NOT NULL DEFAULT 1,
            ADD COLUMN time_version int NOT NULL DEFAULT 1,
            ADD CHECK (currency = ANY (currencies))
    """)
    op.execute("""
        UPDATE tenants SET currency = home.currency FROM (VALUES ('KG', 'KGS'), ('TJ', 'TJS'), ('CN', 'CNY'),
            ('UZ', 'UZS'), ('MN', 'MNT'), ('TM', 'TMT'), ('RU', 'RUB')) home (country, currency)
        WHERE home.country = tenants.country
    """)
    op.execute("""
        CREATE FUNCTION refuse_other_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'tenant % is not the one of this transaction', OLD.id
                USING ERRCODE = 'insufficient_privilege';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER tenants_own BEFORE UPDATE ON tenants FOR EACH ROW
        WHEN (current_user = 'karavan_staff' AND OLD.id IS DISTINCT FROM app_tenant())
        EXECUTE FUNCTION refuse_other_tenant()
    """)
    op.execute(f"GRANT UPDATE ({_CHANGEABLE}) ON tenants TO karavan_staff")
    op.execute("""
        CREATE TABLE tenant_logos (
            tenant_id int NOT NULL REFERENCES tenants,
            digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{16}$'),
            body bytea NOT NULL CHECK (length(body) <= 524288),
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, digest)
        )
    """)
    protect("tenant_logos", staff="SELECT, INSERT, DELETE")
    op.execute("""
        CREATE TABLE calendars (
            tenant_id int NOT NULL REFERENCES tenants,
            country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
            zone text NOT NULL,
            weekdays int[] NOT NULL CHECK (weekdays <@ '{1,2,3,4,5,6,7}' AND cardinality(weekdays) > 0),
            opens time NOT NULL, closes time NOT NULL, pause_from time, pause_to time,
            version int NOT NULL DEFAULT 1,
            PRIMARY KEY (tenant_id, country),
            CHECK (opens < closes),
            CHECK ((pause_from IS NULL) = (pause_to IS NULL)),
            CHECK (pause_from IS NULL OR (opens < pause_from AND pause_from < pause_to AND pause_to < closes))
        )
    """)
    protect("calendars", staff="SELECT, INSERT, UPDATE")
    op.execute("""
        CREATE TABLE calendar_days (
            tenant_id int NOT NULL, id uuid NOT NULL, country text NOT NULL,
            month int NOT NULL CHECK (month BETWEEN 1 AND 12), day int NOT NULL CHECK (day BETWEEN 1 AND 31),
            year int CHECK (year BETWEEN 2000 AND 2199),  -- NULL is every year
            is_working boolean NOT NULL,
            name_ru text NOT NULL, name_kk text NOT NULL, name_en text NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE NULLS NOT DISTINCT (tenant_id, country, month, day, year),
            FOREIGN KEY (tenant_id, country) REFERENCES calendars (tenant_id, country)
        )
    """)
    protect("calendar_days", staff="SELECT, INSERT, DELETE")
