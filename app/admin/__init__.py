"""What an installation begins with: its tenants, their default rights and the accounts to try them with."""
