"""What the portal reads: change batches, snapshots, single objects."""
