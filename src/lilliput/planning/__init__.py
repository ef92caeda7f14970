"""Graph -> Plan: where every tensor lies in the arena and in which order nodes run; proven by a checker of its own."""

from lilliput.planning.checker import check_plan
from lilliput.planning.liveness import contributors, live_bytes
from lilliput.planning.plan import Buffer, Plan
from lilliput.planning.planner import plan

__all__ = ["Buffer", "Plan", "check_plan", "contributors", "live_bytes", "plan"]
