-- What the rows say; every bitmap is compared with these, and refreshed from them.

CREATE FUNCTION catalog_facets(tenant int, touched int[])
RETURNS TABLE (pos int, grp smallint, key text) LANGUAGE sql STABLE ROWS 30000 AS $$
    WITH RECURSIVE answers (id, older) AS (
        -- Who meets a standard also meets the ones it supersedes (DOMAIN, section 2).
        SELECT s.id, s.id FROM standards s WHERE s.tenant_id = tenant
        UNION
        SELECT a.id, o.id FROM answers a
        JOIN standards o ON o.tenant_id = tenant AND o.superseded_by = a.older),
    chosen AS (
        SELECT p.pos, p.package, p.is_blocked, p.deleted_at, g.deleted_at AS grade_deleted_at,
            g.plant_id, g.kind, g.line_id, g.viscosity, g.standards
        FROM unnest(touched) AS w (pos) JOIN products p ON p.tenant_id = tenant AND p.pos = w.pos
        JOIN grades g ON g.tenant_id = tenant AND g.id = p.grade_id)
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
$$;

CREATE FUNCTION catalog_all_pos(tenant int) RETURNS int[] LANGUAGE sql STABLE AS
$$ SELECT coalesce(array_agg(p.pos), '{}') FROM products p WHERE p.tenant_id = tenant $$;

CREATE FUNCTION catalog_facet_masks(tenant int, touched int[])
RETURNS TABLE (grp smallint, key text, block int, mask bit varying) LANGUAGE sql STABLE ROWS 200 AS $$
    SELECT f.grp, f.key, f.pos / 16384, bit_or(set_bit(z, f.pos % 16384, 1))
    FROM catalog_facets(tenant, touched) f, catalog_zero() z GROUP BY 1, 2, 3
$$;

CREATE FUNCTION catalog_token_masks(tenant int)
RETURNS TABLE (token text, block int, mask bit varying) LANGUAGE sql STABLE ROWS 10000 AS $$
    SELECT t.token, p.pos / 16384, bit_or(set_bit(z, p.pos % 16384, 1))
    FROM products p,
        catalog_product_words(p.name_ru, p.name_kk, p.name_en, p.sku, p.old_skus) AS t (token),
        catalog_zero() z
    WHERE p.tenant_id = tenant GROUP BY 1, 2
$$;
