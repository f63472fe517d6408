"""Photographs (AVIF, HEIC, JPEG) as cameras, phones and encoders write them; Chromium shows the same."""

from __future__ import annotations

import base64
import struct

import pytest
from PIL import Image

from captioning.decoding.process import decode
from tests.captioning.chromium import CHROMIUM, share_that_differs, shown_in
from tests.captioning.odd_images import BLUE, RED, WHITE, encode, half_red, transparent

MAX_PIXELS = 1_000_000
GREEN, YELLOW = (0, 160, 0), (240, 220, 0)
# 10 and 12 bits a colour, which no encoder here writes: red on the left, blue on the right, 60 x 40.
DEEP = {
    10: (
        "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAO"
        "cGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAALwAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAA"
        "AABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAPAAAACgAAAAQcGl4aQAAAAADCgoKAAAADGF2MUOBIEAAAAAAE2NvbHJuY2x4AAIAAgAG"
        "gAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAN21kYXQSAAoJOBV7nbwICBpAMiBEgJDSoAA8gAAE5NznUENYZiqpIZ6pOhSX4RDbUnZQfg=="
    ),
    12: (
        "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOttZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRt"
        "AAAAAAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAAQ8AAAAxAAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGpp"
        "cHJwAAAAS2lwY28AAAAUaXNwZQAAAAAAAAA8AAAAKAAAABBwaXhpAAAAAAMMDAwAAAAMYXYxQ4FAYAAAAAATY29scm5jbHgAAgACAAaAAAAA"
        "F2lwbWEAAAAAAAAAAQABBAECgwQAAAA5bWRhdBIACglYFXudrQICBogyIkSAkNKgADyAAQDk3OMYA0SJnGnYb08gTGF5fhENtSdlB+A="
    ),
}


def quarters() -> Image.Image:
    """Four colours, so that no two turns of it are alike: 64 x 32."""
    image = Image.new("RGB", (64, 32), RED)
    for place, colour in {(32, 0): BLUE, (0, 16): GREEN, (32, 16): YELLOW}.items():
        image.paste(colour, (*place, place[0] + 32, place[1] + 16))
    return image


def avif(*properties: bytes, **options) -> bytes:
    return with_properties(encode(quarters(), "AVIF", quality=95, subsampling="4:4:4", **options), *properties)


def box(name: bytes, *numbers: int, form: str = "B") -> bytes:
    content = struct.pack(f">{len(numbers)}{form}", *numbers)
    return struct.pack(">I4s", 8 + len(content), name) + content


def with_properties(data: bytes, *properties: bytes) -> bytes:
    """An AVIF of one item with more that is said of how it is shown, all of it essential."""
    known = data[: data.index(b"ipma")].count(b"ispe") and data[data.index(b"ipma") + 14]
    added = b"".join(properties)
    changed = bytearray(data)
    where = data.index(b"ipma") - 4  # the end of what is said
    listed = data.index(b"ipma") + 15 + known  # the end of what holds of the item
    changed[listed:listed] = bytes(0x80 | known + number for number in range(1, len(properties) + 1))
    changed[data.index(b"ipma") + 14] += len(properties)
    changed[where:where] = added
    more = len(added) + len(properties)
    for name, longer in ((b"meta", more), (b"iprp", more), (b"ipco", len(added)), (b"ipma", len(properties))):
        place = changed.index(name) - 4
        changed[place : place + 4] = (int.from_bytes(changed[place : place + 4], "big") + longer).to_bytes(4, "big")
    first = changed.index(b"iloc") + 12  # behind the number of items; each has 14 bytes
    for place in range(first + 6, first + 14 * changed[first - 1], 14):
        changed[place : place + 4] = (int.from_bytes(changed[place : place + 4], "big") + more).to_bytes(4, "big")
    return bytes(changed)


def exif(orientation: int) -> bytes:
    return b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHHI", 0x0112, 3, 1, orientation, 0, 0)


