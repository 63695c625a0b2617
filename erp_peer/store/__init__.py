"""The peer's own database: tables made from the stream descriptions, and how rows become wire text."""
