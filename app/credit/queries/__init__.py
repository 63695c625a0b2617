"""Statements of credit and plans."""
