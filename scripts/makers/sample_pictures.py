"""Draws the pictures of the sample certificate (pip install pillow): a silhouette where a photograph stands, which is nobody, and the emblem of a
training centre that does not exist.
"""

import math
import pathlib

from PIL import Image, ImageDraw

ROOT = pathlib.Path(__file__).parents[2]


def silhouette():
    """413 by 531 pixels: 35 by 45 mm at 300 dpi."""
    scale = 4
    width, height = 413 * scale, 531 * scale
    image = Image.new("RGB", (width, height), (198, 219, 239))
    draw = ImageDraw.Draw(image)

    def ellipse(x, y, across, down, colour):
        box = [(x - across) * width, (y - down) * height, (x + across) * width, (y + down) * height]
        draw.ellipse(box, fill=colour)

    body, face, shirt = (70, 84, 104), (128, 140, 156), (236, 240, 245)
    ellipse(0.5, 1.02, 0.42, 0.33, body)
    draw.polygon([(x * width, y * height) for x, y in [(0.42, 0.66), (0.58, 0.66), (0.535, 0.86), (0.465, 0.86)]], fill=shirt)
    draw.rounded_rectangle([0.425 * width, 0.52 * height, 0.575 * width, 0.74 * height], radius=0.07 * width, fill=face)
    ellipse(0.5, 0.40, 0.185, 0.195, face)
    draw.pieslice([0.30 * width, 0.185 * height, 0.70 * width, 0.60 * height], 180, 360, fill=body)
    # Letters of rectangles, so that no font is needed: a photograph that says it is none.
    letters = {
        "S": ["111", "100", "111", "001", "111"],
        "A": ["111", "101", "111", "101", "101"],
        "M": ["101", "111", "111", "101", "101"],
        "P": ["111", "101", "111", "100", "100"],
        "L": ["100", "100", "100", "100", "111"],
        "E": ["111", "100", "111", "100", "111"],
    }
    dot = width * 0.018
    for place, letter in enumerate("SAMPLE"):
        for row, bits in enumerate(letters[letter]):
            for column, bit in enumerate(bits):
                if bit == "1":
                    x = width * 0.27 + (place * 4.3 + column) * dot
                    y = height * 0.915 + row * dot
                    draw.rectangle([x, y, x + dot, y + dot], fill=(255, 255, 255))
    return image.resize((413, 531), Image.Resampling.LANCZOS)


def emblem():
    """A toothed wheel around an open book."""
    teeth = 16
    outer, inner = 96, 82
    points = []
    for tooth in range(teeth):
        for offset, radius in [(-0.30, inner), (-0.19, outer), (0.19, outer), (0.30, inner)]:
            angle = 2 * math.pi * (tooth + offset) / teeth
            points.append((100 + radius * math.sin(angle), 100 - radius * math.cos(angle)))
    wheel = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + "Z"
    colour = "#1d5c75"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" viewBox="0 0 200 200">
  <title>示例徽标（虚构）</title>
  <path d="{wheel}" fill="{colour}"/>
  <circle cx="100" cy="100" r="70" fill="#ffffff"/>
  <circle cx="100" cy="100" r="64" fill="none" stroke="{colour}" stroke-width="2"/>
  <path d="M100 82C88 72 70 70 56 74v52c14-4 32-2 44 8z" fill="none" stroke="{colour}" stroke-width="5" stroke-linejoin="round"/>
  <path d="M100 82C112 72 130 70 144 74v52c-14-4-32-2-44 8z" fill="none" stroke="{colour}" stroke-width="5" stroke-linejoin="round"/>
  <path d="M66 88q14-2 26 4M66 101q14-2 26 4M108 92q12-6 26-4M108 105q12-6 26-4" fill="none" stroke="{colour}" stroke-width="3" stroke-linecap="round"/>
  <path d="M100 46l4.500 9.100 10.000 1.500-7.250 7.050 1.700 10.000-8.950-4.700-8.950 4.700 1.700-10.000-7.250-7.050 10.000-1.500z" fill="#c08a1e"/>
</svg>
"""


silhouette().save(ROOT / "examples/data/pictures/sample-photo.jpg", "JPEG", quality=85)
(ROOT / "src/compose/template/builtin/vocational-emblem.svg").write_text(emblem())
