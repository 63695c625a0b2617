"""Commands of the portal: decoded, done once, remembered by their id."""
