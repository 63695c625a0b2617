"""The catalogue: what a contract offers, at which price, from which warehouse, and how it is found.

An offer is agreement x product and is never stored (docs/adr/0005). Bitmaps propose, rows decide (CATALOGUE).
"""
