"""Called by griffe, which reads the package for the reference pages."""

from __future__ import annotations

from griffe import Extension, Object

from scripts.site.text import docstring


class PlainText(Extension):
    """Makes Markdown of docstrings that are written to be read in an editor."""

    def on_instance(self, *, obj: Object, **_: object) -> None:
        """Called for every module, class, function and constant."""
        if obj.docstring is not None:
            obj.docstring.value = docstring(obj.docstring.value)
