"""What programs that others wrote say of the demo's files.

    interop.py DIR [--stamp PROGRAM]     the folder that `cargo demo --keys all --out DIR` made
    interop.py --self-test               proves on files that pyHanko sealed that every check can pass and can fail

Prints a matrix (one row a file, one column a check), the versions of the programs, and `N passed, N failed`.
Exit status: 0 all passed, 1 something failed, 3 usage.
"""

import argparse
import asyncio
import datetime
import hashlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import zxingcpp
from asn1crypto import cms, pem
from asn1crypto import x509 as asn1_x509
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from report_schema import faults, validator

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


class Demo:
    """Where the demo puts what. The only place that knows."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.root = self.folder / "trust" / "root.pem"
        self.list = self.folder / "trust" / "authority.cbor"
        self.report = self.folder / "report.json"

    def sealed(self):
        """Every sealed PDF: `sealed/NAME.pdf` and, for each further key type, `sealed-KEY/NAME.pdf`."""
        return sorted(self.folder.glob("sealed/*.pdf")) + sorted(self.folder.glob("sealed-*/*.pdf"))

    def forged(self):
        """Every forgery, `forged/NAME--HOW.pdf`, or `.png` and `.txt` of a code."""
        return sorted(path for path in self.folder.glob("forged/*--*") if path.suffix in (".pdf", ".png", ".txt"))

    def genuine(self, forged):
        """The sealed file that a forgery imitates."""
        return self.folder / "sealed" / (forged.stem.split("--")[0] + ".pdf")

    def draft(self, sealed):
        return self.folder / "drafts" / sealed.name

    def withdrawn(self):
        """A file whose seal names a place on a status list, `withdrawn/NAME.pdf`, which a whole code stands for."""
        return sorted(path for path in self.folder.glob("withdrawn/*.pdf") if not path.stem.endswith("-print"))

    def levels(self):
        """Files whose signatures last, `levels/LEVEL.pdf`."""
        return sorted(self.folder.glob("levels/*.pdf"))

    def levels_root(self):
        return self.folder / "trust" / "levels-root.pem"

    def judged(self, level):
        """When a file of `levels` is to be judged: the text beside it."""
        text = level.with_suffix(".at").read_text(encoding="utf-8").strip()
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

    def packages(self):
        """Hand-over packages, `handover/NAME.pdf`."""
        return sorted(self.folder.glob("handover/*.pdf"))

    def parts(self):
        """What was put into a package, `handover/parts/NAME`."""
        return sorted(self.folder.glob("handover/parts/*"))

    def record(self, sealed):
        return self.folder / "records" / (sealed.stem + ".json")

    def code(self, sealed, suffix):
        """The code as a file; a further key type has codes of its own, if any, in `codes-KEY`."""
        return self.folder / sealed.parent.name.replace("sealed", "codes", 1) / (sealed.stem + suffix)

    def at(self):
        """The time at which the demo's files are to be judged: `at` of report.json, or now."""
        if self.report.exists():
            text = json.loads(self.report.read_text(encoding="utf-8")).get("at")
            if text:
                return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


# The key types that the demo has to show, by what the signature itself says.
KEY_TYPES = ["p256", "ed25519", "rsa2048", "rsa3072", "rsa2048-pss"]

# The levels that the demo has to show, with the signatures and time stamps in each.
LEVELS = {"b-b": (1, 0), "b-t": (1, 1), "b-lt": (1, 1), "b-lta": (2, 2), "b-lta-renewed": (3, 3)}

# What a program cannot do, with the words in which it says so. An exception that no longer applies is a failure.
EXCEPTIONS = {
    ("pdfsig", "ed25519"): (
        "Signature Validation: Document isn't signed or corrupted data",
        "the NSS of Debian 12 (3.87) knows no Ed25519 in CMS",
    ),
    ("openssl", "ed25519"): (
        "eddsa_digest_signverify_init:invalid digest",
        "the OpenSSL of Debian 12 (3.0) cannot verify EdDSA in CMS",
    ),
}

# Texts of a record that its page has no place for. One that appears all the same is a failure: remove the line.
NOT_ON_PAGE = {
    ("food-licence", "decision"): "a licence states what is permitted; the decision text stands in the attached record",
}

