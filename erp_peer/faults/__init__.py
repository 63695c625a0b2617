"""Faults on demand: rules say which requests suffer what; chance comes from a seeded generator."""
