"""audit: before and after, whom a deed concerns, and blocks that seal the trail (RELIABILITY 4.4).

``stamp`` orders the trail by transaction: the number of the transaction plus ``audit_base()``, which a restore raises,
since numbers begin anew in another server. A row with a stamp below the lowest transaction still running can have no
late neighbour; that is what a block may seal. Nobody edits or removes what was written, the owner included. Safe while
the previous release runs: it names neither the new columns nor the old one that goes.
"""

from alembic import op

from migrations.walls import OWN_PARTNER, TENANT, protect

revision = "0021"
down_revision = "0020"

# Whatever a client's connection is made to do, it writes no deed of somebody else and none of another company.
_OWN = f"{TENANT} AND actor_id = (SELECT app_user()) AND (partner_id IS NULL OR {OWN_PARTNER})"


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long report and freeze every buyer.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE FUNCTION audit_base() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT 0::bigint'")
    op.execute("ALTER TABLE audit_records ALTER COLUMN xid DROP DEFAULT")
    op.execute("ALTER TABLE audit_records ALTER COLUMN xid TYPE bigint USING xid::text::bigint")
    op.execute("ALTER TABLE audit_records RENAME COLUMN xid TO stamp")
    op.execute("""
        ALTER TABLE audit_records
            ADD COLUMN partner_id uuid,  -- the organisation it concerns
            ADD COLUMN object_name text NOT NULL DEFAULT '',
            ADD COLUMN before jsonb,  -- the fields that changed, and only those
            ADD COLUMN after jsonb,
            ADD COLUMN address text NOT NULL DEFAULT '',
            ADD COLUMN device text NOT NULL DEFAULT ''
    """)
    op.execute("""
        CREATE TABLE audit_seals (
            tenant_id int NOT NULL REFERENCES tenants,
            n int NOT NULL CHECK (n > 0),
            upto bigint NOT NULL,  -- every stamp below it, from the block before on
            rows int NOT NULL CHECK (rows > 0),
            first_id bigint NOT NULL, last_id bigint NOT NULL,
            hash bytea NOT NULL CHECK (length(hash) = 32),
            at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, n),
            UNIQUE (tenant_id, upto)
        )
    """)
    op.execute("DROP POLICY audit_records_client ON audit_records")
    op.execute(
        f"CREATE POLICY audit_records_client ON audit_records TO karavan_client USING ({_OWN}) WITH CHECK ({_OWN})"
    )
    protect("audit_seals", client="", staff="SELECT, INSERT")
    _forbid_changes()
    _stamp_by_the_server()
    for name, columns, where in (
        ("order", "stamp, id", ""),
        ("at", "at DESC, id DESC", ""),
        ("actor", "actor_id, at DESC, id DESC", "WHERE actor_id IS NOT NULL"),
        ("behalf", "on_behalf_id, at DESC, id DESC", "WHERE on_behalf_id IS NOT NULL"),
        ("action", "action, at DESC, id DESC", ""),
        ("object", "object_id, at DESC, id DESC", "WHERE object_id IS NOT NULL"),
    ):
        op.execute(f"CREATE INDEX audit_records_{name} ON audit_records (tenant_id, {columns}) {where}")


def _forbid_changes() -> None:
    op.execute("""
        CREATE FUNCTION audit_is_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% only grows: what was written stays', TG_TABLE_NAME USING ERRCODE = '42501';
        END $$
    """)
    for table in ("audit_records", "audit_seals"):
        op.execute(f"""
            CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION audit_is_written_once()
        """)


def _stamp_by_the_server() -> None:
    # Whoever could choose stamp and moment could slip a row behind a seal, or date it back.
    op.execute("""
        CREATE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.stamp := pg_current_xact_id()::text::bigint + audit_base();
            NEW.at := now();
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER audit_records_stamp BEFORE INSERT ON audit_records
        FOR EACH ROW EXECUTE FUNCTION audit_stamp()
    """)
