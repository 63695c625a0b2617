"""Verbs of orders: one business deed each, in the caller's transaction; the caller commits."""
