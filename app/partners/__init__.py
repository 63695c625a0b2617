"""Clients and what was agreed with them: organisations, contracts, agreements, consignees, regions.

All of it is mastered by 1C:ERP; the portal reads, shows how old it is, and never edits.
"""
