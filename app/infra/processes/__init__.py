"""The starter: parts as data, one loop that starts, watches, restarts and stops them."""
