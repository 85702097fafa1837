"""Files that pyHanko signs: pyhanko_files.py INPUTS TRUST OUT.

Prints a line a file: name, input, key, what was done, the strictest policy that has to accept it.
"""

import io
import sys
from pathlib import Path

from asn1crypto import crl as asn1_crl
from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils import generic, text
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.signers import PdfSignatureMetadata, PdfTimeStamper
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation import add_validation_info
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

INPUTS, TRUST, OUT = (Path(argument) for argument in sys.argv[1:4])
PASSWORD = "honest"
PADES = fields.SigSeedSubFilter.PADES
Name, Number = generic.NameObject, generic.NumberObject

ROOT, INTERMEDIATE = (load_cert_from_pemder(TRUST / f"{name}.cert.pem") for name in ("root", "intermediate"))
STORE = SimpleCertificateStore()
STORE.register_multiple([INTERMEDIATE, ROOT])
STAMPER = DummyTimeStamper(
    load_cert_from_pemder(TRUST / "tsa.cert.pem"), load_private_key_from_pemder(TRUST / "tsa.key.pem", None), STORE
)
LISTS = [asn1_crl.CertificateList.load((TRUST / f"{name}.crl").read_bytes()) for name in ("root", "intermediate")]


def context():
    return ValidationContext(
        trust_roots=[ROOT], other_certs=[INTERMEDIATE], crls=LISTS, allow_fetching=False, revocation_mode="hard-fail"
    )


def signer(key):
    return signers.SimpleSigner.load(
        TRUST / f"{key}.key.pem",
        TRUST / f"{key}.cert.pem",
        ca_chain_files=[TRUST / "intermediate.cert.pem"],
        prefer_pss=key.endswith("-pss"),
    )


class File:
    """A file between two steps: its bytes, and what was done to it."""

    def __init__(self, source):
        self.source = source
        self.data = (INPUTS / f"{source}.pdf").read_bytes()
        self.locked = source == "encrypted"

    def writer(self):
        writer = IncrementalPdfFileWriter(io.BytesIO(self.data))
        if self.locked:
            writer.encrypt(PASSWORD)
        return writer

    def reader(self):
        reader = PdfFileReader(io.BytesIO(self.data))
        if self.locked:
            reader.decrypt(PASSWORD)
        return reader

    def update(self, change):
        writer = self.writer()
        change(writer)
        out = io.BytesIO()
        writer.write(out)
        self.data = out.getvalue()
        return self

    def sign(self, key="p256", field="Signature", box=None, spec=None, stamp=False, visible=None, **options):
        metadata = PdfSignatureMetadata(
            field_name=field, reason="Approved", location="Testing", md_algorithm=options.pop("md", "sha256"), **options
        )
        style = TextStampStyle(stamp_text="Signed by %(signer)s\n%(ts)s") if visible else None
        box = visible or box
        if spec is None and box:
            spec = fields.SigFieldSpec(field, box=box)
        pdf_signer = signers.PdfSigner(
            metadata, signer(key), timestamper=STAMPER if stamp else None, stamp_style=style, new_field_spec=spec
        )
        out = io.BytesIO()
        pdf_signer.sign_pdf(self.writer(), output=out)
        self.data = out.getvalue()
        return self

    def long_term(self, key="p256", field="Signature", archive=False, **options):
        """Validation data with the signature (B-LT), and with `archive` a document time stamp over both (B-LTA)."""
        return self.sign(
            key,
            field,
            stamp=True,
            subfilter=PADES,
            embed_validation_info=True,
            use_pades_lta=archive,
            validation_context=context(),
            **options,
        )

    def renewed(self):
        """A further document time stamp over everything before it."""
        out = io.BytesIO()
        PdfTimeStamper(STAMPER).update_archival_timestamp_chain(self.reader(), context(), in_place=False, output=out)
        self.data = out.getvalue()
        return self

    def stamped(self):
        out = io.BytesIO()
        PdfTimeStamper(STAMPER).timestamp_pdf(self.writer(), "sha256", context(), output=out)
        self.data = out.getvalue()
        return self

    def with_validation(self, index=0):
        """Validation data for a signature that was made without, in an update of its own."""
        out = io.BytesIO()
        add_validation_info(self.reader().embedded_regular_signatures[index], context(), output=out)
        self.data = out.getvalue()
        return self


def fill(writer, value="Li Si"):
    """What a person does who types into the field of form.pdf: a value and the appearance that shows it."""
    form = writer.root["/AcroForm"]
    field = form["/Fields"][0]
    field["/V"] = generic.pdf_string(value)
    shown = generic.StreamObject(
        {
            Name("/Type"): Name("/XObject"),
            Name("/Subtype"): Name("/Form"),
            Name("/BBox"): generic.ArrayObject(map(Number, (0, 0, 200, 20))),
            Name("/Resources"): generic.DictionaryObject({Name("/Font"): form["/DR"].raw_get("/Font")}),
        },
        stream_data=b"/Tx BMC q BT /F1 12 Tf 2 5 Td (%s) Tj ET Q EMC" % value.encode(),
    )
    field["/AP"] = generic.DictionaryObject({Name("/N"): writer.add_object(shown)})
    writer.update_container(field)


