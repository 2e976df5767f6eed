"""Compiles parts of kernels without optimising them: that is done once, in the entry point they are copied into.

numba optimises each function together with all that it calls, and makes machine code of it, so that a part five calls
below its entry point is optimised six times. Here a part ends as unoptimised LLVM code that its callers link in. It
cannot be called from Python.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _Library(JITCodeLibrary):
    """LLVM code of a part, never handed to the machine."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """None."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """What numba asks to store the constants of a function that has machine code."""
        return _Nowhere()


class _Nowhere:
    def set_env(self, env_name: str, env: Any) -> None:
        """There is no machine code that could read them."""


class PartCompiler(Compiler):
    """numba's compiler, into such a library."""

    def define_pipelines(self) -> Any:
        """The usual ones."""
        self.state.library = _Library(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()