def kept(orientation: int, *properties: bytes) -> bytes:
    """An AVIF with EXIF that nobody obeys, since an AVIF says by itself how it lies; Pillow would make one of both."""
    hidden, tag = b"\xfe\xed", b"\x01\x12"
    return avif(*properties, exif=exif(orientation).replace(tag, hidden)).replace(hidden, tag)


TRANSPOSE = Image.Transpose


def aperture(width: int, height: int, across: int, down: int) -> bytes:
    """To a part of that size, whose middle is so far from that of the picture."""
    return box(b"clap", width, 1, height, 1, across, 2, down, 2, form="i")


TURNED: dict[str, tuple[bytes, list[Image.Transpose]]] = {
    "irot 1": (avif(box(b"irot", 1)), [TRANSPOSE.ROTATE_90]),
    "irot 2": (avif(box(b"irot", 2)), [TRANSPOSE.ROTATE_180]),
    "irot 3": (avif(box(b"irot", 3)), [TRANSPOSE.ROTATE_270]),
    "imir 0": (avif(box(b"imir", 0)), [TRANSPOSE.FLIP_TOP_BOTTOM]),
    "imir 1": (avif(box(b"imir", 1)), [TRANSPOSE.FLIP_LEFT_RIGHT]),
    "irot 1 and imir 0": (avif(box(b"irot", 1), box(b"imir", 0)), [TRANSPOSE.ROTATE_90, TRANSPOSE.FLIP_TOP_BOTTOM]),
    "irot 3 and imir 1": (avif(box(b"irot", 3), box(b"imir", 1)), [TRANSPOSE.ROTATE_270, TRANSPOSE.FLIP_LEFT_RIGHT]),
    "irot by an encoder": (avif(exif=exif(8)), [TRANSPOSE.ROTATE_90]),
    "EXIF alone": (kept(6), []),
    "EXIF against irot": (kept(6, box(b"irot", 2)), [TRANSPOSE.ROTATE_180]),
}


def heads(*segments: bytes, **options) -> bytes:
    """A JPEG with segments in front of all that it had."""
    data = encode(quarters(), "JPEG", quality=95, subsampling=0, **options)
    return data[:2] + b"".join(segments) + data[2:]


def segment(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(content) + 2) + content


def exif_segment(orientation: int) -> bytes:
    return segment(0xE1, exif(orientation))


def without_adobe(data: bytes) -> bytes:
    place = data.index(b"\xff\xee")
    return data[:place] + data[place + 2 + int.from_bytes(data[place + 2 : place + 4], "big") :]


