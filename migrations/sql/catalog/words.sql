-- The day, the lock, the ordinals of products, and how a text is cut into words.

-- Not SQL: an inlined one would be computed for every row.
CREATE FUNCTION catalog_zero() RETURNS bit varying LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
$$ BEGIN RETURN repeat('0', 16384)::bit varying; END $$;

-- The business date; a job may set karavan.today to build the bitmaps of the day it is about to open.
CREATE FUNCTION catalog_today(tenant int) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('karavan.today', true), '')::date,
                    (SELECT (now() AT TIME ZONE t.zone)::date FROM tenants t WHERE t.id = tenant))
$$;

-- One writer of bitmaps at a time: rows are read again after the wait, so nobody works from an old copy.
CREATE FUNCTION catalog_lock(tenant int) RETURNS void LANGUAGE sql VOLATILE AS
$$ SELECT pg_advisory_xact_lock(hashtext('catalog bitmaps'), tenant) $$;

CREATE FUNCTION catalog_is_bulk() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('karavan.bulk', true), '') = 'on' $$;

-- The first of so many ordinals of products that nobody gets again.
CREATE FUNCTION catalog_take_pos(tenant int, wanted int) RETURNS int LANGUAGE sql VOLATILE AS $$
    INSERT INTO counters (tenant_id, name, value)
    SELECT tenant, 'product pos', coalesce(max(p.pos) + 1, 0) + wanted FROM products p WHERE p.tenant_id = tenant
    ON CONFLICT (tenant_id, name) DO UPDATE SET value = counters.value + wanted
    RETURNING (value - wanted)::int
$$;

-- The same folding as app/catalog/rules/folding.py; a test holds the two together.
CREATE FUNCTION catalog_words(source text) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 12 AS $$
    SELECT DISTINCT CASE WHEN is_code THEN translate(chunk, ':code_from', ':code_to')
                         ELSE translate(part, ':word_from', ':word_to') END
    FROM (SELECT found[1] AS chunk, translate(found[1], '0123456789', '') <> found[1] AS is_code
          FROM regexp_matches(lower(source), '[0-9:letters]+(?:[-.][0-9:letters]+)*', 'g') AS found) AS chunks,
        string_to_table(CASE WHEN is_code THEN 'one' ELSE translate(chunk, '.', '-') END, '-') AS part
$$;

CREATE FUNCTION catalog_grams(word text) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS $$
    SELECT DISTINCT substr('  ' || word || ' ', place, 3) FROM generate_series(1, length(word) + 1) AS place
$$;

-- A whole SKU as one word, however it is cut.
CREATE FUNCTION catalog_code(source text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(translate(lower(source), ':code_from', ':code_to'), '[^0-9:letters]', '', 'g')
$$;

CREATE FUNCTION catalog_product_words(ru text, kk text, en text, sku text, old_skus text[])
RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 12 AS $$
    SELECT catalog_words(concat_ws(' ', ru, kk, en, sku, array_to_string(old_skus, ' ')))
    UNION
    SELECT code FROM unnest(sku || old_skus) AS one, catalog_code(one) AS code WHERE code <> ''
$$;
