"""Eight numbers at a time: the compiled functions against the numpy lines they stand for, and the way without vectors.

The first test is the one to look at when numba or llvmlite change: kernels stay right without vectors, but slow.
"""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit

from p2pdnr.network.lanes import LANES, larger, load, padded, smaller, spread, store

COMPILED = not os.environ.get("NUMBA_DISABLE_JIT")
AWKWARD = [0.0, -0.0, 1.5, -2.25, np.nan, np.inf, -np.inf, 1e-308]


def every_function(a, b, out):  # type: ignore[no-untyped-def]
    """Each operation once, a row of ``out`` for each."""
    for block in range(a.shape[1] // LANES):
        x, y = load(a, 1, block), load(b, 0, block)
        store(out, 0, block, x + y)
        store(out, 1, block, x - y)
        store(out, 2, block, x * y)
        store(out, 3, block, x / y)
        store(out, 4, block, smaller(x, y))
        store(out, 5, block, larger(x, y))
        store(out, 6, block, 2.0 * x + spread(3.0))
        store(out, 7, block, smaller(x, 1.0))


def own_functions(a, b, out):  # type: ignore[no-untyped-def]
    """What this package has compiled where numba takes no vectors; arithmetic of arrays is numba's own."""
    for block in range(a.shape[1] // LANES):
        x, y = load(a, 1, block), load(b, 0, block)
        store(out, 0, block, smaller(x, y))
        store(out, 1, block, larger(x, y))
        store(out, 2, block, x + spread(3.0))
        store(out, 3, block, smaller(x, 1.0))


def answers(function):  # type: ignore[no-untyped-def]
    """(8, 16) what ``function`` writes for numbers that include NaN and infinity, zero where it writes nothing."""
    random = np.random.default_rng(1)
    a, b, out = random.normal(size=(2, 16)), random.normal(size=(1, 16)), np.zeros((8, 16))
    a[1, :8], b[0, 8:] = AWKWARD, AWKWARD
    with np.errstate(all="ignore"):
        function(a, b, out)
    return out


@pytest.mark.skipif(not COMPILED, reason="kernels run interpreted")
def test_compiled_functions_are_vector_instructions_with_numpys_answers() -> None:
    compiled = njit(error_model="numpy")(every_function)
    assert np.array_equal(answers(compiled), answers(every_function), equal_nan=True)
    (code,) = compiled.inspect_llvm().values()
    assert "<8 x double>" in code


@pytest.mark.skipif(not COMPILED, reason="kernels run interpreted")
def test_kernels_run_without_vectors_where_numba_takes_none() -> None:
    script = (
        "import sys, warnings; sys.modules['p2pdnr.network.lanes_llvm'] = None\n"
        "with warnings.catch_warnings(record=True) as told:\n"
        "    warnings.simplefilter('always')\n"
        "    from tests.network.test_lanes import answers, own_functions\n"
        "assert any('without vectors' in str(item.message) for item in told), told\n"
        "from numba import njit; import numpy as np\n"
        "compiled = njit(error_model='numpy')(own_functions)\n"
        "assert np.array_equal(answers(compiled), answers(own_functions), equal_nan=True)\n"
    )
    quickly = {**os.environ, "NUMBA_OPT": "0", "NUMBA_LOOP_VECTORIZE": "0"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=quickly)
    assert done.returncode == 0, done.stderr


def test_rows_are_padded_to_whole_blocks() -> None:
    assert [padded(width) for width in (0, 1, 8, 9)] == [0, 8, 8, 16]
