//! The signature value of one seal: container, attributes, digest, key.
//!
//! `docs/ARCHITECTURE.md`, checklist C. Whose key it is, is for [`authority`](super::authority). Time-stamp tokens are signed the
//! same way and share these checks with [`timestamp`](super::timestamp).

use super::finding::Code;
use super::grounds::Carried;
use crate::asn1::Oid;
use crate::cms::{
    CertificateId, ID_DATA, Padding, SignatureFault, SignedAttributes, SignedData, SignerIdentifier,
    SignerInfo, UnsupportedAlgorithm,
};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::limits::Limits;
use crate::pki::{Certificate, policy};

/// What a good signature proves: that the holder of this certificate's key signed these bytes.
pub(super) struct Proven {
    pub(super) signer: Certificate,
    /// The other certificates in the container, in its order. Not signed, not trusted.
    pub(super) others: Vec<Certificate>,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) binding: Binding,
    /// Whether only zeros follow the container.
    pub(super) padded: bool,
    /// What is wrong with the part of the container that no signature covers, if anything is.
    pub(super) inexact: Option<&'static str>,
    /// The signature value: what a signature time stamp is for.
    pub(super) value: Vec<u8>,
    /// The tokens of the signature-time-stamp attribute (RFC 3161, appendix A). Not signed: each must prove itself.
    pub(super) time_stamps: Vec<Vec<u8>>,
    /// Evidence of revocation in the container. Each piece must prove itself.
    pub(super) carried: Vec<Carried>,
}

/// How the signed attributes name the signer's certificate. Without, another certificate with the same key could be put in its
/// place (RFC 5035, clause 6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Binding {
    /// signing-certificate-v2, as PAdES asks for (EN 319 142-1, clause 6.3).
    Version2,
    /// signing-certificate, whose digest is SHA-1.
    ///
    /// Who wants to put another certificate in the signer's place needs one with the *same public key* and, of a certificate
    /// that is already given, the same SHA-1 digest: a second preimage, which nobody can find. The collisions that
    /// are known need both certificates made together by the authority that signs them, and such an authority can certify the
    /// key twice without any collision. So the old attribute is enough to tell which certificate was meant; it is noted, and
    /// the content is never digested with SHA-1.
    Version1,
    /// The attributes name no certificate. PAdES asks that they do, and programs that say they write it leave it out; what the
    /// signature covers is as certain as without the claim, so both are judged alike.
    None,
}

/// Why a signature is refused, and the signer where it could be told.
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) evidence: String,
    pub(super) signer: Option<Certificate>,
}

impl Fault {
    pub(super) fn new(code: Code, evidence: impl Into<String>) -> Self {
        Self {
            code,
            evidence: evidence.into(),
            signer: None,
        }
    }

    pub(super) fn by(self, signer: Certificate) -> Self {
        Self {
            signer: Some(signer),
            ..self
        }
    }
}

/// What stands in the room for a signature: the container, and whether only zeros are behind it (ISO 32000-2, 12.8.1).
///
/// Programs that encrypt the room before they fill it leave other bytes there. Nothing reads them, but nothing covers them
/// either: a doubt.
pub(super) fn unpadded(contents: &[u8]) -> Result<(&[u8], bool), Fault> {
    let padding = Padding::of(contents).map_err(|error| malformed(&error))?;
    let container = contents.get(..padding.object).unwrap_or_default();
    Ok((container, padding.zero))
}

/// The container and its one signature.
pub(super) fn parse<'a>(
    container: &'a [u8],
    limits: &Limits,
) -> Result<(SignedData<'a>, SignerInfo<'a>), Fault> {
    let mut data = SignedData::parse(container, limits).map_err(|error| malformed(&error))?;
    let count = data.signer_infos.len();
    match data.signer_infos.pop() {
        Some(signer) if count == 1 => Ok((data, signer)),
        _ => Err(Fault::new(Code::SignerCount, format!("{count} signers"))),
    }
}

