"""Working calendars: on which days and hours people of a country work, and when a deadline falls due."""
