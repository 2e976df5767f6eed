"""Scenarios: one JSON document holds everything a study needs.

schema        the document as frozen models
document      load, parse, write, hash
consistency   whether the parts of a document fit each other
checks        whether it fits its network
assembly      what it makes of the network: limits, initial topology, background loads, partners
patch         differences between two scenarios
problems, json_text   what stands behind the messages and the text
"""
