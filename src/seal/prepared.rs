//! The sealed file before and after its signature is known.

use core::ops::Range;
use std::io::{self, Write};

use super::holes::{Holes, fill};
use super::{DocMdp, Identity, SealError, Unstamped};
use crate::cms;
use crate::crypto::{EcdsaForm, Hasher, SignatureAlgorithm};
use crate::draft::Draft;
use crate::limits::Limits;
use crate::payload::StatusReference;
use crate::pdf::Conformance;
use crate::pki::{Certificate, TimeStampError, TimeStamper, check_token};
use crate::symbol::Symbol;
use crate::time::Time;

/// A revision complete but for the signature value. Sign [`to_be_signed`](Self::to_be_signed), then [`finish`](Self::finish).
///
/// Holds what is appended, and shares the draft's bytes with the [`Draft`]; with `D` =
/// [`Elsewhere`](super::Elsewhere), holds nothing but what is appended.
#[derive(Clone)]
pub struct Prepared<D = Draft> {
    pub(super) draft: D,
    /// The draft's length.
    pub(super) prefix: usize,
    pub(super) appended: Vec<u8>,
    /// The hole in `appended`, with its angle brackets.
    pub(super) contents: Range<usize>,
    pub(super) signed_attributes: Vec<u8>,
    pub(super) algorithm: SignatureAlgorithm,
    /// The signer's certificate, which is the first of the chain.
    pub(super) leaf: Certificate,
    pub(super) chain: Vec<Certificate>,
    pub(super) terms: Terms,
    pub(super) code: Option<Code>,
    /// Claimed by the draft, and kept.
    pub(super) conformance: (Conformance, Conformance),
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
    chain: Vec<Certificate>,
    terms: Terms,
    code: Option<Code>,
    /// Claimed by the draft, and kept.
    conformance: (Conformance, Conformance),
    stamp: Option<Result<Time, TimeStampError>>,
}

/// How a file was sealed, as far as draft, impression and certificates do not say.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "compose"),
    expect(dead_code, reason = "codes that stand for whole files tell them")
)]
pub(crate) struct Terms {
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) at: Time,
    /// Bytes for which room was reserved for the signature.
    pub(crate) room: usize,
    /// The name asked for.
    pub(crate) field: Option<String>,
    pub(crate) certifies: Option<DocMdp>,
    /// Whether the caller chose the place of the impression.
    pub(crate) placed: bool,
    /// The place on a status list that the seal names.
    pub(crate) status: Option<StatusReference>,
    /// As it stands in the file; empty before it is known.
    pub(crate) signature: Vec<u8>,
}

#[derive(Clone)]
pub(super) struct Code {
    pub(super) text: String,
    pub(super) symbol: Symbol,
}

