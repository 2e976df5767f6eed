"""The market: prosumers, their negotiation and their bills. Knows nothing of the grid."""
