"""Lower bounds on the cost of every schedule of a day, where the topologies are too many to be compared."""
