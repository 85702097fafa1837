//! Forms of signature that are known and not accepted: `adbe.pkcs7.sha1` and `adbe.x509.rsa_sha1` (ISO 32000-2, table 260),
//! deprecated since PDF 2.0 because their digest is SHA-1 by definition.
//!
//! They are read as far as it takes to tell a weak signature from something else and to name who made it.

use super::finding::Code;
use super::signature::{self, Fault};
use crate::asn1::{self, Reader, Rules, tag};
use crate::cms::ID_DATA;
use crate::limits::Limits;
use crate::pdf::{Dictionary, Object};
use crate::pki::Certificate;

/// Which.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outdated {
    /// A SignedData that holds the SHA-1 digest of the covered bytes as its content.
    Pkcs7Sha1,
    /// A bare RSA signature over the SHA-1 digest; the certificates stand in `/Cert`.
    X509RsaSha1,
}

/// Bytes of a SHA-1 digest.
const SHA1: usize = 20;

/// Why the signature with the value `contents` in `dictionary` is refused.
pub(super) fn refuse(form: Outdated, dictionary: &Dictionary, contents: &[u8], limits: &Limits) -> Fault {
    let read = match form {
        Outdated::Pkcs7Sha1 => pkcs7(contents, limits),
        Outdated::X509RsaSha1 => x509(dictionary, contents, limits),
    };
    match read {
        Err(fault) => fault,
        Ok(signer) => {
            let weak = Fault::new(Code::AlgorithmRejected, "the content is digested with SHA-1");
            match signer {
                Some(signer) => weak.by(signer),
                None => weak,
            }
        }
    }
}

fn pkcs7(contents: &[u8], limits: &Limits) -> Result<Option<Certificate>, Fault> {
    let (data, signer_info) = signature::parse(signature::unpadded(contents)?.0, limits)?;
    if data.content_type != ID_DATA {
        return Err(Fault::new(
            Code::ContentTypeWrong,
            "the content type is not id-data",
        ));
    }
    // Anything longer would be a document of its own (DSS `pades-enveloping`).
    if data.content.as_ref().is_some_and(|content| content.len() != SHA1) {
        return Err(Fault::new(
            Code::EnvelopedContent,
            "the content is no SHA-1 digest",
        ));
    }
    // Old keys are short, and a certificate with one is not read; that says nothing new.
    Ok(signature::certificates(&data, &signer_info)
        .ok()
        .map(|found| found.signer))
}

fn x509(dictionary: &Dictionary, contents: &[u8], limits: &Limits) -> Result<Option<Certificate>, Fault> {
    let (value, _) = signature::unpadded(contents)?;
    if value.len() > limits.cms_bytes {
        return Err(Fault::new(
            Code::CmsMalformed,
            "the signature is larger than the limit",
        ));
    }
    let element = Reader::new(value, Rules::Ber).read();
    let octets = element.and_then(|tlv| asn1::octet_string(&tlv, tag::OCTET_STRING, Rules::Ber));
    octets.map_err(|error| Fault::new(Code::CmsMalformed, error.to_string()))?;
    // A byte string, or an array whose first is the signer's (ISO 32000-2, table 255).
    let first = match dictionary.find(b"Cert") {
        Some(Object::Array(certificates)) => certificates.first(),
        other => other,
    };
    let der = first.and_then(Object::as_string);
    Ok(der.and_then(|der| Certificate::try_from(der.bytes.as_slice()).ok()))
}
