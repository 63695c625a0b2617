"""The edge of HTTP: what comes in is checked here once, and every failure becomes an answer in one place."""
