"""The catalogue, proved against plain Python over the same rows."""
