"""What a cell of the matrix means as rules, and which changes must not pass. All pure."""
