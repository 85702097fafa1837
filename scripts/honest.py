"""Files that other programs sign, and what this library says of them. Run by scripts/honest, which says how."""

import argparse
import concurrent.futures
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAKERS = ROOT / "scripts" / "makers"
TOOLS = ROOT / "target" / "makers"
JARS = Path("/usr/share/java")
BOUNCY_CASTLE = ["bcprov", "bcpkix", "bcutil", "bcmail", "commons-logging"]
POLICIES = ["seal", "pades", "acrobat"]
PASSWORD = "honest"
# Inside the validity of the drafts of the demo, whose records begin in 2030, and of every certificate.
AT = "2030-07-01T04:00:00Z"
DOCUMENT = ROOT / "docs" / "INTEROP.md"
BEGIN, END = "<!-- made by scripts/honest -->", "<!-- end -->"

# What is refused although its maker meant well: the leading code under the policy that should do, and why. An entry that
# no longer applies is a failure.
REFUSED = {
    ("mutool", "field-7-form"): ("signature.algorithm-rejected", "signs with SHA-1"),
    ("mutool", "field-8-form"): ("signature.algorithm-rejected", "signs with SHA-1"),
    ("iText 5", "sha1"): ("signature.algorithm-rejected", "signed with SHA-1, as many programs of its day did"),
    ("@signpdf", "plain-form"): (
        "file.ambiguous",
        "writes a second /AcroForm into the catalogue beside the first, so readers differ in which form they see",
    ),
}
for _name in ("pkcs7-encrypted", "cades-encrypted", "pkcs7-encrypted-128", "cades-encrypted-128"):
    REFUSED["PDFBox", _name] = (
        "signature.padding",
        "encrypts the zeros that it reserves for the container, so what follows the container is not zero",
    )
for _name in ("draft-residence", "draft-employment", "plain", "xref-stream", "linearized"):
    for _kind in ("", "two-", "visible-"):
        REFUSED["PoDoFo", _kind + _name] = ("signature.signer-count", "writes two SignerInfo into one container")
REFUSED["PoDoFo", "field"] = ("signature.signer-count", "writes two SignerInfo into one container")


@dataclass
class Maker:
    """A program that signs: how it is called, and what must be there for it."""

    name: str
    folder: str
    command: list
    version: list
    needs: list = field(default_factory=list)
    jars: list = field(default_factory=list)
    packages: str = ""

    def lacks(self):
        """What is not installed, in words; empty if all is."""
        lacking = [program for program in self.needs if shutil.which(program) is None]
        lacking += [f"{jar}.jar" for jar in self.jars if not (JARS / f"{jar}.jar").exists()]
        return f"{', '.join(lacking)} not installed (packages: {self.packages})" if lacking else ""


def class_path(jars):
    return ":".join([str(TOOLS / "classes"), *(str(JARS / f"{jar}.jar") for jar in jars)])


def java(name, folder, program, jars, package):
    jars = [*jars, *BOUNCY_CASTLE]
    return Maker(
        name,
        folder,
        ["java", "-cp", class_path(jars), program],
        ["dpkg-query", "-W", "-f", "${Version}", package],
        ["java", "javac"],
        jars,
        f"{package} libbcpkix-java libbcmail-java libcommons-logging-java default-jdk-headless",
    )


def all_makers():
    python, own = sys.executable, str(TOOLS / "endesive" / "bin" / "python")
    version = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    commands = [python, str(MAKERS / "commands.py")]
    dpkg = ["dpkg-query", "-W", "-f", "${Version}"]
    npm = "console.log(require('./node_modules/@signpdf/signpdf/package.json').version)"
    return [
        Maker("pyHanko", "pyhanko", [python, str(MAKERS / "pyhanko_files.py")], [python, "-c", version, "pyhanko"]),
        Maker("endesive", "endesive", [own, str(MAKERS / "endesive_files.py")], [own, "-c", version, "endesive"]),
        Maker(
            "@signpdf", "signpdf", ["node", str(TOOLS / "node" / "signpdf.mjs")], ["node", "-e", npm], ["node", "npm"],
            packages="nodejs npm",
        ),
        java("PDFBox", "pdfbox", "PdfBox", ["pdfbox2", "fontbox2"], "libpdfbox2-java"),
        java("iText 5", "itext5", "Itext5", ["itext5"], "libitext5-java"),
        java("iText 2", "itext2", "Itext2", ["itext"], "libitext-java"),
        Maker("pdfsig", "pdfsig", [*commands, "pdfsig"], [*dpkg, "poppler-utils"], ["pdfsig"], packages="poppler-utils"),
        Maker("PoDoFo", "podofo", [*commands, "podofosign"], [*dpkg, "libpodofo-utils"], ["podofosign"],
              packages="libpodofo-utils"),
        Maker("mutool", "mutool", [*commands, "mutool"], [*dpkg, "mupdf-tools"], ["mutool"], packages="mupdf-tools"),
        Maker("TCPDF", "tcpdf", ["php", str(MAKERS / "tcpdf.php")], [*dpkg, "php-tcpdf"], ["php"],
              packages="php-cli php-tcpdf"),
    ]


