"""Certificates of the operator's roles other than welfare, from the files alone."""
