"""The picture of the page in the README: its own example, as Chromium shows it.

python -m benchmarks.page_picture docs/page.png
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1180, 1060
COLOURS = 96


def main(picture: Path) -> int:
    browsers = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    browser = next(filter(None, browsers), None)
    if browser is None:
        print("no Chromium found (Debian: apt-get install chromium)", file=sys.stderr)
        return 2
    served = subprocess.Popen(
        [sys.executable, "-m", "fitdoctor", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert served.stdout is not None
        link = served.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as folder, sync_playwright() as tool:
            arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
            chromium = tool.chromium.launch(executable_path=browser, args=arguments)
            page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(link)
            page.click("text=Try it on an example")
            page.wait_for_selector("#answer .head")
            page.evaluate("document.activeElement.blur()")
            shot = Path(folder) / "shot.png"
            page.screenshot(path=shot)
            chromium.close()
            few = Image.open(shot).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(picture, optimize=True)
    finally:
        served.terminate()
        served.wait(30)
    print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
