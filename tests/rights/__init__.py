"""Rights in the browser."""
