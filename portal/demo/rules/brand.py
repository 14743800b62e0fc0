"""A tenant's colours, derived from one."""

from __future__ import annotations

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
#: WCAG 2.2 asks this contrast of text at normal size (1.4.3).
READABLE = 4.5

Colour = tuple[int, int, int]


def palette(brand: str) -> dict[str, str]:
    """The colours of a brand: itself, darker for text and borders, soft for surfaces, and what is readable on it.

    :param brand: ``#rrggbb``. :raises ValueError: for anything else.
    """
    base = _parse(brand)
    on_brand = WHITE if contrast(base, WHITE) >= READABLE else BLACK
    return {
        "brand": _write(base),
        "brand_ink": _write(_mix(base, BLACK, 0.25)),
        "brand_soft": _write(_mix(base, WHITE, 0.88)),
        "on_brand": _write(on_brand),
    }


def contrast(a: Colour, b: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _mix(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _parse(text: str) -> Colour:
    if len(text) != 7 or not text.startswith("#"):
        raise ValueError(f"{text!r} is not a colour; write it like #0f4c5c")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _write(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
