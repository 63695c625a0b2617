"""Rules of settings: pure, every reason at once."""
