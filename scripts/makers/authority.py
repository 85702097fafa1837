"""The test authority that all makers sign under: authority.py KEYS OUT.

KEYS is test-vectors/keys: root, intermediate and one sealing certificate a key type. OUT gets what those do not have: a
time stamping certificate, a chain of RSA keys alone, the revocation lists of both issuers, and each key as the makers
want it (PKCS#12, a folder of NSS, a chain in one file). `roots.pem` is what to trust, for this purpose and no other.
"""

import datetime
import shutil
import subprocess
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASSWORD = "honest"
# Every key type of the sealing certificates; not every maker can use every one.
KEYS = ["rsa2048", "rsa3072", "rsa2048-pss", "p256", "p384", "ed25519"]
DAY = datetime.timedelta(days=1)
# id-kp-documentSigning, RFC 9336
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")


def certificate(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def private_key(path):
    return serialization.load_pem_private_key(path.read_bytes(), None)


def issued(name, key, issuer_name, issuer_key, now, purpose=None, authority=None):
    """A certificate of `key`: an authority's own if no purpose is given, else a leaf with that one purpose."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        issuer_name=issuer_name or subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - DAY,
        not_valid_after=now + 3650 * DAY,
    )
    names = ["key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"]
    usage = dict.fromkeys(names, False)
    usage["key_cert_sign"] = usage["crl_sign"] = purpose is None
    usage["digital_signature"] = purpose is not None
    usage["content_commitment"] = purpose == DOCUMENT_SIGNING
    builder = builder.add_extension(x509.BasicConstraints(purpose is None, None), True)
    builder = builder.add_extension(x509.KeyUsage(**usage), True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    if purpose:
        # RFC 3161, clause 2.3: the one purpose of a time stamping key is marked critical.
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), purpose == ExtendedKeyUsageOID.TIME_STAMPING)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            False,
        )
    return builder.sign(issuer_key, hashes.SHA256())


def revocation_list(issuer, key, now):
    """A list that revokes nothing."""
    authority = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = x509.CertificateRevocationListBuilder(issuer.subject, now - DAY, now + 30 * DAY)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority), False)
    return builder.add_extension(x509.CRLNumber(1), False).sign(key, hashes.SHA256())


def pem_key(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def main(keys, out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    root, intermediate = (certificate(keys / f"{name}.cert.pem") for name in ("root", "intermediate"))
    root_key, intermediate_key = (private_key(keys / f"{name}.key.pem") for name in ("root", "intermediate"))
    (out / "root.cert.pem").write_bytes(root.public_bytes(pem))
    (out / "intermediate.cert.pem").write_bytes(intermediate.public_bytes(pem))
    # The dummy time stamper of pyHanko knows no other kind of key.
    stamping_key = rsa.generate_private_key(65537, 2048)
    stamping = issued(
        "TEST time stamping",
        stamping_key,
        intermediate.subject,
        intermediate_key,
        now,
        ExtendedKeyUsageOID.TIME_STAMPING,
        intermediate,
    )
    (out / "tsa.key.pem").write_bytes(pem_key(stamping_key))
    (out / "tsa.cert.pem").write_bytes(stamping.public_bytes(pem))
    (out / "root.crl").write_bytes(revocation_list(root, root_key, now).public_bytes(der))
    (out / "intermediate.crl").write_bytes(revocation_list(intermediate, intermediate_key, now).public_bytes(der))
    nss = out / "nss"
    nss.mkdir()

    def run(*command):
        subprocess.run(command, check=True, capture_output=True)

    run("certutil", "-N", "-d", f"sql:{nss}", "--empty-password")
    for name, path in [("root", keys / "root.cert.pem"), ("intermediate", keys / "intermediate.cert.pem")]:
        run("certutil", "-A", "-d", f"sql:{nss}", "-n", name, "-t", "CT,C,C" if name == "root" else ",,", "-a", "-i", path)
    # node-forge reads no certificate of another kind of key, not even an issuer's.
    rsa_root_key, rsa_key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    rsa_root = issued("TEST RSA root", rsa_root_key, None, rsa_root_key, now)
    rsa_leaf = issued("TEST RSA chain", rsa_key, rsa_root.subject, rsa_root_key, now, DOCUMENT_SIGNING, rsa_root)
    (out / "rsa-root.cert.pem").write_bytes(rsa_root.public_bytes(pem))
    (out / "roots.pem").write_bytes(root.public_bytes(pem) + rsa_root.public_bytes(pem))
    run("certutil", "-A", "-d", f"sql:{nss}", "-n", "rsa-root", "-t", "CT,C,C", "-a", "-i", out / "rsa-root.cert.pem")
    sealing = [
        (name, certificate(keys / f"{name}.cert.pem"), private_key(keys / f"{name}.key.pem"), intermediate)
        for name in KEYS
    ]
    for name, leaf, key, issuer in [*sealing, ("rsa-chain", rsa_leaf, rsa_key, rsa_root)]:
        (out / f"{name}.cert.pem").write_bytes(leaf.public_bytes(pem))
        (out / f"{name}.key.pem").write_bytes(pem_key(key))
        (out / f"{name}.chain.pem").write_bytes(leaf.public_bytes(pem) + issuer.public_bytes(pem))
        # PKCS#12 as every one of the makers reads it: PBES1 with triple DES and a MAC over SHA-1. The files hold no secret.
        protection = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .hmac_hash(hashes.SHA1())
            .build(PASSWORD.encode())
        )
        (out / f"{name}.p12").write_bytes(
            pkcs12.serialize_key_and_certificates(name.encode(), key, leaf, [issuer], protection)
        )
    for name in ("rsa2048", "rsa3072", "p256", "p384"):
        run("pk12util", "-i", out / f"{name}.p12", "-d", f"sql:{nss}", "-W", PASSWORD, "-K", "")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
