"""Seals every file of a folder of foreign PDFs, three times over, and asks programs that others wrote.

    seal_corpus.py [FOLDER] [--every N] [--only TEXT] [--results FILE] [--keep DIR]

Each file is opened strictly, sealed by three approval seals one after the other, and once, apart, by a seal that
certifies without permission for changes (examples/seal_corpus.rs). Judged are, by column of the table:

    open     opened or refused with a reason; time and memory within bounds; what qpdf accepts is opened
    seal     sealed, or refused because the document forbids it; a file that is refused may be sealed after recovery
    prefix   each sealed file begins with the file it was made from
    qpdf     `qpdf --check` says nothing that it did not say of the original
    pyhanko  every seal valid, strictly read where the original is; seals of others as valid as they were
    pdfsig   every seal valid, the last over the total document
    poppler  the sealed page looks as before outside the seals, and the seals show, in pdftoppm
    mupdf    the same in mutool
    verify   our own verifier under the policy for several seals: authentic, but for what the original brings along

Exit status: 0 nothing unexplained, 1 something, 3 usage. What is explained stands in seal_corpus_known.py.
"""

import argparse
import collections
import io
import json
import logging
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from seal_corpus_known import EXCEPTIONS, PASSWORDS

ROOT = Path(__file__).resolve().parent.parent
KEYS = ROOT / "test-vectors" / "keys"

# What one file may cost: the verdict "refused" is no excuse for more.
MOST_SECONDS = 2.0
# How long another program may think about one file before it is not asked further.
MOST_SECONDS_OF_OTHERS = 30
MOST_KIB_PER_KIB, MOST_KIB = 8, 64 << 10

# Reasons not to seal that lie in the document and not in us.
FORBIDDEN = {"Certified", "EarlierSeal", "OwnerPasswordNeeded", "Xfa"}

CHECKS = ["open", "seal", "prefix", "qpdf", "pyhanko", "pdfsig", "poppler", "mupdf", "verify"]


class Failed(Exception):
    """A check that says no, and why."""


class Skipped(Exception):
    """A check that cannot be made on this file, and why."""


class Slow:
    """Gives up what this process itself does after so many seconds."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        signal.signal(signal.SIGALRM, self.ring)
        signal.alarm(self.seconds)

    def ring(self, *_):
        raise Slowness(f"takes over {self.seconds} s")

    def __exit__(self, *_):
        signal.alarm(0)


class Slowness(BaseException):
    """Not to be taken for a refusal of the library that is interrupted."""


def run(command, seconds=20):
    """(exit status, output as bytes, complaints) of a program; a hang is a failure."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise (Failed if command[0] == str(DRIVER) else Skipped)(f"{Path(command[0]).name} takes over {seconds} s") from None
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "(silent)"


# --- one file ----------------------------------------------------------------------------------------------------


class Case:
    """One file, what our driver made of it, and a folder for the results."""

    def __init__(self, path, folder):
        self.path = path
        self.folder = folder
        self.password = PASSWORDS.get(path.name, "")
        secret = [self.password] if self.password else []
        status, out, err = run([str(DRIVER), str(path), str(folder), str(KEYS), *secret])
        if status != 0:
            raise Failed(f"driver exit {status}: {last_line(err)}")
        self.facts = json.loads(out)
        self.seals = [name for name in ("1", "2", "3") if "outcome" in self.facts.get(name, {})]

    def sealed(self, name):
        return self.folder / f"{name}.pdf"

    def made(self):
        """Every sealed file with the file that it must begin with."""
        before = self.path
        for name in self.seals:
            yield self.sealed(name), before
            before = self.sealed(name)
        if "outcome" in self.facts.get("certified", {}):
            yield self.sealed("certified"), self.path


def check_open(case):
    opened = case.facts["open"]
    size = case.facts["size"] >> 10
    if opened["ms"] > MOST_SECONDS * 1000:
        raise Failed(f"opening took {opened['ms']:.0f} ms")
    for name in ("1", "2", "3", "certified"):
        for key in ("ms", "verify_ms"):
            if case.facts.get(name, {}).get(key, 0) > MOST_SECONDS * 1000:
                raise Failed(f"{name}.pdf: {key} {case.facts[name][key]:.0f}")
    if case.facts["peak_kib"] > MOST_KIB + MOST_KIB_PER_KIB * size:
        raise Failed(f"{case.facts['peak_kib']} KiB of memory for a file of {size} KiB")
    if refused := opened.get("refused"):
        if qpdf_complaints(case.path, case.password)[0] == 0:
            raise Failed(f"refused ({refused}), yet clean for qpdf")


