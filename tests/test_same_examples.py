"""What Hypothesis draws does not depend on what else is loaded."""

from __future__ import annotations

from hypothesis.internal.conjecture import providers

from p2pdnr.reconfiguration.planning import snapshot


def test_numbers_of_loaded_modules_are_not_drawn_for_that() -> None:
    assert snapshot.__name__.startswith("p2pdnr.")
    assert not len(providers._get_local_constants()), "the package is loaded, and its constants are read"
