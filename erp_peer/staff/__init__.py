"""What the ERP's own people do: move orders on, change prices, stock and limits."""
