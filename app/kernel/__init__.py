"""Words every room shares: errors, money, units, ids and time. Imports nothing of the portal."""
