"""A hostile insider's view: every route, every role, everybody else's things, every wrong value."""
