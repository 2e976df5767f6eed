"""A file as a SCORM 1.2 package, for learning platforms that take no page by itself.

The page is an asset: it tells the platform nothing, no marks and no names, so that no script of SCORM is needed.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

PAGE = "index.html"
"""Name of the page inside the package."""

_WRITTEN = (2020, 1, 1, 0, 0, 0)
"""Time of both entries, so that equal pages give equal packages."""

_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="p2pdnr-{name}" version="1.0"
          xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
          xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="lessons">
    <organization identifier="lessons">
      <title>{title}</title>
      <item identifier="lesson" identifierref="page"><title>{title}</title></item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page" type="webcontent" adlcp:scormtype="asset" href="{page}"><file href="{page}"/></resource>
  </resources>
</manifest>
"""


def write(path: Path, name: str, title: str, page: str) -> None:
    """Write a page as a package; ``name`` (letters, digits, hyphens) tells it from others on the same platform."""
    manifest = _MANIFEST.format(name=name, title=escape(title), page=PAGE)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in (("imsmanifest.xml", manifest), (PAGE, page)):
            entry = zipfile.ZipInfo(file, _WRITTEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
