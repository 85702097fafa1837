"""Makes the files that the attacks start from: two drafts, and what pyHanko signs of them.

    target/venv/bin/python test-vectors/attacks/bases/make.py

Needs pyHanko (scripts/requirements.txt). The suite reads the results, which are committed; it runs without Python. Running this
again makes other signatures (and another time-stamping key) over the same drafts; nothing depends on their bytes.
"""

import datetime
import io
import zlib
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

HERE = Path(__file__).resolve().parent
KEYS = HERE.parent.parent / "keys"


def stream(entries, data):
    return f"<<{entries}/Length {len(data)}>>stream\n{data}\nendstream"


# What an attacker would like to find: a form, pictures, a font, and objects that nothing shows yet (13 to 16, and 40, which does
# not exist although the page's resources name it).
OBJECTS = {
    1: "<</Type/Catalog/Pages 2 0 R/AcroForm 9 0 R>>",
    2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents[4 0 R 5 0 R]/Resources 17 0 R/Annots[10 0 R 11 0 R]>>",
    4: stream("", "BT /F1 18 Tf 20 250 Td (Pay 100 to Alice) Tj ET"),
    5: stream("", "q 40 0 0 40 200 20 cm /Im1 Do Q /Fm1 Do"),
    6: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    7: stream("/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8", "x"),
    8: stream("/Type/XObject/Subtype/Form/BBox[0 0 300 300]/Resources<<>>", "0 0 1 RG 10 240 280 30 re S"),
    9: "<</Fields[10 0 R]/DR<</Font<</F1 6 0 R>>>>/DA(/F1 12 Tf 0 g)>>",
    10: "<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/V(100)/DA(/F1 12 Tf 0 g)/Rect[20 200 120 220]/F 4/P 3 0 R"
        "/AP<</N 12 0 R>>>>",
    11: "<</Type/Annot/Subtype/Link/Rect[20 20 60 40]/F 4/Border[0 0 0]/Dest[3 0 R/Fit]>>",
    12: stream("/Type/XObject/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</F1 6 0 R>>>>",
               "/Tx BMC BT /F1 12 Tf 2 5 Td (100) Tj ET EMC"),
    13: stream("", "BT /F1 18 Tf 20 250 Td (Pay 999999 to Mallory) Tj ET"),
    14: "<</Type/Page/Parent 16 0 R/MediaBox[0 0 300 300]/Contents 13 0 R/Resources 17 0 R>>",
    15: "<</Type/Catalog/Pages 16 0 R/AcroForm 9 0 R>>",
    16: "<</Type/Pages/Kids[14 0 R]/Count 1>>",
    17: "<</Font<</F1 6 0 R>>/XObject<</Im1 7 0 R/Fm1 8 0 R/Im9 40 0 R>>>>",
}


def with_table():
    """The draft with a cross-reference table (ISO 32000-2, 7.5.4)."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    rows = ["0000000000 65535 f \n"]
    for number, body in OBJECTS.items():
        rows.append(f"{len(out):010} 00000 n \n")
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start, size = len(out), len(OBJECTS) + 1
    identifier = "<" + "61" * 16 + ">"
    out += f"xref\n0 {size}\n{''.join(rows)}trailer\n<</Size {size}/Root 1 0 R/ID[{identifier}{identifier}]>>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())


def with_stream():
    """The draft with object streams and a cross-reference stream (7.5.7 and 7.5.8)."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    container, section = len(OBJECTS) + 1, len(OBJECTS) + 2
    members = {number: body for number, body in OBJECTS.items() if "endstream" not in body}
    rows, head, bodies = {0: (0, 0, 65535)}, "", ""
    for index, (number, body) in enumerate(members.items()):
        rows[number] = (2, container, index)
        head += f"{number} {len(bodies)} "
        bodies += body + "\n"

    def put(number, body):
        rows[number] = (1, len(out), 0)
        out.extend(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")

    def packed(entries, data):
        data = zlib.compress(data, 9)
        return f"<<{entries}/Filter/FlateDecode/Length {len(data)}>>stream\n".encode() + data + b"\nendstream"

    for number, body in OBJECTS.items():
        if number not in members:
            put(number, body.encode())
    put(container, packed(f"/Type/ObjStm/N {len(members)}/First {len(head)}", (head + bodies).encode()))
    start = len(out)
    rows[section] = (1, start, 0)
    data = b"".join(
        bytes([kind]) + second.to_bytes(4, "big") + third.to_bytes(2, "big")
        for _, (kind, second, third) in sorted(rows.items())
    )
    identifier = "<" + "62" * 16 + ">"
    entries = f"/Type/XRef/Size {section + 1}/Root 1 0 R/W[1 4 2]/ID[{identifier}{identifier}]"
    out.extend(f"{section} 0 obj\n".encode() + packed(entries, data) + b"\nendobj\n")
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())


