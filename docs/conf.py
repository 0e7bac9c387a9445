"""How Sphinx makes the site; `make docs` builds it into site/."""

import tomllib
from pathlib import Path

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]

project = "fitdoctor"
author = "the fitdoctor authors"
version = release = _PROJECT["version"]
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"fitdoctor {release}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
suppress_warnings = ["toc.not_included"]  # rule pages are listed by a table, in rules/README.md
