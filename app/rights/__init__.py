"""Rights in the browser: the matrix, its drafts and versions, and what a change would do."""
