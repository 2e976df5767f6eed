"""The comparison lets a browser update pass and nothing that a person would see."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from p2pdnr.cli.pictures import compare


def scene(offset: float = 0.0, colour: str = "#0b6e69", line: bool = True) -> Image.Image:
    """A page of text and lines, drawn large and scaled down, so that ``offset`` may be a fraction of a pixel."""
    scale = 8
    image = Image.new("RGB", (400 * scale, 200 * scale), "#f7f6f2")
    draw = ImageDraw.Draw(image)
    shift = offset * scale
    for row in range(6):
        for column in range(20):
            left, top = (20 + 14 * column) * scale + shift, (20 + 25 * row) * scale + shift
            draw.line([(left, top), (left + 6 * scale, top + 9 * scale)], fill="#1d2129", width=scale)
    if line:
        draw.line([(320 * scale + shift, 10 * scale), (390 * scale + shift, 190 * scale)], fill=colour, width=4 * scale)
    draw.ellipse([340 * scale, 20 * scale, 356 * scale, 36 * scale], fill="#d1431f")
    return image.resize((400, 200), Image.Resampling.BOX)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


BASE = png(scene())


def test_the_same_bytes_are_the_same() -> None:
    assert compare(BASE, BASE).text == "the same bytes"


def test_a_fraction_of_a_pixel_passes() -> None:
    assert compare(BASE, png(scene(offset=0.12))).same


@pytest.mark.parametrize(
    "changed",
    [scene(line=False), scene(colour="#7a4fb5"), scene(offset=3.0), scene().transpose(Image.Transpose.FLIP_LEFT_RIGHT)],
    ids=["a line is gone", "a line has another colour", "everything moved", "mirrored"],
)
def test_what_a_person_sees_fails(changed: Image.Image) -> None:
    comparison = compare(BASE, png(changed))
    assert not comparison.same
    assert comparison.difference is not None
    assert comparison.difference.size == (400, 200)


def test_a_small_mark_that_is_gone_fails() -> None:
    without = scene()
    ImageDraw.Draw(without).rectangle([338, 18, 358, 38], fill="#f7f6f2")
    assert not compare(BASE, png(without)).same


def test_exactly_the_same_allows_for_rounding_and_nothing_else() -> None:
    rounded, other = scene(), scene()
    rounded.putpixel((200, 100), tuple(level - 12 for level in rounded.getpixel((200, 100))))  # type: ignore[union-attr]
    other.putpixel((200, 100), (0, 0, 0))
    assert compare(BASE, png(rounded), exact=True).same
    assert not compare(BASE, png(other), exact=True).same
    assert compare(BASE, png(other)).same


def test_another_size_fails_says_so_and_is_drawn() -> None:
    comparison = compare(BASE, png(scene().crop((0, 0, 399, 200))))
    assert comparison.text == "size was 400 x 200 and is 399 x 200"
    assert comparison.difference is not None and comparison.difference.size == (400, 200)
    assert comparison.difference.getpixel((399, 100)) == (220, 0, 160), "the column that is gone"
    assert comparison.difference.getpixel((100, 199)) != (220, 0, 160)


def test_more_may_change_where_that_is_allowed() -> None:
    other = scene()
    for left in range(0, 400, 10):
        ImageDraw.Draw(other).rectangle([left, 0, left + 4, 1], fill="#d1431f")
    assert not compare(BASE, png(other)).same
    assert compare(BASE, png(other), share=0.02).same
    assert not compare(BASE, png(scene(line=False)), share=0.5).same, "a line that is gone fills squares"
