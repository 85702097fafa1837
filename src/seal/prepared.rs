//! The sealed file before and after its signature is known.

use core::ops::Range;
use std::io::{self, Write};

use super::dictionary::byte_range_text;
use super::{Identity, SealError};
use crate::cms;
use crate::crypto::{EcdsaForm, Hasher, SignatureAlgorithm};
use crate::draft::Draft;
use crate::pdf::Conformance;
use crate::pdf::update::write_hex;
use crate::pki::Certificate;
use crate::symbol::Symbol;

/// A revision complete but for the signature value. Sign [`to_be_signed`](Self::to_be_signed), then [`finish`](Self::finish).
///
/// Holds what is appended, and shares the draft's bytes with the [`Draft`]; with `D` =
/// [`Elsewhere`](super::Elsewhere), holds nothing but what is appended.
#[derive(Clone)]
pub struct Prepared<D = Draft> {
    draft: D,
    /// The draft's length.
    prefix: usize,
    appended: Vec<u8>,
    /// The hole in `appended`, with its angle brackets.
    contents: Range<usize>,
    signed_attributes: Vec<u8>,
    algorithm: SignatureAlgorithm,
    chain: Vec<Certificate>,
    code: Option<Code>,
    /// Claimed by the draft, and kept.
    conformance: (Conformance, Conformance),
}

/// A finished file: the draft, byte for byte, and one revision with code, impression and signature.
///
/// Holds what is appended, and shares the draft's bytes with the [`Draft`]; with `D` =
/// [`Elsewhere`](super::Elsewhere), holds nothing but what is appended.
#[derive(Clone)]
pub struct Sealed<D = Draft> {
    draft: D,
    /// The draft's length.
    prefix: usize,
    appended: Vec<u8>,
    code: Option<Code>,
    /// Claimed by the draft, and kept.
    conformance: (Conformance, Conformance),
}

#[derive(Clone)]
pub(super) struct Code {
    pub(super) text: String,
    pub(super) symbol: Symbol,
}

impl<D> Prepared<D> {
    /// Fills `/ByteRange`, completes the digest and makes the signed attributes.
    ///
    /// `hasher` has digested the draft; `byte_range` and `contents` are the holes in `appended`.
    pub(super) fn new(
        (draft, prefix): (D, usize),
        mut appended: Vec<u8>,
        (byte_range, contents): (Range<usize>, Range<usize>),
        mut hasher: Hasher,
        identity: &Identity<'_>,
        code: Option<Code>,
        conformance: (Conformance, Conformance),
    ) -> Result<Self, SealError> {
        let leaf = identity.chain.first().ok_or(SealError::NoCertificate)?;
        let from = prefix;
        let text = byte_range_text(
            &(contents.start + from..contents.end + from),
            appended.len() + from,
        );
        appended[byte_range].copy_from_slice(&text);
        hasher.update(&appended[..contents.start]);
        hasher.update(&appended[contents.end..]);
        let signed_attributes =
            cms::build::signed_attributes(identity.algorithm, &hasher.finish(), leaf.der())?;
        Ok(Self {
            draft,
            prefix,
            appended,
            contents,
            signed_attributes,
            algorithm: identity.algorithm,
            chain: identity.chain.to_vec(),
            code,
            conformance,
        })
    }

    /// The message to sign with the algorithm stated: the DER of the CMS signed attributes (RFC 5652, clause 5.4).
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.signed_attributes
    }

    /// The algorithm the signature must be made with.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Puts in the signature (ECDSA as DER) made elsewhere, after checking it with the signer's certificate.
    ///
    /// # Errors
    /// Occurs if the signature does not verify or does not fit the room reserved.
    pub fn finish(self, signature: &[u8]) -> Result<Sealed<D>, SealError> {
        let leaf = self.chain.first().ok_or(SealError::NoCertificate)?;
        leaf.public_key()
            .verify(self.algorithm, EcdsaForm::Der, &self.signed_attributes, signature)
            .map_err(|_| SealError::SignatureInvalid)?;
        self.complete(signature)
    }

    /// Puts in a signature made in this process.
    pub(super) fn complete(mut self, signature: &[u8]) -> Result<Sealed<D>, SealError> {
        let chain: Vec<&[u8]> = self.chain.iter().map(Certificate::der).collect();
        let cms = cms::build::signed_data(self.algorithm, &chain, &self.signed_attributes, signature)?;
        let room = &mut self.appended[self.contents.start + 1..self.contents.end - 1];
        if cms.len() * 2 > room.len() {
            return Err(SealError::SignatureTooLong {
                reserved: room.len() / 2,
                needed: cms.len(),
            });
        }
        let mut text = Vec::with_capacity(cms.len() * 2 + 2);
        write_hex(&mut text, &cms);
        // The hole has angle brackets of its own.
        let digits = &text[1..text.len() - 1];
        room[..digits.len()].copy_from_slice(digits);
        Ok(Sealed {
            draft: self.draft,
            prefix: self.prefix,
            appended: self.appended,
            code: self.code,
            conformance: self.conformance,
        })
    }
}

