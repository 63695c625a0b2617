"""The policy: rules, compiled decisions and what the two are proved against."""
