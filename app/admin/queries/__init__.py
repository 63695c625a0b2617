"""What the admin cabinet reads."""
