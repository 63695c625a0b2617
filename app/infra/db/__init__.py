"""PostgreSQL: two pools (client, staff), one transaction a request, context before anything else."""
