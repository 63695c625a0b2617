"""What people see and do about the exchange."""