def check_seal(case):
    for name in ("1", "2", "3", "certified"):
        refused = case.facts.get(name, {}).get("refused")
        if name == "certified" and refused == "FirstSealOnly":
            continue
        if refused:
            if refused in FORBIDDEN:
                raise Skipped(refused)
            raise Failed(f"{name}.pdf: {refused}: {case.facts[name].get('says', '')}"[:200])
    if not case.seals:
        raise Failed(f"no page to seal: {case.facts['open'].get('pages')}")


def check_prefix(case):
    for sealed, before in case.made():
        new, old = sealed.read_bytes(), before.read_bytes()
        if not new.startswith(old) or len(new) == len(old):
            raise Failed(f"{sealed.name} does not begin with {before.name}")


def qpdf_complaints(path, password):
    status, out, err = run(["qpdf", f"--password={password}", "--check", str(path)])
    lines = (out.decode("utf-8", "replace") + err).replace(str(path), "FILE").splitlines()
    # The same complaint about a rewritten object comes with another offset.
    return status, {re.sub(r"(at )?offset \d+", "", line) for line in lines if re.match("WARNING|ERROR|FILE", line)}


def check_qpdf(case):
    old_status, old = qpdf_complaints(case.path, case.password)
    for sealed, _ in case.made():
        status, new = qpdf_complaints(sealed, case.password)
        if fresh := sorted(new - old):
            raise Failed(f"{sealed.name}: {fresh[0][:160]}")
        if status != old_status and status != 0:
            raise Failed(f"{sealed.name}: exit status {status}, not {old_status}")


def trust():
    root = asn1_x509.Certificate.load(pem.unarmor((KEYS / "root.cert.pem").read_bytes())[2])
    return ValidationContext(trust_roots=[root], allow_fetching=False, revocation_mode="soft-fail")


def reader_of(data, strict, password):
    reader = PdfFileReader(io.BytesIO(data), strict=strict)
    if reader.encrypted:
        reader.decrypt(password)
    return reader


def pyhanko_read(path, strict, password):
    """Name and status of every signature. Raises whatever pyHanko raises."""
    reader = reader_of(path.read_bytes(), strict, password)
    found = []
    for signature in reader.embedded_signatures:
        try:
            status = validate_pdf_signature(signature, trust())
        except Exception as why:
            status = f"{type(why).__name__}: {why}"
        found.append((signature.field_name, status))
    return found


def standing(status):
    """What a signature of others must not lose."""
    if isinstance(status, str):
        return False
    return bool(status.intact and status.valid and status.docmdp_ok)


def said_of(status):
    """What pyHanko has against a signature."""
    if status is None or isinstance(status, str):
        return str(status)
    difference = status.diff_result if isinstance(status.diff_result, SuspiciousModification) else ""
    return f"{status.summary()} {difference}".strip()


def own_seals(path, strict, password):
    """The same file with three invisible seals by pyHanko itself: where those fail alike, the file is at fault."""
    data = path.read_bytes()
    for number in range(3):
        writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=strict)
        if writer.prev.encrypted:
            writer.encrypt(password)
        meta = PdfSignatureMetadata(field_name=f"Control{number}", md_algorithm="sha256")
        data = sign_pdf(writer, meta, signer=SIGNER).getvalue()
    return data


def pyhanko_fails_alike(case, strict):
    """What pyHanko has against its own first seal of three on this file; nothing if nothing."""
    reader = reader_of(own_seals(case.path, strict, case.password), strict, case.password)
    for signature in reader.embedded_signatures:
        if signature.field_name == "Control0":
            status = validate_pdf_signature(signature, trust())
            return None if status.bottom_line else said_of(status)
    return "control not found"