def run(command, **options):
    options = {"capture_output": True, "text": True, "timeout": 300, "stdin": subprocess.DEVNULL, **options}
    done = subprocess.run([str(word) for word in command], check=False, **options)
    if done.returncode != 0:
        sys.exit(f"honest: {' '.join(map(str, command))[:200]}: exit {done.returncode}\n{(done.stderr or '')[-2000:]}")
    return done.stdout


def prepare(makers):
    """Installs and compiles what the makers among `makers` need below target/."""
    names = {maker.folder for maker in makers}
    TOOLS.mkdir(parents=True, exist_ok=True)
    if "endesive" in names:
        venv, wanted = TOOLS / "endesive", (MAKERS / "endesive.txt").read_text()
        installed = venv / "requirements.installed"
        if not installed.exists() or installed.read_text() != wanted:
            run([sys.executable, "-m", "venv", venv])
            pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            run([*pip, "--no-deps", "--requirement", MAKERS / "endesive.txt"])
            installed.write_text(wanted)
    if "signpdf" in names:
        folder = TOOLS / "node"
        folder.mkdir(exist_ok=True)
        lock = (MAKERS / "package-lock.json").read_text()
        installed = folder / "lock.installed"
        for name in ("package.json", "package-lock.json", "signpdf.mjs"):
            shutil.copy(MAKERS / name, folder / name)
        if not installed.exists() or installed.read_text() != lock:
            run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
            installed.write_text(lock)
    sources = {"pdfbox": "PdfBox", "itext5": "Itext5", "itext2": "Itext2"}
    wanted = [MAKERS / f"{sources[name]}.java" for name in sources if name in names]
    if wanted:
        jars = sorted({jar for maker in makers for jar in maker.jars})
        command = ["javac", "-nowarn", "-d", TOOLS / "classes", "-cp", class_path(jars), MAKERS / "Common.java", *wanted]
        run(command)


@dataclass
class Made:
    """One signed file: what its maker said of it, and what everyone says of it now."""

    maker: str
    path: Path
    source: str
    key: str
    kind: str
    policy: str
    outcomes: dict = field(default_factory=dict)
    leads: dict = field(default_factory=dict)
    pyhanko: str = ""
    pdfsig: str = ""

    @property
    def name(self):
        return self.path.stem

    def accepted(self):
        """Whether the policy that should do accepts it, and every looser one."""
        looser = POLICIES[POLICIES.index(self.policy):]
        return all(self.outcomes.get(policy) == "authentic" for policy in looser)

    def honest(self):
        return "yes" in (self.pyhanko, self.pdfsig)


def make(maker, trust, inputs, out):
    """Runs a maker; the files that it says it made."""
    folder = out / maker.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    cwd = TOOLS / "node" if maker.folder == "signpdf" else None
    listed = run([*maker.command, inputs, trust, folder], cwd=cwd)
    rows = [line.split("\t") for line in listed.splitlines() if line.count("\t") == 4]
    files = [Made(maker.name, folder / f"{name}.pdf", *rest) for name, *rest in rows]
    seconds = time.monotonic() - began
    # without Debian's own revision, which changes while the program stays the same
    version = re.split("[-+]", run(maker.version, cwd=cwd).strip())[0]
    return files, version, seconds


def ask_stamp(stamp, files, trust, password):
    """What this library says of every file, under every policy."""
    by_path = {str(made.path): made for made in files}
    for policy in POLICIES:
        command = [stamp, "verify", *by_path, "--trust", trust / "roots.pem", "--password-file", password, "--at", AT]
        done = subprocess.run(
            [str(word) for word in [*command, "--policy", policy, "--json"]],
            capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, check=False,
        )
        if done.returncode not in (0, 1, 2):
            sys.exit(f"honest: stamp verify: exit {done.returncode}: {done.stderr[-2000:]}")
        for line in done.stdout.splitlines():
            verdict = json.loads(line)
            made = by_path[verdict["file"]]
            made.outcomes[policy] = verdict["outcome"]
            leads = [finding["code"] for finding in verdict["findings"] if finding["severity"] != "note"]
            made.leads[policy] = leads[0] if leads else ""


