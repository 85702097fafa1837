"""What no program at hand writes: another code (RFC 9579), codes and counts that are not true, bytes that were changed."""

import hashlib
import hmac
from pathlib import Path

from asn1crypto import core, keys, pem, pkcs12

PASSWORD = "correct-horse"


def der(tag: int, *parts: bytes) -> bytes:
    contents = b"".join(parts)
    length = len(contents)
    octets = bytes([length]) if length < 0x80 else bytes([0x82]) + length.to_bytes(2, "big")
    return bytes([tag]) + octets + contents


def oid(dotted: str) -> bytes:
    return core.ObjectIdentifier(dotted).dump()


def integer(value: int) -> bytes:
    return core.Integer(value).dump()


def with_pbmac1(pfx: bytes, rounds: int, length: int | None, true: bool = True) -> bytes:
    """The PFX with a PBMAC1 code of HMAC-SHA-256, its key by PBKDF2 with HMAC-SHA-512."""
    parsed = pkcs12.Pfx.load(pfx)
    content = parsed["auth_safe"]["content"].native
    salt = b"0123456789abcdef"
    key = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), salt, rounds if true else 1, length or 32)
    code = hmac.digest(key, content, "sha256")
    prf = der(0x30, oid("1.2.840.113549.2.11"), b"\x05\x00")
    stated = integer(length) if length else b""
    kdf = der(0x30, oid("1.2.840.113549.1.5.12"), der(0x30, der(0x04, salt), integer(rounds), stated, prf))
    scheme = der(0x30, oid("1.2.840.113549.2.9"), b"\x05\x00")
    algorithm = der(0x30, oid("1.2.840.113549.1.5.14"), der(0x30, kdf, scheme))
    # RFC 9579, clause 4: salt and count of the old form stay, and mean nothing.
    mac_data = der(0x30, der(0x30, algorithm, der(0x04, code)), der(0x04, b"NOT USED"), integer(1))
    return der(0x30, integer(3), parsed["auth_safe"].dump(), mac_data)


def main() -> None:
    source = Path("openssl3.p12").read_bytes()
    write = lambda name, data: Path(name).write_bytes(data)
    write("pbmac1.p12", with_pbmac1(source, 2048, 32))
    write("pbmac1-no-length.p12", with_pbmac1(source, 2048, None))
    write("pbmac1-costly.p12", with_pbmac1(source, 0x7FFFFFFF, 32, true=False))
    # The count of the code (the last integer) as large as four octets allow.
    assert source.endswith(integer(2048))
    inner = pkcs12.Pfx.load(source)
    mac = inner["mac_data"]
    costly = der(0x30, mac["mac"].dump(), mac["mac_salt"].dump(), integer(0x7FFFFFFF))
    write("code-costly.p12", der(0x30, integer(3), inner["auth_safe"].dump(), costly))
    changed = bytearray(source)
    changed[200] ^= 1
    write("changed.p12", bytes(changed))
    write("cut.p12", source[: len(source) // 2])

    for name, rounds in ("pbkdf2-costly.pem", 0x7FFFFFFF), ("pbkdf2-no-rounds.pem", 0):
        label, _, data = pem.unarmor(Path("aes256-sha256.pem").read_bytes())
        key = keys.EncryptedPrivateKeyInfo.load(data)
        key["encryption_algorithm"]["parameters"]["key_derivation_func"]["parameters"]["iteration_count"] = rounds
        write(name, pem.armor(label, key.dump(force=True)))
    # N = 2^14, r = 8, p = 1 become p = 127: sixteen megabytes 127 times.
    label, _, data = pem.unarmor(Path("scrypt.pem").read_bytes())
    old = integer(1 << 14) + integer(8) + integer(1)
    assert data.count(old) == 1
    write("scrypt-costly.pem", pem.armor(label, data.replace(old, integer(1 << 14) + integer(8) + integer(127))))


main()
