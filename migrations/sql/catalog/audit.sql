-- Every difference between bitmaps, words, labels and the rows; zero bitmaps and missing ones are the same.

CREATE FUNCTION catalog_audit(tenant int) RETURNS TABLE (what text, key text, block int)
LANGUAGE sql STABLE SET jit = off SET enable_nestloop = off AS $$
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
    FULL JOIN catalog_segment_bits_masks(tenant) n ON n.id = b.segment_id AND n.block = b.block
    WHERE coalesce(b.bits, catalog_zero()) <> coalesce(n.mask, catalog_zero())
    UNION ALL
    SELECT 'price list', coalesce(b.price_list_id, n.id)::text, coalesce(b.block, n.block)
    FROM (SELECT * FROM price_list_bits WHERE tenant_id = tenant) AS b
    FULL JOIN catalog_price_list_bits_masks(tenant) n ON n.id = b.price_list_id AND n.block = b.block
    WHERE coalesce(b.bits, catalog_zero()) <> coalesce(n.mask, catalog_zero())
    UNION ALL
    SELECT 'word', coalesce(b.token, n.token), coalesce(b.block, n.block)
    FROM (SELECT * FROM search_tokens WHERE tenant_id = tenant) AS b
    FULL JOIN catalog_token_masks(tenant) n ON n.token = b.token AND n.block = b.block
    WHERE coalesce(b.bits, catalog_zero()) <> coalesce(n.mask, catalog_zero())
    UNION ALL
    SELECT 'gram', coalesce(g.gram, n.gram), 0
    FROM (SELECT * FROM search_grams WHERE tenant_id = tenant) AS g
    FULL JOIN (SELECT t.id, gram FROM (SELECT DISTINCT id, token FROM search_tokens
                                       WHERE tenant_id = tenant) AS t, catalog_grams(t.token) AS gram) AS n
        ON n.id = g.token_id AND n.gram = g.gram
    WHERE g.gram IS NULL OR n.gram IS NULL
    UNION ALL
    SELECT 'label', v.grp || ' ' || v.key, 0 FROM facet_values v
    LEFT JOIN plants n ON n.tenant_id = tenant AND v.grp = 2 AND n.id::text = v.key
    LEFT JOIN product_lines l ON l.tenant_id = tenant AND v.grp = 4 AND l.id::text = v.key
    LEFT JOIN standards s ON s.tenant_id = tenant AND v.grp = 5 AND s.id::text = v.key
    WHERE v.tenant_id = tenant AND (v.label_ru, v.label_kk, v.label_en) IS DISTINCT FROM (
        coalesce(n.name_ru, l.name_ru, s.code, ''), coalesce(n.name_kk, l.name_kk, s.code, ''),
        coalesce(n.name_en, l.name_en, s.code, ''))
$$;
