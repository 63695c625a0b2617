"""The starter and the commands."""
