"""Eight numbers at a time: a vector type for compiled kernels.

Compilers vectorise a loop only when they can prove that its rows do not overlap, which a tree's "add to the parent's
row" defeats. Kernels therefore say what they mean: ``load`` and ``store`` move eight neighbouring numbers of a row, and
+, -, *, / work on them as on one number. Compiled, a value is a vector register (:mod:`p2pdnr.network.lanes_llvm`);
interpreted (``NUMBA_DISABLE_JIT=1``), the same kernel runs on slices of numpy arrays.

Where a numba or llvmlite to come does not take the vectors, the lines below are compiled as they stand, loops over
eight numbers in memory: right, and many times slower, which a warning tells. ``tests/network/test_lanes.py`` fails
then, and takes that way, too.
"""

from __future__ import annotations

import warnings

import numpy as np
from numba.extending import register_jitable

from p2pdnr.network.arrays import Floats

LANES = 8


def padded(width: int) -> int:
    """The next multiple of the number of lanes."""
    return -(-width // LANES) * LANES


def load(array: Floats, row: int, block: int) -> Floats:
    """The ``block``-th eight numbers of a row of a C-contiguous array."""
    return array[row, block * LANES : (block + 1) * LANES].copy()


def store(array: Floats, row: int, block: int, value: Floats) -> None:
    """Write eight numbers to where :func:`load` reads them."""
    array[row, block * LANES : (block + 1) * LANES] = value


def spread(value: float) -> Floats:
    """Eight times the same number."""
    return np.full(LANES, value)


def smaller(a: Floats, b: Floats) -> Floats:
    """The smaller of each pair, b where they do not compare."""
    return np.where(a < b, a, b)


def larger(a: Floats, b: Floats) -> Floats:
    """The larger of each pair, b where they do not compare."""
    return np.where(a > b, a, b)


def _teach_compiler() -> None:
    functions = (load, store, spread, smaller, larger)
    try:
        from p2pdnr.network import lanes_llvm

        lanes_llvm.register(functions, LANES)
    except Exception as exception:  # whatever another numba or llvmlite says
        warnings.warn(f"compiled kernels run without vectors, far slower: {exception}", RuntimeWarning, stacklevel=2)
        for function in functions:
            register_jitable(function)


_teach_compiler()
