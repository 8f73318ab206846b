"""Redraws a picture: whatever came in, what goes out is made here, pixel by pixel.

The result is WebP, which is a third smaller than JPEG, keeps transparency, and is read by WeChat
and every browser of today.
"""

import warnings
from io import BytesIO

from attrs import field, frozen
from PIL import Image, ImageOps

from wxlogin.domain.errors import FieldProblem, InvalidRequest

SIDE, SMALL_SIDE = 640, 132
"""How many pixels a side of an avatar has at most, and of its small one, for lists."""

LONGEST_SIDE = 4096
MOST_PARTS = 200
"""Scans and pieces of EXIF in a JPEG, which has a dozen or two. Reading each scan is a walk over
all pixels, joining each piece a copy of all before it; and either is only some bytes long."""
_JPEG, _PARTS = b"\xff\xd8", (b"\xff\xda", b"Exif\0\0")
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # by what the bytes are, not by any name or type
_QUALITY, _METHOD = 82, 4
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@frozen
class Drawn:
    """A picture in two sizes, as WebP."""

    large: bytes = field(repr=False)
    small: bytes = field(repr=False)


def redrawn(picture: bytes) -> Drawn:
    """Answers the middle square of a JPEG, PNG, WebP or the first frame of a GIF, in two sizes.

    Orientation is applied; EXIF, GPS, colour profile, comments and anything appended are gone.

    Raises:
        InvalidRequest: `avatar_too_large` beyond 4096 pixels a side or 200 parts, told before
            any pixel is decoded; `avatar_not_a_picture` for everything else.
    """
    try:
        square = _square(_opened(picture))
        side = min(SMALL_SIDE, square.width)
        small = square.resize((side, side), Image.Resampling.LANCZOS)
        return Drawn(_encoded(square), _encoded(small))
    except InvalidRequest:
        raise
    except _BOMBS as bomb:
        raise _refused("avatar_too_large") from bomb
    except Exception as broken:  # a broken picture makes Pillow raise nearly anything
        raise _refused("avatar_not_a_picture") from broken


def _opened(picture: bytes) -> Image.Image:
    # Else it says a line for each broken tag, of which a small picture has tens of thousands.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    if _parts(picture) > MOST_PARTS:
        raise _refused("avatar_too_large")
    image = Image.open(BytesIO(picture), formats=_FORMATS)
    if max(image.size) > LONGEST_SIDE:
        raise _refused("avatar_too_large")
    # Lets the JPEG decoder shrink while it reads; other formats have no such thing.
    image.draft("RGB", (2 * SIDE, 2 * SIDE))
    return image


def _parts(picture: bytes) -> int:
    """Counts what looks like one; in a video behind the picture some dozens do by chance."""
    return sum(map(picture.count, _PARTS)) if picture.startswith(_JPEG) else 0


def _square(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    side = min(SIDE, *upright.size)
    return ImageOps.fit(upright.convert(mode), (side, side), Image.Resampling.LANCZOS)


def _encoded(image: Image.Image) -> bytes:
    # A new image has none of the old one's metadata, which some encoders would pass on.
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    out = BytesIO()
    clean.save(out, "WEBP", quality=_QUALITY, method=_METHOD)
    return out.getvalue()


def _refused(problem: str) -> InvalidRequest:
    return InvalidRequest(FieldProblem("avatar", problem))
