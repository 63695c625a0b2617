"""Bitmaps and search words that follow the catalogue by themselves (CATALOGUE, sections 2 and 4).

One UPDATE per bitmap and statement: the changed products are put into a mask, the bits inside it are replaced
by what the rows say now. ``SET karavan.bulk = 'on'`` switches the triggers off for a load, which must end with
``catalog_rebuild``; ``catalog_audit`` compares every bitmap with the rows and must find nothing.

Group 0 of ``facet_bits`` holds the products that may be shown at all; 2 plant, 3 kind, 4 line, 5 standard,
6 viscosity, 7 package. Group 1 is the contract: it comes from agreements, at the time of the question.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_MARKED = "ёәғқңөұүһі"
_LETTERS = _LATIN + _RUSSIAN + _MARKED
_CODE = ("авекмнорстухәёқңөұүһғі-.", "abekmhopctyxaekhoyyxгi")
_WORD = (_MARKED, "еагкноуухи")
# Bitmap table, its key, the rows behind it, and when such a row (i) counts.
_PAIRS = (
    ("segment_bits", "segment_id", "segment_items", "i.product_id IS NOT NULL"),
    (
        "price_list_bits",
        "price_list_id",
        "prices",
        "i.amount > 0 AND i.valid_from <= today AND coalesce(i.valid_to, today) >= today",
    ),
)


def upgrade() -> None:
    """Apply the step."""
    op.execute("CREATE INDEX segment_items_product ON segment_items (tenant_id, product_id)")
    for column in ("label_ru", "label_kk", "label_en"):  # empty where the wording of the portal names the value
        op.execute(f"ALTER TABLE facet_values ADD COLUMN {column} text NOT NULL DEFAULT ''")
    _basics()
    _expected()
    _values()
    _refresh()
    _tokens()
    _rebuild()
    _audit()
    _triggers()


def _basics() -> None:
    op.execute("""
        CREATE FUNCTION catalog_zero(size int DEFAULT 16384) RETURNS bit varying
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT repeat('0', size)::bit varying $$
    """)
    # The business date; a job may set karavan.today to build the bitmaps of the day it is about to open.
    op.execute("""
        CREATE FUNCTION catalog_today(tenant int) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
            SELECT coalesce(nullif(current_setting('karavan.today', true), '')::date,
                            (SELECT (now() AT TIME ZONE t.zone)::date FROM tenants t WHERE t.id = tenant))
        $$
    """)
    # One writer of bitmaps at a time: rows are read again after the wait, so nobody works from an old copy.
    op.execute("""
        CREATE FUNCTION catalog_lock(tenant int) RETURNS void LANGUAGE sql VOLATILE AS
        $$ SELECT pg_advisory_xact_lock(hashtext('catalog bitmaps'), tenant) $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_is_bulk() RETURNS boolean LANGUAGE sql STABLE AS
        $$ SELECT coalesce(current_setting('karavan.bulk', true), '') = 'on' $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_take_pos(tenant int, wanted int) RETURNS int LANGUAGE sql VOLATILE AS $$
            -- The first of so many ordinals that nobody gets again.
            INSERT INTO counters (tenant_id, name, value)
            SELECT tenant, 'product pos', coalesce(max(p.pos) + 1, 0) + wanted FROM products p WHERE p.tenant_id = tenant
            ON CONFLICT (tenant_id, name) DO UPDATE SET value = counters.value + wanted
            RETURNING (value - wanted)::int
        $$
    """)
    op.execute(f"""
        CREATE FUNCTION catalog_words(source text) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
            SELECT DISTINCT CASE WHEN chunk ~ '[0-9]' THEN translate(chunk, '{_CODE[0]}', '{_CODE[1]}')
                                 ELSE translate(part, '{_WORD[0]}', '{_WORD[1]}') END
            FROM (SELECT found[1] AS chunk FROM regexp_matches(
                translate(source, '{_LETTERS.upper()}', '{_LETTERS}'),
                '[0-9{_LETTERS}]+(?:[-.][0-9{_LETTERS}]+)*', 'g') AS found) AS chunks,
                regexp_split_to_table(chunk, CASE WHEN chunk ~ '[0-9]' THEN '$.' ELSE '[-.]' END) AS part
        $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_grams(word text) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
            SELECT DISTINCT substr('  ' || word || ' ', place, 3) FROM generate_series(1, length(word) + 1) AS place
        $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_product_words(ru text, kk text, en text, sku text, old_skus text[])
        RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT catalog_words(concat_ws(' ', ru, kk, en, sku, array_to_string(old_skus, ' ')))
        $$
    """)


def _expected() -> None:
    """What the rows say; every bitmap is compared with these, and refreshed from them."""
    op.execute("""
        CREATE FUNCTION catalog_facets(tenant int, touched int[])
        RETURNS TABLE (pos int, grp smallint, key text) LANGUAGE sql STABLE AS $$
            WITH RECURSIVE answers (id, older) AS (
                -- Who meets a standard also meets the ones it supersedes (DOMAIN, section 2).
                SELECT s.id, s.id FROM standards s WHERE s.tenant_id = tenant
                UNION
                SELECT a.id, o.id FROM answers a
                JOIN standards o ON o.tenant_id = tenant AND o.superseded_by = a.older),
            chosen AS (
                SELECT p.pos, p.package, p.is_blocked, p.deleted_at, g.deleted_at AS grade_deleted_at,
                    g.plant_id, g.kind, g.line_id, g.viscosity, g.standards
                FROM products p JOIN grades g ON g.tenant_id = p.tenant_id AND g.id = p.grade_id
                WHERE p.tenant_id = tenant AND p.pos = ANY (touched))
            SELECT c.pos, 0::smallint, 'sellable' FROM chosen c
            WHERE NOT c.is_blocked AND c.deleted_at IS NULL AND c.grade_deleted_at IS NULL
            UNION ALL SELECT c.pos, 2, c.plant_id::text FROM chosen c WHERE c.plant_id IS NOT NULL
            UNION ALL SELECT c.pos, 3, c.kind FROM chosen c WHERE c.kind <> ''
            UNION ALL SELECT c.pos, 4, c.line_id::text FROM chosen c WHERE c.line_id IS NOT NULL
            UNION ALL SELECT DISTINCT c.pos, 5::smallint, a.older::text
                FROM chosen c, unnest(c.standards) AS met (id) JOIN answers a ON a.id = met.id
                JOIN standards s ON s.tenant_id = tenant AND s.id = a.older AND s.deleted_at IS NULL
            UNION ALL SELECT c.pos, 6, c.viscosity FROM chosen c WHERE c.viscosity <> ''
            UNION ALL SELECT c.pos, 7, c.package FROM chosen c WHERE c.package <> ''
        $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_all_pos(tenant int) RETURNS int[] LANGUAGE sql STABLE AS
        $$ SELECT coalesce(array_agg(p.pos), '{}') FROM products p WHERE p.tenant_id = tenant $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_facet_masks(tenant int, touched int[])
        RETURNS TABLE (grp smallint, key text, block int, mask bit varying) LANGUAGE sql STABLE AS $$
            SELECT f.grp, f.key, f.pos / 16384, bit_or(set_bit(z, f.pos % 16384, 1))
            FROM catalog_facets(tenant, touched) f, catalog_zero() z GROUP BY 1, 2, 3
        $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_segment_masks(tenant int)
        RETURNS TABLE (id uuid, block int, mask bit varying) LANGUAGE sql STABLE AS $$
            SELECT i.segment_id, p.pos / 16384, bit_or(set_bit(z, p.pos % 16384, 1))
            FROM segment_items i JOIN products p ON p.tenant_id = tenant AND p.id = i.product_id, catalog_zero() z
            WHERE i.tenant_id = tenant GROUP BY 1, 2
        $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_price_list_masks(tenant int)
        RETURNS TABLE (id uuid, block int, mask bit varying) LANGUAGE sql STABLE AS $$
            SELECT r.price_list_id, p.pos / 16384, bit_or(set_bit(z, p.pos % 16384, 1))
            FROM prices r JOIN products p ON p.tenant_id = tenant AND p.id = r.product_id,
                catalog_zero() z, catalog_today(tenant) AS today
            WHERE r.tenant_id = tenant AND r.amount > 0
              AND r.valid_from <= today AND coalesce(r.valid_to, today) >= today
            GROUP BY 1, 2
        $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_token_masks(tenant int)
        RETURNS TABLE (token text, block int, mask bit varying) LANGUAGE sql STABLE AS $$
            SELECT t.token, p.pos / 16384, bit_or(set_bit(z, p.pos % 16384, 1))
            FROM products p,
                catalog_product_words(p.name_ru, p.name_kk, p.name_en, p.sku, p.old_skus) AS t (token),
                catalog_zero() z
            WHERE p.tenant_id = tenant GROUP BY 1, 2
        $$
    """)


def _values() -> None:
    """Small integers for facet values, their labels, and a zero bitmap for every block of every value."""
    op.execute("""
        CREATE FUNCTION catalog_add_values(tenant int, touched int[]) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO facet_values (tenant_id, grp, val, key)
            SELECT tenant, new.grp, coalesce((SELECT max(v.val) FROM facet_values v
                                              WHERE v.tenant_id = tenant AND v.grp = new.grp), 0)
                       + row_number() OVER (PARTITION BY new.grp ORDER BY new.key), new.key
            FROM (SELECT DISTINCT f.grp, f.key FROM catalog_facets(tenant, touched) f
                  UNION SELECT 0::smallint, 'sellable') AS new
            WHERE NOT EXISTS (SELECT FROM facet_values v
                              WHERE v.tenant_id = tenant AND v.grp = new.grp AND v.key = new.key);
            IF FOUND THEN
                PERFORM catalog_label_values(tenant);
            END IF;
            -- A missing row would read as "no filter": every value has every block.
            INSERT INTO facet_bits (tenant_id, grp, val, block, bits)
            SELECT tenant, v.grp, v.val, b.block, catalog_zero()
            FROM facet_values v, generate_series(0, (SELECT greatest(
                (SELECT max(pos) FROM unnest(touched) AS pos) / 16384,
                (SELECT max(f.block) FROM facet_bits f WHERE f.tenant_id = tenant AND f.grp = 0)))) AS b (block)
            WHERE v.tenant_id = tenant AND NOT EXISTS (
                SELECT FROM facet_bits f
                WHERE f.tenant_id = tenant AND f.grp = v.grp AND f.val = v.val AND f.block = b.block);
        END $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_label_values(tenant int) RETURNS void LANGUAGE sql VOLATILE AS $$
            UPDATE facet_values v SET label_ru = n.ru, label_kk = n.kk, label_en = n.en
            FROM (SELECT 2 AS grp, id::text AS key, name_ru AS ru, name_kk AS kk, name_en AS en
                  FROM plants WHERE tenant_id = tenant
                  UNION ALL SELECT 4, id::text, name_ru, name_kk, name_en FROM product_lines WHERE tenant_id = tenant
                  UNION ALL SELECT 5, id::text, code, code, code FROM standards WHERE tenant_id = tenant) AS n
            WHERE v.tenant_id = tenant AND v.grp = n.grp AND v.key = n.key
              AND (v.label_ru, v.label_kk, v.label_en) IS DISTINCT FROM (n.ru, n.kk, n.en)
        $$
    """)


def _refresh() -> None:
    """Bring the bitmaps of some products, or of pairs, in line with the rows. Callers hold the lock."""
    op.execute("""
        CREATE FUNCTION catalog_refresh_facets(tenant int, touched int[]) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM catalog_add_values(tenant, touched);
            WITH c AS MATERIALIZED (
                SELECT pos / 16384 AS block, bit_or(set_bit(z, pos % 16384, 1)) AS mask
                FROM unnest(touched) AS pos, catalog_zero() z GROUP BY 1),
            n AS MATERIALIZED (
                SELECT v.val, m.* FROM catalog_facet_masks(tenant, touched) m
                JOIN facet_values v ON v.tenant_id = tenant AND v.grp = m.grp AND v.key = m.key)
            UPDATE facet_bits b SET bits = (b.bits & ~d.touched) | d.present
            FROM (SELECT f.grp, f.val, f.block, c.mask AS touched, coalesce(n.mask, catalog_zero()) AS present
                  FROM c JOIN facet_bits f ON f.tenant_id = tenant AND f.block = c.block
                  LEFT JOIN n ON n.grp = f.grp AND n.val = f.val AND n.block = f.block
                  WHERE (f.bits & c.mask) <> coalesce(n.mask, catalog_zero())) AS d
            WHERE b.tenant_id = tenant AND b.grp = d.grp AND b.val = d.val AND b.block = d.block;
        END $$
    """)
    for bits, column, rows, present in _PAIRS:
        # ids[n] with products[n] is a pair that may have come, gone or changed.
        op.execute(f"""
            CREATE FUNCTION catalog_refresh_{bits}(tenant int, ids uuid[], products uuid[])
            RETURNS void LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO {bits} (tenant_id, {column}, block, bits)
                SELECT DISTINCT tenant, w.id, p.pos / 16384, catalog_zero()
                FROM unnest(ids, products) AS w (id, product_id)
                JOIN products p ON p.tenant_id = tenant AND p.id = w.product_id
                WHERE NOT EXISTS (SELECT FROM {bits} b
                                  WHERE b.tenant_id = tenant AND b.{column} = w.id AND b.block = p.pos / 16384);
                WITH d AS MATERIALIZED (
                    SELECT w.id, p.pos / 16384 AS block, bit_or(set_bit(z, p.pos % 16384, 1)) AS touched,
                        coalesce(bit_or(set_bit(z, p.pos % 16384, 1)) FILTER (WHERE {present}), catalog_zero())
                            AS present
                    FROM unnest(ids, products) AS w (id, product_id)
                    JOIN products p ON p.tenant_id = tenant AND p.id = w.product_id
                    LEFT JOIN {rows} i ON i.tenant_id = tenant AND i.{column} = w.id AND i.product_id = w.product_id,
                        catalog_zero() z, catalog_today(tenant) AS today
                    GROUP BY 1, 2)
                UPDATE {bits} b SET bits = (b.bits & ~d.touched) | d.present FROM d
                WHERE b.tenant_id = tenant AND b.{column} = d.id AND b.block = d.block
                  AND (b.bits & d.touched) <> d.present;
            END $$
        """)
    op.execute("""
        CREATE FUNCTION catalog_refresh_products(tenant int, ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            touched int[];
            lists uuid[];
            products uuid[];
        BEGIN
            SELECT coalesce(array_agg(p.pos), '{}') INTO touched
            FROM products p WHERE p.tenant_id = tenant AND p.id = ANY (ids);
            PERFORM catalog_refresh_facets(tenant, touched);
            -- The feed may have brought prices and segments before the product itself.
            SELECT coalesce(array_agg(i.segment_id), '{}'), coalesce(array_agg(i.product_id), '{}')
            INTO lists, products FROM segment_items i WHERE i.tenant_id = tenant AND i.product_id = ANY (ids);
            PERFORM catalog_refresh_segment_bits(tenant, lists, products);
            SELECT coalesce(array_agg(i.price_list_id), '{}'), coalesce(array_agg(i.product_id), '{}')
            INTO lists, products FROM prices i WHERE i.tenant_id = tenant AND i.product_id = ANY (ids);
            PERFORM catalog_refresh_price_list_bits(tenant, lists, products);
        END $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_forget(tenant int, gone int[]) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            c record;
        BEGIN
            PERFORM catalog_refresh_facets(tenant, gone);
            FOR c IN SELECT pos / 16384 AS block, bit_or(set_bit(z, pos % 16384, 1)) AS mask
                     FROM unnest(gone) AS pos, catalog_zero() z GROUP BY 1 LOOP
                UPDATE segment_bits b SET bits = b.bits & ~c.mask
                WHERE b.tenant_id = tenant AND b.block = c.block AND (b.bits & c.mask) <> catalog_zero();
                UPDATE price_list_bits b SET bits = b.bits & ~c.mask
                WHERE b.tenant_id = tenant AND b.block = c.block AND (b.bits & c.mask) <> catalog_zero();
            END LOOP;
        END $$
    """)


def _tokens() -> None:
    """Words of the search: ``tokens[n]`` came to (or left) the product at ``places[n]``."""
    op.execute("""
        CREATE FUNCTION catalog_add_tokens(tenant int, tokens text[], blocks int[]) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            WITH fresh AS (
                SELECT DISTINCT w.token COLLATE "C" AS token FROM unnest(tokens) AS w (token)
                WHERE NOT EXISTS (SELECT FROM search_tokens t WHERE t.tenant_id = tenant AND t.token = w.token)),
            numbered AS MATERIALIZED (
                SELECT token, row_number() OVER (ORDER BY token)
                    + coalesce((SELECT max(t.id) FROM search_tokens t WHERE t.tenant_id = tenant), 0) AS id
                FROM fresh),
            grams AS (
                INSERT INTO search_grams (tenant_id, gram, token_id)
                SELECT tenant, gram, id FROM numbered, catalog_grams(token) AS gram),
            known AS (
                SELECT token, id::int, (SELECT count(*) FROM catalog_grams(token))::smallint AS grams FROM numbered
                UNION ALL
                SELECT DISTINCT t.token, t.id, t.grams FROM search_tokens t
                WHERE t.tenant_id = tenant AND t.token = ANY (tokens))
            INSERT INTO search_tokens (tenant_id, id, block, token, grams, bits)
            SELECT DISTINCT tenant, k.id, w.block, k.token, k.grams, catalog_zero()
            FROM unnest(tokens, blocks) AS w (token, block) JOIN known k ON k.token = w.token
            WHERE NOT EXISTS (SELECT FROM search_tokens t
                              WHERE t.tenant_id = tenant AND t.token = w.token AND t.block = w.block);
        END $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_set_tokens(tenant int, tokens text[], places int[], present boolean)
        RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF present THEN
                PERFORM catalog_add_tokens(tenant, tokens, (SELECT array_agg(p / 16384 ORDER BY n)
                                                            FROM unnest(places) WITH ORDINALITY AS w (p, n)));
            END IF;
            WITH d AS MATERIALIZED (
                SELECT w.token, w.pos / 16384 AS block, bit_or(set_bit(z, w.pos % 16384, 1)) AS mask
                FROM unnest(tokens, places) AS w (token, pos), catalog_zero() z GROUP BY 1, 2)
            UPDATE search_tokens t SET bits = CASE WHEN present THEN t.bits | d.mask ELSE t.bits & ~d.mask END FROM d
            WHERE t.tenant_id = tenant AND t.token = d.token AND t.block = d.block;
        END $$
    """)


def _rebuild() -> None:
    """Load, then rebuild: writes only what differs, so that a daily run costs reading alone."""
    op.execute("""
        CREATE FUNCTION catalog_rebuild_facets(tenant int) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_facets(tenant, catalog_all_pos(tenant));
            PERFORM catalog_label_values(tenant);
        END $$
    """)
    for bits, column, _, _ in _PAIRS:
        op.execute(f"""
            CREATE FUNCTION catalog_rebuild_{bits}(tenant int) RETURNS void LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM catalog_lock(tenant);
                WITH n AS MATERIALIZED (SELECT * FROM catalog_{bits.removesuffix("_bits")}_masks(tenant)),
                gone AS (
                    UPDATE {bits} b SET bits = catalog_zero()
                    WHERE b.tenant_id = tenant AND b.bits <> catalog_zero()
                      AND NOT EXISTS (SELECT FROM n WHERE n.id = b.{column} AND n.block = b.block))
                INSERT INTO {bits} AS b (tenant_id, {column}, block, bits) SELECT tenant, id, block, mask FROM n
                ON CONFLICT (tenant_id, {column}, block) DO UPDATE SET bits = excluded.bits
                    WHERE b.bits <> excluded.bits;
            END $$
        """)
    op.execute("""
        CREATE FUNCTION catalog_rebuild_tokens(tenant int) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM catalog_lock(tenant);
            PERFORM catalog_add_tokens(tenant, w.tokens, w.blocks)
            FROM (SELECT array_agg(token) AS tokens, array_agg(block) AS blocks
                  FROM (SELECT DISTINCT t.token, p.pos / 16384 AS block FROM products p,
                            catalog_product_words(p.name_ru, p.name_kk, p.name_en, p.sku, p.old_skus) AS t (token)
                        WHERE p.tenant_id = tenant) AS found) AS w
            WHERE w.tokens IS NOT NULL;
            UPDATE search_tokens t SET bits = d.mask
            FROM (SELECT o.id, o.block, coalesce(n.mask, catalog_zero()) AS mask
                  FROM search_tokens o
                  LEFT JOIN catalog_token_masks(tenant) n ON n.token = o.token AND n.block = o.block
                  WHERE o.tenant_id = tenant AND o.bits IS DISTINCT FROM coalesce(n.mask, catalog_zero())) AS d
            WHERE t.tenant_id = tenant AND t.id = d.id AND t.block = d.block;
        END $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_rebuild(tenant int) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM catalog_rebuild_facets(tenant);
            PERFORM catalog_rebuild_segment_bits(tenant);
            PERFORM catalog_rebuild_price_list_bits(tenant);
            PERFORM catalog_rebuild_tokens(tenant);
        END $$
    """)


def _audit() -> None:
    op.execute("""
        CREATE FUNCTION catalog_audit(tenant int) RETURNS TABLE (what text, key text, block int)
        LANGUAGE sql STABLE AS $$
            -- Every difference between a bitmap and the rows; zero bitmaps and missing ones are the same.
            SELECT 'facet', coalesce(f.grp || ' ' || f.key, n.grp || ' ' || n.key), coalesce(f.block, n.block)
            FROM (SELECT v.grp, v.key, b.block, b.bits FROM facet_bits b
                  JOIN facet_values v ON v.tenant_id = tenant AND v.grp = b.grp AND v.val = b.val
                  WHERE b.tenant_id = tenant) AS f
            FULL JOIN catalog_facet_masks(tenant, catalog_all_pos(tenant)) n
                ON n.grp = f.grp AND n.key = f.key AND n.block = f.block
            WHERE coalesce(f.bits, catalog_zero()) <> coalesce(n.mask, catalog_zero())
            UNION ALL
            SELECT 'segment', coalesce(b.segment_id, n.id)::text, coalesce(b.block, n.block)
            FROM (SELECT * FROM segment_bits WHERE tenant_id = tenant) AS b
            FULL JOIN catalog_segment_masks(tenant) n ON n.id = b.segment_id AND n.block = b.block
            WHERE coalesce(b.bits, catalog_zero()) <> coalesce(n.mask, catalog_zero())
            UNION ALL
            SELECT 'price list', coalesce(b.price_list_id, n.id)::text, coalesce(b.block, n.block)
            FROM (SELECT * FROM price_list_bits WHERE tenant_id = tenant) AS b
            FULL JOIN catalog_price_list_masks(tenant) n ON n.id = b.price_list_id AND n.block = b.block
            WHERE coalesce(b.bits, catalog_zero()) <> coalesce(n.mask, catalog_zero())
            UNION ALL
            SELECT 'word', coalesce(b.token, n.token), coalesce(b.block, n.block)
            FROM (SELECT * FROM search_tokens WHERE tenant_id = tenant) AS b
            FULL JOIN catalog_token_masks(tenant) n ON n.token = b.token AND n.block = b.block
            WHERE coalesce(b.bits, catalog_zero()) <> coalesce(n.mask, catalog_zero())
            UNION ALL
            SELECT 'gram', t.token, 0 FROM (SELECT DISTINCT id, token, grams FROM search_tokens
                                            WHERE tenant_id = tenant) AS t
            WHERE (SELECT array_agg(g.gram ORDER BY g.gram COLLATE "C") FROM search_grams g
                   WHERE g.tenant_id = tenant AND g.token_id = t.id)
                IS DISTINCT FROM (SELECT array_agg(gram ORDER BY gram COLLATE "C") FROM catalog_grams(t.token) AS gram)
                OR t.grams <> (SELECT count(*) FROM catalog_grams(t.token))
        $$
    """)


def _triggers() -> None:
    _products_trigger()
    _pair_triggers()
    _grade_triggers()
    # A closed list: a client may not do the owner's housekeeping, harmless as it is.
    op.execute(r"""
        DO $$
        DECLARE one regprocedure;
        BEGIN
            FOR one IN SELECT oid::regprocedure FROM pg_proc
                       WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'catalog\_%' LOOP
                EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one);
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO karavan_staff', one);
            END LOOP;
        END $$
    """)


def _on(table: str, event: str, function: str) -> None:
    rows = {
        "INSERT": "NEW TABLE AS new_rows",
        "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "DELETE": "OLD TABLE AS old_rows",
    }[event]
    op.execute(f"""
        CREATE TRIGGER {table}_catalog_{event.lower()} AFTER {event} ON {table}
        REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()
    """)


def _products_trigger() -> None:
    words = "catalog_product_words({0}.name_ru, {0}.name_kk, {0}.name_en, {0}.sku, {0}.old_skus) AS w (token)"
    texts = "({0}.name_ru, {0}.name_kk, {0}.name_en, {0}.sku, {0}.old_skus)"
    op.execute(f"""
        CREATE FUNCTION catalog_products_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            tenant int;
            ids uuid[];
            places int[];
            tokens text[];
        BEGIN
            IF catalog_is_bulk() THEN
                RETURN NULL;
            END IF;
            IF TG_OP = 'INSERT' THEN
                FOR tenant, ids IN SELECT tenant_id, array_agg(id) FROM new_rows GROUP BY 1 LOOP
                    PERFORM catalog_lock(tenant);
                    PERFORM catalog_refresh_products(tenant, ids);
                    SELECT array_agg(w.token), array_agg(n.pos) INTO tokens, places
                    FROM new_rows n, {words.format("n")} WHERE n.tenant_id = tenant;
                    PERFORM catalog_set_tokens(tenant, tokens, places, true);
                END LOOP;
            ELSIF TG_OP = 'DELETE' THEN
                FOR tenant, places IN SELECT tenant_id, array_agg(pos) FROM old_rows GROUP BY 1 LOOP
                    PERFORM catalog_lock(tenant);
                    PERFORM catalog_forget(tenant, places);
                    SELECT array_agg(w.token), array_agg(o.pos) INTO tokens, places
                    FROM old_rows o, {words.format("o")} WHERE o.tenant_id = tenant;
                    PERFORM catalog_set_tokens(tenant, tokens, places, false);
                END LOOP;
            ELSE
                FOR tenant, places IN
                    SELECT n.tenant_id, array_agg(n.pos) FROM new_rows n JOIN old_rows o USING (tenant_id, id)
                    WHERE (n.grade_id, n.package, n.is_blocked, n.deleted_at IS NULL)
                        IS DISTINCT FROM (o.grade_id, o.package, o.is_blocked, o.deleted_at IS NULL)
                    GROUP BY 1 LOOP
                    PERFORM catalog_lock(tenant);
                    PERFORM catalog_refresh_facets(tenant, places);
                END LOOP;
                FOR tenant IN
                    SELECT DISTINCT n.tenant_id FROM new_rows n JOIN old_rows o USING (tenant_id, id)
                    WHERE {texts.format("n")} IS DISTINCT FROM {texts.format("o")} LOOP
                    PERFORM catalog_lock(tenant);
                    SELECT array_agg(w.token), array_agg(o.pos) INTO tokens, places
                    FROM old_rows o, {words.format("o")} WHERE o.tenant_id = tenant;
                    PERFORM catalog_set_tokens(tenant, tokens, places, false);
                    SELECT array_agg(w.token), array_agg(n.pos) INTO tokens, places
                    FROM new_rows n, {words.format("n")} WHERE n.tenant_id = tenant;
                    PERFORM catalog_set_tokens(tenant, tokens, places, true);
                END LOOP;
            END IF;
            RETURN NULL;
        END $$
    """)
    for event in ("INSERT", "UPDATE", "DELETE"):
        _on("products", event, "catalog_products_changed")


def _pair_triggers() -> None:
    for bits, column, rows, differs in (
        ("segment_bits", "segment_id", "segment_items", "false"),
        (
            "price_list_bits",
            "price_list_id",
            "prices",
            "(n.amount > 0, n.valid_from, n.valid_to) IS DISTINCT FROM (o.amount > 0, o.valid_from, o.valid_to)",
        ),
    ):
        # A key never changes by UPDATE in the applier; should it, both pairs count.
        moved = f"""
            SELECT n.tenant_id, n.{column} AS id, n.product_id FROM new_rows n
            LEFT JOIN old_rows o USING (tenant_id, {column}, product_id) WHERE o.product_id IS NULL OR {differs}
            UNION ALL
            SELECT o.tenant_id, o.{column}, o.product_id FROM old_rows o
            LEFT JOIN new_rows n USING (tenant_id, {column}, product_id) WHERE n.product_id IS NULL
        """
        loops = "".join(
            f"""
            {keyword} TG_OP = '{event}' THEN
                FOR tenant, ids, items IN
                    SELECT tenant_id, array_agg(id), array_agg(product_id) FROM ({changed}) AS w GROUP BY 1 LOOP
                    PERFORM catalog_lock(tenant);
                    PERFORM catalog_refresh_{bits}(tenant, ids, items);
                END LOOP;
            """
            for keyword, event, changed in (
                ("IF", "INSERT", f"SELECT tenant_id, {column} AS id, product_id FROM new_rows"),
                ("ELSIF", "UPDATE", moved),
                ("ELSIF", "DELETE", f"SELECT tenant_id, {column} AS id, product_id FROM old_rows"),
            )
        )
        op.execute(f"""
            CREATE FUNCTION catalog_{rows}_changed() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                tenant int;
                ids uuid[];
                items uuid[];
            BEGIN
                IF catalog_is_bulk() THEN
                    RETURN NULL;
                END IF;
                {loops}
                END IF;
                RETURN NULL;
            END $$
        """)
        for event in ("INSERT", "UPDATE", "DELETE"):
            _on(rows, event, f"catalog_{rows}_changed")


def _grade_triggers() -> None:
    """Grades decide the facets of their products; standards those of everybody; the others only name values."""
    op.execute("""
        CREATE FUNCTION catalog_grades_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            tenant int;
            places int[];
        BEGIN
            IF catalog_is_bulk() THEN
                RETURN NULL;
            END IF;
            IF TG_OP = 'DELETE' THEN
                FOR tenant, places IN SELECT p.tenant_id, array_agg(p.pos) FROM old_rows o
                    JOIN products p ON p.tenant_id = o.tenant_id AND p.grade_id = o.id GROUP BY 1 LOOP
                    PERFORM catalog_lock(tenant);
                    PERFORM catalog_refresh_facets(tenant, places);
                END LOOP;
            ELSIF TG_OP = 'INSERT' THEN
                FOR tenant, places IN SELECT p.tenant_id, array_agg(p.pos) FROM new_rows n
                    JOIN products p ON p.tenant_id = n.tenant_id AND p.grade_id = n.id GROUP BY 1 LOOP
                    PERFORM catalog_lock(tenant);
                    PERFORM catalog_refresh_facets(tenant, places);
                END LOOP;
            ELSE
                FOR tenant, places IN SELECT p.tenant_id, array_agg(p.pos) FROM new_rows n
                    JOIN old_rows o USING (tenant_id, id)
                    JOIN products p ON p.tenant_id = n.tenant_id AND p.grade_id = n.id
                    WHERE (n.plant_id, n.kind, n.line_id, n.viscosity, n.standards, n.deleted_at IS NULL)
                        IS DISTINCT FROM
                        (o.plant_id, o.kind, o.line_id, o.viscosity, o.standards, o.deleted_at IS NULL)
                    GROUP BY 1 LOOP
                    PERFORM catalog_lock(tenant);
                    PERFORM catalog_refresh_facets(tenant, places);
                END LOOP;
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE FUNCTION catalog_names_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            tenant int;
        BEGIN
            IF catalog_is_bulk() THEN
                RETURN NULL;
            END IF;
            FOR tenant IN SELECT DISTINCT tenant_id FROM changed LOOP
                PERFORM catalog_lock(tenant);
                IF TG_TABLE_NAME = 'standards' THEN
                    PERFORM catalog_rebuild_facets(tenant);
                ELSE
                    PERFORM catalog_label_values(tenant);
                END IF;
            END LOOP;
            RETURN NULL;
        END $$
    """)
    for event in ("INSERT", "UPDATE", "DELETE"):
        _on("grades", event, "catalog_grades_changed")
        for table in ("plants", "product_lines", "standards"):
            op.execute(f"""
                CREATE TRIGGER {table}_catalog_{event.lower()} AFTER {event} ON {table}
                REFERENCING {"OLD" if event == "DELETE" else "NEW"} TABLE AS changed
                FOR EACH STATEMENT EXECUTE FUNCTION catalog_names_changed()
            """)