impl<D> Prepared<D> {
    /// Completes the digest and makes the signed attributes.
    ///
    /// `hasher` has digested the draft; `leaf` is the signer's certificate in the chain of `identity`.
    pub(super) fn new(
        (draft, prefix): (D, usize),
        (mut appended, holes): (Vec<u8>, Holes),
        hasher: Hasher,
        (identity, leaf, terms): (&Identity<'_>, &Certificate, Terms),
        code: Option<Code>,
        conformance: (Conformance, Conformance),
    ) -> Result<Self, SealError> {
        let digest = holes.close(&mut appended, prefix, hasher);
        let contents = holes.contents;
        let signed_attributes =
            cms::build::signed_attributes_by(identity.algorithm, &digest, leaf.der(), &leaf.sha256())?;
        Ok(Self {
            draft,
            prefix,
            appended,
            contents,
            signed_attributes,
            algorithm: identity.algorithm,
            leaf: leaf.clone(),
            chain: identity.chain.to_vec(),
            terms,
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
        self.check(signature)?;
        self.complete(signature, None)
    }

    /// As [`finish`](Self::finish), and has `by` stamp the signature (level B-T).
    ///
    /// # Errors
    /// As for [`finish`](Self::finish); and if there is no time stamp and `otherwise` says to refuse then.
    pub fn finish_stamped(
        self,
        signature: &[u8],
        by: &dyn TimeStamper,
        otherwise: Unstamped,
    ) -> Result<Sealed<D>, SealError> {
        self.check(signature)?;
        self.complete(signature, Some((by, otherwise)))
    }

    fn check(&self, signature: &[u8]) -> Result<(), SealError> {
        let key = self.leaf.public_key();
        key.verify(self.algorithm, EcdsaForm::Der, &self.signed_attributes, signature)
            .map_err(|_| SealError::SignatureInvalid)
    }

    /// Puts in a signature made in this process, or one that is verified with the file, and a time stamp over it.
    pub(crate) fn complete(
        mut self,
        signature: &[u8],
        stamping: Option<(&dyn TimeStamper, Unstamped)>,
    ) -> Result<Sealed<D>, SealError> {
        let stamp = match stamping {
            None => None,
            Some((by, otherwise)) => match (stamped(by, signature), otherwise) {
                (Err(why), Unstamped::Refuse) => return Err(SealError::TimeStamp(why)),
                (stamp, _) => Some(stamp),
            },
        };
        let chain: Vec<&[u8]> = self.chain.iter().map(Certificate::der).collect();
        let attributes = &self.signed_attributes;
        let cms = match &stamp {
            Some(Ok((token, _))) => {
                cms::build::stamped_data(self.algorithm, &chain, attributes, signature, token)?
            }
            _ => cms::build::signed_data(self.algorithm, &chain, attributes, signature)?,
        };
        fill(&mut self.appended, &self.contents, &cms)?;
        Ok(Sealed {
            draft: self.draft,
            prefix: self.prefix,
            appended: self.appended,
            chain: self.chain,
            terms: Terms {
                signature: signature.to_vec(),
                ..self.terms
            },
            code: self.code,
            conformance: self.conformance,
            stamp: stamp.map(|stamp| stamp.map(|(_, time)| time)),
        })
    }
}

/// A token over the signature value, checked, and the time it states.
fn stamped(by: &dyn TimeStamper, signature: &[u8]) -> Result<(Vec<u8>, Time), TimeStampError> {
    let imprint = by.digest().digest(signature);
    let token = by.stamp(&imprint)?;
    let time = check_token(&token, by.digest(), &imprint, &Limits::DEFAULT)?;
    Ok((token, time))
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

    /// The time that an authority stamped on the signature, or why it did not; `None` if none was asked.
    #[must_use]
    pub fn time_stamp(&self) -> Option<Result<Time, &TimeStampError>> {
        self.stamp.as_ref().map(|stamp| stamp.as_ref().copied())
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
    pub(crate) fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The certificates in the file, the signer's first.
    pub(crate) fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    pub(crate) fn terms(&self) -> &Terms {
        &self.terms
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
    use super::Prepared;
    use crate::compose::Template;
    use crate::crypto::SignatureAlgorithm;
    use crate::draft::{Draft, Slots};
    use crate::impression::{Impression, RoundSeal};
    use crate::limits::Limits;
    use crate::payload::Payload;
    use crate::pki::{Certificate, Signer, SoftwareSigner};
    use crate::record::Record;
    use crate::seal::{Identity, Place, Seal, SealError};
    use crate::symbol::{Level, Symbol};

    fn file(path: &str) -> String {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    fn signer(key: &str) -> SoftwareSigner {
        let chain = Certificate::from_pem_many(&file(&format!("test-vectors/keys/{key}.cert.pem"))).unwrap();
        SoftwareSigner::from_pem(&file(&format!("test-vectors/keys/{key}.key.pem")), chain).unwrap()
    }

    fn seal() -> Seal {
        let look = RoundSeal::new("滨海市公安局");
        Seal::new(Impression::round(&look, crate::font::bundled()).unwrap())
    }

    fn at() -> crate::time::Time {
        crate::time::Time::from_unix(1_900_000_000).unwrap()
    }

    /// A composed draft, prepared for `signer` with room for signatures of `length` bytes.
    fn prepared(signer: &SoftwareSigner, length: usize) -> (Draft, Prepared) {
        let record = file("examples/data/records/residence.json");
        let record = Record::from_json(record.as_bytes(), &Limits::DEFAULT).unwrap();
        let draft = Template::builtin("residence").unwrap().compose(&record).unwrap();
        let identity = Identity {
            signature_length: length,
            ..Identity::of(signer)
        };
        let prepared = draft.without_code().prepare(&seal(), &identity, at()).unwrap();
        (draft, prepared)
    }

    #[test]
    fn a_signature_made_elsewhere_is_checked_before_it_is_put_in() {
        let own = signer("ed25519");
        let (draft, prepared) = prepared(&own, own.signature_length());
        assert_eq!(prepared.algorithm(), SignatureAlgorithm::Ed25519);
        let signature = own.sign(prepared.to_be_signed()).unwrap();
        let mut wrong = signature.clone();
        wrong[0] ^= 1;
        for wrong in [&wrong[..], b""] {
            let refused = prepared.clone().finish(wrong).err();
            assert!(
                matches!(refused, Some(SealError::SignatureInvalid)),
                "{refused:?}"
            );
        }
        // The room is as wide as the container is long.
        let sealed = prepared.finish(&signature).unwrap();
        assert_eq!(sealed.draft_length(), draft.bytes().len() as u64);
        assert!(sealed.symbol().is_none() && sealed.code_text().is_none());
    }

    #[test]
    fn a_signature_longer_than_the_room_is_refused_and_told_by_how_much() {
        let own = signer("ed25519");
        let (_, prepared) = prepared(&own, own.signature_length() - 1);
        let signature = own.sign(prepared.to_be_signed()).unwrap();
        let Some(SealError::SignatureTooLong { reserved, needed }) = prepared.finish(&signature).err() else {
            panic!("it fits");
        };
        assert_eq!(needed, reserved + 1);
    }

    #[test]
    fn what_a_draft_claims_to_conform_to_is_told_with_what_is_left_of_it() {
        let own = signer("ed25519");
        let (_, prepared) = prepared(&own, own.signature_length());
        let sealed = prepared.complete(&own.sign(b"anything").unwrap(), None).unwrap();
        assert!(sealed.claimed().pdfa.is_some() && sealed.claimed().pdfa == sealed.kept().pdfa);
        let (page, x_mm, y_mm) = (0, 60.0, 60.0);
        let bare = Draft::open(page_of_nothing(0), &Limits::DEFAULT).unwrap();
        let bare = bare.without_code().place(Place { page, x_mm, y_mm });
        let bare = bare.seal(&seal(), &own, at()).unwrap();
        assert_eq!((bare.claimed(), bare.kept()), Default::default());
    }

    #[test]
    fn the_code_in_the_file_is_the_one_that_is_told() {
        let own = signer("ed25519");
        let record = file("examples/data/records/residence.json");
        let record = Record::from_json(record.as_bytes(), &Limits::DEFAULT).unwrap();
        let draft = Template::builtin("residence").unwrap().compose(&record).unwrap();
        let sealed = draft
            .bind(Payload::of(&record))
            .seal(&seal(), &own, at())
            .unwrap();
        let text = sealed.code_text().unwrap();
        let content = sealed.symbol().unwrap().form_content();
        assert_eq!(Symbol::of_text(text, Level::M).unwrap().form_content(), content);
        let appended = sealed.appended();
        assert!(
            appended
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        );
    }

    fn page_of_nothing(filling: usize) -> Vec<u8> {
        let mut bytes = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
            3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]>>endobj\n".to_vec();
        bytes.extend(std::iter::repeat_n(b' ', filling));
        let xref = bytes.len();
        let table =
            "xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n";
        let end = format!("{table}trailer<</Size 4/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n");
        bytes.extend(end.into_bytes());
        bytes
    }

    #[test]
    fn only_what_is_appended_is_made_and_all_forms_say_the_same() {
        let signer = signer("p256");
        let seal = seal();
        let (page, x_mm, y_mm) = (0, 60.0, 60.0);
        let place = Place { page, x_mm, y_mm };
        let mut appended = vec![];
        for filling in [0, 5_000_000] {
            let draft = Draft::new(page_of_nothing(filling), Slots::default());
            let at = at();
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
