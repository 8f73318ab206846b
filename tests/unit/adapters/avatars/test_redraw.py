"""Pictures redrawn: good ones become small clean squares, hostile ones are refused at once."""

import struct
import warnings
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.contracts.avatars import picture
from wxlogin.adapters.avatars.redraw import redrawn
from wxlogin.domain.errors import FieldProblem, InvalidRequest

NOT_A_PICTURE = FieldProblem("avatar", "avatar_not_a_picture")
TOO_LARGE = FieldProblem("avatar", "avatar_too_large")
ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


def _drawn(raw: bytes) -> Image.Image:
    image = Image.open(BytesIO(redrawn(raw).large))
    image.load()
    return image


def _bytes(image: Image.Image, form: str, **how: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def _problem(raw: bytes) -> FieldProblem:
    with pytest.raises(InvalidRequest) as caught:
        redrawn(raw)
    (problem,) = caught.value.problems
    return problem


def _near(colour: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(colour, expected, strict=False))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_all_four_formats_become_webp(form: str):
    """JPEG, PNG, WebP and GIF are taken, and WebP of the same colours comes out."""
    drawn = _drawn(picture("red", (80, 80), form))

    assert (drawn.format, drawn.size) == ("WEBP", (80, 80))
    assert _near(drawn.convert("RGB").getpixel((40, 40)), (255, 0, 0))


@pytest.mark.parametrize(
    ("size", "side"), [((4096, 4096), 640), ((4096, 20), 20), ((1, 900), 1), ((700, 641), 640)]
)
def test_the_middle_square_is_kept(size: tuple[int, int], side: int):
    """A square of at most 640 a side, a small one of 132, and never larger than the picture was."""
    raw = picture(size=size, form="JPEG")
    small = Image.open(BytesIO(redrawn(raw).small))

    assert _drawn(raw).size == (side, side)
    assert small.size == (min(side, 132),) * 2
    assert small.format == "WEBP"


def test_the_middle_is_the_middle():
    """Of a wide picture the sides are cut off."""
    wide = Image.new("RGB", (300, 100), "blue")
    wide.paste("red", (100, 0, 200, 100))

    drawn = _drawn(_bytes(wide, "PNG")).convert("RGB")

    assert _near(drawn.getpixel((5, 50)), (255, 0, 0))
    assert _near(drawn.getpixel((95, 50)), (255, 0, 0))


@pytest.mark.parametrize(
    ("mode", "form", "half"),
    [
        ("1", "PNG", 1),
        ("L", "PNG", 128),
        ("L", "JPEG", 128),
        ("LA", "PNG", (128, 255)),
        ("RGBA", "PNG", (128, 128, 128, 255)),
        ("CMYK", "JPEG", (0, 0, 0, 127)),
        ("L", "GIF", 128),
    ],
)
def test_every_kind_of_pixels_is_taken(mode: str, form: str, half: object):
    """Grey, transparent, print and black-and-white pictures keep their brightness."""
    drawn = _drawn(_bytes(Image.new(mode, (40, 40), half), form)).convert("RGB")

    assert _near(drawn.getpixel((20, 20)), (255,) * 3 if mode == "1" else (128,) * 3)


def test_transparency_stays():
    """What was transparent is so afterwards."""
    half = Image.new("RGBA", (40, 40), (255, 0, 0, 255))
    half.paste((0, 0, 0, 0), (0, 0, 20, 40))

    drawn = _drawn(_bytes(half, "PNG")).convert("RGBA")

    assert drawn.getpixel((5, 20))[3] < 20
    assert drawn.getpixel((35, 20))[3] > 235


def test_a_picture_taken_sideways_is_turned():
    """The orientation in EXIF is applied, for the EXIF itself is dropped."""
    lying = Image.new("RGB", (100, 100), "blue")
    lying.paste("red", (0, 0, 100, 50))
    exif = Image.Exif()
    exif[ORIENTATION] = 3

    drawn = _drawn(_bytes(lying, "JPEG", exif=exif)).convert("RGB")

    assert _near(drawn.getpixel((50, 95)), (255, 0, 0))
    assert _near(drawn.getpixel((50, 5)), (0, 0, 255))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_comes_through(form: str):
    """Place, camera, colour profile, XMP and comments are in the picture and not in the result."""
    exif = Image.Exif()
    exif[MAKE] = "SecretCamera"
    exif.get_ifd(GPS)[2] = (31.0, 13.0, 49.0)
    how: dict[str, object] = {"exif": exif, "icc_profile": b"SecretProfile", "xmp": b"SecretXmp"}
    if form == "JPEG":
        how["comment"] = b"SecretComment"
    raw = _bytes(Image.new("RGB", (60, 60), "red"), form, **how)
    assert b"SecretCamera" in raw

    result = redrawn(raw).large + redrawn(raw).small
    drawn = Image.open(BytesIO(result))

    assert b"Secret" not in result
    assert not {b"EXIF", b"ICCP", b"XMP "} & {result[at : at + 4] for at in range(len(result))}
    assert not drawn.getexif()
    assert not drawn.getexif().get_ifd(GPS)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_is_appended_is_left_behind(form: str):
    """A picture that is a web page or an archive as well is only a picture afterwards."""
    tail = b"<script>alert(1)</script>PK\x03\x04payload"

    assert b"script" not in redrawn(picture(form=form) + tail).large
    assert b"payload" not in redrawn(picture(form=form) + tail).large


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_becomes_its_first_frame(form: str):
    """Of many frames one is kept."""
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "lime", "blue")]
    raw = _bytes(frames[0], form, save_all=True, append_images=frames[1:], duration=100)
    assert Image.open(BytesIO(raw)).n_frames == 3

    drawn = _drawn(raw)

    assert getattr(drawn, "n_frames", 1) == 1
    assert _near(drawn.convert("RGB").getpixel((25, 25)), (255, 0, 0))


