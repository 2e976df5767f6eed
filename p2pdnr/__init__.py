"""Peer-to-peer energy trading on a distribution grid that re-switches itself every hour."""

__version__ = "0.1.0"
