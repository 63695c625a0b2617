"""What surrounds every page and where each of the thirteen roles lands."""
