"""The edge of HTTP."""