def pyhanko_judge(case, strict, before):
    for sealed, _ in case.made():
        names = [sealed.stem] if sealed.stem == "certified" else case.seals[: int(sealed.stem)]
        fields = [case.facts[name]["field"] for name in names]
        found = dict(pyhanko_read(sealed, strict, case.password))
        for number, field in enumerate(fields):
            status = found.get(field)
            where = f"{sealed.name} {field}"
            if status is None:
                raise Failed(f"{where}: not found")
            if isinstance(status, str):
                raise Failed(f"{where}: {status[:160]}")
            if not status.bottom_line:
                raise Failed(f"{where}: {said_of(status)}")
            last = number + 1 == len(fields)
            if last and status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
                raise Failed(f"{where}: covers {status.coverage.name}")
            if last and status.modification_level != ModificationLevel.NONE:
                raise Failed(f"{where}: modified, {status.modification_level.name}")
        for field, status in before:
            if standing(status) and not standing(found.get(field)):
                raise Failed(f"{sealed.name}: {field}, a seal of others: {said_of(found.get(field))}"[:300])


def check_pyhanko(case):
    strict, before = True, None
    try:
        before = pyhanko_read(case.path, True, case.password)
    except Exception:
        strict = False
        try:
            before = pyhanko_read(case.path, False, case.password)
        except Exception as why:
            raise Skipped(f"cannot read the original: {type(why).__name__}: {why}"[:100]) from None
    try:
        pyhanko_judge(case, strict, before)
        return "" if strict else "lenient"
    except Exception as why:
        ours = f"{type(why).__name__}: {why}"
    for mode in (strict, False):
        try:
            alike = pyhanko_fails_alike(case, mode)
        except Exception as why:
            alike = f"{type(why).__name__}: {why}"
        if alike is None:
            raise Failed(ours[:300])
        if mode:
            # Strict reading goes deeper with every seal judged: only what the file brought along may be forgiven.
            try:
                pyhanko_judge(case, False, before)
                return f"lenient; strictly its own seals fail too: {alike}"[:160]
            except Exception as why:
                ours = f"{type(why).__name__}: {why}"
    raise Skipped(f"its own seals fail too: {alike}"[:160])


def check_pdfsig(case):
    for sealed, _ in case.made():
        names = [sealed.stem] if sealed.stem == "certified" else case.seals[: int(sealed.stem)]
        fields = [case.facts[name]["field"] for name in names]
        _, out, err = run(["pdfsig", "-nocert", "-upw", case.password, "-opw", case.password, str(sealed)])
        parts = out.decode("utf-8", "replace").split("Signature #")[1:]
        named = {}
        for part in parts:
            name = re.search(r"Signature Field Name: (.*)", part)
            named[name.group(1) if name else ""] = part
        for number, field in enumerate(fields):
            part = named.get(field)
            if part is None:
                if not parts and run(["pdfinfo", "-upw", case.password, "-opw", case.password, str(case.path)])[0] != 0:
                    raise Skipped(f"cannot read the original: {last_line(err)}")
                raise Failed(f"{sealed.name} {field}: not found: {last_line(err)}")
            wanted = ["Signature is Valid"]
            # "Not total document signed" has a small t.
            wanted += ["Total document signed"] if number + 1 == len(fields) else []
            for phrase in wanted:
                if phrase not in part:
                    said = re.search(r"Signature Validation: .*", part)
                    raise Failed(f"{sealed.name} {field}: not `{phrase}`: {said.group(0) if said else part[-80:]}")


def picture(command, name):
    """The rendered page as an array, or nothing."""
    status, out, err = run(command)
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", out)
    unable = re.search(r"Unimplemented Feature: .*", err)
    if status != 0 or not header or unable:
        return None, unable.group(0) if unable else last_line(err)
    width, height = int(header.group(1)), int(header.group(2))
    pixels = numpy.frombuffer(out, dtype=numpy.uint8, offset=header.end(), count=width * height * 3)
    return pixels.reshape(height, width, 3), name


def compare(case, render, tolerance):
    if not case.seals:
        raise Skipped("not sealed")
    page = case.facts["page"]["number"]
    old, said = picture(render(case.path, page), "original")
    if old is None:
        raise Skipped(f"cannot render the original: {said}")
    sealed = case.sealed(case.seals[-1])
    try:
        same_but_for_seals(case, old, render(sealed, page), tolerance)
    except Failed as why:
        for reason, before, after, most in controls(case, sealed):
            control, _ = picture(render(before, page), "control")
            try:
                if control is not None:
                    same_but_for_seals(case, control, render(after, page), most)
                    raise Skipped(reason)
            except Failed:
                continue
        again, _ = picture(render(case.path, page), "again")
        if again is None or again.shape != old.shape or (again != old).any():
            raise Skipped("paints the original otherwise each time") from None
        raise why from None


