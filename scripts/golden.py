"""Draws every PDF of a folder with four programs and compares the pictures; see scripts/golden."""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import pypdfium2
from PIL import Image

DPI = 200
# Cells of 16 pixels are 2 mm wide: about half a character, so one that is missing changes several cells.
CELL = 16
# How much ink, of a cell wholly black, may differ. Smoothing and the width of thin strokes differ by up to 0.13 (Ghostscript,
# measured on all drafts), a character of 9 points that is missing by 0.27 (the self-test).
AGREE = 0.19
# Against the recorded pictures, of 16 levels of ink on cells of 32 pixels.
COARSE = 4
LEVELS = 15
GOLDEN = Path(__file__).resolve().parent.parent / "test-vectors/template/golden"
RECORDED = GOLDEN / "pictures.txt"


def run(*command):
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def pictures(folder):
    return [Image.open(path).convert("L") for path in sorted(folder.iterdir(), key=lambda path: numbers(path.name))]


def numbers(name):
    return [int(part) for part in re.findall(r"\d+", name)]


def poppler(pdf, folder):
    run("pdftoppm", "-r", DPI_TEXT, "-png", pdf, folder / "p")
    return pictures(folder)


def mupdf(pdf, folder):
    run("mutool", "draw", "-q", "-r", DPI_TEXT, "-o", folder / "p%d.png", pdf)
    return pictures(folder)


def ghostscript(pdf, folder):
    options = ["-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", f"-r{DPI}", "-sDEVICE=png16m"]
    run("gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", *options, f"-sOutputFile={folder}/p%d.png", pdf)
    return pictures(folder)


def pdfium(pdf, _folder):
    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()
    return [page.render(scale=DPI / 72).to_pil().convert("L") for page in document]


DPI_TEXT = str(DPI)
RENDERERS = {"poppler": poppler, "mupdf": mupdf, "ghostscript": ghostscript, "pdfium": pdfium}


