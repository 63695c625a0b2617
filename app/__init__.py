"""Karavan, the portal: one folder per room, imports only downward (docs/map.md)."""
