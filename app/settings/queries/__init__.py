"""Rows of a tenant's settings."""