# Lines that a program prints for every file, whatever is in it.
NOISE = {"mutool": re.compile(r"warning: ICC support is not available|page .*")}


class Failed(Exception):
    """A check that says no, and why."""


class Context:
    """The trust, the time and the scratch space that all checks share."""

    def __init__(self, root, at, scratch):
        self.at = at
        self.root = root
        self.anchor = asn1_x509.Certificate.load(pem.unarmor(root.read_bytes())[2])
        self.scratch = Path(scratch)
        self.nss = self.scratch / "nss"
        self.nss.mkdir()
        run(["certutil", "-N", "-d", f"sql:{self.nss}", "--empty-password"])
        run(["certutil", "-A", "-d", f"sql:{self.nss}", "-n", "root", "-t", "CT,C,C", "-a", "-i", str(root)])


def run(command, good=(0,)):
    """(exit status, output, complaints) of a program that must not hang. Raises Failed on another exit status."""
    done = subprocess.run(command, capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    out = done.stdout.decode("utf-8", "replace")
    err = done.stderr.decode("utf-8", "replace")
    if good is not None and done.returncode not in good:
        raise Failed(f"{Path(command[0]).name} exit {done.returncode}: {last_line(err or out)}")
    return done.returncode, out, err


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "(silent)"


def squeezed(text):
    return re.sub(r"\s+", "", text)


# --- the checks: each returns nothing when satisfied -------------------------------------------------------------


def only_signature(path):
    reader = PdfFileReader(io.BytesIO(path.read_bytes()), strict=True)
    found = reader.embedded_signatures
    if len(found) != 1:
        raise Failed(f"{len(found)} signatures, not 1")
    return found[0]


def key_type(path):
    """The key type by the signature's own words: `p256`, `ed25519`, `rsa2048`, `rsa2048-pss` .."""
    signature = only_signature(path)
    key = signature.signer_cert.public_key
    algorithm = signature.signer_info["signature_algorithm"]["algorithm"].native
    if key.algorithm == "rsa":
        return f"rsa{key.bit_size}" + ("-pss" if algorithm == "rsassa_pss" else "")
    if key.algorithm == "ec":
        return {"secp256r1": "p256", "secp384r1": "p384"}.get(key.curve[1], str(key.curve[1]))
    return key.algorithm


def check_pyhanko(path, context):
    """pyHanko, strict reading, the given root only, no network: valid, whole file, nothing changed, DocMDP kept."""
    trust = ValidationContext(
        trust_roots=[context.anchor], moment=context.at, allow_fetching=False, revocation_mode="soft-fail"
    )
    status = validate_pdf_signature(only_signature(path), trust)
    faults = []
    if not status.bottom_line:
        faults.append(status.summary())
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        faults.append(f"covers {status.coverage.name}")
    if status.modification_level != ModificationLevel.NONE:
        faults.append(f"modified: {status.modification_level}")
    if status.docmdp_ok is not True:
        faults.append("DocMDP not kept")
    if faults:
        raise Failed("; ".join(faults))


def ades(path, root, at):
    """What pyHanko says by EN 319 102-1 of long-term signatures, with what the file brings along and no network."""
    anchor = asn1_x509.Certificate.load(pem.unarmor(root.read_bytes())[2])
    policy = CertValidationPolicySpec(SimpleTrustManager.build([anchor]), CertRevTrustPolicy(REQUIRE_REVINFO))
    offline = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, offline))
    reader = PdfFileReader(io.BytesIO(path.read_bytes()), strict=True)
    timing = ValidationTimingInfo(at, at, point_in_time_validation=True)
    result = asyncio.run(ades_lta_validation(reader.embedded_regular_signatures[0], spec, timing))
    good = result.api_status is not None and result.api_status.bottom_line
    return "OK" if good and result.ades_subindic == AdESPassed.OK else f"{result.ades_subindic}: {result.failure_msg}"


def check_ades(path, context):
    """The same at the time given: pyHanko proves existence by the machine's clock, so that is set for a process of its own."""
    clock = ["faketime", "-f", context.at.astimezone().strftime("@%Y-%m-%d %H:%M:%S"), sys.executable, __file__]
    _, out, _ = run(clock + ["--ades", str(path), str(context.root), context.at.isoformat()])
    if out.strip() != "OK":
        raise Failed(last_line(out))


