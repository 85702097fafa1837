//! A list before it is signed, as an administrator writes it.

use serde::{Deserialize, Serialize};

use super::binary::{self, Contents};
use super::entry::{ListedCertificate, ListedIssuer, TypePattern};
use super::{AuthorityError, TYP};
use crate::cose::Unsigned;
use crate::crypto::SignatureAlgorithm;
use crate::pki::{Certificate, Signer};
use crate::record::UnifiedCode;
use crate::time::Time;

/// An authority list to be signed. Reads from TOML or JSON through serde; members not known are refused.
///
/// Order does not matter here: bodies, types and certificates are sorted when the list is written.
///
/// ```toml
/// sequence = 2
/// issued = "2030-06-01T00:00:00Z"
/// expires = "2030-09-01T00:00:00Z"
/// previous = "..."                      # digest of list 1, 64 hexadecimal digits; may be left out
///
/// [[issuers]]
/// name = "滨海市公安局"
/// code = "11109900MB2A10113K"
/// types = ["11109900MB2A000628021"]     # or a prefix: "11109900MB2A000628*"
///
/// [[issuers.certificates]]
/// pem = "-----BEGIN CERTIFICATE-----..."
/// from = "2030-01-01T00:00:00+08:00"
/// until = "2032-01-01T00:00:00+08:00"
/// revoked = "2031-05-01T00:00:00+08:00" # only if it was
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListDraft {
    /// Number of the list, 1 for the first.
    pub sequence: u64,
    /// When it is issued.
    pub issued: Time,
    /// When it must have been replaced; after `issued`.
    pub expires: Time,
    /// Digest of the list before this one; not for the first.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_digest")]
    pub previous: Option<[u8; 32]>,
    /// The bodies, no unified code twice.
    #[serde(default)]
    pub issuers: Vec<IssuerDraft>,
}

/// A body in a [`ListDraft`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerDraft {
    /// Its name, at most 200 characters.
    pub name: String,
    /// Its unified code.
    pub code: UnifiedCode,
    /// What it may seal; at least one.
    pub types: Vec<TypePattern>,
    /// With what; at least one.
    pub certificates: Vec<CertificateDraft>,
}

/// A certificate in an [`IssuerDraft`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateDraft {
    /// The certificate; PEM in TOML and JSON.
    #[serde(rename = "pem", with = "pem")]
    pub certificate: Certificate,
    /// First second at which it may seal.
    pub from: Time,
    /// First second at which it may seal no more.
    pub until: Time,
    /// First second from which nothing it seals stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Time>,
}

impl ListDraft {
    /// The list ready for the signature of `root` with `algorithm`.
    ///
    /// # Errors
    /// Occurs if a rule of the list is broken (the error names the member), or COSE has no name for the algorithm.
    pub fn unsigned(
        &self,
        algorithm: SignatureAlgorithm,
        root: &Certificate,
    ) -> Result<Unsigned, AuthorityError> {
        let contents = self.contents();
        binary::check(&contents)?;
        let unsigned = Unsigned::new(algorithm, &root.kid(), TYP, binary::write(&contents));
        let unsigned = unsigned.map_err(AuthorityError::Cose)?;
        Ok(unsigned.with_certificates(vec![root.der().to_vec()]))
    }

    /// The signed list. The first certificate of the signer's chain is the root to pin.
    ///
    /// # Errors
    /// Occurs if a rule of the list is broken, or the signer has no certificate or cannot sign.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, AuthorityError> {
        let root = signer.chain().first().ok_or(AuthorityError::RootCertificate)?;
        let unsigned = self.unsigned(signer.algorithm(), root)?;
        let signature = signer
            .sign(&unsigned.to_be_signed())
            .map_err(AuthorityError::Signer)?;
        unsigned.finish(&signature).map_err(AuthorityError::Cose)
    }

    fn contents(&self) -> Contents {
        let certificate = |draft: &CertificateDraft| ListedCertificate {
            der: draft.certificate.der().to_vec(),
            kid: draft.certificate.kid(),
            from: draft.from,
            until: draft.until,
            revoked: draft.revoked,
        };
        let issuer = |draft: &IssuerDraft| {
            let mut types = draft.types.clone();
            types.sort();
            let mut certificates: Vec<_> = draft.certificates.iter().map(certificate).collect();
            certificates.sort_by_key(|certificate| certificate.kid);
            ListedIssuer {
                name: draft.name.clone(),
                code: draft.code.clone(),
                types,
                certificates,
            }
        };
        let mut issuers: Vec<_> = self.issuers.iter().map(issuer).collect();
        issuers.sort_by(|a, b| a.code.cmp(&b.code));
        Contents {
            sequence: self.sequence,
            issued: self.issued,
            expires: self.expires,
            previous: self.previous,
            issuers,
        }
    }
}

mod hex_digest {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(digest: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
        let text = digest
            .iter()
            .flatten()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        serializer.serialize_str(&text)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[u8; 32]>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|n| u8::try_from(n).ok());
        let byte = |pair: &[u8]| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        let digest = bytes.and_then(|bytes| bytes.try_into().ok());
        digest
            .map(Some)
            .ok_or(D::Error::custom("not 64 hexadecimal digits"))
    }
}

mod pem {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::pki::Certificate;

    pub fn serialize<S: Serializer>(certificate: &Certificate, serializer: S) -> Result<S::Ok, S::Error> {
        let body = STANDARD.encode(certificate.der());
        let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
        for (at, character) in body.chars().enumerate() {
            if at > 0 && at % 64 == 0 {
                text.push('\n');
            }
            text.push(character);
        }
        text.push_str("\n-----END CERTIFICATE-----\n");
        serializer.serialize_str(&text)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Certificate, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut certificates = Certificate::from_pem_many(&text).map_err(D::Error::custom)?;
        match (certificates.pop(), certificates.pop()) {
            (Some(certificate), None) => Ok(certificate),
            _ => Err(D::Error::custom("not exactly one certificate in pem")),
        }
    }
}
