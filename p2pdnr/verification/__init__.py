"""Certificates of a result, recomputed from scenario, network and tables alone."""

from p2pdnr.verification.certificates import ON_REQUEST, RULES, Certificate, claims, from_claims, verify

__all__ = ["ON_REQUEST", "RULES", "Certificate", "claims", "from_claims", "verify"]