/// Checks the padded container `contents` over bytes whose digest `digest_of` takes and whose copy `bytes_of` makes
/// (needed only where there are no signed attributes); `None` if that is too much work.
///
/// `must_attest` refuses a signature without signed attributes: PAdES, not the older forms.
pub(super) fn check(
    contents: &[u8],
    must_attest: bool,
    limits: &Limits,
    digest_of: impl FnOnce(DigestAlgorithm) -> Option<Vec<u8>>,
    bytes_of: impl FnOnce() -> Option<Vec<u8>>,
) -> Result<Proven, Fault> {
    let (container, padded) = unpadded(contents)?;
    let (data, signer_info) = parse(container, limits)?;
    // Detached, or the container could carry one document and the file another (DSS `pades-enveloping`).
    if data.content.is_some() {
        return Err(Fault::new(Code::EnvelopedContent, ""));
    }
    if data.content_type != ID_DATA {
        return Err(Fault::new(
            Code::ContentTypeWrong,
            "the content type is not id-data",
        ));
    }
    let found = certificates(&data, &signer_info)?;
    let judged = match &signer_info.signed_attributes {
        Some(_) => attested(&signer_info, &found.signer, ID_DATA, digest_of),
        None if must_attest => Err(Fault::new(
            Code::AttributesWrong,
            "there are no signed attributes",
        )),
        None => direct(&signer_info, &found.signer, bytes_of),
    };
    match judged {
        Ok((algorithm, binding)) => Ok(Proven {
            padded,
            inexact: inexact(&data, &signer_info, &found),
            signer: found.signer,
            others: found.others,
            algorithm,
            binding,
            time_stamps: signer_info.time_stamp_tokens().map(<[u8]>::to_vec).collect(),
            carried: Carried::all(&data.revocation_information(&signer_info)),
            value: signer_info.signature.to_vec(),
        }),
        Err(fault) => Err(fault.by(found.signer)),
    }
}

/// The certificates of a container.
pub(super) struct Certificates {
    pub(super) signer: Certificate,
    pub(super) others: Vec<Certificate>,
    /// How many could be read.
    readable: usize,
}

/// The signer's certificate in `data`, and the others.
pub(super) fn certificates(
    data: &SignedData<'_>,
    signer_info: &SignerInfo<'_>,
) -> Result<Certificates, Fault> {
    // A certificate that cannot be read is no reason to refuse here: only the signer's matters for the signature.
    let mut certificates: Vec<Certificate> = data
        .certificates
        .iter()
        .filter_map(|der| Certificate::try_from(*der).ok())
        .collect();
    let readable = certificates.len();
    let signer = certificates
        .iter()
        .position(|c| signer_info.matches(c.issuer_raw(), c.serial(), c.subject_key_identifier()))
        .map(|index| certificates.remove(index))
        .ok_or_else(|| {
            // One that cannot be read may be the signer's, with a key of a kind not computed here (Ed448, SM2): nothing is proved.
            if data.certificates.len() > readable {
                unreadable_key(signer_info)
            } else {
                Fault::new(Code::SignerCertificateMissing, "")
            }
        })?;
    Ok(Certificates {
        signer,
        others: certificates,
        readable,
    })
}

/// Checks a signature over signed attributes for content of type `content_type`.
pub(super) fn attested(
    signer_info: &SignerInfo<'_>,
    signer: &Certificate,
    content_type: Oid<'_>,
    digest_of: impl FnOnce(DigestAlgorithm) -> Option<Vec<u8>>,
) -> Result<(SignatureAlgorithm, Binding), Fault> {
    let digest = signer_info.digest().map_err(|e| rejected(&e))?;
    let algorithm = signer_info
        .verify(
            signer.public_key(),
            content_type,
            &digest_of(digest).ok_or_else(beyond)?,
        )
        .map_err(|f| fault(&f))?;
    permitted(signer, algorithm)?;
    // Only now do the attributes mean anything.
    let binding = match &signer_info.signed_attributes {
        Some(attributes) => binding(attributes, signer)?,
        None => Binding::None,
    };
    Ok((algorithm, binding))
}

/// Checks a signature over the content itself.
fn direct(
    signer_info: &SignerInfo<'_>,
    signer: &Certificate,
    bytes_of: impl FnOnce() -> Option<Vec<u8>>,
) -> Result<(SignatureAlgorithm, Binding), Fault> {
    signer_info.digest().map_err(|e| rejected(&e))?;
    let algorithm = signer_info
        .verify_direct(signer.public_key(), &bytes_of().ok_or_else(beyond)?)
        .map_err(|f| fault(&f))?;
    permitted(signer, algorithm)?;
    Ok((algorithm, Binding::None))
}

