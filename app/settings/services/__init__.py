"""Verbs of settings, each one transaction that the caller commits."""
