"""Lower bounds on the loss of every radial topology of a network."""

from p2pdnr.reconfiguration.bounds.grid import Assumptions
from p2pdnr.reconfiguration.bounds.proof import Bound, lower_bound

__all__ = ["Assumptions", "Bound", "lower_bound"]
