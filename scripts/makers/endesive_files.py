"""Files that endesive signs: endesive_files.py INPUTS TRUST OUT.

Prints a line a file: name, input, key, what was done, the strictest policy that has to accept it.
"""

import datetime
import subprocess
import sys
import tempfile
import types
from pathlib import Path

from cryptography.hazmat.primitives.serialization import pkcs12

# Only its verifier needs this one, which does not know the OpenSSL of Debian by its two-digit patch number.
sys.modules["certvalidator"] = types.SimpleNamespace(CertificateValidator=None, ValidationContext=None, errors=None)

from endesive import signer  # noqa: E402
from endesive.pdf import cms  # noqa: E402

INPUTS, TRUST, OUT = (Path(argument) for argument in sys.argv[1:4])
PASSWORD = "honest"

TSA_CONFIGURATION = """
[tsa]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
signer_digest = sha256
ess_cert_id_alg = sha256
"""


class Answer:
    """What the time stamping service of the authority answers: OpenSSL, in place of a network."""

    status_code = 200
    headers = {"Content-Type": "application/timestamp-reply"}

    def __init__(self, query):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "query").write_bytes(query)
            (folder / "serial").write_text("01\n")
            (folder / "configuration").write_text(TSA_CONFIGURATION.format(folder=folder))
            command = ["openssl", "ts", "-reply", "-config", folder / "configuration", "-section", "tsa"]
            command += ["-queryfile", folder / "query", "-signer", TRUST / "tsa.cert.pem"]
            command += ["-inkey", TRUST / "tsa.key.pem", "-chain", TRUST / "intermediate.cert.pem"]
            subprocess.run([*command, "-out", folder / "reply"], check=True, capture_output=True)
            self.content = (folder / "reply").read_bytes()


signer.requests = types.SimpleNamespace(post=lambda _url, data=None, **_options: Answer(data))


def read(name):
    return (INPUTS / f"{name}.pdf").read_bytes()


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("D:%Y%m%d%H%M%S+00'00'")


def sign(data, key, field="Signature1", hash_name="sha256", stamped=False, **options):
    """One more signature, as the examples of the library make it."""
    private, certificate, others = pkcs12.load_key_and_certificates(
        (TRUST / f"{key}.p12").read_bytes(), PASSWORD.encode()
    )
    words = {
        "sigfield": field,
        "aligned": 16384,
        "contact": "test@example.com",
        "location": "Testing",
        "reason": "Approved",
        "signingdate": now(),
        **options,
    }
    url = "http://localhost/" if stamped else None
    return data + cms.sign(data, words, private, certificate, others, hash_name, timestampurl=url)


def stamp(data):
    """A document time stamp."""
    words = {"sigfield": "Time", "aligned": 32768, "signingdate": now()}
    return data + cms.timestamp(data, words, "sha256", timestampurl="http://localhost/")


def made(name, source, key, kind, policy, data):
    (OUT / f"{name}.pdf").write_bytes(data)
    print(name, source, key, kind, policy, sep="\t")


def main():
    visible = {"signaturebox": (350, 80, 550, 140), "signature": "Signed by endesive"}
    for source in ("draft-residence", "draft-employment", "plain", "xref-stream", "linearized"):
        made(source, source, "rsa2048", "pkcs7 detached", "seal", sign(read(source), "rsa2048"))
        made(f"visible-{source}", source, "rsa3072", "pkcs7 detached, visible", "seal",
             sign(read(source), "rsa3072", **visible))
        made(f"two-{source}", source, "rsa2048", "two signatures", "pades",
             sign(sign(read(source), "rsa2048", "A"), "rsa3072", "B"))
    # Only RSA: of an ECDSA signature it says, too, that it was RSA.
    for hash_name in ("sha384", "sha512"):
        made(hash_name, "plain", "rsa3072", f"pkcs7 detached, {hash_name}", "seal",
             sign(read("plain"), "rsa3072", hash_name=hash_name))
    made("pss", "plain", "rsa2048", "pkcs7 detached, PSS", "seal", sign(read("plain"), "rsa2048", pss=True))
    made("exact", "plain", "rsa2048", "pkcs7 detached, gap as long as needed", "seal", sign(read("plain"), "rsa2048", aligned=0))
    for source in ("plain", "xref-stream"):
        made(f"stamped-{source}", source, "rsa2048", "pkcs7 detached, time stamp", "seal",
             sign(read(source), "rsa2048", stamped=True))
        made(f"document-stamp-{source}", source, "rsa2048", "pkcs7 detached, document time stamp added later", "seal",
             stamp(sign(read(source), "rsa2048", stamped=True)))
    for level in (1, 2, 3):
        made(f"certified-p{level}", "plain", "rsa2048", f"certified, P {level}", "seal",
             sign(read("plain"), "rsa2048", sigandcertify=True, sigflags=level))
    made("field", "form", "rsa2048", "in an empty field", "seal",
         sign(read("form"), "rsa2048", "Applicant", signform=True, signature="Signed by endesive"))


if __name__ == "__main__":
    main()
