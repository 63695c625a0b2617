"""The exchange with 1C:ERP: full loads, the feed of changes, and the commands that leave (ERP-EXCHANGE, section 4)."""
