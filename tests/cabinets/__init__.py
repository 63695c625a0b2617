"""Home pages and the shell."""
