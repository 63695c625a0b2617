"""Contracts, agreements, addresses, organisations and regions, read by every kind of person."""
