"""Available to promise: what the ERP says is free, less what the portal holds and the ERP has not seen yet."""
