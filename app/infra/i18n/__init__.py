"""Languages: catalogues read from ``locales/``, and the look of numbers, money and dates.

Message ids are English. Each room keeps its own ``locales/<language>/<room>.po``, so that rooms
can be translated side by side. Nothing is compiled to disk: the catalogues are read at start.
"""