def check_data(path, context):
    """pyHanko with revocation data required, and none but what stands in /DSS."""
    reader = PdfFileReader(io.BytesIO(path.read_bytes()), strict=True)
    settings = {"trust_roots": [context.anchor], "moment": context.at, "allow_fetching": False}
    store = DocumentSecurityStore.read_dss(reader)
    trust = store.as_validation_context({**settings, "revocation_mode": "require"})
    status = validate_pdf_signature(reader.embedded_regular_signatures[0], trust, ts_validation_context=trust)
    if not (status.bottom_line and status.timestamp_validity.valid and status.timestamp_validity.trusted):
        raise Failed(status.summary())


def check_signed(path, context):
    """pyHanko, the given root only, no network, for a file without revocation data: signature and time stamps are valid."""
    reader = PdfFileReader(io.BytesIO(path.read_bytes()), strict=True)
    trust = ValidationContext(
        trust_roots=[context.anchor], moment=context.at, allow_fetching=False, revocation_mode="soft-fail"
    )
    status = validate_pdf_signature(reader.embedded_regular_signatures[0], trust, ts_validation_context=trust)
    if not status.bottom_line:
        raise Failed(status.summary())
    stamped = status.timestamp_validity
    if LEVELS[path.stem][1] and not (stamped and stamped.valid and stamped.trusted):
        raise Failed("the time stamp is not valid")


def check_pdfsig_all(path, context):
    """poppler with NSS, the root trusted: every signature and document time stamp of the file."""
    clock = ["faketime", "-f", context.at.astimezone().strftime("@%Y-%m-%d %H:%M:%S")]
    _, out, _ = run(clock + ["pdfsig", "-nssdir", f"sql:{context.nss}", str(path)])
    count = LEVELS[path.stem][0]
    # Document time stamps are listed; poppler 22.12 does not verify them.
    expected = {
        "Signature #": count,
        "Signature is Valid": 1,
        "Certificate is Trusted": 1,
        "Signature has not yet been verified": count - 1,
    }
    for phrase, times in expected.items():
        if out.count(phrase) != times:
            said = re.findall(r"(?:Signature|Certificate) Validation: .*", out)
            raise Failed(f"{out.count(phrase)} times `{phrase}`, not {times}: {said}")
    if path.stem != "b-lt" and "Total document signed" not in out.replace("Not total", ""):
        raise Failed("the last does not cover the whole file")


def check_tokens(path, context):
    """`openssl ts -verify` of every time-stamp token over the bytes that it is about."""
    data = path.read_bytes()
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    tokens = []
    for signature in reader.embedded_signatures:
        a, b, c, d = signature.byte_range
        if signature.sig_object.get("/SubFilter") == "/ETSI.RFC3161":
            # The token without the padding behind it.
            blob = cms.ContentInfo.load(signature.pkcs7_content).dump()
            tokens.append((blob, data[a : a + b] + data[c : c + d]))
            continue
        for attribute in signature.signer_info["unsigned_attrs"] or []:
            if attribute["type"].native == "signature_time_stamp_token":
                stamped = signature.signer_info["signature"].native
                tokens.extend((token.dump(), stamped) for token in attribute["values"])
    if len(tokens) != LEVELS[path.stem][1]:
        raise Failed(f"{len(tokens)} time stamps, not {LEVELS[path.stem][1]}")
    token_file, content = context.scratch / "token", context.scratch / "stamped"
    for blob, stamped in tokens:
        token_file.write_bytes(blob)
        content.write_bytes(stamped)
        command = ["openssl", "ts", "-verify", "-token_in", "-in", str(token_file), "-data", str(content)]
        run(command + ["-CAfile", str(context.root), "-attime", str(int(context.at.timestamp()))])


