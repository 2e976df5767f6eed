"""The network: arrays, readers, topology, power flow and drawing."""
