//! How much of anything a hostile input may ask for. Exceeding a limit is a typed, fatal error.

/// Bounds on the work one input may cause. The defaults fit results of government offices with room to spare.
///
/// Limits are values, not features: a caller that must read something larger says so.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Nesting of arrays, dictionaries, CBOR or DER values.
    pub depth: usize,
    /// Data items in one CBOR input; each costs some 64 bytes of memory.
    pub cbor_items: usize,
    /// Objects one PDF may define over all revisions.
    pub pdf_objects: usize,
    /// Cross-reference sections (revisions) in one PDF.
    pub pdf_revisions: usize,
    /// Bytes one PDF stream may decode to.
    pub pdf_stream_bytes: usize,
    /// Bytes all streams decoded while reading one PDF may come to.
    pub pdf_decoded_bytes: usize,
    /// Pages of one PDF.
    pub pdf_pages: usize,
    /// Signature fields in one PDF.
    pub signatures: usize,
    /// Bytes of one CMS SignedData.
    pub cms_bytes: usize,
    /// Certificates in one CMS or one path building.
    pub certificates: usize,
    /// Bytes of one certificate revocation list.
    pub crl_bytes: usize,
    /// Bytes of one OCSP response.
    pub ocsp_bytes: usize,
    /// Lists and responses that are given together.
    pub evidence: usize,
    /// Bytes of one file that holds private keys.
    pub key_file_bytes: usize,
    /// Rounds of PBKDF2 and of the derivation of PKCS#12 that one such file may ask for, all together; a million take about a second.
    pub key_rounds: u32,
    /// Bytes that all calls of scrypt go through for one such file (128 N r p).
    pub key_scrypt_bytes: u64,
    /// Bytes of one prepared seal that was put by until its signature comes.
    pub prepared_bytes: usize,
    /// Bytes of one payload after inflation (64 KiB, `docs/FORMAT.md`).
    pub payload_bytes: usize,
    /// Bytes of one file that is carried by a set of codes.
    pub set_bytes: usize,
    /// Codes of all sets that are collected together.
    pub set_parts: usize,
    /// Bytes of one authority list.
    pub authority_bytes: usize,
    /// Bytes of one status list after inflation; a million results of four bits have half a million.
    pub status_bytes: usize,
    /// Bytes of one record, as JSON or CBOR; a register of 5 000 rows has about two million.
    pub record_bytes: usize,
    /// Bytes of one template.
    pub template_bytes: usize,
    /// Texts in one template.
    pub template_elements: usize,
    /// Pages that one result may be composed of.
    pub composed_pages: usize,
    /// Pages that a file may have which is rebuilt from a code.
    pub rebuilt_pages: usize,
    /// Files attached to one hand-over package, beside its manifest.
    pub hand_over_parts: usize,
    /// Pages of one hand-over package; the record, its seal and what may be appended for decades have a few.
    pub hand_over_pages: usize,
    /// Bytes of the manifest of one hand-over package.
    pub hand_over_manifest_bytes: usize,
    /// Pixels of one picture from which a code is read.
    pub pixels: usize,
    /// Pixels that all tries to read one picture may look at together; a place that is sampled counts as 16,384.
    pub scan_pixels: usize,
    /// Bytes of one picture to be composed.
    pub picture_bytes: usize,
    /// Pixels of one picture to be composed.
    pub picture_pixels: usize,
    /// XML nodes of one SVG picture to be composed.
    pub picture_elements: usize,
}

impl Limits {
    /// The documented defaults.
    pub const DEFAULT: Self = Self {
        depth: 64,
        cbor_items: 500_000,
        pdf_objects: 2_000_000,
        pdf_revisions: 1_000,
        pdf_stream_bytes: 64 << 20,
        pdf_decoded_bytes: 256 << 20,
        pdf_pages: 100_000,
        signatures: 200,
        cms_bytes: 4 << 20,
        certificates: 64,
        crl_bytes: 32 << 20,
        ocsp_bytes: 1 << 20,
        evidence: 64,
        key_file_bytes: 1 << 20,
        key_rounds: 20_000_000,
        key_scrypt_bytes: 256 << 20,
        prepared_bytes: 64 << 20,
        payload_bytes: 64 << 10,
        set_bytes: 1 << 20,
        set_parts: 4096,
        authority_bytes: 16 << 20,
        status_bytes: 16 << 20,
        record_bytes: 4 << 20,
        template_bytes: 1 << 20,
        template_elements: 4_000,
        composed_pages: 2_000,
        rebuilt_pages: 64,
        hand_over_parts: 512,
        hand_over_pages: 64,
        hand_over_manifest_bytes: 1 << 20,
        pixels: 64 << 20,
        scan_pixels: 128 << 20,
        picture_bytes: 4 << 20,
        picture_pixels: 16 << 20,
        picture_elements: 50_000,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
