"""How days turn out otherwise than forecast: the errors of sun and loads, and what prosumers do about them."""
