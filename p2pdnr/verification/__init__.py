"""Certificates of a result, recomputed from scenario, network and tables alone."""

from p2pdnr.verification.certificates import ON_REQUEST, RULES, Certificate, claims, from_claims, verify
from p2pdnr.verification.statements import Statements, statements

__all__ = ["ON_REQUEST", "RULES", "Certificate", "Statements", "claims", "from_claims", "statements", "verify"]