def certificate(der):
    return asn1_x509.Certificate.load(der)


def loaded(name):
    return x509.load_pem_x509_certificate((KEYS / f"{name}.cert.pem").read_bytes())


def der(cert):
    return cert.public_bytes(serialization.Encoding.DER)


def store(*names):
    out = SimpleCertificateStore()
    for name in names:
        out.register(certificate(der(loaded(name))))
    return out


def time_stamper():
    """A time-stamping authority under the test root, with a key that is thrown away."""
    key = rsa.generate_private_key(65537, 2048)
    root_key = serialization.load_pem_private_key((KEYS / "root.key.pem").read_bytes(), None)
    day = datetime.datetime
    cert = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "滨海市测试 TEST time stamps")]))
        .issuer_name(loaded("root").subject)
        .public_key(key.public_key())
        .serial_number(0x7E57)
        .not_valid_before(day(2024, 1, 1))
        .not_valid_after(day(2049, 12, 31, 23, 59, 59))
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(root_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return timestamps.DummyTimeStamper(
        tsa_cert=certificate(der(cert)),
        tsa_key=asn1_keys.PrivateKeyInfo.load(private),
        certs_to_embed=store("root"),
        fixed_dt=datetime.datetime(2029, 7, 1, tzinfo=datetime.timezone.utc),
    )


def signer():
    return signers.SimpleSigner.load(
        str(KEYS / "p256.key.pem"), str(KEYS / "p256.cert.pem"), ca_chain_files=[str(KEYS / "intermediate.cert.pem")]
    )


def sign(draft, name="Seal", certify=None, pades=True, lock=None):
    writer = IncrementalPdfFileWriter(io.BytesIO(draft))
    spec = fields.SigFieldSpec(name, field_mdp_spec=lock)
    metadata = signers.PdfSignatureMetadata(
        field_name=name,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES if pades else fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
        certify=certify is not None,
        docmdp_permissions=certify or fields.MDPPerm.FILL_FORMS,
        reason="TEST",
        name="TEST",
    )
    out = signers.PdfSigner(metadata, signer(), new_field_spec=spec).sign_pdf(writer, bytes_reserved=6000)
    return out.getvalue()


def archived(signed):
    """With the certificates in a DSS and a document time stamp (PAdES-LTA in form; no revocation data)."""
    stream = io.BytesIO(signed)
    DocumentSecurityStore.add_dss(stream, None, certs=[certificate(der(loaded(n))) for n in ("p256", "intermediate", "root")])
    stamper = time_stamper()
    writer = IncrementalPdfFileWriter(io.BytesIO(stream.getvalue()))
    out = signers.PdfTimeStamper(stamper, field_name="Stamp").timestamp_pdf(writer, "sha256", bytes_reserved=8000)
    return out.getvalue()


def main():
    table, stream = with_table(), with_stream()
    level = fields.MDPPerm
    lock = fields.FieldMDPSpec(fields.FieldMDPAction.INCLUDE, fields=["amount"])
    made = {
        "draft-table": table,
        "draft-stream": stream,
        "pyhanko-table-approval": sign(table, pades=False),
        "pyhanko-stream-approval": sign(stream),
        "pyhanko-table-p1": sign(table, certify=level.NO_CHANGES),
        "pyhanko-stream-p2": sign(stream, certify=level.FILL_FORMS, pades=False),
        "pyhanko-table-p3": sign(table, certify=level.ANNOTATE),
        "pyhanko-table-lock": sign(table, lock=lock),
        "pyhanko-table-lta": archived(sign(table)),
        "pyhanko-stream-lta": archived(sign(stream, certify=level.NO_CHANGES)),
    }
    for name, content in made.items():
        (HERE / f"{name}.pdf").write_bytes(content)
        print(f"{name}.pdf: {len(content)} bytes")


if __name__ == "__main__":
    main()
