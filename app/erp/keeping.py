"""How long this room's rows are kept."""

from typing import Final

from app.erp.mappings.papers import TASK_DAYS
from app.erp.streams import FEED
from app.infra.keeping import Keep

_MOST_ENTRIES: Final = 1_000_000  # of one node
# The batch at the watermark may come again, and what lies above it was not acknowledged: both stay whatever their age.
_BELOW_WATERMARK: Final = f"""
    t.batch < (SELECT s.batch FROM erp_streams s WHERE s.tenant_id = $1 AND s.node = t.node AND s.stream = '{FEED}')"""
_TOO_MANY: Final = f"""
    t.batch < (SELECT n.batch FROM erp_inbox n WHERE n.tenant_id = $1 AND n.node = t.node
               ORDER BY n.batch DESC, n.idx DESC OFFSET {_MOST_ENTRIES} LIMIT 1)"""

KEEPING: Final = (
    Keep(
        "erp_inbox",
        "7 days, and at most 1,000,000 entries of one node; never from the last batch applied upwards",
        f"{_BELOW_WATERMARK} AND (t.applied_at < now() - interval '7 days' OR {_TOO_MANY})",
    ),
    Keep(
        "erp_throughput",
        "7 days: the chart shows an hour",
        "t.minute < now() - interval '7 days'",
    ),
    Keep(
        "erp_letters",
        "30 days; of a message that still waits for a decision until somebody takes it",
        """t.at < now() - interval '30 days' AND NOT EXISTS (
            SELECT FROM outbox o WHERE o.tenant_id = $1 AND o.id = t.intent_id AND o.stage = 'dead')""",
    ),
    Keep(
        "erp_alerts",
        "90 days after they ended",
        "t.ended_at < now() - interval '90 days'",
    ),
    Keep(
        "erp_reconciliations",
        "90 days after they ended, with the differences they found",
        "t.ended_at < now() - interval '90 days'",
    ),
    Keep(
        "transport_tasks",
        f"{TASK_DAYS} days after the vehicle was to arrive: drivers are persons; the ERP keeps its own",
        f"t.arrive_on <= now()::date - {TASK_DAYS}",
    ),
)
