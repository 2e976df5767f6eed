"""The branch flow as cone programmes, for a tree and for all trees."""
