"""The wire of surface H: messages, failures and the one client that speaks it (docs/erp-surface-h.md)."""
