"""What scripts/seal_corpus.py has to be told about the files of ../shared/corpora/pdf."""

# Passwords of files that do not open with the empty one. From the tests of pdf.js and pyHanko, which have the files.
PASSWORDS = {
    "auth-event-ef-open.pdf": "000000",
    "bug1782186.pdf": "Hello",
    "embedded-encrypted-nocf.pdf": "secret",
    "encrypted-attachment.pdf": "000000",
    "issue15893_reduced.pdf": "test",
    "issue21579.pdf": "pässwört",
    "issue3371.pdf": "ELXRTQWS",
    "issue6010_1.pdf": "abc",
    "issue6010_2.pdf": "æøå",
    "malformed-encrypt-dict1.pdf": "ownersecret",
    "malformed-encrypt-dict2.pdf": "ownersecret",
    "minimal-aes256-empty-encrypted-string.pdf": "secret",
    "minimal-aes256-malformed-oe.pdf": "ownersecret",
    "minimal-aes256-malformed-perms.pdf": "ownersecret",
    "minimal-aes256.pdf": "ownersecret",
    "minimal-rc4.pdf": "ownersecret",
    "minimal-two-fields-aes256.pdf": "ownersecret",
    "minimal-with-field-aes256.pdf": "ownersecret",
    "minimal-with-field-rc4.pdf": "ownersecret",
    "pr6531_1.pdf": "asdfasdf",
    "print_protection.pdf": "1234",
    # Normalised as 7.6.4.3.3 has it (RFC 4013), which the other programs leave to the caller.
    "saslprep-r6.pdf": "SaSLprep",
}

# Failures that are explained: (end of the path, checks, words that are said, reason). An entry whose file passes is a
# failure: remove it.
EXCEPTIONS = [
    (
        "pdfjs/test/pdfs/issue15910.pdf",
        ("pyhanko",),
        "Metadata does not look like XMP",
        "the metadata, which sealing does not touch, are no XML; pyHanko's own seals rewrite them",
    ),
    (
        "data/pdf/form-tree-circular-ref-input.pdf",
        ("seal",),
        "names a field twice",
        "the tree of the form leads back to itself, so that nobody can say which fields there are; refused with that reason",
    ),
]
