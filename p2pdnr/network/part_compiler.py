"""Compiles kernels in two ways: their parts as unoptimised code, and entry points that link every part once.

numba optimises each function together with all that it calls, makes machine code of it, and copies it into its callers,
so that a part five calls below its entry point is copied and optimised six times. Here a part ends as LLVM code of
itself alone. The entry point collects the parts of its parts, and is optimised once. A part cannot be called from
Python.
"""

from __future__ import annotations

from typing import Any

from llvmlite import binding  # type: ignore[import-untyped]
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _Library(JITCodeLibrary):
    """LLVM code that says which other code it needs."""

    def needed(self) -> list[Any]:
        """The code it calls, parts of parts included, each once."""
        found: dict[Any, None] = {}
        waiting = list(self._linking_libraries)
        while waiting:
            library = waiting.pop()
            if library not in found:
                found[library] = None
                waiting += library._linking_libraries if isinstance(library, PartLibrary) else []
        return list(found)

    def _optimize_functions(self, ll_module: Any) -> None:
        """All that is done to a function by itself."""
        ll_module.data_layout = self._codegen._data_layout


class PartLibrary(_Library):
    """LLVM code of a part, never handed to the machine."""

    def finalize(self) -> None:
        """Whoever links it may have its own copy of it, which goes where all calls of it are copied, too."""
        self._raise_if_finalized()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == binding.Linkage.external:
                function.linkage = "linkonce_odr"
        self._finalize_dynamic_globals()
        self._shared_module = self._final_module
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """None."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """What numba asks to store the constants of a function that has machine code."""
        return _Nowhere()


class EntryLibrary(_Library):
    """Machine code of an entry point and of all its parts."""

    def finalize(self) -> None:
        """Link, optimise, and make machine code."""
        self._linking_libraries = self.needed()
        super().finalize()

    def _optimize_final_module(self) -> None:
        """numba has a pass before this one, to bring together what counts references; kernels hardly do."""
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


class _Nowhere:
    def set_env(self, env_name: str, env: Any) -> None:
        """There is no machine code that could read them."""


class PartCompiler(Compiler):
    """numba's compiler, into the code of a part."""

    def define_pipelines(self) -> Any:
        """The usual ones."""
        self.state.library = PartLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()


class EntryCompiler(Compiler):
    """numba's compiler, into the code of an entry point."""

    def define_pipelines(self) -> Any:
        """The usual ones."""
        self.state.library = EntryLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super().define_pipelines()
