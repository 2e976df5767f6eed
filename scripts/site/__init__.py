"""What `make site` makes of docs/ and of the docstrings."""
