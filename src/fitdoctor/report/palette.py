"""The colours of every page and figure, by role, for light and dark screens.

Text stands at least 4.5 to 1 against what is behind it, lines and marks of a figure 3 to 1, which
is level AA of WCAG 2.2; tests compute both.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "ground": "#f5f7fa",
    "paper": "#ffffff",
    "ink": "#1c2430",
    "soft": "#526078",
    "line": "#dfe4ec",
    "code": "#eef1f6",
    "problem": "#b42f41",
    "fine": "#1c7445",
    "open": "#7a5f16",
    "train": "#5b6b82",
    "val": "#c6394c",
    "probe": "#1f7aa8",
    "shade": "#a8741a",
    "better": "#1f8a56",
    "worse": "#c6394c",
}
DARK: Mapping[str, str] = {
    "ground": "#10151c",
    "paper": "#181e27",
    "ink": "#e6eaf0",
    "soft": "#a3b0c2",
    "line": "#2e3846",
    "code": "#222a35",
    "problem": "#f58b96",
    "fine": "#62cf94",
    "open": "#e3b457",
    "train": "#a9b6c8",
    "val": "#f0727f",
    "probe": "#6db9da",
    "shade": "#e3b457",
    "better": "#58c98a",
    "worse": "#f0727f",
}
TEXT = ("ink", "soft", "problem", "fine", "open")
"""Roles that words are set in, on `ground`, `paper` and `code`."""
GRAPHICS = ("train", "val", "probe", "shade", "better", "worse", "soft")
"""Roles of lines and marks, on `paper`."""
CELL = 40
"""Percent of `better` or `worse` in the paper behind a full cell of a confusion matrix."""
DIFF, NOTED = 8, 10
"""Percent of `better` or `worse` behind a line of a diff, of `shade` behind one with a finding."""
ON_ANY = {"line": "#8a8f98", "train": "#7c8796", "val": "#d1495b", "probe": "#2e86ab"}
"""Colours of lines where the background is not ours: 3 to 1 on white as on near black."""


def css() -> str:
    """Return the roles as custom properties: light, and dark on a dark screen; paper is light."""
    return (
        f":root {{ color-scheme: light dark; {_properties(LIGHT)} }} "
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_properties(DARK)} }} }}"
    )


def _properties(roles: Mapping[str, str]) -> str:
    return " ".join(f"--{name}:{colour};" for name, colour in roles.items())
