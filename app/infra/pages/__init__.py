"""Pages: the Jinja environment, the shell every page sits in, and assets with content hashes."""
