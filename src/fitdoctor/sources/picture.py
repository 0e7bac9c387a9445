"""A screenshot or a picture of curves: recognised, and answered with what to bring instead."""

from __future__ import annotations

from pathlib import Path

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources._format import Format

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"%PDF", "PDF"),
)


def read_file(path: Path, head: bytes) -> None:
    """Raise for a picture, saying which text holds the same figures."""
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if kind is None and head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        kind = "WebP"
    if kind == "BMP" and path.suffix.lower() != ".bmp":
        kind = None
    if kind is not None:
        raise UnreadableSourceError(
            f"{path}: a picture ({kind}); curves are not read off pictures. Bring the figures "
            "themselves: print(history.history), the lines that fit printed, a file of CSVLogger, "
            "the folder that TensorBoard reads, or the CSV that W&B exports"
        )


FORMAT = Format("picture (refused)", read_file=read_file)
