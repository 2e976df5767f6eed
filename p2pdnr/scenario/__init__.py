"""Scenarios: the models (schema), the documents (document), their checks, what they make of a network (assembly),
and their differences (patch).
"""
