"""Files that programs of the command line sign: commands.py MAKER INPUTS TRUST OUT, where MAKER is pdfsig, podofosign or mutool.

Prints a line a file: name, input, key, what was done, the strictest policy that has to accept it.
"""

import subprocess
import sys
from pathlib import Path

MAKER = sys.argv[1]
INPUTS, TRUST, OUT = (Path(argument) for argument in sys.argv[2:5])
PASSWORD = "honest"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")


def made(name, source, key, kind, policy):
    print(name, source, key, kind, policy, sep="\t")


def pdfsig():
    """poppler, with the keys in a folder of NSS. Only RSA: poppler 22.12 leaves too little room for an ECDSA container."""

    def sign(source, name, key, *options):
        target = OUT / f"{name}.pdf"
        run("pdfsig", "-nssdir", f"sql:{TRUST / 'nss'}", source, target, "-nick", key, "-reason", "Approved", *options)
        return target

    def add(source, name, key, field, *options):
        return sign(source, name, key, "-add-signature", "-new-signature-field-name", field, *options)

    for source in ("draft-residence", "draft-employment", "plain", "xref-stream", "linearized"):
        path = INPUTS / f"{source}.pdf"
        add(path, source, "rsa2048", "A")
        made(source, source, "rsa2048", "pkcs7 detached", "seal")
        first = add(path, f"two-{source}.1", "rsa2048", "A")
        add(first, f"two-{source}", "rsa3072", "B")
        first.unlink()
        made(f"two-{source}", source, "rsa2048", "two signatures", "pades")
    for source in ("form", "form-xref-stream"):
        first = sign(INPUTS / f"{source}.pdf", f"field-{source}", "rsa3072", "-sign", "Applicant", "-etsi")
        made(f"field-{source}", source, "rsa3072", "ETSI.CAdES.detached in an empty field", "seal")
        sign(first, f"two-fields-{source}", "rsa2048", "-sign", "Office")
        made(f"two-fields-{source}", source, "rsa3072", "two signatures in empty fields", "pades")


def podofosign():
    """PoDoFo 0.9."""

    def sign(source, name, key, field, *options):
        target = OUT / f"{name}.pdf"
        command = ["podofosign", "-in", source, "-out", target, "-cert", TRUST / f"{key}.chain.pem"]
        command += ["-pkey", TRUST / f"{key}.key.pem", "-field-name", field, "-digest", "SHA256", *options]
        run(*command)
        return target

    place = ["-annot-position", "1,120,250,60,20", "-annot-text", "5,5,Signed by PoDoFo"]
    for source in ("draft-residence", "draft-employment", "plain", "xref-stream", "linearized"):
        first = sign(INPUTS / f"{source}.pdf", source, "rsa2048", "A")
        made(source, source, "rsa2048", "pkcs7 detached", "seal")
        sign(first, f"two-{source}", "p256", "B")
        made(f"two-{source}", source, "rsa2048", "two signatures", "pades")
        sign(INPUTS / f"{source}.pdf", f"visible-{source}", "p256", "A", *place)
        made(f"visible-{source}", source, "p256", "pkcs7 detached, visible", "seal")
    sign(INPUTS / "form.pdf", "field", "rsa3072", "Applicant", "-field-use-existing")
    made("field", "form", "rsa3072", "in an empty field", "seal")


def mutool():
    """MuPDF, which signs the empty fields of a form."""
    for source, number in (("form", 7), ("form", 8)):
        name = f"field-{number}-{source}"
        command = ["mutool", "sign", "-s", TRUST / "rsa2048.p12", "-P", PASSWORD, "-o", OUT / f"{name}.pdf"]
        run(*command, INPUTS / f"{source}.pdf", str(number))
        made(name, source, "rsa2048", "in an empty field", "seal")


if __name__ == "__main__":
    {"pdfsig": pdfsig, "podofosign": podofosign, "mutool": mutool}[MAKER]()
