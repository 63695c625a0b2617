"""Shapes at the border of the room: what comes in, what goes out."""
