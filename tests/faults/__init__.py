"""Faults with the real parts: what breaks must lose nothing, double nothing, and say so to people.

A phase of `make test` of its own, for it takes its time: `python -m tools.check faults`.
"""
