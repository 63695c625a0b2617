"""Cards of the home pages and the search over everything, on top of the rooms that know the data."""
