"""Certificates of a result, recomputed from scenario, network and tables alone."""

from p2pdnr.verification.certificates import RULES, Certificate, claims, verify

__all__ = ["RULES", "Certificate", "claims", "verify"]
