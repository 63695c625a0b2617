"""Statements of the orders room; whatever reads or locks an order asks the policy first."""