impl<D> Sealed<D> {
    /// What follows the draft's bytes: the one revision.
    #[must_use]
    pub fn appended(&self) -> &[u8] {
        &self.appended
    }

    /// Length of the draft in bytes: where [`appended`](Self::appended) belongs.
    #[must_use]
    pub fn draft_length(&self) -> u64 {
        u64::try_from(self.prefix).unwrap_or(u64::MAX)
    }

    /// What the metadata of the file that was sealed claim it conforms to.
    #[must_use]
    pub fn claimed(&self) -> Conformance {
        self.conformance.0
    }

    /// What of [`claimed`](Self::claimed) sealing has kept: PDF/A, unless its loss was allowed
    /// ([`Allow::PdfaLoss`](super::Allow::PdfaLoss)) and took place. PDF/UA only where the draft reserves a place in its structure
    /// tree for the seal, or a field was filled that was there before (ISO 14289-1, 7.18.1). Whether the claim was true before, nobody has looked at.
    #[must_use]
    pub fn kept(&self) -> Conformance {
        self.conformance.1
    }

    /// The code drawn in the file.
    #[must_use]
    pub fn symbol(&self) -> Option<&Symbol> {
        self.code.as_ref().map(|code| &code.symbol)
    }

    /// The text in the code.
    #[must_use]
    pub fn code_text(&self) -> Option<&str> {
        self.code.as_ref().map(|code| code.text.as_str())
    }
}

impl Sealed {
    /// Writes the PDF: the draft, then what is appended.
    ///
    /// # Errors
    /// Occurs if `output` cannot be written.
    pub fn write_to(&self, output: &mut impl Write) -> io::Result<()> {
        output.write_all(self.draft.bytes())?;
        output.write_all(&self.appended)
    }

    /// The PDF, in one piece.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.draft.bytes(), &self.appended].concat()
    }

    /// The PDF, owned; the draft's bytes are not copied if nothing else holds them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.draft.into_bytes();
        bytes.extend_from_slice(&self.appended);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use crate::draft::{Draft, Slots};
    use crate::impression::{Impression, RoundSeal};
    use crate::pki::{Certificate, SoftwareSigner};
    use crate::seal::{Place, Seal};

    fn file(path: &str) -> String {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn only_what_is_appended_is_made_and_all_forms_say_the_same() {
        let chain = Certificate::from_pem_many(&file("test-vectors/keys/p256.cert.pem")).unwrap();
        let signer = SoftwareSigner::from_pem(&file("test-vectors/keys/p256.key.pem"), chain).unwrap();
        let look = RoundSeal::new("滨海市公安局");
        let seal = Seal::new(Impression::round(&look, crate::font::bundled()).unwrap());
        let (page, x_mm, y_mm) = (0, 60.0, 60.0);
        let place = Place { page, x_mm, y_mm };
        let mut appended = vec![];
        for filling in [0, 5_000_000] {
            let mut bytes = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
                3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]>>endobj\n".to_vec();
            bytes.extend(std::iter::repeat_n(b' ', filling));
            let xref = bytes.len();
            let table = "xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n";
            bytes.extend(
                format!("{table}trailer<</Size 4/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n").into_bytes(),
            );
            let draft = Draft::new(bytes, Slots::default());
            let at = crate::time::Time::from_unix(1_900_000_000).unwrap();
            let sealed = draft
                .without_code()
                .place(place)
                .seal(&seal, &signer, at)
                .unwrap();
            let whole = sealed.to_bytes();
            assert_eq!(whole, [draft.bytes(), sealed.appended()].concat());
            let mut written = vec![];
            sealed.write_to(&mut written).unwrap();
            assert!(written == whole);
            appended.push(sealed.appended().len());
            drop(draft);
            assert!(sealed.into_bytes() == whole);
        }
        // A few digits of offsets apart.
        assert!(appended[0].abs_diff(appended[1]) < 64, "{appended:?}");
    }
}
