"""Unit and integration tests; folders mirror ``app``."""
