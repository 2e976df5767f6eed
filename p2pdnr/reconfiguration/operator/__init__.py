"""The operator's hours on the exact power flow: injections that the grid would take, and the charges that say so."""
