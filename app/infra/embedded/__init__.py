"""PostgreSQL and Valkey that come with the portal: finding, preparing and starting them.

For demo, development and tests. A production installation names managed servers in
``KARAVAN_DATABASE_URL`` and ``KARAVAN_REDIS_URL``, and nothing of this room runs.
"""
