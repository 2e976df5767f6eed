"""What MkDocs does beside its configuration (mkdocs.yml): copies of what pages link to, a page for every module,
formulas drawn by a MathJax that the site brings along."""

from __future__ import annotations

import posixpath
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pymdownx.arithmatex import arithmatex_fenced_format
from pymdownx.slugs import slugify

from scripts.site.text import DOCS, PACKAGE, ROOT, markdown, outside, place, reference

PROJECT = tuple(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY"))
MATHJAX_URL = "javascripts/tex-svg.js"
MATHJAX = """
<script>
window.MathJax = {
  tex: { inlineMath: [["\\\\(", "\\\\)"]], displayMath: [["\\\\[", "\\\\]"]] },
  options: { enableMenu: false, ignoreHtmlClass: ".*", processHtmlClass: "arithmatex" },
};
</script>
<script defer src="%s"></script>
"""
STYLE = """
.arithmatex { overflow-x: auto; overflow-y: hidden; }
.md-typeset mjx-container[jax="SVG"] > svg { max-width: none; }
.md-typeset table:not([class]) { font-size: .7rem; }
.md-typeset p { overflow-wrap: anywhere; }
@media (max-width: 45em) { span.arithmatex { display: inline-block; max-width: 100%; vertical-align: middle; } }
"""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fences of formulas, anchors as on code hosts, and the reference behind the written pages."""
    fence = {"name": "math", "class": "arithmatex", "format": arithmatex_fenced_format(mode="generic")}
    config.mdx_configs["pymdownx.superfences"] = {"custom_fences": [fence]}
    config.mdx_configs["toc"]["slugify"] = slugify(case="lower")
    made = [{"Reference": _tree(PACKAGE)}, {"Project": [place(page) for page in PROJECT]}]
    config.nav = [*(config.nav or []), *made]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Reference pages, style, MathJax, and copies of whatever pages link to outside of docs/."""
    for module in _modules():
        dotted = ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        files.append(File.generated(config, reference(module), content=f"::: {dotted}\n"))
    files.append(File.generated(config, "stylesheets/site.css", content=STYLE))
    files.append(File.generated(config, MATHJAX_URL, abs_src_path=_mathjax()))
    for source in _copied(list(DOCS.rglob("*.md"))):
        files.append(File.generated(config, place(source), abs_src_path=str(source)))
    return files


def on_page_markdown(text: str, page: Page, **_: Any) -> str:
    """A page as the site needs it."""
    home = Path(page.file.abs_src_path or DOCS / page.file.src_uri).parent
    return markdown(text, home, posixpath.dirname(page.file.src_uri))


def on_page_content(content: str, page: Page, **_: Any) -> str:
    """What draws formulas, on pages that have some."""
    if 'class="arithmatex"' not in content:
        return content
    return content + MATHJAX % posixpath.relpath(MATHJAX_URL, posixpath.dirname(page.url) or ".")


def _copied(pages: list[Path]) -> set[Path]:
    """The project's own pages and all that pages link to, and so on."""
    known, waiting = set(PROJECT), [*pages, *PROJECT]
    while waiting:
        new = outside(waiting.pop()) - known
        known |= new
        waiting += [path for path in new if path.suffix == ".md"]
    return known


def _modules() -> list[Path]:
    return [
        path for path in sorted(PACKAGE.rglob("*.py")) if path.stem != "__main__" and "_resources" not in path.parts
    ]


def _tree(folder: Path) -> list[Any]:
    """The navigation of a package: itself, its modules, its packages."""
    modules = [{path.stem: reference(path)} for path in sorted(folder.glob("[a-z]*.py"))]
    packages = [{path.parent.name: _tree(path.parent)} for path in sorted(folder.glob("*/__init__.py"))]
    return [reference(folder / "__init__.py"), *modules, *packages]


def _mathjax() -> str:
    """MathJax in one file, fonts included, from the Python package that holds it."""
    package = find_spec("mathjax")
    if package is None or not package.submodule_search_locations:
        raise PluginError("MathJax is missing: install requirements-site.txt")
    return str(Path(package.submodule_search_locations[0]) / "static" / "mathjax" / "es5" / "tex-svg.js")