def check_pdfsig(path, context):
    """poppler with NSS, the root trusted."""
    clock = ["faketime", "-f", context.at.astimezone().strftime("@%Y-%m-%d %H:%M:%S")]
    _, out, _ = run(clock + ["pdfsig", "-nssdir", f"sql:{context.nss}", str(path)])
    if out.count("Signature #") != 1:
        raise Failed(f"{out.count('Signature #')} signatures, not 1")
    for phrase in ("Total document signed", "Signature is Valid", "Certificate is Trusted"):
        # "Not total document signed" has a small t.
        if phrase not in out:
            said = re.search(r"Signature Validation: .*|Not total document signed", out)
            raise Failed(f"not `{phrase}`: {said.group(0) if said else last_line(out)}")


def check_openssl(path, context):
    """OpenSSL's CMS with the CAdES check of signing-certificate-v2, over the bytes that /ByteRange names."""
    data = path.read_bytes()
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", data)
    if len(ranges) != 1:
        raise Failed(f"{len(ranges)} /ByteRange arrays, not 1")
    start, first, second, rest = map(int, ranges[0])
    content, blob = context.scratch / "content", context.scratch / "cms"
    content.write_bytes(data[start : start + first] + data[second : second + rest])
    blob.write_bytes(bytes.fromhex(data[start + first + 1 : second - 1].decode("ascii")))
    command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", str(blob), "-out", "/dev/null"]
    command += ["-content", str(content), "-CAfile", str(context.root), "-purpose", "any"]
    run(command + ["-attime", str(int(context.at.timestamp()))])


def check_qpdf(path, _context):
    """qpdf: no error and no warning."""
    _, out, err = run(["qpdf", "--check", str(path)])
    if "WARNING" in out + err:
        raise Failed(last_line(err or out))


def check_mutool(path, context):
    """MuPDF opens and draws the file and complains of nothing."""
    page = context.scratch / "mutool-%d.png"
    _, out, err = run(["mutool", "draw", "-q", "-r", "72", "-o", str(page), str(path)])
    said = [line for line in (out + err).splitlines() if line.strip() and not NOISE["mutool"].fullmatch(line.strip())]
    if said:
        raise Failed(said[0][:160])


def check_attachments(path, context, demo):
    """qpdf and poppler list the parts and no more, give each byte for byte, and the manifest has their digests."""
    parts = {part.name: part.read_bytes() for part in demo.parts()}
    _, out, _ = run(["qpdf", "--list-attachments", str(path)])
    listed = {line.split(" -> ")[0].strip() for line in out.splitlines() if " -> " in line}
    if listed != set(parts):
        raise Failed(f"qpdf lists {sorted(listed)}")
    folder = context.scratch / "parts"
    folder.mkdir(exist_ok=True)
    run(["pdfdetach", "-saveall", "-o", str(folder), str(path)])
    if {part.name for part in folder.iterdir()} != set(parts):
        raise Failed("pdfdetach saves other files")
    stated = {part["name"]: part for part in json.loads(parts["hand-over.json"])["parts"]}
    if set(stated) != set(parts) - {"hand-over.json"}:
        raise Failed("the manifest names other files")
    for name, data in parts.items():
        shown = subprocess.run(
            ["qpdf", f"--show-attachment={name}", str(path)], capture_output=True, timeout=120, check=True
        ).stdout
        if shown != data or (folder / name).read_bytes() != data:
            raise Failed(f"{name} comes out with other bytes")
        if name in stated and hashlib.sha256(data).hexdigest() != stated[name]["sha256"]:
            raise Failed(f"{name} has another digest")


def check_text(path, _context, wanted, unwanted=()):
    """pdftotext gives every Chinese text of the record but those of NOT_ON_PAGE; white space does not count."""
    texts = []
    for mode in ([], ["-raw"], ["-layout"]):
        _, out, err = run(["pdftotext", "-enc", "UTF-8", *mode, str(path), "-"])
        if err.strip():
            raise Failed(last_line(err))
        texts.append(squeezed(out))
    missing = [text for text in wanted if not any(squeezed(text) in page for page in texts)]
    if missing:
        raise Failed(f"{len(missing)} of {len(wanted)} texts missing, first: {missing[0][:60]}")
    if any(squeezed(text) in page for text in unwanted for page in texts):
        raise Failed("a text that is listed as not on the page is on it; remove the exception")


