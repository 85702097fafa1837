"""Makes test-vectors/picture: small pictures, good and bad, with Pillow (pip install pillow).

All good ones but the drawing show the same: 16 by 8 pixels, upper left quarter red, upper right green, lower left blue, lower right white.
"""

import io
import pathlib
import struct
import zlib

from PIL import Image, PngImagePlugin

OUT = pathlib.Path(__file__).parents[2] / "test-vectors/picture"
RED, GREEN, BLUE, WHITE = (230, 0, 0), (0, 160, 0), (0, 0, 230), (255, 255, 255)


def quarters(size=(16, 8)):
    image = Image.new("RGB", size)
    width, height = size
    for x in range(width):
        for y in range(height):
            upper, left = y < height // 2, x < width // 2
            image.putpixel((x, y), {(True, True): RED, (True, False): GREEN, (False, True): BLUE}.get((upper, left), WHITE))
    return image


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, **options)
    return out.getvalue()


def png(image, **options):
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def turned(orientation):
    """The picture as a camera held that way stores it (Exif 2.32, 4.6.4)."""
    ways = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    image = quarters((32, 16))
    for way in ways[orientation]:
        image = image.transpose(way)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(image, exif=exif, subsampling=0)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def raw_png(width, height, depth, kind, rows, interlace=0):
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def svg(body, head='viewBox="0 0 16 8"'):
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{body}</svg>\n'.encode()


def good():
    image = quarters()
    yield "rgb.png", png(image)
    yield "palette.png", png(image.quantize(8))
    opaque = image.convert("RGBA")
    yield "opaque_alpha.png", png(opaque)
    masked = opaque.copy()
    for x in range(8, 16):
        for y in range(4, 8):
            masked.putpixel((x, y), (0, 0, 0, 0))
    yield "transparent_quarter.png", png(masked)
    rows = b"".join(b"\0" + b"".join(struct.pack(">HHH", *(value * 257 for value in image.getpixel((x, y)))) for x in range(16)) for y in range(8))
    yield "sixteen_bits.png", raw_png(16, 8, 16, 2, rows)
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "who sent it")
    yield "comment.png", png(image, pnginfo=info)
    large = quarters((32, 16))
    yield "baseline.jpg", jpeg(large, subsampling=0)
    yield "progressive.jpg", jpeg(large, subsampling=0, progressive=True)
    yield "subsampled.jpg", jpeg(large, subsampling=2)
    yield "trailing.jpg", jpeg(large, subsampling=0) + b"more than a picture"
    for orientation in range(2, 9):
        yield f"orientation_{orientation}.jpg", turned(orientation)
    yield "shapes.svg", svg(
        '<g transform="scale(2)"><rect width="4" height="2" fill="#e60000"/></g><path d="M8 0h8v4h-8z" style="fill:#00a000"/>'
        '<polygon points="0,4 8,4 8,8 0,8" fill="rgb(0,0,230)"/><g display="none"><rect width="16" height="8"/></g>'
    )
    yield "millimetres.svg", svg(
        '<path d="M0 0h800v400H0z" fill="#e60000"/><path d="M800 0h800v400H800z" fill="#00a000"/><path d="M0 400h800v400H0z" fill="#0000e6"/>',
        'width="16mm" height="8mm" viewBox="0 0 1600 800"',
    )


def bad():
    image = quarters()
    whole = png(image)
    yield "truncated.png", whole[: len(whole) // 2], "damaged"
    yield "checksum.png", whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:], "damaged"
    yield "no_end.png", whole[:-12], "damaged"
    yield "too_many_pixels.png", raw_png(60_000, 60_000, 8, 2, b""), "too many pixels"
    yield "too_few_rows.png", raw_png(16, 8, 8, 2, b"\0" * 49), "damaged"
    yield "animated.png", png(image, save_all=True, append_images=[image.transpose(Image.Transpose.ROTATE_180)]), "several frames"
    large = jpeg(quarters((32, 16)), subsampling=0)
    yield "truncated.jpg", large[: len(large) * 2 // 3], "damaged"
    yield "no_end.jpg", large[:-2], "damaged"
    yield "cmyk.jpg", jpeg(image.convert("CMYK")), "CMYK"
    frame = large.index(b"\xff\xc0")
    yield "arithmetic.jpg", large[: frame + 1] + b"\xc9" + large[frame + 2 :], "unusual JPEG compression"
    yield "twelve_bits.jpg", large[: frame + 4] + b"\x0c" + large[frame + 5 :], "12 bits"
    yield "too_many_pixels.jpg", large[: frame + 5] + b"\xff\xff\xff\xff" + large[frame + 9 :], "too many pixels"
    yield "no_size.jpg", large[: frame + 5] + b"\0\0" + large[frame + 7 :], "no size"
    adobe = large.index(b"\xff\xe0")
    named = bytearray(large)
    for place, name in zip(range(frame + 10, frame + 19, 3), b"RGB"):
        named[place] = name
    yield "component_names.jpg", bytes(named[:adobe] + named[adobe + 18 :]), "differently"
    yield "moving.gif", b"GIF89a", "not PNG, JPEG or SVG"
    yield "empty", b"", "not PNG, JPEG or SVG"
    for name, body, says in [
        ("text", '<text x="1" y="7">印</text>', "<text>"),
        ("script", "<script>1</script>", "<script>"),
        ("handler", '<rect onclick="1" width="9" height="9"/>', "the attribute onclick"),
        ("image", '<image href="photo.png" width="9" height="9"/>', "<image>"),
        ("use", '<use href="#a"/>', "<use>"),
        ("style_sheet", "<style>path{fill:red}</style>", "<style>"),
        ("foreign", "<foreignObject/>", "<foreignObject>"),
        ("gradient", '<linearGradient id="a"/>', "<linearGradient>"),
        ("reference", '<rect fill="url(#a)" width="9" height="9"/>', "the attribute fill"),
        ("reference_in_style", '<rect style="fill:url(#a)" width="9" height="9"/>', "the attribute fill"),
        ("opacity", '<rect opacity=".5" width="9" height="9"/>', "transparency"),
        ("fill_opacity", '<rect fill-opacity=".5" width="9" height="9"/>', "transparency"),
        ("dashes", '<rect stroke="red" stroke-dasharray=".000001" width="9" height="9"/>', "the attribute stroke-dasharray"),
        ("nested_svg", "<svg/>", "<svg>"),
        ("deep", "<g>" * 70 + "</g>" * 70, "nested elements"),
        ("huge_number", '<rect width="1e9" height="9"/>', "beyond a million"),
        ("unclosed", "<g>", "damaged"),
    ]:
        yield f"{name}.svg", svg(body), says
    yield "entities.svg", b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>' + svg("<title>&b;</title>"), "damaged"
    yield "other_root.svg", b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "not svg"
    yield "no_size.svg", svg("", 'width="0" height="0"'), "damaged"


lines = ["# What reading each of these says; made by scripts/makers/pictures.py.\n"]
for folder in ["good", "bad"]:
    (OUT / folder).mkdir(parents=True, exist_ok=True)
for name, data in good():
    (OUT / "good" / name).write_bytes(data)
for name, data, says in bad():
    (OUT / "bad" / name).write_bytes(data)
    lines.append(f'\n[[vector]]\nname = "{name}"\nsays = "{says}"\n')
(OUT / "bad.toml").write_text("".join(lines))
