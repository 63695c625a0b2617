"""Statements of the catalogue. Hot ones run on the driver, with one text per shape of question and rights."""
