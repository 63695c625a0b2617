-- One bitmap table over one table of pairs: :bits with its :key, over :rows, of which one (i) :counts today.
-- An UPDATE of the pair's row matters where it :differs (n new, o old).

CREATE FUNCTION catalog_:bits_masks(tenant int)
RETURNS TABLE (id uuid, block int, mask bit varying) LANGUAGE sql STABLE ROWS 60 AS $$
    SELECT i.:key, p.pos / 16384, bit_or(set_bit(z, p.pos % 16384, 1))
    FROM :rows i JOIN products p ON p.tenant_id = tenant AND p.id = i.product_id,
        catalog_zero() z, catalog_today(tenant) AS today
    WHERE i.tenant_id = tenant AND :counts GROUP BY 1, 2
$$;

-- ids[n] with items[n] is a pair that may have come, gone or changed.
CREATE FUNCTION catalog_refresh_:bits(tenant int, ids uuid[], items uuid[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO :bits (tenant_id, :key, block, bits)
    SELECT DISTINCT tenant, w.id, p.pos / 16384, catalog_zero()
    FROM unnest(ids, items) AS w (id, product_id)
    JOIN products p ON p.tenant_id = tenant AND p.id = w.product_id
    WHERE NOT EXISTS (SELECT FROM :bits b
                      WHERE b.tenant_id = tenant AND b.:key = w.id AND b.block = p.pos / 16384);
    WITH d AS MATERIALIZED (
        SELECT w.id, p.pos / 16384 AS block, bit_or(set_bit(z, p.pos % 16384, 1)) AS touched,
            coalesce(bit_or(set_bit(z, p.pos % 16384, 1)) FILTER (WHERE :counts), catalog_zero()) AS present
        FROM unnest(ids, items) AS w (id, product_id)
        JOIN products p ON p.tenant_id = tenant AND p.id = w.product_id
        LEFT JOIN :rows i ON i.tenant_id = tenant AND i.:key = w.id AND i.product_id = w.product_id,
            catalog_zero() z, catalog_today(tenant) AS today
        GROUP BY 1, 2)
    UPDATE :bits b SET bits = (b.bits & ~d.touched) | d.present FROM d
    WHERE b.tenant_id = tenant AND b.:key = d.id AND b.block = d.block AND (b.bits & d.touched) <> d.present;
END $$;

CREATE FUNCTION catalog_rebuild_:bits(tenant int) RETURNS void LANGUAGE plpgsql
SET jit = off SET enable_nestloop = off AS $$
BEGIN
    PERFORM catalog_lock(tenant);
    WITH n AS MATERIALIZED (SELECT * FROM catalog_:bits_masks(tenant)),
    gone AS (
        UPDATE :bits b SET bits = catalog_zero()
        WHERE b.tenant_id = tenant AND b.bits <> catalog_zero()
          AND NOT EXISTS (SELECT FROM n WHERE n.id = b.:key AND n.block = b.block))
    INSERT INTO :bits AS b (tenant_id, :key, block, bits) SELECT tenant, id, block, mask FROM n
    ON CONFLICT (tenant_id, :key, block) DO UPDATE SET bits = excluded.bits WHERE b.bits <> excluded.bits;
END $$;

CREATE FUNCTION catalog_:rows_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenant int;
    ids uuid[];
    items uuid[];
BEGIN
    IF catalog_is_bulk() THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        FOR tenant, ids, items IN
            SELECT tenant_id, array_agg(:key), array_agg(product_id) FROM new_rows GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_:bits(tenant, ids, items);
        END LOOP;
    ELSIF TG_OP = 'DELETE' THEN
        FOR tenant, ids, items IN
            SELECT tenant_id, array_agg(:key), array_agg(product_id) FROM old_rows GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_:bits(tenant, ids, items);
        END LOOP;
    ELSE
        -- A row whose key moved counts twice: where it was, and where it is.
        FOR tenant, ids, items IN
            SELECT w.tenant_id, array_agg(w.:key), array_agg(w.product_id) FROM (
                SELECT n.tenant_id, n.:key, n.product_id
                FROM new_rows n LEFT JOIN old_rows o USING (tenant_id, :key, product_id)
                WHERE o.product_id IS NULL OR :differs
                UNION ALL
                SELECT o.tenant_id, o.:key, o.product_id
                FROM old_rows o LEFT JOIN new_rows n USING (tenant_id, :key, product_id)
                WHERE n.product_id IS NULL) AS w
            GROUP BY 1 LOOP
            PERFORM catalog_lock(tenant);
            PERFORM catalog_refresh_:bits(tenant, ids, items);
        END LOOP;
    END IF;
    RETURN NULL;
END $$;