def chinese_texts(name, record):
    """(on the page, not on the page): the Chinese texts of a record, without codes, which may be masked."""
    texts = {"decision": record.get("decision")}
    for member in ("type", "holder", "issuer"):
        texts[member] = record[member]["name"]
    for number, field in enumerate(record["fields"]):
        texts[f"fields[{number}].label"], texts[f"fields[{number}].value"] = field["label"], field["value"]
    chinese = {member: text for member, text in texts.items() if text and re.search(r"[\u4e00-\u9fff]", text)}
    absent = {member for (result, member) in NOT_ON_PAGE if result == name}
    wanted = [text for member, text in chinese.items() if member not in absent]
    return wanted, [text for member, text in chinese.items() if member in absent]


def read_codes(picture):
    with Image.open(picture) as image:
        # QR codes alone: the modules of one in 500 hold a row that reads as a bar code (Codabar, ITF).
        found = zxingcpp.read_barcodes(
            image.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode, text_mode=zxingcpp.TextMode.Plain
        )
    return [code.text for code in found]


def check_page_code(path, context, expected):
    """zxing-cpp reads the code from the page as poppler renders it at 200 dpi."""
    stem = context.scratch / "page"
    for old in context.scratch.glob("page*.png"):
        old.unlink()
    _, _, err = run(["pdftoppm", "-r", "200", "-gray", "-png", str(path), str(stem)])
    if err.strip():
        raise Failed(last_line(err))
    pages = sorted(context.scratch.glob("page*.png"))
    same_code([text for page in pages for text in read_codes(page)], expected)


def check_drawn_code(path, context, expected):
    """zxing-cpp reads the code from the PNG, or from the SVG as MuPDF renders it."""
    if path.suffix == ".svg":
        picture = context.scratch / "code.png"
        run(["mutool", "draw", "-q", "-r", "300", "-o", str(picture), str(path)])
        path = picture
    same_code(read_codes(path), expected)


def same_code(found, expected):
    if not found:
        raise Failed("no code was read")
    if expected is None:
        # A key type without code files of its own: the text must at least be one of the two forms.
        if not any(text.startswith("YX1:") or re.fullmatch(r"https://[^#]+#[0-9]+", text) for text in found):
            raise Failed(f"not a code of ours: {found[0][:60]}")
    elif expected not in found:
        raise Failed(f"read {len(found[0])} characters {found[0][:40]}.., not {len(expected)} {expected[:40]}..")


def check_prefix(path, _context, draft):
    """The sealed file begins with the draft, byte for byte, and adds one revision to it."""
    sealed, before = path.read_bytes(), draft.read_bytes()
    if not sealed.startswith(before):
        raise Failed("does not begin with the draft")
    if sealed[len(before) :].count(b"%%EOF") != 1:
        raise Failed(f"{sealed[len(before) :].count(b'%%EOF')} revisions follow the draft, not 1")


def stamp_report(stamp, demo, path):
    """(exit status, report) of our own program."""
    what = ["verify", str(path)] if path.suffix == ".pdf" else ["scan", str(path)]
    # A genuine code is forged only in that it is shown with another file.
    if path.stem.endswith("--code-of-another"):
        what += ["--pdf", str(demo.genuine(path))]
    at = demo.at().astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    trust = ["--trust", str(demo.list), "--trust", str(demo.root), "--at", at]
    status, out, err = run([str(stamp), *what, *trust, "--json"], good=None)
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if len(lines) != 1:
        raise Failed(f"{len(lines)} verdicts, exit {status}: {last_line(err or out)}")
    return status, json.loads(lines[0])


def is_authentic(outcome):
    return outcome.lower() == "authentic"


def check_accepted(path, stamp, demo):
    """Our verifier accepts what the others accept."""
    status, report = stamp_report(stamp, demo, path)
    outcome = report["outcome"]
    if status != 0 or not is_authentic(outcome):
        raise Failed(f"exit {status}, {outcome}")


def check_refused(path, stamp, demo):
    """Our verifier refuses a forgery, with the exit status of a verdict and not of an accident."""
    status, report = stamp_report(stamp, demo, path)
    outcome = report["outcome"]
    if status not in (1, 2) or is_authentic(outcome):
        raise Failed(f"exit {status}, {outcome}")


