"""Who may do what to which object: actors, sessions and the one compiled policy (ACCESS)."""
