"""Rules of orders: pure, no input or output, every reason at once, codes instead of prose."""