def check_schema(report):
    """A report holds to docs/report.schema.json."""
    found = faults(report, validator())
    if found:
        raise Failed("; ".join(found[:3]))


# --- the matrix --------------------------------------------------------------------------------------------------


class Matrix:
    """Results by row (file) and column (check)."""

    def __init__(self):
        self.rows = {}
        self.columns = []
        self.notes = []
        self.passed = self.failed = 0

    def check(self, row, column, function, *arguments, exception=None):
        """Runs one check; `exception` is (words, reason) of a known inability of the program."""
        try:
            function(*arguments)
            mark = "ok"
            if exception:
                mark = "STALE"
                self.note(row, column, f"passes, but is listed as unable: {exception[1]}; remove the exception")
        except Exception as why:  # a program's refusal comes as any exception: all are failures of the check
            mark = "FAIL"
            if exception and exception[0] in str(why):
                mark = "n/a"
            else:
                self.note(row, column, f"{type(why).__name__ + ': ' if not isinstance(why, Failed) else ''}{why}")
        self.put(row, column, mark)
        return mark

    def put(self, row, column, mark):
        self.rows.setdefault(row, {})[column] = mark
        if column not in self.columns:
            self.columns.append(column)
        # An exception counts as passed only because the program said exactly what was foreseen.
        self.passed += mark in ("ok", "n/a")
        self.failed += mark in ("FAIL", "STALE")

    def note(self, row, column, text):
        self.notes.append(f"{row}: {column}: {text}")

    def print(self):
        width = max((display_width(row) for row in self.rows), default=0)
        print("file".ljust(width), *(column.rjust(max(len(column), 5)) for column in self.columns))
        for row, cells in self.rows.items():
            marks = (cells.get(column, "").rjust(max(len(column), 5)) for column in self.columns)
            print(row + " " * (width - display_width(row)), *marks)
        for note in self.notes:
            print(note)


def display_width(text):
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def print_versions():
    from importlib.metadata import version

    print("programs:")
    for package in ("pyhanko", "pyhanko-certvalidator", "cryptography", "zxing-cpp"):
        print(f"  {package} {version(package)}")
    for command in (["pdfsig", "-v"], ["qpdf", "--version"], ["mutool", "-v"], ["openssl", "version"]):
        _, out, err = run(command, good=None)
        print(f"  {(out + err).splitlines()[0]}")
    _, out, _ = run(["dpkg-query", "-W", "-f", "${Version}", "libnss3"], good=None)
    print(f"  NSS {out or 'of unknown version'}")
    for (program, key), (_, reason) in EXCEPTIONS.items():
        print(f"n/a: {program} and {key}: {reason}")
    for (result, member), reason in NOT_ON_PAGE.items():
        print(f"not on the page of {result}: {member}: {reason}")


def interop(demo, stamp):
    """The whole matrix for one demo folder."""
    matrix = Matrix()
    sealed, forged = demo.sealed(), demo.forged()
    print(f"{len(sealed)} sealed and {len(forged)} forged files in {demo.folder}, judged at {demo.at().isoformat()}")
    seen = set()
    with tempfile.TemporaryDirectory() as scratch:
        context = Context(demo.root, demo.at(), scratch)
        for path in sealed:
            row = str(path.relative_to(demo.folder))
            try:
                key = key_type(path)
                seen.add(key)
            except Exception as why:
                key = "unreadable"
                matrix.note(row, "key", str(why))
            texts = chinese_texts(path.stem, json.loads(demo.record(path).read_text(encoding="utf-8")))
            code = demo.code(path, ".txt")
            expected = code.read_text(encoding="utf-8").strip() if code.exists() else None
            for name, function, extra in (
                ("pyhanko", check_pyhanko, ()),
                ("pdfsig", check_pdfsig, ()),
                ("openssl", check_openssl, ()),
                ("qpdf", check_qpdf, ()),
                ("mutool", check_mutool, ()),
                ("text", check_text, texts),
                ("code", check_page_code, (expected,)),
                ("prefix", check_prefix, (demo.draft(path),)),
            ):
                matrix.check(row, name, function, path, context, *extra, exception=EXCEPTIONS.get((name, key)))
            for suffix in (".png", ".svg"):
                drawn = demo.code(path, suffix)
                if drawn.exists() or path.parent.name == "sealed":
                    matrix.check(row, suffix[1:], check_drawn_code, drawn, context, expected)
            matrix.check(row, "stamp", check_accepted, path, stamp, demo)
        for path in forged:
            matrix.check(str(path.relative_to(demo.folder)), "refused", check_refused, path, stamp, demo)
    withdrawn(matrix, demo)
    handed_over(matrix, demo)
    lasting(matrix, demo)
    reports(matrix, demo, stamp)
    for key in KEY_TYPES:
        matrix.put(f"(key type {key})", "seen", "ok" if key in seen else "FAIL")
    for path in demo.folder.glob("sealed/*.pdf"):
        copies = [f for f in forged if f.stem.startswith(path.stem + "--")]
        matrix.put(f"(forgeries of {path.stem})", "seen", "ok" if len(copies) >= 2 else "FAIL")
    matrix.put("(five results)", "seen", "ok" if len(list(demo.folder.glob("sealed/*.pdf"))) >= 5 else "FAIL")
    return matrix