def annotate(writer):
    """A note on the first page."""
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject(
        {
            Name("/Type"): Name("/Annot"),
            Name("/Subtype"): Name("/Text"),
            Name("/Rect"): generic.ArrayObject(map(Number, (500, 780, 520, 800))),
            Name("/Contents"): generic.pdf_string("looks right to me"),
            Name("/F"): Number(28),
        }
    )
    if "/Annots" in page:
        page["/Annots"].append(writer.add_object(note))
        writer.update_container(page["/Annots"])
    else:
        page["/Annots"] = generic.ArrayObject([writer.add_object(note)])
    writer.update_container(page)


def lock(action, names=None, level=None, field="Signature"):
    return fields.SigFieldSpec(
        field, field_mdp_spec=fields.FieldMDPSpec(action, names), doc_mdp_update_value=level
    )


def made(name, source, key, kind, policy, build):
    """Makes one file and says so."""
    file = build(File(source))
    (OUT / f"{name}.pdf").write_bytes(file.data)
    print(name, source, key, kind, policy, sep="\t")


def main():
    every = ["draft-residence", "draft-employment", "plain", "xref-stream", "linearized", "encrypted"]
    key_types = ["rsa2048", "rsa3072", "rsa2048-pss", "p256", "p384", "ed25519"]
    for source in every:
        made(f"pkcs7-{source}", source, "rsa2048", "pkcs7 detached", "seal", lambda file: file.sign("rsa2048"))
        made(f"b-{source}", source, "p256", "PAdES B-B", "seal", lambda file: file.sign(subfilter=PADES))
    for key in key_types:
        md = {"p384": "sha384", "ed25519": "sha512"}.get(key, "sha256")
        made(f"key-{key}", "plain", key, f"PAdES B-B, {md}", "seal",
             lambda file, key=key, md=md: file.sign(key, subfilter=PADES, md=md))
    made("hash-sha512", "plain", "rsa2048", "PAdES B-B, sha512", "seal",
         lambda file: file.sign("rsa2048", subfilter=PADES, md="sha512"))
    for source in ("draft-residence", "plain", "xref-stream", "encrypted"):
        made(f"t-{source}", source, "p256", "PAdES B-T", "seal", lambda file: file.sign(subfilter=PADES, stamp=True))
        made(f"lt-{source}", source, "p256", "PAdES B-LT", "seal", lambda file: file.long_term())
        made(f"lta-{source}", source, "p256", "PAdES B-LTA", "seal", lambda file: file.long_term(archive=True))
    made("pkcs7-stamped", "plain", "rsa2048", "pkcs7 detached, time stamp", "seal",
         lambda file: file.sign("rsa2048", stamp=True))
    together = DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE)
    made("lt-together", "plain", "p256", "PAdES B-LT, data in the signed revision", "seal",
         lambda file: file.long_term(dss_settings=together))
    made("lta-together", "plain", "p256", "PAdES B-LTA, data in the signed revision", "seal",
         lambda file: file.long_term(archive=True, dss_settings=together))
    made("lt-no-vri", "plain", "p256", "PAdES B-LT without VRI", "seal",
         lambda file: file.long_term(dss_settings=DSSContentSettings(include_vri=False)))
    made("lta-renewed", "plain", "p256", "PAdES B-LTA renewed", "seal", lambda file: file.long_term(archive=True).renewed())
    made("lta-renewed-twice", "xref-stream", "rsa2048", "PAdES B-LTA renewed twice", "seal",
         lambda file: file.long_term("rsa2048", archive=True).renewed().renewed())
    made("lt-later", "plain", "p256", "PAdES B-T, validation data added later", "seal",
         lambda file: file.sign(subfilter=PADES, stamp=True).with_validation())
    made("stamp-later", "plain", "p256", "PAdES B-B, document time stamp added later", "seal",
         lambda file: file.sign(subfilter=PADES).stamped())
    box = (350, 80, 550, 140)
    for source in ("draft-residence", "plain", "xref-stream"):
        made(f"visible-{source}", source, "p256", "PAdES B-B, visible", "seal",
             lambda file: file.sign(subfilter=PADES, visible=box))
    for source in ("form", "form-xref-stream"):
        made(f"field-{source}", source, "p256", "PAdES B-B in an empty field", "seal",
             lambda file: file.sign(subfilter=PADES, field="Applicant"))
        made(f"field-unseen-{source}", source, "rsa2048", "pkcs7 in an empty field without a place", "seal",
             lambda file: file.sign("rsa2048", field="Office"))
    for level in (1, 2, 3):
        permission = fields.MDPPerm(level)
        for source in ("draft-residence", "xref-stream"):
            made(f"certified-p{level}-{source}", source, "p256", f"certified, P {level}", "seal",
                 lambda file, permission=permission: file.sign(subfilter=PADES, certify=True, docmdp_permissions=permission))
    made("certified-p1-lta", "plain", "p256", "certified, P 1, PAdES B-LTA", "seal",
         lambda file: file.long_term(archive=True, certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES))
    for source in ("draft-residence", "plain", "xref-stream", "encrypted"):
        made(f"two-{source}", source, "p256", "two signatures", "pades",
             lambda file: file.sign(subfilter=PADES, field="A").sign("rsa2048", subfilter=PADES, field="B"))
        made(f"three-{source}", source, "p256", "three signatures", "pades",
             lambda file: file.sign(field="A").sign("rsa2048", field="B").sign("p384", field="C", md="sha384"))
    made("two-visible", "plain", "p256", "two visible signatures", "pades",
         lambda file: file.sign(field="A", visible=(50, 80, 250, 140)).sign("rsa2048", field="B", visible=box))
    made("two-form", "form", "p256", "two signatures in empty fields", "pades",
         lambda file: file.sign(field="Applicant", subfilter=PADES).sign("rsa2048", field="Office", subfilter=PADES))
    made("two-form-xref-stream", "form-xref-stream", "p256", "two signatures in empty fields", "pades",
         lambda file: file.sign(field="Applicant", subfilter=PADES).sign("rsa2048", field="Office", subfilter=PADES))
    for level in (2, 3):
        permission = fields.MDPPerm(level)
        made(f"certified-p{level}-approved", "plain", "p256", f"certified P {level}, then approved", "pades",
             lambda file, permission=permission: file.sign(
                 field="A", subfilter=PADES, certify=True, docmdp_permissions=permission
             ).sign("rsa2048", field="B", subfilter=PADES))
    made("two-lt", "plain", "p256", "two PAdES B-LT, validation data after each", "pades",
         lambda file: file.long_term(field="A").long_term("rsa2048", field="B"))
    made("two-lta", "xref-stream", "p256", "two PAdES B-LTA", "pades",
         lambda file: file.long_term(field="A", archive=True).long_term("rsa2048", field="B", archive=True))
    made("two-lt-renewed", "plain", "p256", "two PAdES B-LTA, renewed", "pades",
         lambda file: file.long_term(field="A", archive=True).long_term("rsa2048", field="B", archive=True).renewed())
    made("two-then-data", "plain", "p256", "two PAdES B-T, validation data added later", "pades",
         lambda file: file.sign(field="A", subfilter=PADES, stamp=True)
         .sign("rsa2048", field="B", subfilter=PADES, stamp=True).with_validation(0).with_validation(1))
    action = fields.FieldMDPAction
    made("lock-all", "plain", "p256", "field lock, all", "seal",
         lambda file: file.sign(spec=lock(action.ALL), subfilter=PADES))
    made("lock-all-p1", "plain", "p256", "field lock, all, P 1", "seal",
         lambda file: file.sign(spec=lock(action.ALL, level=fields.MDPPerm.NO_CHANGES), subfilter=PADES))
    made("lock-include", "form", "p256", "field lock of one field", "seal",
         lambda file: file.sign(spec=lock(action.INCLUDE, ["Name"]), subfilter=PADES))
    made("lock-exclude", "form", "p256", "field lock of all but one field, then that signed", "pades",
         lambda file: file.sign(spec=lock(action.EXCLUDE, ["Applicant"]), subfilter=PADES)
         .sign("rsa2048", field="Applicant", subfilter=PADES))
    for source in ("form", "form-xref-stream"):
        made(f"filled-{source}", source, "p256", "signed, form filled", "pades",
             lambda file: file.sign(field="Office", subfilter=PADES).update(fill))
        made(f"filled-signed-{source}", source, "p256", "signed, form filled, signed again", "pades",
             lambda file: file.sign(field="Office", subfilter=PADES).update(fill)
             .sign("rsa2048", field="Applicant", subfilter=PADES))
    made("certified-p2-filled", "form", "p256", "certified P 2, form filled", "pades",
         lambda file: file.sign(field="Office", subfilter=PADES, certify=True).update(fill))
    for source in ("plain", "xref-stream", "form"):
        made(f"annotated-{source}", source, "p256", "signed, note added", "acrobat",
             lambda file: file.sign(subfilter=PADES).update(annotate))
    made("certified-p3-annotated", "plain", "p256", "certified P 3, note added", "acrobat",
         lambda file: file.sign(subfilter=PADES, certify=True, docmdp_permissions=fields.MDPPerm.ANNOTATE).update(annotate))
    made("annotated-signed", "plain", "p256", "signed, note added, signed again", "acrobat",
         lambda file: file.sign(field="A", subfilter=PADES).update(annotate).sign("rsa2048", field="B", subfilter=PADES))


if __name__ == "__main__":
    main()
