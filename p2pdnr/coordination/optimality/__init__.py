"""How far a plan is from the best: the centralised optimum, bounds by duality, better plans nearby."""
