"""What people do with files."""
