"""What comes into the admin cabinet and goes out of it."""
