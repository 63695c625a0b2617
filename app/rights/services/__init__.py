"""What people do with rights."""