def controls(case, sealed):
    """Pairs of files that differ by the seals and, unlike the original and the sealed file, in nothing else."""
    # The same seals painted without blending: where that makes no difference, the seals are not at fault.
    size, data = case.facts["size"], sealed.read_bytes()
    plain = case.folder / "plain.pdf"
    plain.write_bytes(data[:size] + data[size:].replace(b"/BM /Multiply", b"/BM /Normal  "))
    yield "paints a page otherwise on which something is blended", case.path, plain, 0
    # Asked to redraw fields, poppler redraws that of the seal as well, into nothing: compared is what there is without.
    before, after = case.folder / "before.pdf", case.folder / "after.pdf"
    if stop_redrawing(case, case.path, before):
        stop_redrawing(case, sealed, after)
        yield "the original asks viewers to redraw its fields, and so that of the seal (/NeedAppearances)", before, after, 8


def stop_redrawing(case, path, out):
    """Writes `path` without /NeedAppearances to `out`; false if it has none."""
    writer = IncrementalPdfFileWriter(io.BytesIO(path.read_bytes()), strict=False)
    if writer.prev.encrypted:
        writer.encrypt(case.password)
    form = writer.root["/AcroForm"] if "/AcroForm" in writer.root else {}
    if "/NeedAppearances" not in form:
        return False
    del form["/NeedAppearances"]
    writer.update_container(form)
    with out.open("wb") as output:
        writer.write(output)
    return True


