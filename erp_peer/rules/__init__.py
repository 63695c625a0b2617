"""Business rules, pure: no database, no clock, no HTTP."""
