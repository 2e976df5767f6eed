"""The functions of :mod:`p2pdnr.network.lanes` as LLVM's instructions on vectors of eight numbers.

numba knows no vector of numbers. Its low-level interface for extensions takes, for each function, which types it gives
for which (``type_callable``) and the instructions to write where the call stands (``lower_builtin``); that costs the
compiler far less than functions to inline would. Importing this file registers them; it raises whatever a numba or
llvmlite to come may raise that no longer takes them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core.typing.templates import signature
from numba.extending import lower_builtin, models, register_model, type_callable

Emit = Callable[[Any, Any, Any], Any]
"""(builder, a, b) -> the LLVM value of an operation on two vectors."""


class LanesType(types.Type):
    """What numba calls a value of eight numbers."""


def register(functions: tuple[Callable[..., Any], ...], lanes: int) -> None:
    """Teach compiled code ``functions`` = (load, store, spread, smaller, larger) and +, -, *, / on their values."""
    vector = _Vector(lanes)

    @register_model(LanesType)
    class _Model(models.PrimitiveModel):
        """A vector of the machine (or several)."""

        def __init__(self, manager: Any, frontend: Any) -> None:
            super().__init__(manager, frontend, vector.type)

    load, store, spread, smaller, larger = functions
    vector.teach_moves(load, store)
    vector.teach_spread(spread)
    for function, emit in _pairwise(smaller, larger).items():
        vector.teach(function, emit)


_FLAGS = ("contract", "reassoc", "nsz", "arcp")


def _pairwise(smaller: Callable[..., Any], larger: Callable[..., Any]) -> dict[Callable[..., Any], Emit]:
    """Arithmetic may be reordered and fused; NaN and infinity keep their meaning, because they are how divergence
    shows."""
    return {
        operator.add: lambda builder, a, b: builder.fadd(a, b, flags=_FLAGS),
        operator.sub: lambda builder, a, b: builder.fsub(a, b, flags=_FLAGS),
        operator.mul: lambda builder, a, b: builder.fmul(a, b, flags=_FLAGS),
        operator.truediv: lambda builder, a, b: builder.fdiv(a, b, flags=_FLAGS),
        smaller: lambda builder, a, b: builder.select(builder.fcmp_ordered("<", a, b), a, b),
        larger: lambda builder, a, b: builder.select(builder.fcmp_ordered(">", a, b), a, b),
    }


class _Vector:
    """Eight numbers as LLVM sees them."""

    def __init__(self, lanes: int) -> None:
        self.lanes, self.type, self.numba = lanes, ir.VectorType(ir.DoubleType(), lanes), LanesType("lanes")

    def teach_moves(self, load: Callable[..., Any], store: Callable[..., Any]) -> None:
        """``load(array, row, block)`` and ``store(array, row, block, value)``."""

        @type_callable(load)
        def _(_context: Any) -> Any:
            return lambda array, row, block: signature(self.numba, array, types.intp, types.intp)

        @type_callable(store)
        def _(_context: Any) -> Any:
            return lambda array, row, block, value: signature(types.none, array, types.intp, types.intp, self.numba)

        @lower_builtin(load, types.Array, types.Integer, types.Integer)
        def _(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.load(self._address(context, builder, sig, args), align=8)

        @lower_builtin(store, types.Array, types.Integer, types.Integer, LanesType)
        def _(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            builder.store(args[3], self._address(context, builder, sig, args), align=8)
            return context.get_dummy_value()

    def teach_spread(self, spread: Callable[..., Any]) -> None:
        """``spread(number)``."""

        @type_callable(spread)
        def _(_context: Any) -> Any:
            return lambda value: signature(self.numba, types.float64)

        @lower_builtin(spread, types.Float)
        def _(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return self._widened(builder, args[0], sig.args[0])

    def teach(self, function: Callable[..., Any], emit: Emit) -> None:
        """``function`` of two values, one or both of which are eight numbers."""

        @type_callable(function)
        def _(_context: Any) -> Any:
            def typer(a: Any, b: Any) -> Any:
                kinds = [kind if isinstance(kind, LanesType) else types.float64 for kind in (a, b)]
                return signature(self.numba, *kinds) if self.numba in kinds else None

            return typer

        def generate(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return emit(builder, *(self._widened(builder, v, kind) for v, kind in zip(args, sig.args, strict=True)))

        for kinds in ((LanesType, LanesType), (LanesType, types.Float), (types.Float, LanesType)):
            lower_builtin(function, *kinds)(generate)

    def _address(self, context: Any, builder: Any, sig: Any, args: Any) -> Any:
        """Where (array, row, block) starts, as a pointer to a vector."""
        model = context.data_model_manager[sig.args[0]]  # its parts as they stand: no copy on the stack
        data, shape = (model.get_field_position(name) for name in ("data", "shape"))
        row = builder.mul(args[1], builder.extract_value(args[0], (shape, 1)))
        offset = builder.add(row, builder.mul(args[2], ir.Constant(args[2].type, self.lanes)))
        return builder.bitcast(builder.gep(builder.extract_value(args[0], data), [offset]), self.type.as_pointer())

    def _widened(self, builder: Any, value: Any, kind: Any) -> Any:
        """A number as eight of them."""
        if isinstance(kind, LanesType):
            return value
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        nothing = ir.Constant(self.type, ir.Undefined)
        first = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(first, nothing, zeros)
