"""The sources of the 1C extension, read as text: the platform that would run them is not here."""
