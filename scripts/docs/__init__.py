"""What docs/ holds that is made and not written: ``make docs`` (:mod:`scripts.docs.__main__`)."""
