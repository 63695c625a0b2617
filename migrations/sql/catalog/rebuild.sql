-- Load, then rebuild: writes only what differs, so that a daily run costs reading alone.
-- Right after a load the statistics know nothing of the tenant, and a nested loop would take minutes.

CREATE FUNCTION catalog_rebuild_facets(tenant int) RETURNS void LANGUAGE plpgsql
SET jit = off SET enable_nestloop = off AS $$
BEGIN
    PERFORM catalog_lock(tenant);
    PERFORM catalog_add_values(tenant, catalog_all_pos(tenant));
    WITH n AS MATERIALIZED (
        SELECT v.val, m.* FROM catalog_facet_masks(tenant, catalog_all_pos(tenant)) m
        JOIN facet_values v ON v.tenant_id = tenant AND v.grp = m.grp AND v.key = m.key)
    UPDATE facet_bits b SET bits = d.mask
    FROM (SELECT f.grp, f.val, f.block, coalesce(n.mask, catalog_zero()) AS mask
          FROM facet_bits f LEFT JOIN n ON n.grp = f.grp AND n.val = f.val AND n.block = f.block
          WHERE f.tenant_id = tenant AND f.bits <> coalesce(n.mask, catalog_zero())) AS d
    WHERE b.tenant_id = tenant AND b.grp = d.grp AND b.val = d.val AND b.block = d.block;
    PERFORM catalog_label_values(tenant);
END $$;

CREATE FUNCTION catalog_rebuild_tokens(tenant int) RETURNS void LANGUAGE plpgsql
SET jit = off SET enable_nestloop = off AS $$
BEGIN
    PERFORM catalog_lock(tenant);
    WITH n AS MATERIALIZED (SELECT * FROM catalog_token_masks(tenant)),
    known AS MATERIALIZED (
        SELECT DISTINCT t.token, t.id, t.grams FROM search_tokens t WHERE t.tenant_id = tenant),
    fresh AS MATERIALIZED (
        SELECT token, row_number() OVER (ORDER BY token COLLATE "C")
            + coalesce((SELECT max(id) FROM known), 0) AS id
        FROM (SELECT DISTINCT n.token FROM n WHERE NOT EXISTS (SELECT FROM known k WHERE k.token = n.token)) AS w),
    cut AS MATERIALIZED (SELECT f.id, gram FROM fresh f, catalog_grams(f.token) AS gram),
    grams AS (INSERT INTO search_grams (tenant_id, gram, token_id) SELECT tenant, gram, id FROM cut),
    gone AS (
        UPDATE search_tokens t SET bits = catalog_zero()
        WHERE t.tenant_id = tenant AND t.bits <> catalog_zero()
          AND NOT EXISTS (SELECT FROM n WHERE n.token = t.token AND n.block = t.block)),
    named AS (
        SELECT token, id, grams FROM known
        UNION ALL
        SELECT f.token, f.id::int, count(*)::smallint FROM fresh f JOIN cut USING (id) GROUP BY 1, 2)
    INSERT INTO search_tokens AS t (tenant_id, id, block, token, grams, bits)
    SELECT tenant, named.id, n.block, n.token, named.grams, n.mask FROM n JOIN named ON named.token = n.token
    ON CONFLICT (tenant_id, token, block) DO UPDATE SET bits = excluded.bits WHERE t.bits <> excluded.bits;
END $$;

CREATE FUNCTION catalog_rebuild(tenant int) RETURNS void LANGUAGE plpgsql
SET jit = off SET enable_nestloop = off AS $$
BEGIN
    PERFORM catalog_rebuild_facets(tenant);
    PERFORM catalog_rebuild_segment_bits(tenant);
    PERFORM catalog_rebuild_price_list_bits(tenant);
    PERFORM catalog_rebuild_tokens(tenant);
END $$;
