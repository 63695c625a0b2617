-- Bring the bitmaps of some products in line with the rows. Callers hold the lock.

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
END $$;

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
END $$;

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
END $$;
