"""Proves on files that pyHanko sealed, and on damaged copies of them, that the checks of interop.py tell good from bad."""

import datetime
import io
import json
import stat
import sys
import tempfile
from pathlib import Path

import numpy
import zxingcpp
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

import interop
from interop import Context, Demo, Failed, Matrix
from report_schema import breakages

UTC = datetime.timezone.utc
AT = datetime.datetime(2030, 6, 1, 8, tzinfo=UTC)
TEXT = "YX1:SELF-TEST 0123456789"

KEYS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa2048-pss": lambda: rsa.generate_private_key(65537, 2048),
}


def certificate(name, key, issuer, issuer_key, is_ca):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A window around AT that does not hold today: the checks must use the time they are given.
        .not_valid_before(datetime.datetime(2029, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime.datetime(2031, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(is_ca, None), True)
        .add_extension(x509.KeyUsage(not is_ca, not is_ca, False, False, False, is_ca, is_ca, False, False), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )
    return built.sign(issuer_key, hashes.SHA256())


def page(code):
    """A one-page PDF that says `interop self-test` and shows a QR code as rectangles."""
    symbol = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode)
    rows = numpy.array(symbol.to_image(scale=1, add_quiet_zones=False))
    side = rows.shape[0]
    squares = [
        f"{20 + 2 * x} {20 + 2 * (side - 1 - y)} 2 2 re"
        for y in range(side)
        for x in range(rows.shape[1])
        if rows[y][x] == 0
    ]
    content = ("BT /F 12 Tf 20 150 Td (interop self-test) Tj ET\n" + "\n".join(squares) + "\nf").encode()
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /Font << /F %s >> >> >>" % font,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    out, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"<< /Size 5 /Root 1 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] >>"
    return out + b"xref\n0 5\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (table, trailer, len(out))


def seal(kind, root, root_key):
    key = KEYS[kind]()
    leaf = certificate(f"TEST {kind}", key, root, root_key, False)
    der = serialization.Encoding.DER
    private = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    store = SimpleCertificateStore()
    store.register(asn1_x509.Certificate.load(root.public_bytes(der)))
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(leaf.public_bytes(der)),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=store,
        prefer_pss=kind.endswith("-pss"),
    )
    metadata = signers.PdfSignatureMetadata(
        field_name="Seal1",
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha512" if kind == "ed25519" else "sha256",
    )
    return signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(page(TEXT))), metadata, signer=signer).getvalue()


def pem_file(path, root):
    path.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return path


def must_fail(function, *arguments, saying=None):
    """Passes if the check fails (by any exception: a program that cannot read the file refuses it as well)."""
    try:
        function(*arguments)
    except Exception as why:
        if saying and saying not in str(why):
            raise Failed(f"fails, but not with `{saying}`: {why}") from why
        return
    raise Failed("accepts what it must refuse")


