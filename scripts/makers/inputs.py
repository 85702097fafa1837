"""The files that the makers sign: inputs.py DRAFTS OUT.

DRAFTS holds drafts of this library. What is added: a plain file and a form as programs of the nineties wrote them, and
what qpdf makes of them.
"""

import shutil
import subprocess
import sys
from pathlib import Path

PASSWORD = "honest"


def written(objects):
    """A file with a classic cross-reference table; object 1 is the catalogue."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    identifier = b"<00112233445566778899aabbccddeeff>"
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R /ID [%s %s] >>\n" % (
        len(objects) + 1,
        len(objects),
        identifier,
        identifier,
    )
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(data, entries=b""):
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
INFO = b"<< /Producer (inputs.py) /CreationDate (D:20260101000000Z) >>"


def plain(pages=2):
    """Text on two pages, nothing else."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * page) for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 595 842] >>" % (kids, pages),
        FONT,
    ]
    for page in range(pages):
        content = 5 + 2 * page
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % content
        )
        objects.append(stream(b"BT /F1 24 Tf 72 740 Td (Page %d of a plain file) Tj ET" % (page + 1)))
    return written([*objects, INFO])


def form():
    """A text field and two empty signature fields, one of them without a place on the page."""
    appearance = b"/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >> "
    widget = b"<< /Type /Annot /Subtype /Widget /P 4 0 R /F 4 "
    return written(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R 7 0 R 8 0 R] /SigFlags 1 /DA (/F1 12 Tf 0 g)"
            b" /DR << /Font << /F1 3 0 R >> >> >> >>",
            b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
            FONT,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents 5 0 R /Annots [6 0 R 7 0 R 8 0 R] >>",
            stream(b"BT /F1 24 Tf 72 740 Td (An application) Tj ET"),
            widget + b"/FT /Tx /T (Name) /V (nobody) /Rect [72 600 272 620] /DA (/F1 12 Tf 0 g) /AP << /N 9 0 R >> >>",
            widget + b"/FT /Sig /T (Applicant) /Rect [72 500 272 560] >>",
            widget + b"/FT /Sig /T (Office) /Rect [0 0 0 0] >>",
            stream(b"/Tx BMC q BT /F1 12 Tf 2 5 Td (nobody) Tj ET Q EMC", appearance),
            INFO,
        ]
    )


def main(drafts, out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name in ("residence", "employment"):
        shutil.copy(drafts / f"{name}.pdf", out / f"draft-{name}.pdf")
    (out / "plain.pdf").write_bytes(plain())
    (out / "form.pdf").write_bytes(form())
    for made, source, options in [
        ("xref-stream", "plain", ["--object-streams=generate"]),
        ("form-xref-stream", "form", ["--object-streams=generate"]),
        ("linearized", "plain", ["--linearize"]),
        ("encrypted", "plain", ["--encrypt", PASSWORD, PASSWORD, "256", "--"]),
        ("encrypted-128", "plain", ["--encrypt", PASSWORD, PASSWORD, "128", "--use-aes=y", "--"]),
    ]:
        options = ["qpdf", "--deterministic-id" if not made.startswith("encrypted") else "--static-id", *options]
        subprocess.run([*options, out / f"{source}.pdf", out / f"{made}.pdf"], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
