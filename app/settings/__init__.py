"""What a manufacturer settles about its own portal: brand, currencies, time, working calendars, its infobase."""