def stand_in(folder, body):
    """A program in the place of `stamp` that always gives one verdict."""
    program = folder / "stand-in"
    program.write_text(f"#!{sys.executable}\n{body}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def self_test():
    matrix = Matrix()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch, \
            tempfile.TemporaryDirectory() as other_scratch:
        folder = Path(folder)
        root_key, other_key = KEYS["p256"](), KEYS["p256"]()
        root = certificate("TEST root", root_key, None, root_key, True)
        other = certificate("TEST other root", other_key, None, other_key, True)
        context = Context(pem_file(folder / "root.pem", root), AT, scratch)
        stranger = Context(pem_file(folder / "other.pem", other), AT, other_scratch)

        for kind in KEYS:
            good = folder / f"{kind}.pdf"
            good.write_bytes(seal(kind, root, root_key))
            matrix.put(f"{kind}: key type", "self", "ok" if interop.key_type(good) == kind else "FAIL")
            damage(matrix, folder, kind, good, context, stranger)
        pages(matrix, folder, folder / "p256.pdf", context)
        verdicts(matrix, folder)
        schema(matrix)
    return matrix


def damage(matrix, folder, kind, good, context, stranger):
    """The signature checks: good accepted; flipped, appended, foreign root and wrong time refused."""
    data = good.read_bytes()
    flipped, appended = folder / f"{kind}-flipped.pdf", folder / f"{kind}-appended.pdf"
    flipped.write_bytes(data.replace(b"(interop", b"(Interop"))
    size = data.rindex(b"startxref")
    last = int(data[size + 9 :].split()[0])
    body = b"4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n"
    xref = b"xref\n4 1\n%010d 00000 n \ntrailer\n<< /Size 20 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    appended.write_bytes(data + body + xref % (len(data), last, len(data) + len(body)))
    for name, check in (
        ("pyhanko", interop.check_pyhanko),
        ("pdfsig", interop.check_pdfsig),
        ("openssl", interop.check_openssl),
    ):
        unable = interop.EXCEPTIONS.get((name, kind))
        matrix.check(f"{kind}: good", name, check, good, context, exception=unable)
        matrix.check(f"{kind}: flipped", name, must_fail, check, flipped, context)
        if not unable:
            matrix.check(f"{kind}: foreign root", name, must_fail, check, good, stranger)
        # /ByteRange of an appended file is right still; only programs that know PDF see what follows.
        if name != "openssl":
            matrix.check(f"{kind}: appended", name, must_fail, check, appended, context)
    late = Context.__new__(Context)
    late.__dict__.update(context.__dict__, at=AT.replace(year=2045))
    for name, check in (("pyhanko", interop.check_pyhanko), ("pdfsig", interop.check_pdfsig)):
        matrix.check(f"{kind}: expired", name, must_fail, check, good, late)


def pages(matrix, folder, good, context):
    """The checks of form, text and code."""
    data = good.read_bytes()
    broken = folder / "broken.pdf"
    broken.write_bytes(data.replace(b"endstream", b"endstraem", 1))
    cut = folder / "cut.pdf"
    cut.write_bytes(data[: data.index(b"xref")])
    uncoded = folder / "uncoded.pdf"
    uncoded.write_bytes(data.replace(b" re\n", b" m \n"))
    for name, check in (("qpdf", interop.check_qpdf), ("mutool", interop.check_mutool)):
        matrix.check("form: good", name, check, good, context)
        matrix.check("form: broken stream", name, must_fail, check, broken, context)
        matrix.check("form: cut", name, must_fail, check, cut, context)
    matrix.check("text: there", "self", interop.check_text, good, context, ["interop  self-test"])
    matrix.check("text: missing", "self", must_fail, interop.check_text, good, context, ["滨海市"])
    unlisted = (good, context, ["interop"], ["self-test"])
    matrix.check("text: exception is stale", "self", must_fail, interop.check_text, *unlisted)
    matrix.check("code: the same", "self", interop.check_page_code, good, context, TEXT)
    matrix.check("code: another", "self", must_fail, interop.check_page_code, good, context, TEXT + "0")
    matrix.check("code: none", "self", must_fail, interop.check_page_code, uncoded, context, TEXT)
    draft = folder / "draft.pdf"
    draft.write_bytes(page(TEXT))
    matrix.check("prefix: there", "self", interop.check_prefix, good, context, draft)
    draft.write_bytes(page(TEXT + "0"))
    matrix.check("prefix: another", "self", must_fail, interop.check_prefix, good, context, draft)
    drawn = folder / "code.svg"
    drawn.write_text(zxingcpp.create_barcode(TEXT, zxingcpp.BarcodeFormat.QRCode).to_svg(), encoding="utf-8")
    matrix.check("svg: the same", "self", interop.check_drawn_code, drawn, context, TEXT)
    matrix.check("svg: another", "self", must_fail, interop.check_drawn_code, drawn, context, TEXT + "0")


def verdicts(matrix, folder):
    """The checks of our own program's verdict, with stand-ins for it."""
    demo = Demo(folder)
    path = folder / "p256.pdf"
    for outcome, status, accepted, refused in (
        ("Authentic", 0, True, False),
        ("NotAuthentic", 1, False, True),
        ("Indeterminate", 2, False, True),
        ("Authentic", 1, False, False),
        ("NotAuthentic", 0, False, False),
        ("NotAuthentic", 3, False, False),
    ):
        program = stand_in(folder, f"print('{{\"outcome\": \"{outcome}\"}}'); raise SystemExit({status})")
        row = f"verdict: {outcome}, exit {status}"
        for name, check, expected in (
            ("accept", interop.check_accepted, accepted),
            ("refuse", interop.check_refused, refused),
        ):
            if expected:
                matrix.check(row, name, check, path, program, demo)
            else:
                matrix.check(row, name, must_fail, check, path, program, demo)
    crash = stand_in(folder, "raise SystemExit(101)")
    matrix.check("verdict: a crash is no refusal", "refuse", must_fail, interop.check_refused, path, crash, demo)


def schema(matrix):
    """The check of reports: kept ones hold to the schema, broken ones do not."""
    for name in ("authentic", "altered", "several-seals", "code-alone"):
        path = interop.ROOT / "test-vectors" / "reports" / f"{name}.json"
        report = json.loads(path.read_text(encoding="utf-8"))
        matrix.check(f"report {name}: as kept", "self", interop.check_schema, report)
        for how, broken in breakages(report):
            matrix.check(f"report {name}: {how}", "self", must_fail, interop.check_schema, broken)
