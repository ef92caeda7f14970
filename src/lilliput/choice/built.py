"""What alternatives are judged by: a build as the pipeline makes it, of which the choice sees the measured half."""

from typing import Protocol

from lilliput.choice.implementations import Implementations
from lilliput.footprint import Footprint
from lilliput.ir import Graph
from lilliput.planning import Plan
from lilliput.toolchain import Image


class Built(Protocol):
    """A build: see `pipeline.Build`."""

    @property
    def graph(self) -> Graph:
        """The prepared graph."""
        ...

    @property
    def implementations(self) -> Implementations:
        """What computes each node."""
        ...

    @property
    def plan(self) -> Plan:
        """Where everything lies in the arena."""
        ...

    @property
    def image(self) -> Image:
        """The linked program."""
        ...

    @property
    def footprint(self) -> Footprint:
        """Its measured bytes."""
        ...