def cells(picture, size):
    """The ink of each cell, from 0 to 1, on a page of `size` pixels."""
    page = Image.new("L", size, 255)
    page.paste(picture, (0, 0))
    ink = 1 - numpy.asarray(page, dtype=numpy.float32) / 255
    rows, columns = ink.shape[0] // CELL, ink.shape[1] // CELL
    ink = ink[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    return ink.mean(axis=(1, 3))


def smoothed(grid):
    """Half a pixel of shift moves ink over the edge of a cell; the mean with the neighbours forgives that."""
    padded = numpy.pad(grid, 1, mode="edge")
    height, width = grid.shape
    return sum(padded[y : y + height, x : x + width] for y in range(3) for x in range(3)) / 9


def disagreement(pages):
    """The largest difference of any renderer from the middle of all, with its name and the cell."""
    size = (min(page.width for page in pages.values()), min(page.height for page in pages.values()))
    grids = {name: smoothed(cells(page, size)) for name, page in pages.items()}
    middle = numpy.median(list(grids.values()), axis=0)
    worst = (0.0, "", (0, 0))
    for name, grid in grids.items():
        difference = abs(grid - middle)
        cell = numpy.unravel_index(difference.argmax(), difference.shape)
        worst = max(worst, (float(difference[cell]) * 3, name, tuple(map(int, cell))))
    return worst, middle


def coarse(middle):
    rows, columns = middle.shape[0] // COARSE, middle.shape[1] // COARSE
    grid = middle[: rows * COARSE, : columns * COARSE].reshape(rows, COARSE, columns, COARSE).mean(axis=(1, 3))
    # Paper is mostly white: the levels are finer where there is little ink.
    return numpy.rint(numpy.sqrt(numpy.clip(grid, 0, 1)) * LEVELS).astype(int)


def text_of(grid):
    return "\n".join("".join(f"{level:x}" for level in row) for row in grid)


def dense(text):
    return re.sub(r"\s+", "", text)


def read_out(pdf, problems):
    """What two extractors and the structure tree say must be the same characters."""
    poppler = dense(run("pdftotext", "-raw", "-enc", "UTF-8", pdf, "-").decode())
    mupdf = dense(run("mutool", "draw", "-q", "-F", "text", pdf).decode())
    if sorted(poppler) != sorted(mupdf):
        problems.append(f"{pdf.name}: pdftotext and mutool extract different characters")
    structure = run("pdfinfo", "-struct-text", pdf).decode()
    spoken = dense("".join(re.findall(r'^\s+"(.*)"$', structure, re.M)))
    if not spoken:
        problems.append(f"{pdf.name}: the structure tree holds no text")
    lost = [character for character in set(spoken) if spoken.count(character) > poppler.count(character)]
    if lost:
        problems.append(f"{pdf.name}: the structure tree says {''.join(sorted(lost))!r}, the page does not")
    if run("qpdf", "--check", pdf).count(b"WARNING"):
        problems.append(f"{pdf.name}: qpdf warns")


def recorded():
    pages = {}
    if RECORDED.exists():
        for block in RECORDED.read_text().split("\n\n"):
            name, _, grid = block.strip().partition("\n")
            if grid:
                pages[name] = numpy.array([[int(level, 16) for level in row] for row in grid.split("\n")])
    return pages


def digests(folder):
    """The drafts of another build must be the recorded ones, byte for byte."""
    known = dict(reversed(line.split("  ")) for line in (GOLDEN / "SHA256SUMS").read_text().splitlines())
    pdfs = sorted(folder.glob("*.pdf"))
    wrong = [pdf.name for pdf in pdfs if hashlib.sha256(pdf.read_bytes()).hexdigest() != known.get(pdf.stem)]
    print(f"golden: {len(pdfs) - len(wrong)} of {len(pdfs)} drafts in {folder} are the recorded bytes")
    return [f"{name}: not the recorded bytes" for name in wrong] + ([] if pdfs else [f"{folder}: no PDF"])


def compare(folder, bless):
    problems, found, measured = [], {}, []
    known = recorded()
    pdfs = sorted(folder.glob("*.pdf"))
    if not pdfs:
        raise SystemExit(f"{folder}: no PDF")
    for pdf in pdfs:
        if pdf.stem.endswith((".A-2b", ".A-4f")):
            # The same pages: only what they must read out is looked at.
            read_out(pdf, problems)
            continue
        drawn = {}
        for name, renderer in RENDERERS.items():
            with tempfile.TemporaryDirectory() as scratch:
                drawn[name] = renderer(pdf, Path(scratch))
        counts = {name: len(pages) for name, pages in drawn.items()}
        if len(set(counts.values())) != 1:
            problems.append(f"{pdf.name}: numbers of pages differ: {counts}")
            continue
        for number in range(counts["poppler"]):
            key = f"{pdf.stem} {number + 1}"
            (worst, name, cell), middle = disagreement({name: pages[number] for name, pages in drawn.items()})
            measured.append((worst, key, name))
            if worst > AGREE:
                at = tuple(round(part * CELL * 25.4 / DPI) for part in reversed(cell))
                problems.append(f"{key}: {name} differs by {worst:.2f} at {at} mm from the upper left")
            if middle.max() < 0.05:
                problems.append(f"{key}: the page is blank")
            found[key] = coarse(middle)
        read_out(pdf, problems)
    for key, grid in found.items():
        old = known.get(key)
        if bless:
            continue
        if old is None or old.shape != grid.shape:
            problems.append(f"{key}: not recorded; look at it, then run scripts/golden --bless")
        elif abs(old - grid).max() > 1:
            problems.append(f"{key}: not the recorded picture; look at it, then run scripts/golden --bless")
    if bless:
        RECORDED.write_text("\n\n".join(f"{key}\n{text_of(grid)}" for key, grid in found.items()) + "\n")
    else:
        problems += [f"{key}: recorded and not there any more" for key in known if key not in found]
    worst = max(measured, default=(0, "", ""))
    print(f"golden: {len(found)} pages by {len(RENDERERS)} renderers; they differ by at most {worst[0]:.3f} ({worst[1]}, {worst[2]})")
    return problems


def self_test():
    """A page of squares of nine points, one missing in one picture, must be told from the same page slightly blurred."""
    page = Image.new("L", (800, 800), 255)
    for top in range(40, 760, 48):
        for left in range(40, 760, 32):
            # A third of the square inked, as of a character.
            page.paste(0, (left, top, left + 25, top + 8))
    shifted = Image.new("L", page.size, 255)
    shifted.paste(page, (1, 0))
    soft = Image.blend(page, shifted, 0.5)
    (same, _, _), _ = disagreement({"a": page, "b": soft, "c": page, "d": page})
    lacking = soft.copy()
    lacking.paste(255, (36, 40, 70, 66))
    (missing, name, _), _ = disagreement({"a": page, "b": lacking, "c": page, "d": page})
    print(f"golden: smoothed {same:.3f}, one character missing {missing:.3f}, allowed {AGREE}")
    if not (same < AGREE < missing and name == "b"):
        raise SystemExit("golden: the measure does not tell a missing character")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--bless", action="store_true", help="record the pictures as they are")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--digests", type=Path, help="a folder of drafts that another build made of the same records")
    arguments = parser.parse_args()
    self_test()
    if arguments.self_test:
        return
    if arguments.folder is None:
        parser.error("a folder of PDFs is needed")
    problems = compare(arguments.folder, arguments.bless)
    if arguments.digests is not None:
        problems += digests(arguments.digests)
    for problem in problems:
        print(f"golden: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