def same_but_for_seals(case, old, command, tolerance):
    new, said = picture(command, "sealed")
    if new is None:
        raise Failed(f"cannot render the sealed file: {said}")
    if old.shape != new.shape:
        raise Failed(f"the page is {new.shape[1]} x {new.shape[0]} pixels, not {old.shape[1]} x {old.shape[0]}")
    different = (abs(old.astype(int) - new) > tolerance).any(axis=2)
    height, width = different.shape
    seals = numpy.zeros_like(different)
    millimetres = case.facts["page"]["mm"]
    for left, top, right, bottom in case.facts["marks_mm"]:
        x0, x1 = (int(left / millimetres[0] * width) - 2, int(right / millimetres[0] * width) + 3)
        y0, y1 = (int(top / millimetres[1] * height) - 2, int(bottom / millimetres[1] * height) + 3)
        seals[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = True
    if (different & ~seals).any():
        ys, xs = numpy.nonzero(different & ~seals)
        raise Failed(
            f"{len(xs)} pixels of {width} x {height} differ outside the seals, "
            f"x {xs.min()}..{xs.max()}, y {ys.min()}..{ys.max()}"
        )
    if not different.any():
        # Ink that multiplies leaves black black.
        if not (old[seals] > 40).any():
            raise Skipped("the page is black where the seals are")
        raise Failed("no seal shows")


def check_poppler(case):
    def render(path, page):
        secret = ["-upw", case.password, "-opw", case.password]
        where = ["-f", str(page), "-l", str(page)]
        return ["pdftoppm", "-singlefile", *where, "-cropbox", "-scale-to", "500", *secret, str(path)]

    compare(case, render, 0)


def check_mupdf(case):
    def render(path, page):
        # The size by height and width keeps huge and tiny pages alike.
        return ["mutool", "draw", "-q", "-p", case.password, "-F", "ppm", "-w", "500", "-h", "500", "-o", "-", str(path), str(page)]

    # With a seal that multiplies, MuPDF paints the page as a group, which rounds its colours once more: 5 levels were seen.
    compare(case, render, 8)


def check_verify(case):
    """What is found about seals of others, or is odd about the original, is not about ours."""
    others = set()
    for sealed, _ in case.made():
        facts = case.facts[sealed.stem]
        ours = {f"field {case.facts[name]['field']}" for name in [*case.seals, "certified"] if "field" in case.facts.get(name, {})}
        findings = [finding[:3] for finding in facts["findings"] if finding[3] != "note"]
        if facts["outcome"] != "authentic" and not findings:
            raise Failed(f"{sealed.name}: {facts['outcome']} without a finding")
        for code, where, evidence in findings:
            if where.startswith("field ") and where not in ours:
                others.add(code)
            elif code == "file.ambiguous" and evidence.split()[0] in case.facts["open"]["anomalies"]:
                others.add(f"{code} {evidence.split()[0]}")
            elif code.startswith("seen.") and code in facts["lint"]:
                others.add(code)
            elif (revision := re.match(r"revision (\d+):", evidence)) and int(revision[1]) <= case.facts["open"]["revisions"]:
                others.add(code)
            else:
                raise Failed(f"{sealed.name}: {code} {where} {evidence}"[:200])
    if others:
        raise Skipped(f"as the original is: {', '.join(sorted(others))}")


def setup(driver):
    """In every worker: what the checks share."""
    global DRIVER, SIGNER
    DRIVER = driver
    SIGNER = SimpleSigner.load(
        key_file=str(KEYS / "p256.key.pem"),
        cert_file=str(KEYS / "p256.cert.pem"),
        ca_chain_files=(str(KEYS / "intermediate.cert.pem"),),
    )
    logging.disable(logging.CRITICAL)  # pyHanko logs every refusal that it also returns


def judge(task):
    """Everything about one file: its facts and the mark of each check with what was said."""
    path, relative, keep, checks = task
    marks, facts = {}, {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(keep) / relative.replace("/", "_") if keep else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            case = Case(path, folder)
        except Exception as why:
            return relative, facts, {"open": ("FAIL", str(why))}
        facts = case.facts
        for name in checks if "refused" not in facts["open"] or case.seals else ["open"]:
            if name not in ("open", "seal") and not case.seals:
                continue
            try:
                with Slow(MOST_SECONDS_OF_OTHERS):
                    marks[name] = ("ok", globals()[f"check_{name}"](case) or "")
            except (Skipped, Slowness) as why:
                marks[name] = ("skip", str(why))
            except Exception as why:  # a program's refusal comes as any exception: all are failures of the check
                marks[name] = ("FAIL", f"{'' if isinstance(why, Failed) else type(why).__name__ + ': '}{why}")
    return relative, facts, marks


# --- all files ---------------------------------------------------------------------------------------------------


def explained(relative, check, text):
    """The reason that stands in the list for this failure."""
    for name, checks, words, reason in EXCEPTIONS:
        if relative.endswith(name) and check in checks and words in text:
            return (name, checks, words, reason)
    return None


def table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [str(cell).ljust(width) if i == 0 else str(cell).rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def report(results):
    """Prints the tables; returns the number of unexplained failures."""
    folders = sorted({relative.split("/")[0] for relative, _, _ in results})
    groups = {folder: [r for r in results if r[0].split("/")[0] == folder] for folder in folders}
    groups["all"] = results
    used, failures, skips = set(), [], collections.Counter()
    for relative, _, marks in results:
        for check, (mark, text) in marks.items():
            if mark == "FAIL":
                entry = explained(relative, check, text)
                if entry:
                    used.add(entry)
                    marks[check] = ("explained", text)
                else:
                    failures.append((relative, check, text))
            elif mark == "skip":
                skips[check, re.sub(r"\d+", "N", text)[:110]] += 1

    rows = [["folder", "files", "opened", "refused", "sealed", "repaired and sealed", "slowest ms", "most KiB", "- 8 x size"]]
    for folder, group in groups.items():
        facts = [f for _, f, _ in group if f]
        opened = [f for f in facts if "refused" not in f["open"]]
        cost = [f["peak_kib"] - MOST_KIB_PER_KIB * (f["size"] >> 10) for f in facts]
        rows.append(
            [folder, len(group), len(opened), len(facts) - len(opened)]
            + [sum("outcome" in f.get("3", {}) for f in some) for some in (opened, [f for f in facts if f not in opened])]
            + [f"{max((f['open']['ms'] for f in facts), default=0):.1f}", max((f["peak_kib"] for f in facts), default=0)]
            + [max(cost, default=0)]
        )
    table(rows)

    refused = collections.Counter()
    for folder, group in groups.items():
        for _, facts, _ in group:
            if not facts:
                continue
            if reason := facts["open"].get("refused"):
                refused[f"not opened: {reason}", folder] += 1
            elif isinstance(facts["open"].get("pages"), str):
                refused[f"not sealed: {facts['open']['pages']}", folder] += 1
            else:
                for name in ("1", "2", "3"):
                    if reason := facts.get(name, {}).get("refused"):
                        refused[f"not sealed: {reason} (seal {name})", folder] += 1
    print()
    reasons = sorted({reason for reason, _ in refused})
    table([["reason", *groups]] + [[reason, *(refused[reason, folder] or "" for folder in groups)] for reason in reasons])

    print()
    rows = [["check", *(f"{folder} {mark}" for folder in groups for mark in ("ok", "n/a", "FAIL"))]]
    for check in CHECKS:
        row = [check]
        for group in groups.values():
            marks = collections.Counter(marks[check][0] for _, _, marks in group if check in marks)
            row += [marks["ok"], marks["skip"] + marks["explained"], marks["FAIL"]]
        rows.append(row)
    table(rows)

    findings = collections.Counter()
    outcomes = collections.Counter()
    for _, facts, _ in results:
        for name in ("1", "2", "3", "certified"):
            if "outcome" in facts.get(name, {}):
                outcomes[name, facts[name]["outcome"]] += 1
                for code in {code for code, _, _, severity in facts[name]["findings"] if severity != "note"}:
                    findings[name, code] += 1
    print("\nour verifier: " + ", ".join(f"{name}.pdf {outcome} {n}" for (name, outcome), n in sorted(outcomes.items())))
    for (name, code), n in sorted(findings.items()):
        print(f"  {name}.pdf {code}: {n}")
    if skips:
        print("\nnot judged:")
        for (check, text), n in sorted(skips.items()):
            print(f"  {check}: {n} x {text}")
    stale = [e for e in EXCEPTIONS if e not in used and any(relative.endswith(e[0]) for relative, _, _ in results)]
    for name, checks, words, reason in sorted(used):
        print(f"explained: {name}: {', '.join(checks)}: {reason}")
    for name, checks, words, _ in stale:
        failures.append((name, ", ".join(checks), f"listed as failing ({words}), but passes; remove the exception"))
    print()
    for relative, check, text in failures:
        print(f"FAIL {relative}: {check}: {text}")
    print(f"{len(results)} files, {len(failures)} unexplained")
    return len(failures)


def main():
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    corpus = os.environ.get("PDF_CORPUS", str(ROOT.parent / "shared" / "corpora" / "pdf"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=corpus, help="a folder of PDF files; tables are by its first level")
    parser.add_argument("--every", type=int, default=1, help="take every Nth file only")
    parser.add_argument("--only", default="", help="take files with this in their path only")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", help="write facts and marks as one JSON object a line")
    parser.add_argument("--keep", help="keep the sealed files in this folder")
    parser.add_argument("--checks", default=",".join(CHECKS), help="make these checks only, separated by commas")
    parser.add_argument("--driver", default=target / "release" / "examples" / "seal_corpus", type=Path)
    arguments = parser.parse_args()
    checks = arguments.checks.split(",")
    if unknown := set(checks) - set(CHECKS):
        parser.error(f"no such check: {', '.join(unknown)}")
    root = Path(arguments.folder)
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() == ".pdf" and path.is_file())
    if not files:
        print(f"skipped: no PDF files in {root}")
        return 0
    files = [path for path in files if arguments.only in str(path)][:: arguments.every]
    started = time.monotonic()
    results, log = [], open(arguments.results or os.devnull, "w", encoding="utf-8")
    # pyHanko keeps what it has read: a fresh process now and then keeps the run's memory small.
    with log, multiprocessing.Pool(arguments.jobs, setup, (arguments.driver,), maxtasksperchild=100) as pool:
        tasks = [(path, str(path.relative_to(root)), arguments.keep, checks) for path in files]
        for file, facts, marks in pool.imap(judge, tasks):
            results.append((file, facts, marks))
            print(json.dumps({"file": file, "facts": facts, "marks": marks}), file=log, flush=True)
            if len(results) % 100 == 0:
                print(f"{len(results)} of {len(files)} [{time.monotonic() - started:.0f} s]", file=sys.stderr)
    bad = report(results)
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
