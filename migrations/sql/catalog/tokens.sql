-- Words of the search: tokens[n] came to (or left) the product at places[n].

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
END $$;

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
END $$;
