"""Demo tenants and accounts."""
