"""Meter readings of homes and firms, as portals and spreadsheets have them, and scenarios made of them."""
