"""What is done in the admin cabinet."""
