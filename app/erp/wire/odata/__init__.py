"""Plain OData 3.0, which every 1C publication offers: slower and coarser than surface H, and enough (surface O)."""
