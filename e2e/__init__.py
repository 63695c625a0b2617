"""Browser journeys against a whole running portal."""
