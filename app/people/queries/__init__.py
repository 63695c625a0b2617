"""The room's SQL, one module a matter."""
