"""Network -> lower bound."""

from lilliput.planning.network import Network


def lower_bound_bytes(network: Network, *, pushed: bool) -> int:
    return 0
