"""Credit of a contract and plans of a client: what is left to spend, what was promised to be bought."""
