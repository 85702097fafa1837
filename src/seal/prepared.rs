//! The sealed file before and after its signature is known.

use core::ops::Range;

use super::SealError;
use super::dictionary::byte_range_text;
use crate::cms;
use crate::crypto::{EcdsaForm, Hasher, SignatureAlgorithm};
use crate::pdf::update::write_hex;
use crate::pki::Certificate;
use crate::symbol::Symbol;

/// A file complete but for the signature value. Sign [`to_be_signed`](Self::to_be_signed), then [`finish`](Self::finish).
///
/// Holds the whole file in memory.
#[derive(Clone)]
pub struct Prepared {
    bytes: Vec<u8>,
    contents: Range<usize>,
    signed_attributes: Vec<u8>,
    algorithm: SignatureAlgorithm,
    chain: Vec<Certificate>,
    code: Option<Code>,
}

/// A finished file: the draft, byte for byte, and one revision with code, impression and signature.
#[derive(Clone)]
pub struct Sealed {
    bytes: Vec<u8>,
    code: Option<Code>,
}

#[derive(Clone)]
pub(super) struct Code {
    pub(super) text: String,
    pub(super) symbol: Symbol,
}

impl Prepared {
    /// Fills `/ByteRange`, digests the file and makes the signed attributes.
    ///
    /// `bytes` is the whole file, `hashed` a digest over its first `hashed_length` bytes if one was begun for other reasons.
    pub(super) fn new(
        mut bytes: Vec<u8>,
        byte_range: Range<usize>,
        contents: Range<usize>,
        hashed: Option<(Hasher, usize)>,
        algorithm: SignatureAlgorithm,
        chain: &[Certificate],
        code: Option<Code>,
    ) -> Result<Self, SealError> {
        let leaf = chain.first().ok_or(SealError::NoCertificate)?;
        let text = byte_range_text(&contents, bytes.len());
        bytes[byte_range].copy_from_slice(&text);
        let (mut hasher, from) = hashed.unwrap_or_else(|| (Hasher::new(algorithm.digest()), 0));
        hasher.update(&bytes[from..contents.start]);
        hasher.update(&bytes[contents.end..]);
        let signed_attributes = cms::build::signed_attributes(algorithm, &hasher.finish(), leaf.der())?;
        Ok(Self {
            bytes,
            contents,
            signed_attributes,
            algorithm,
            chain: chain.to_vec(),
            code,
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
    pub fn finish(self, signature: &[u8]) -> Result<Sealed, SealError> {
        let leaf = self.chain.first().ok_or(SealError::NoCertificate)?;
        leaf.public_key()
            .verify(self.algorithm, EcdsaForm::Der, &self.signed_attributes, signature)
            .map_err(|_| SealError::SignatureInvalid)?;
        self.complete(signature)
    }

    /// Puts in a signature made in this process.
    pub(super) fn complete(mut self, signature: &[u8]) -> Result<Sealed, SealError> {
        let chain: Vec<&[u8]> = self.chain.iter().map(Certificate::der).collect();
        let cms = cms::build::signed_data(self.algorithm, &chain, &self.signed_attributes, signature)?;
        let room = &mut self.bytes[self.contents.start + 1..self.contents.end - 1];
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
            bytes: self.bytes,
            code: self.code,
        })
    }
}

impl Sealed {
    /// The PDF.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The PDF, owned.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
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
