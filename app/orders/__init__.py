"""Orders: from a draft in four steps to what 1C:ERP made of them (PRODUCT, processes 9, 10 and 12)."""
