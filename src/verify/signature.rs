//! The signature value of one seal: container, attributes, digest, key.
//!
//! `docs/ARCHITECTURE.md`, checklist C. Whose key it is, is for [`authority`](super::authority).

use super::finding::Code;
use crate::cms::{ID_DATA, Padding, SignatureFault, SignedData, SignerIdentifier, SignerInfo};
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::limits::Limits;
use crate::pki::Certificate;

/// What a good signature proves: that the holder of this certificate's key signed these bytes.
pub(super) struct Proven {
    pub(super) signer: Certificate,
    /// The other certificates in the container, in its order. Not signed, not trusted.
    pub(super) others: Vec<Certificate>,
    pub(super) algorithm: SignatureAlgorithm,
    /// Whether the signed attributes name the certificate (signing-certificate-v2), as PAdES asks for.
    pub(super) bound: bool,
    /// What is wrong with the part of the container that no signature covers, if anything is.
    pub(super) inexact: Option<&'static str>,
}

/// Why a signature is refused, and the signer where it could be told.
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) evidence: String,
    pub(super) signer: Option<Certificate>,
}

impl Fault {
    fn new(code: Code, evidence: impl Into<String>) -> Self {
        Self {
            code,
            evidence: evidence.into(),
            signer: None,
        }
    }
}

/// Checks the padded container `contents` over bytes whose digest `digest_of` takes and whose copy `bytes_of` makes
/// (needed only where there are no signed attributes); `None` if that is too much work.
///
/// `must_bind` refuses a signature whose attributes do not name its certificate: PAdES, not the older forms.
pub(super) fn check(
    contents: &[u8],
    must_bind: bool,
    limits: &Limits,
    digest_of: impl FnOnce(DigestAlgorithm) -> Option<Vec<u8>>,
    bytes_of: impl FnOnce() -> Option<Vec<u8>>,
) -> Result<Proven, Fault> {
    let malformed = |error: &dyn core::fmt::Display| Fault::new(Code::CmsMalformed, error.to_string());
    let padding = Padding::of(contents).map_err(|error| malformed(&error))?;
    if !padding.zero {
        return Err(Fault::new(
            Code::CmsMalformed,
            "something other than zeros follows the signature container",
        ));
    }
    let container = contents.get(..padding.object).unwrap_or_default();
    let data = SignedData::parse(container, limits).map_err(|error| malformed(&error))?;
    let [signer_info] = data.signer_infos.as_slice() else {
        return Err(Fault::new(
            Code::SignerCount,
            format!("{} signers", data.signer_infos.len()),
        ));
    };
    // Detached, or the container could carry one document and the file another (DSS `pades-enveloping`).
    if data.content.is_some() {
        return Err(Fault::new(Code::EnvelopedContent, ""));
    }
    if data.content_type != ID_DATA {
        return Err(Fault::new(
            Code::AttributesWrong,
            "the content type is not id-data",
        ));
    }
    // A certificate that cannot be read is no reason to refuse here: only the signer's matters for the signature.
    let mut certificates: Vec<Certificate> = data
        .certificates
        .iter()
        .filter_map(|der| Certificate::try_from(*der).ok())
        .collect();
    let read = certificates.len();
    let inexact = inexact(&data, signer_info, read);
    let signer = certificates
        .iter()
        .position(|c| signer_info.matches(c.issuer_raw(), c.serial(), c.subject_key_identifier()))
        .map(|index| certificates.swap_remove(index))
        .ok_or_else(|| {
            // One that cannot be read may be the signer's, with a key of a kind not computed here (Ed448, SM2): nothing is proved.
            if data.certificates.len() > read {
                Fault::new(
                    Code::AlgorithmRejected,
                    "a certificate has a key of a kind that is not read",
                )
            } else {
                Fault::new(Code::SignerCertificateMissing, "")
            }
        })?;

    match judge(signer_info, &signer, must_bind, digest_of, bytes_of) {
        Ok((algorithm, bound)) => Ok(Proven {
            signer,
            others: certificates,
            algorithm,
            bound,
            inexact,
        }),
        Err(fault) => Err(Fault {
            signer: Some(signer),
            ..fault
        }),
    }
}

/// What the standard fixes in the unsigned part of the container, so that it cannot be changed without being seen (RFC 5652,
/// clauses 5.1 and 5.3). `readable` is how many of its certificates could be read.
fn inexact(data: &SignedData<'_>, signer: &SignerInfo<'_>, readable: usize) -> Option<&'static str> {
    let by_key = matches!(signer.identifier, SignerIdentifier::SubjectKeyIdentifier(_));
    let signer_version = if by_key { 3 } else { 1 };
    let versions = match data.other_certificates {
        0 => signer_version..=signer_version,
        // Attribute certificates of either form, or of a kind yet unknown.
        _ => 3..=5,
    };
    if signer.version != signer_version || !versions.contains(&data.version) {
        return Some("a version is not the one its contents ask for");
    }
    match data.digest_algorithms.as_slice() {
        [digest] if digest.same_as(&signer.digest_algorithm) => {}
        _ => return Some("the digest algorithms listed are not the signer's"),
    }
    (readable != data.certificates.len()).then_some("a certificate cannot be read")
}

fn judge(
    signer_info: &SignerInfo<'_>,
    signer: &Certificate,
    must_bind: bool,
    digest_of: impl FnOnce(DigestAlgorithm) -> Option<Vec<u8>>,
    bytes_of: impl FnOnce() -> Option<Vec<u8>>,
) -> Result<(SignatureAlgorithm, bool), Fault> {
    let digest = signer_info
        .digest()
        .map_err(|e| Fault::new(Code::AlgorithmRejected, e.to_string()))?;
    let key = signer.public_key();
    let Some(attributes) = &signer_info.signed_attributes else {
        if must_bind {
            return Err(Fault::new(
                Code::AttributesWrong,
                "there are no signed attributes",
            ));
        }
        return signer_info
            .verify_direct(key, &bytes_of().ok_or_else(beyond)?)
            .map(|algorithm| (algorithm, false))
            .map_err(|f| fault(&f));
    };
    let algorithm = signer_info
        .verify(key, ID_DATA, &digest_of(digest).ok_or_else(beyond)?)
        .map_err(|f| fault(&f))?;
    // Only now do the attributes mean anything.
    let bound = match attributes.signing_certificates.first() {
        None => false,
        Some(id) => match id.names(signer.der(), signer.issuer_raw(), signer.serial()) {
            Some(true) => true,
            Some(false) => return Err(Fault::new(Code::SignerCertificateMismatch, "")),
            // SHA-1 (signing-certificate, version 1) proves nothing either way.
            None => false,
        },
    };
    if must_bind && !bound {
        return Err(Fault::new(
            Code::AttributesWrong,
            "no signing-certificate-v2 names the signer's certificate",
        ));
    }
    Ok((algorithm, bound))
}

/// The digest would cost more than a few readings of the file.
fn beyond() -> Fault {
    Fault::new(Code::FileUnsettled, "the ranges of the seals overlap")
}

fn fault(fault: &SignatureFault) -> Fault {
    let code = match fault {
        SignatureFault::Algorithm(_) => Code::AlgorithmRejected,
        SignatureFault::MessageDigest => Code::DigestMismatch,
        SignatureFault::Signature | SignatureFault::Key => Code::SignatureInvalid,
        _ => Code::AttributesWrong,
    };
    Fault::new(code, fault.to_string())
}
