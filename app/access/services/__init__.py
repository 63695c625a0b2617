"""Business verbs of access: signing in and out, one's own profile."""