XMP = segment(
    0xE1, b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
)
HALF_TURN = [TRANSPOSE.ROTATE_180]
JPEGS: dict[str, tuple[bytes, list[Image.Transpose]]] = {
    "colours that are RGB": (heads(keep_rgb=True), []),
    "XMP before EXIF": (heads(XMP, exif_segment(3)), HALF_TURN),
    "two of EXIF": (heads(exif_segment(3), exif_segment(6)), HALF_TURN),
    "EXIF behind a profile": (heads(segment(0xE2, b"FPXR\0" + bytes(90)), exif_segment(3)), HALF_TURN),
    "a film behind it": (heads(exif_segment(3)) + b"\0\0\0\x18ftypmp42" + bytes(3000), HALF_TURN),
    "junk behind it": (heads() + b"\xff\xd8\xff" * 99, []),
    "fill bytes before markers": (heads().replace(b"\xff\xdb", b"\xff\xff\xff\xff\xdb", 1), []),
    "a comment of 60 KB": (heads(segment(0xFE, b"x" * 60_000)), []),
    "progressive": (heads(progressive=True), []),
    "restarts": (heads(restart_marker_blocks=1), []),
    "several pictures": (encode(quarters(), "MPO", quality=95, subsampling=0, save_all=True,
                                append_images=[half_red()]), []),
}  # fmt: skip
KINDS: dict[str, tuple[bytes, tuple[int, ...], tuple[int, ...]]] = {
    "10 bits": (base64.b64decode(DEEP[10]), RED, BLUE),
    "12 bits": (base64.b64decode(DEEP[12]), RED, BLUE),
    "colours of half the size": (encode(half_red(), "AVIF", quality=95, subsampling="4:2:0"), RED, BLUE),
    "no colours": (encode(half_red(), "AVIF", quality=95, subsampling="4:0:0"), (77,) * 3, (29,) * 3),
    "a limited range": (encode(half_red(), "AVIF", quality=95, range="limited"), RED, BLUE),
    "without loss": (encode(half_red(), "AVIF", quality=100, subsampling="4:4:4"), RED, BLUE),
    "an alpha": (encode(transparent("RGBA"), "AVIF", quality=95), WHITE, BLUE),
    "an alpha that is in the colours": (
        encode(transparent("RGBA"), "AVIF", quality=95, alpha_premultiplied=True), WHITE, BLUE,
    ),
    "an animation": (
        encode(half_red(), "AVIF", quality=95, save_all=True, append_images=[half_red("L").convert("RGB")]), RED, BLUE,
    ),
    "cut to its left half": (avif(aperture(32, 32, -32, 0)), RED, RED),
    "cut to a corner": (avif(aperture(48, 16, -16, -16)), RED, BLUE),
    "cut on the right and turned": (avif(aperture(32, 32, -32, 0), box(b"irot", 1)), RED, GREEN),
    "cut in the middle, which browsers leave": (avif(aperture(32, 16, 0, 0)), RED, BLUE),
    "cut to nothing": (avif(aperture(0, 0, -64, -32)), RED, BLUE),
    "EXIF that is damaged": (kept(6).replace(b"MM\0*", b"junk"), RED, BLUE),
    "inks": (encode(half_red("CMYK"), "JPEG", quality=95), RED, BLUE),
    "inks that do not say whose": (without_adobe(encode(half_red("CMYK"), "JPEG", quality=95)), RED, BLUE),
}  # fmt: skip


@pytest.mark.parametrize("name", TURNED | JPEGS)
def test_which_side_is_up(name):
    data, turns = (TURNED | JPEGS)[name]
    picture, expected = decode(data, max_pixels=MAX_PIXELS), quarters()
    for turn in turns:
        expected = expected.transpose(turn)
    assert (picture.width, picture.height, picture.warnings) == (*expected.size, ())
    assert share_that_differs(picture.image, expected) < 1


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_heic_is_turned_once(orientation):
    """Its encoder writes EXIF as well as irot and imir."""
    data = encode(quarters(), "HEIF", quality=95, exif=exif(orientation))
    turns = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270",
             7: "TRANSVERSE", 8: "ROTATE_90"}  # fmt: skip
    expected = quarters().transpose(TRANSPOSE[turns[orientation]]) if orientation > 1 else quarters()
    picture = decode(data, max_pixels=MAX_PIXELS)
    assert (picture.format, picture.image.size) == ("HEIF", expected.size)
    assert share_that_differs(picture.image, expected) < 5


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_photograph(name):
    data, left, right = KINDS[name]
    image = decode(data, max_pixels=MAX_PIXELS).image
    for place, colour in ((image.width // 5, left), (image.width * 4 // 5, right)):
        pixel = image.getpixel((place, image.height // 4))
        assert isinstance(pixel, tuple)
        assert all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True)), pixel


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")
@pytest.mark.slow
def test_chromium_shows_the_same(tmp_path):
    far = {}
    with shown_in(tmp_path) as shown:
        for name, (data, *_) in (TURNED | JPEGS | KINDS).items():
            if name == "an animation":
                continue  # whose frames it shows in turn
            picture, ours = shown(data, "bin"), decode(data, max_pixels=MAX_PIXELS).image
            if picture is None or picture.size != ours.size or share_that_differs(picture, ours) > 0.5:
                far[name] = picture and (picture.size, share_that_differs(picture.resize(ours.size), ours))
    assert not far