def _png(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def _wide_webp() -> bytes:
    """Answer an animation of tiny frames on a canvas of 16383 by 16383 pixels."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    raw = _bytes(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    at = raw.index(b"VP8X") + 12
    side = (16383 - 1).to_bytes(3, "little")
    return raw[:at] + side + side + raw[at + 6 :]


@pytest.mark.parametrize(
    "raw",
    [
        _png(10_000, 10_000, b"\0" * 1000),
        _png(4097, 1),
        _png(1, 4097),
        _png(2**31 - 1, 2**31 - 1),
        _png(12_000, 12_000),
        picture(size=(4097, 10), form="JPEG"),
        picture(size=(10, 4097), form="GIF"),
        picture(size=(4097, 10), form="WEBP"),
        _wide_webp(),
    ],
    ids=range(9),
)
def test_a_bomb_is_refused_by_its_header(raw: bytes):
    """More than 4096 pixels a side is too large, though there are no pixels to decode in these."""
    assert _problem(raw) == TOO_LARGE


def test_a_picture_of_ever_more_scans_is_refused():
    """Each scan of a few bytes is a walk over all pixels: 200 kilobytes took minutes."""
    raw = _bytes(Image.new("L", (64, 64)), "JPEG", progressive=True)
    scans = raw[raw.rindex(b"\xff\xda") : -2]
    assert b"\xff\xda" not in scans[2:]

    assert (64, 64) == _drawn(raw[:-2] + scans * 180 + raw[-2:]).size
    assert _problem(raw[:-2] + scans * 200 + raw[-2:]) == TOO_LARGE


def test_a_picture_of_ever_more_exif_is_refused():
    """Each piece is joined to all before it: five megabytes of small ones took a minute."""
    raw, piece = picture(form="JPEG"), b"\xff\xe1\0\x12Exif\0\0" + b"\0" * 10

    assert (64, 64) == _drawn(raw[:2] + piece * 180 + raw[2:]).size
    assert _problem(raw[:2] + piece * 250_000 + raw[2:]) == TOO_LARGE


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_broken_tags_are_not_told_one_by_one(form: str):
    """A small picture has tens of thousands of them; each was a line of log."""
    tags = [struct.pack("<HHLL", 1000 + n, 7, 60_000, 0) for n in range(5000)]
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(tags) + b"\0" * 4
    raw = _bytes(Image.new("RGB", (8, 8)), form, exif=b"Exif\0\0" + exif)

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert (8, 8) == _drawn(raw).size

    assert [] == told


def test_compressed_text_does_not_unfold():
    """A PNG that carries a hundred megabytes of text in a few kilobytes is refused or cut."""
    raw = picture(form="PNG")
    data = b"k\0\0" + zlib.compress(b"\0" * 100_000_000)
    name = b"zTXt"
    chunk = struct.pack(">I", len(data)) + name + data
    chunk += struct.pack(">I", zlib.crc32(name + data))
    at = raw.index(b"IDAT") - 4

    assert _problem(raw[:at] + chunk * 3 + raw[at:]) == NOT_A_PICTURE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GIF89a",
        b"\xff\xd8\xff",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"GIF89a/*\0\0\0\0\0*/=1;alert(1)//",
        _png(100, 100, b"\0" * 50),
        picture(form="BMP"),
        picture(form="TIFF"),
        picture(form="ICO"),
        picture(form="PPM"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "登录".encode(),
    ],
    ids=range(16),
)
def test_what_is_no_picture_of_ours_is_refused(raw: bytes):
    """Drawings, pages, scripts, other formats and headers without a picture are refused."""
    assert _problem(raw) == NOT_A_PICTURE


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_cut_short_is_refused_or_whole(form: str):
    """Wherever the upload broke off, the answer is a refusal or a picture of the right size."""
    noise = Image.effect_noise((60, 60), 60).convert("RGB")
    whole = _bytes(noise, form)
    problems = []
    for end in range(0, len(whole), 41):
        try:
            assert _drawn(whole[:end]).size == (60, 60)
        except InvalidRequest as refusal:
            problems += refusal.problems

    assert set(problems) == {NOT_A_PICTURE}
    assert len(problems) > len(whole) // 41 * 0.8


@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]), st.data())
def test_any_damage_is_a_refusal_or_a_picture(form: str, data: st.DataObject):
    """Whatever bytes of a picture are changed, nothing else than InvalidRequest comes out."""
    raw = bytearray(picture(size=(40, 30), form=form))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        result = redrawn(bytes(raw)).large
    except InvalidRequest:
        return
    assert result[:4] == b"RIFF"


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes):
    """Random bytes are no picture."""
    assert _problem(noise) == NOT_A_PICTURE
