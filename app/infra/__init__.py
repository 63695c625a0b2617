"""Technology: the database, the queue, the edge of HTTP, pages and languages. Knows no business."""