/// A certificate for RSASSA-PSS alone lets its key be used for nothing else (RFC 4055, clause 1.2).
fn permitted(signer: &Certificate, algorithm: SignatureAlgorithm) -> Result<(), Fault> {
    if signer.permits(algorithm) {
        return Ok(());
    }
    Err(Fault::new(
        Code::AlgorithmMismatch,
        "the certificate does not let its key be used with this algorithm",
    ))
}

/// Which attribute names `signer`. The first identifier of an attribute is the signer's (RFC 5035, clauses 3 and 5); where both
/// attributes are there, both must be right.
fn binding(attributes: &SignedAttributes<'_>, signer: &Certificate) -> Result<Binding, Fault> {
    let first = |version: u8| {
        attributes
            .signing_certificates
            .iter()
            .find(|id| id.version == version)
    };
    let names = |id: &CertificateId<'_>| match id.names(signer.der(), signer.issuer_raw(), signer.serial()) {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::new(Code::SignerCertificateMismatch, "")),
        None => Err(Fault::new(
            Code::AlgorithmRejected,
            "the digest of signing-certificate-v2 is not computed here",
        )),
    };
    let (old, new) = (first(1), first(2));
    old.map(names).transpose()?;
    new.map(names).transpose()?;
    Ok(match (old, new) {
        (_, Some(_)) => Binding::Version2,
        (Some(_), None) => Binding::Version1,
        (None, None) => Binding::None,
    })
}

/// What the standard fixes in the unsigned part of the container, so that it cannot be changed without being seen (RFC 5652,
/// clauses 5.1 and 5.3; RFC 4055, clause 3.1). The signature has been checked.
fn inexact(data: &SignedData<'_>, signer: &SignerInfo<'_>, found: &Certificates) -> Option<&'static str> {
    let by_key = matches!(signer.identifier, SignerIdentifier::SubjectKeyIdentifier(_));
    let signer_version = if by_key { 3 } else { 1 };
    let whole = match (data.other_certificates, data.version) {
        // Some write version 1 outside, whatever stands inside.
        (0, 1) => true,
        (0, version) => version == signer_version,
        // Attribute certificates of either form, or of a kind yet unknown.
        (_, version) => (3..=5).contains(&version),
    };
    if signer.version != signer_version || !whole {
        return Some("a version is not the one its contents ask for");
    }
    match data.digest_algorithms.as_slice() {
        [digest] if digest.same_as(&signer.digest_algorithm) => {}
        _ => return Some("the digest algorithms listed are not the signer's"),
    }
    if !signer.salt_agrees(found.signer.public_key()) {
        return Some("the salt is not as long as the parameters say");
    }
    (found.readable != data.certificates.len()).then_some("a certificate cannot be read")
}

/// The digest would cost more than a few readings of the file.
pub(super) fn beyond() -> Fault {
    Fault::new(Code::FileUnsettled, "the ranges of the seals overlap")
}

fn malformed(error: &dyn core::fmt::Display) -> Fault {
    Fault::new(Code::CmsMalformed, error.to_string())
}

/// The signer's certificate cannot be read. Where the algorithm is one that is known by name alone, what it asks for can still be
/// checked.
fn unreadable_key(signer_info: &SignerInfo<'_>) -> Fault {
    match signer_info.scheme() {
        Err(mismatch @ SignatureFault::AlgorithmMismatch) => fault(&mismatch),
        _ => Fault::new(
            Code::AlgorithmRejected,
            "a certificate has a key of a kind that is not read",
        ),
    }
}

/// An algorithm that is too weak is called by its name.
pub(super) fn rejected(algorithm: &UnsupportedAlgorithm) -> Fault {
    let evidence = match policy::weakness(&algorithm.oid) {
        Some(weakness) => weakness.to_owned(),
        None => algorithm.to_string(),
    };
    Fault::new(Code::AlgorithmRejected, evidence)
}

fn fault(fault: &SignatureFault) -> Fault {
    let code = match fault {
        SignatureFault::Algorithm(algorithm) => return rejected(algorithm),
        SignatureFault::AlgorithmMismatch | SignatureFault::Key => Code::AlgorithmMismatch,
        SignatureFault::ContentType => Code::ContentTypeWrong,
        SignatureFault::DuplicateAttribute => Code::AttributeTwice,
        SignatureFault::MessageDigest => Code::DigestMismatch,
        SignatureFault::Signature => Code::SignatureInvalid,
        _ => Code::AttributesWrong,
    };
    Fault::new(code, fault.to_string())
}
