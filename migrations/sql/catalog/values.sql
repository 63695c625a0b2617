-- Small integers for facet values, their labels, and a zero bitmap for every block of every value.

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
END $$;

CREATE FUNCTION catalog_label_values(tenant int) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE facet_values v SET label_ru = n.ru, label_kk = n.kk, label_en = n.en
    FROM (SELECT 2 AS grp, id::text AS key, name_ru AS ru, name_kk AS kk, name_en AS en
          FROM plants WHERE tenant_id = tenant
          UNION ALL SELECT 4, id::text, name_ru, name_kk, name_en FROM product_lines WHERE tenant_id = tenant
          UNION ALL SELECT 5, id::text, code, code, code FROM standards WHERE tenant_id = tenant) AS n
    WHERE v.tenant_id = tenant AND v.grp = n.grp AND v.key = n.key
      AND (v.label_ru, v.label_kk, v.label_en) IS DISTINCT FROM (n.ru, n.kk, n.en)
$$;