def check_entry(path, _context):
    """pyHanko reads the place on the status list that the seal names, in the bytes that it covers."""
    signature = only_signature(path)
    entry = signature.sig_object["/YINX_Status"]
    if set(entry) != {"/URI", "/Index"} or not str(entry["/URI"]).startswith("https://") or int(entry["/Index"]) < 0:
        raise Failed(f"names {entry}")
    _, first, second, _ = signature.byte_range
    at = path.read_bytes().index(b"/YINX_Status")
    if first <= at < second:
        raise Failed("the seal does not cover it")


def withdrawn(matrix, demo):
    """A seal that names a place on a status list is a seal like any other; the code on the print copy stands for its file."""
    for path in demo.withdrawn():
        row, printed = f"withdrawn/{path.name}", path.with_name(f"{path.stem}-print.pdf")
        with tempfile.TemporaryDirectory() as scratch:
            context = Context(demo.root, demo.at(), scratch)
            for name, check in (
                ("pyhanko", check_pyhanko),
                ("pdfsig", check_pdfsig),
                ("openssl", check_openssl),
                ("qpdf", check_qpdf),
                ("mutool", check_mutool),
                ("entry", check_entry),
            ):
                matrix.check(row, name, check, path, context)
            code = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
            matrix.check(f"withdrawn/{printed.name}", "code", check_page_code, printed, context, code)
            # Another place, of as many digits.
            changed = Path(scratch) / path.name
            changed.write_bytes(path.read_bytes().replace(b"/Index 17 ", b"/Index 18 ", 1))
            matrix.check(f"{row}, another place", "pyhanko", must_refuse, check_pyhanko, changed, context)
            matrix.check(f"{row}, another place", "pdfsig", must_refuse, check_pdfsig, changed, context)
    matrix.put("(a place on a status list)", "seen", "ok" if demo.withdrawn() else "FAIL")


def handed_over(matrix, demo):
    """The hand-over package: what is attached, and the one seal over it; a changed one is refused."""
    for path in demo.packages():
        row = f"handover/{path.name}"
        with tempfile.TemporaryDirectory() as scratch:
            context = Context(demo.root, demo.at(), scratch)
            for name, check in (
                ("pyhanko", check_pyhanko),
                ("pdfsig", check_pdfsig),
                ("qpdf", check_qpdf),
                ("mutool", check_mutool),
            ):
                matrix.check(row, name, check, path, context)
            matrix.check(row, "parts", check_attachments, path, context, demo)
            changed = Path(scratch) / path.name
            changed.write_bytes(path.read_bytes().replace(b"%PDF-1.7", b"%PDF-1.6", 1))
            matrix.check(f"{row}, changed", "pyhanko", must_refuse, check_pyhanko, changed, context)
    matrix.put("(a hand-over package)", "seen", "ok" if demo.packages() else "FAIL")