def ask_pyhanko(path, trust):
    """Whether pyHanko takes every signature of the file, with what came after it."""
    from asn1crypto import pem, x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import KeyUsageConstraints, validate_pdf_signature, validate_pdf_timestamp
    from pyhanko_certvalidator import ValidationContext

    logging.disable(logging.CRITICAL)
    roots = [x509.Certificate.load(der) for _, _, der in pem.unarmor((trust / "roots.pem").read_bytes(), multiple=True)]
    try:
        reader = PdfFileReader(io.BytesIO(path.read_bytes()))
        if reader.encrypted:
            reader.decrypt(PASSWORD)
        usage = KeyUsageConstraints(key_usage=set())
        for signature in reader.embedded_regular_signatures:
            context = ValidationContext(trust_roots=roots)
            status = validate_pdf_signature(signature, context, key_usage_settings=usage)
            if not status.bottom_line:
                return "no: " + status.summary()[:60]
        for signature in reader.embedded_timestamp_signatures:
            if not validate_pdf_timestamp(signature, ValidationContext(trust_roots=roots)).intact:
                return "no: document time stamp"
    except Exception as error:  # a judge that gives up says no, whatever the reason
        return f"no: {type(error).__name__} {error}"[:90]
    return "yes"


def ask_pdfsig(path, trust):
    """Whether pdfsig takes every signature of the file. It does not look at what came after a signature."""
    command = ["pdfsig", "-nssdir", f"sql:{trust / 'nss'}", "-upw", PASSWORD, path]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    text = done.stdout.decode("utf-8", "replace")
    found = re.findall(r"Signature Validation: (.*)", text)
    # It validates no document time stamp.
    stamps = len(re.findall(r"Signature Type: (?:ETSI\.RFC3161|unknown)", text))
    good = sum("Signature is Valid" in verdict for verdict in found)
    if found and good and good + stamps == len(found):
        return "yes"
    return "no: " + next((verdict for verdict in found if "is Valid" not in verdict), "no signature found")


def damaged(files, out):
    """One file of each maker with a byte of its header changed: what nobody may accept."""
    copies, seen = [], set()
    folder = out / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for made in files:
        if made.maker not in seen and made.accepted():
            seen.add(made.maker)
            data = bytearray(made.path.read_bytes())
            data[7] ^= 1  # the version in `%PDF-1.7`: still a file that can be read
            path = folder / f"{made.path.parent.name}.pdf"
            path.write_bytes(data)
            copies.append(Made(made.maker, path, made.source, made.key, "damaged", "acrobat"))
    return copies


