"""Python imports this first in every process below scripts/run_tests.py, whose PYTHONPATH names the folder."""

import line_marks

line_marks.install()