def reports(matrix, demo, stamp):
    """Reports in JSON: those that are kept, those of every state if the tests have written them, and those on the demo's files."""
    kept = sorted((ROOT / "test-vectors" / "reports").glob("*.json"))
    states = sorted((TARGET / "tmp" / "states").glob("*.json"))
    judge = validator()
    for path in kept + states:
        found = faults(json.loads(path.read_text(encoding="utf-8")), judge)
        if found:
            matrix.note(path.name, "schema", "; ".join(found[:3]))
        matrix.put(path.name, "schema", "FAIL" if found else "ok")
    if not states:
        print("skipped: reports of every state: not written; run cargo test --test reports first")
    matrix.put("(kept reports)", "seen", "ok" if len(kept) >= 10 else "FAIL")
    # Every way of forging, of one result.
    sealed, forged = demo.sealed(), demo.forged()
    forged = [path for path in forged if demo.genuine(path) == demo.genuine(forged[0])]
    for path in sealed + forged:
        row = str(path.relative_to(demo.folder))
        matrix.check(row, "schema", lambda: check_schema(stamp_report(stamp, demo, path)[1]))


def lasting(matrix, demo):
    """The files whose signatures last; and that every check refuses them when they were changed or the root is another."""
    for path in demo.levels():
        row, at = f"levels/{path.name}", demo.judged(path)
        by_level = {"b-b": check_signed, "b-t": check_signed, "b-lt": check_data}
        checks = [("pyhanko", by_level.get(path.stem, check_ades)), ("pdfsig", check_pdfsig_all)]
        if LEVELS[path.stem][1]:
            checks.append(("openssl ts", check_tokens))
        with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as other:
            context, stranger = Context(demo.levels_root(), at, scratch), Context(demo.root, at, other)
            changed = Path(scratch) / path.name
            for name, check in checks:
                matrix.check(row, name, check, path, context)
                matrix.check(f"{row}, another root", name, must_refuse, check, path, stranger)
                changed.write_bytes(damaged(path.read_bytes(), name))
                matrix.check(f"{row}, changed", name, must_refuse, check, changed, context)
            if path.stem == "b-lt":
                without = path.with_name("b-t.pdf")
                matrix.check(f"{row}, without its data", "pyhanko", must_refuse, check_data, without, context)
            matrix.check(row, "qpdf", check_qpdf, path, context)
            matrix.check(row, "mutool", check_mutool, path, context)
    for level in LEVELS:
        there = any(path.stem == level for path in demo.levels())
        matrix.put(f"(level {level})", "seen", "ok" if there else "FAIL")


def damaged(data, check):
    """A copy that is not as it was signed: another time in the seal's own claim, or, for tokens, in the last token."""
    if check == "openssl ts":
        # Within the signature of the last token, whose padding is all zero digits.
        start = data.rindex(b"/Contents <") + len(b"/Contents <")
        close = data.index(b">", start)
        last = start + len(data[start:close].rstrip(b"0")) - 40
        return data[:last] + (b"0" if data[last : last + 1] != b"0" else b"1") + data[last + 1 :]
    changed = data.replace(b"/M (D:2030", b"/M (D:2031", 1)
    if changed == data:
        raise Failed("there is no time to change")
    return changed


def must_refuse(check, *arguments):
    """Passes if the check fails."""
    try:
        check(*arguments)
    except Exception:
        return
    raise Failed("accepts what it must refuse")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="the demo's output folder")
    parser.add_argument("--stamp", default=TARGET / "release" / "examples" / "stamp", type=Path)
    parser.add_argument("--ades", nargs=3, metavar=("FILE", "ROOT", "AT"), help="what pyHanko says of one file")
    parser.add_argument("--self-test", action="store_true", help="prove that every check can pass and can fail")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # pyHanko logs every refusal that it also returns
    if arguments.ades:
        path, root, at = arguments.ades
        print(ades(Path(path), Path(root), datetime.datetime.fromisoformat(at)))
        return 0
    if arguments.self_test:
        from interop_self_test import self_test

        matrix = self_test()
    elif arguments.folder is None:
        parser.print_usage(sys.stderr)
        return 3
    else:
        matrix = interop(Demo(arguments.folder), arguments.stamp)
    matrix.print()
    print_versions()
    print(f"{matrix.passed} passed, {matrix.failed} failed")
    return 1 if matrix.failed or not matrix.passed else 0


if __name__ == "__main__":
    sys.exit(main())
