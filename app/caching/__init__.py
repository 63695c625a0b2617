"""What pages show again and again, kept in Redis: lazy, synchronized and write-through caches on one protocol.

PostgreSQL is the truth and this room may forget everything at any moment. Nothing decides about money, stock or access
from what it keeps (ERP-EXCHANGE 5, docs/caches.md).
"""
