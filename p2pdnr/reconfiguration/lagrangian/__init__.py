"""Lower bounds of the operator's hours on radial topologies by weak duality."""
