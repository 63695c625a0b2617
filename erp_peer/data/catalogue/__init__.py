"""What the invented manufacturers make: lines, formulas, packages, standards."""
