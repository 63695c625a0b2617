"""Deterministic invented data: the same seed, profile and day give the same rows everywhere."""