def table(files, versions):
    """The table of docs/INTEROP.md: a row for each maker, then what is refused and why."""
    lines = [
        "| maker | version | files | ways | accepted, under the strictest policy that should | refused | pyHanko takes | pdfsig takes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for maker, version in versions.items():
        mine = [made for made in files if made.maker == maker]
        taken = [made for made in mine if made.accepted()]
        by_policy = ", ".join(
            f"{sum(made.policy == policy for made in taken)} `{policy}`"
            for policy in POLICIES if any(made.policy == policy for made in taken)
        )
        ways = len({made.kind for made in mine})
        others = [sum(answer == "yes" for answer in answers) for answers in
                  ([made.pyhanko for made in mine], [made.pdfsig for made in mine])]
        lines.append(
            f"| {maker} | {version} | {len(mine)} | {ways} | {by_policy or 'none'} | {len(mine) - len(taken)} "
            f"| {others[0]} | {others[1]} |"
        )
    refused = sum(not made.accepted() for made in files)
    lines.append(
        f"| together | | {len(files)} | {len({(made.maker, made.kind) for made in files})} | {len(files) - refused} | {refused} "
        f"| {sum(made.pyhanko == 'yes' for made in files)} | {sum(made.pdfsig == 'yes' for made in files)} |"
    )
    reasons = {}
    for made in files:
        if not made.accepted():
            _, why = REFUSED.get((made.maker, made.name), ("", "**not explained**"))
            reasons.setdefault((made.maker, made.leads[made.policy], why), []).append(made.name)
    lines += ["", "| not accepted | files | leading finding | why |", "|---|---|---|---|"]
    for (maker, lead, why), names in reasons.items():
        shown = ", ".join(names) if len(names) < 5 else f"all {len(names)}, such as {names[0]}"
        lines.append(f"| {maker} | {shown} | `{lead}` | {why} |")
    return "\n".join(lines)


def faults_of(made):
    """Why this file's results are not what they have to be."""
    expected = REFUSED.get((made.maker, made.name))
    if expected is None:
        if not made.honest():
            return [f"neither judge takes it: pyHanko {made.pyhanko}; pdfsig {made.pdfsig}"]
        if not made.accepted():
            return [f"should be accepted under {made.policy}: {made.outcomes}, {made.leads[made.policy]}"]
        return []
    if made.accepted():
        return ["is listed as refused, and is accepted: take it off the list"]
    if made.leads[made.policy] != expected[0]:
        return [f"is refused for {made.leads[made.policy]}, listed is {expected[0]}"]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "target" / "honest")
    parser.add_argument("--stamp", type=Path, required=True, help="the built example")
    parser.add_argument("--only", action="append", help="this maker only; repeat for more")
    parser.add_argument("--bless", action="store_true", help="write the table of docs/INTEROP.md")
    options = parser.parse_args()
    out, trust, inputs = (options.out / name for name in ("signed", "trust", "inputs"))
    failures = []
    makers = []
    for maker in all_makers():
        if options.only and maker.folder not in options.only and maker.name not in options.only:
            continue
        if lacking := maker.lacks():
            print(f"{maker.name}: skipped, {lacking}")
            if os.environ.get("CI") == "true":
                failures.append(f"{maker.name}: every maker must run in CI")
        else:
            makers.append(maker)
    prepare(makers)
    options.out.mkdir(parents=True, exist_ok=True)
    run([options.stamp, "demo", "--out", options.out / "demo"])
    run([sys.executable, MAKERS / "authority.py", ROOT / "test-vectors" / "keys", trust])
    run([sys.executable, MAKERS / "inputs.py", options.out / "demo" / "drafts", inputs])
    files, versions = [], {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for maker, (mine, version, seconds) in zip(
            makers, pool.map(lambda maker: make(maker, trust, inputs, out), makers), strict=True
        ):
            print(f"{maker.name} {version}: {len(mine)} files in {seconds:.0f} s")
            if not mine:
                failures.append(f"{maker.name}: made nothing")
            versions[maker.name] = version
            files += mine
    password = options.out / "password"
    password.write_text(PASSWORD)
    ask_stamp(options.stamp, files, trust, password)
    spoilt = damaged(files, out)
    if spoilt:
        ask_stamp(options.stamp, spoilt, trust, password)
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        paths = [made.path for made in [*files, *spoilt]]
        for made, answer in zip([*files, *spoilt], pool.map(ask_pyhanko, paths, [trust] * len(paths)), strict=True):
            made.pyhanko = answer
        for made, answer in zip([*files, *spoilt], pool.map(ask_pdfsig, paths, [trust] * len(paths)), strict=True):
            made.pdfsig = answer
    width = max(len(made.name) for made in files)
    marks = {"authentic": "yes", "indeterminate": "?", "not-authentic": "no"}
    print(f"\n{'maker':9} {'file':{width}} {'policy':8} {'seal':5}{'pades':6}{'acrobat':8} pyHanko pdfsig  leading finding")
    for made in files:
        said = "".join(f"{marks[made.outcomes[policy]]:{len(policy) + 1}}" for policy in POLICIES)
        others = "".join(f"{answer.split(':')[0]:8}" for answer in (made.pyhanko, made.pdfsig))
        print(f"{made.maker:9} {made.name:{width}} {made.policy:8} {said} {others}{made.leads[made.policy]}")
        failures += [f"{made.maker}: {made.name}: {fault}" for fault in faults_of(made)]
    for made in spoilt:
        if "authentic" in made.outcomes.values() or made.honest():
            failures.append(f"{made.maker}: a damaged file is accepted: {made.outcomes}, {made.pyhanko}, {made.pdfsig}")
    if not spoilt:
        failures.append("no damaged file was made, so nothing shows that a check can fail")
    print(f"\n{len(spoilt)} damaged copies put to all three")
    for maker, name in REFUSED:
        if maker in versions and not any((made.maker, made.name) == (maker, name) for made in files):
            failures.append(f"{maker}: {name}: is listed as refused, and was not made")
    if not options.only:
        failures += check_document(table(files, versions), options.bless)
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{len(files) + len(spoilt)} passed, {len(failures)} failed" if not failures else
          f"{len(files) + len(spoilt) - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


def check_document(made, bless):
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    old, after = rest.split(END, 1)
    if bless:
        DOCUMENT.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")
    elif old.strip() != made.strip():
        return ["docs/INTEROP.md: its table is not what came out; look, then run with --bless"]
    return []


if __name__ == "__main__":
    main()
