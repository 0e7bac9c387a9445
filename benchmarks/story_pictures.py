"""A story's own drawings, cut out of its report, as a picture for the README.

python -m benchmarks.story_pictures demo-radar/report.html docs/story-radar.png
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from benchmarks import screenshots

TALLEST, WIDTH = 1600, 960
SECTIONS = {"story-pixel": "Which seeds learn"}
"""Name of a picture -> how the heading of the section begins that it shows; else the page's head."""


def main(report: Path, picture: Path) -> int:
    """Draw the part of a story that its picture shows."""
    text = report.read_text(encoding="utf-8")
    head = re.split(r"<body[^>]*>", text)[0]
    which = SECTIONS.get(picture.stem)
    part = r'<section class="card">.*?</section>' if which else r'<header class="card.*?</header>'
    wanted = rf"<h[23][^>]*>{re.escape(which or '')}"
    chosen = [s for s in re.findall(part, text, re.DOTALL) if re.search(wanted, s)]
    if not chosen:
        print(f"{report}: no section whose heading begins {which!r}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "part.html"
        whole = f"{head}<body><main>{chosen[0]}</main></body>"
        page.write_text(whole, encoding="utf-8")
        if code := screenshots.main(page, picture, TALLEST, WIDTH):
            return code
    shot = Image.open(picture).convert("RGB")
    plain = Image.new("RGB", shot.size, shot.getpixel((0, shot.height - 1)))
    left, top, right, bottom = ImageChops.difference(shot, plain).getbbox() or (0, 0, *shot.size)
    edge = 12
    box = (max(0, left - edge), max(0, top - edge), right + edge, min(shot.height, bottom + edge))
    few = shot.crop(box).quantize(screenshots.COLOURS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)
    print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
