"""The stand-in 1C:ERP: its own program and database; the portal meets it over HTTP only."""
