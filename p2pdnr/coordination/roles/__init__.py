"""What the operator may do beside agreeing with the market: one module per role of ``dso.role`` (docs/model.md)."""
