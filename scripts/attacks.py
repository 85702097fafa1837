"""Which attacks of tests/attacks other verifiers accept. See scripts/attacks."""

import argparse
import collections
import csv
import datetime
import io
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.version import __version__ as pyhanko_version
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

ROOT = Path(__file__).resolve().parent.parent
TRUSTED = ROOT / "test-vectors" / "keys" / "root.cert.pem"
AT = datetime.datetime(2030, 7, 1, 4, tzinfo=datetime.timezone.utc)
SECONDS = 20


class TooSlow(Exception):
    """The verifier took longer than SECONDS."""


def ring(*_):
    raise TooSlow


class Verifiers:
    """The other verifiers under one trust: the test root."""

    def __init__(self, scratch):
        self.anchor = asn1_x509.Certificate.load(pem.unarmor(TRUSTED.read_bytes())[2])
        self.nss = Path(scratch) / "nss"
        self.nss.mkdir()
        database = f"sql:{self.nss}"
        subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True, capture_output=True)
        add = ["certutil", "-A", "-d", database, "-n", "root", "-t", "CT,C,C", "-a", "-i", str(TRUSTED)]
        subprocess.run(add, check=True, capture_output=True)
        signal.signal(signal.SIGALRM, ring)

    def pyhanko(self, path):
        """Every signature valid, trusted, and its document changed only as it permits: `accepted`, `refused`, `hangs`."""
        signal.alarm(SECONDS)
        try:
            trust = ValidationContext(
                trust_roots=[self.anchor], moment=AT, allow_fetching=False, revocation_mode="soft-fail"
            )
            reader = PdfFileReader(io.BytesIO(path.read_bytes()), strict=True)
            found = reader.embedded_signatures
            good = bool(found)
            for one in found:
                if one.sig_object.get("/Type") == "/DocTimeStamp":
                    status = validate_pdf_timestamp(one, trust)
                    good &= bool(status.valid and status.intact and status.trusted)
                else:
                    good &= bool(validate_pdf_signature(one, trust).bottom_line)
            return "accepted" if good else "refused"
        except TooSlow:
            return "hangs"
        except MemoryError:
            return "hangs"
        except Exception:  # whatever a hostile file raises is a refusal
            return "refused"
        finally:
            signal.alarm(0)

    def pdfsig(self, path):
        """Every signature value valid: `accepted` if all cover the whole document, `warns` if it says that one does not.

        Whether the certificate is trusted is not asked: that is NSS's affair and the same for every attack.
        """
        clock = ["faketime", "-f", AT.strftime("@%Y-%m-%d %H:%M:%S")]
        command = [*clock, "pdfsig", "-nssdir", f"sql:{self.nss}", str(path)]
        done = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"},
            start_new_session=True,
        )
        try:
            out = done.communicate(timeout=SECONDS)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            # faketime runs the program as a child of its own: both must end.
            os.killpg(done.pid, signal.SIGKILL)
            done.communicate()
            return "hangs"
        if done.returncode < 0:
            return "crashes"
        signatures = len(re.findall(r"^Signature #", out, re.M))
        if not signatures or out.count("Signature is Valid") != signatures:
            return "refused"
        return "warns" if "Not total document signed" in out else "accepted"


def chosen(rows, everything):
    """One file of each maker for each variant; which of the maker's bases, goes round."""
    if everything:
        return rows
    groups = collections.OrderedDict()
    for row in rows:
        maker = row["base"].split("-")[0]
        groups.setdefault((row["family"], row["variant"], maker), []).append(row)
    return [group[place % len(group)] for place, group in enumerate(groups.values())]


def main():
    logging.disable(logging.CRITICAL)
    options = argparse.ArgumentParser()
    options.add_argument("--all", action="store_true")
    options.add_argument("--keep")
    options.add_argument("--only")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(options.keep or scratch) / "attacks"
        folder.mkdir(parents=True, exist_ok=True)
        make = ["cargo", "test", "--quiet", "--locked", "--test", "attacks", "attacks_can_be_written_out"]
        subprocess.run(make, check=True, cwd=ROOT, env={**os.environ, "YINXIN_ATTACKS": str(folder)}, capture_output=True)
        with (folder / "attacks.tsv").open(encoding="utf-8") as table:
            rows = list(csv.DictReader(table, delimiter="\t"))
        return tabulate(rows, folder, Verifiers(scratch), options)


def tabulate(rows, folder, verifiers, options):
    names = ["pyhanko", "pdfsig"]
    able = {name: set() for name in names}
    for row in rows:
        if row["family"] == "base":
            for name in names:
                if getattr(verifiers, name)(folder / row["file"]) in ("accepted", "warns"):
                    able[name].add(row["base"])
    version = subprocess.run(["pdfsig", "-v"], capture_output=True, check=False).stderr.decode().splitlines()[0]
    print(f"pyHanko {pyhanko_version}; {version}")
    for name in names:
        print(f"{name} accepts the bases: {' '.join(sorted(able[name]))}")
    attacks = [row for row in rows if row["family"] != "base" and row["expected"] != "Authentic"]
    attacks = [row for row in attacks if options.only in (None, row["family"])]
    counts = collections.OrderedDict()
    detail = []
    for row in chosen(attacks, options.all):
        count = counts.setdefault(row["family"], collections.Counter())
        for name in names:
            if row["base"] not in able[name]:
                continue
            verdict = getattr(verifiers, name)(folder / row["file"])
            count[name, "asked"] += 1
            count[name, verdict] += 1
            if verdict != "refused":
                detail.append((name, verdict, row["family"], row["variant"], row["base"]))
    print("family\t" + "\t".join(f"{name} {what}" for name in names for what in ("asked", "accepted", "warns", "hangs")))
    for family, count in counts.items():
        cells = [str(count[name, what]) for name in names for what in ("asked", "accepted", "warns", "hangs")]
        print(family + "\t" + "\t".join(cells))
    for line in detail:
        print("\t".join(line))
    return 0 if all(able.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
