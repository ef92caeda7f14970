"""Graph -> Plan: where everything lies in the arena and in which order rows are computed; proven by its own checker."""

from lilliput.planning.checker import check_plan
from lilliput.planning.liveness import contributors, live_bytes
from lilliput.planning.needs import needs
from lilliput.planning.plan import Buffer, Plan, Step
from lilliput.planning.planner import ArenaDoesNotFitError, plan

__all__ = [
    "ArenaDoesNotFitError",
    "Buffer",
    "Plan",
    "Step",
    "check_plan",
    "contributors",
    "live_bytes",
    "needs",
    "plan",
]
