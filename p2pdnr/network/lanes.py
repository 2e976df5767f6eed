"""Eight numbers at a time: a vector type for compiled kernels.

Compilers vectorise a loop only when they can prove that its rows do not overlap, which a tree's "add to the parent's
row" defeats. Kernels therefore say what they mean: ``load`` and ``store`` move eight neighbouring numbers of a row, and
+, -, *, / work on them as on one number. Compiled, a value is a vector register; interpreted (``NUMBA_DISABLE_JIT=1``),
the same kernel runs on slices of numpy arrays.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, models, overload, register_model

from p2pdnr.network.arrays import Floats

LANES = 8
# Arithmetic may be reordered and fused; NaN and infinity keep their meaning, because they are how divergence shows.
_FLAGS = ("contract", "reassoc", "nsz", "arcp")
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
# numba's decorator changes the signature, which its hints do not say
_emits: Callable[[Callable[..., Any]], Any] = intrinsic


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


class LanesType(types.Type):
    """What numba calls a value of eight numbers."""


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    """A vector of the machine (or several)."""

    def __init__(self, manager: Any, frontend: Any) -> None:
        super().__init__(manager, frontend, _VECTOR)  # type: ignore[no-untyped-call]


def _lanes() -> Any:
    return LanesType("lanes")


def _address(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Where (array, row, block) starts, as a pointer to a vector."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    row = builder.mul(args[1], builder.extract_value(array.shape, 1))
    offset = builder.add(row, builder.mul(args[2], ir.Constant(args[2].type, LANES)))
    return builder.bitcast(builder.gep(array.data, [offset]), _VECTOR.as_pointer())


def _widened(builder: Any, value: Any, kind: Any) -> Any:
    """A number as eight of them."""
    if isinstance(kind, LanesType):
        return value
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, nothing, zeros)


@_emits
def _load(_typing: Any, array: Any, row: Any, block: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_address(context, builder, signature, args), align=8)

    return _lanes()(array, types.intp, types.intp), generate


@_emits
def _store(_typing: Any, array: Any, row: Any, block: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[3], _address(context, builder, signature, args), align=8)
        return context.get_dummy_value()

    return types.none(array, types.intp, types.intp, _lanes()), generate


@_emits
def _spread(_typing: Any, value: Any) -> Any:
    def generate(_context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _widened(builder, args[0], signature.args[0])

    return _lanes()(types.float64), generate


def _pairwise(emit: Callable[[Any, Any, Any], Any]) -> Any:
    """An intrinsic that joins two values, either of which may be a single number."""

    @_emits
    def joined(_typing: Any, a: Any, b: Any) -> Any:
        def generate(_context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return emit(builder, *(_widened(builder, v, kind) for v, kind in zip(args, signature.args, strict=True)))

        kinds = [kind if isinstance(kind, LanesType) else types.float64 for kind in (a, b)]
        return _lanes()(*kinds), generate

    return joined


def _either(function: Callable[..., Any], emit: Callable[[Any, Any, Any], Any]) -> None:
    """Teach compiled code to call ``function`` on two values, where one or both are lanes."""
    joined = _pairwise(emit)

    @overload(function, inline="always")
    def _(a, b):  # type: ignore[no-untyped-def]
        return (lambda a, b: joined(a, b)) if isinstance(a, LanesType) or isinstance(b, LanesType) else None


@overload(load, inline="always")
def _(array, row, block):  # type: ignore[no-untyped-def]
    return lambda array, row, block: _load(array, row, block)


@overload(store, inline="always")
def _(array, row, block, value):  # type: ignore[no-untyped-def]
    return lambda array, row, block, value: _store(array, row, block, value)


@overload(spread, inline="always")
def _(value):  # type: ignore[no-untyped-def]
    return lambda value: _spread(value)


_either(operator.add, lambda builder, a, b: builder.fadd(a, b, flags=_FLAGS))
_either(operator.sub, lambda builder, a, b: builder.fsub(a, b, flags=_FLAGS))
_either(operator.mul, lambda builder, a, b: builder.fmul(a, b, flags=_FLAGS))
_either(operator.truediv, lambda builder, a, b: builder.fdiv(a, b, flags=_FLAGS))
_either(smaller, lambda builder, a, b: builder.select(builder.fcmp_ordered("<", a, b), a, b))
_either(larger, lambda builder, a, b: builder.select(builder.fcmp_ordered(">", a, b), a, b))
