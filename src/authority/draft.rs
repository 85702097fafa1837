//! A list before it is signed, as an administrator writes it.

use serde::{Deserialize, Serialize};

use super::binary::{self, Contents};
use super::entry::{Change, ListedIssuer, Reason, Standing};
use super::error::AuthorityError;
use super::file::{Kind, ListFile};
use super::pattern::{RegionPattern, TypePattern};
use super::roots::{RootDraft, Roots};
use super::sublist::Delegation;
use crate::pki::{Certificate, Signer};
use crate::record::UnifiedCode;
use crate::time::Time;

/// An authority list to be signed. Reads from TOML or JSON through serde; members not known are refused.
///
/// Order does not matter here: bodies, types, regions, templates, certificates and delegations are sorted when the list is written.
///
/// ```toml
/// name = "滨海市授权名录"
/// roots = 1                             # number of the set of roots that signs; 1 unless given
/// sequence = 2
/// issued = "2030-06-01T00:00:00Z"
/// next_update = "2030-07-01T00:00:00Z"
/// expires = "2030-09-01T00:00:00Z"
/// previous = "..."                      # digest of list 1, 64 hexadecimal digits
///
/// [[issuers]]
/// name = "滨海市公安局"
/// code = "11109900MB2A10113K"
/// types = ["11109900MB2A000628021"]     # or a prefix: "11109900MB2A000628*"
/// regions = ["1099"]                    # unless given, that of the code
/// templates = ["..."]                   # by hash, 64 hexadecimal digits; unless given, any
///
/// [[issuers.certificates]]
/// pem = "-----BEGIN CERTIFICATE-----..."
/// from = "2030-01-01T00:00:00+08:00"
/// until = "2032-01-01T00:00:00+08:00"
/// history = [{ from = "2031-05-01T00:00:00+08:00", standing = "revoked", reason = "key-compromise" }]
///
/// [[delegations]]
/// name = "滨海市海晏区授权名录"
/// number = 1                            # of the set of roots; 1 unless given
/// threshold = 1
/// types = ["11109900MB2A0006280*"]
/// regions = ["109902"]
/// depth = 0                             # further levels of sub-lists; none unless given
/// sequence = 1                          # the lowest number the sub-list may have; 1 unless given
///
/// [[delegations.roots]]
/// pem = "-----BEGIN CERTIFICATE-----..."
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListDraft {
    /// Name of the list, at most 200 characters; the same from list to list.
    pub name: String,
    /// Number of the set of roots that signs it.
    #[serde(default = "one")]
    pub roots: u64,
    /// Number of the list, 1 for the first.
    pub sequence: u64,
    /// When it is issued.
    pub issued: Time,
    /// When the next one is due; after `issued`.
    pub next_update: Time,
    /// When it must have been replaced; not before `next_update`.
    pub expires: Time,
    /// Digest of the list before this one; only the first has none.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_digest")]
    pub previous: Option<[u8; 32]>,
    /// The bodies, no unified code twice.
    #[serde(default)]
    pub issuers: Vec<IssuerDraft>,
    /// Who may keep sub-lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegations: Vec<DelegationDraft>,
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
    /// Where; if empty, in the region of its code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionPattern>,
    /// By which templates, by hash; if empty, by any.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "hex_digests")]
    pub templates: Vec<[u8; 32]>,
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
    /// What became of it, earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Change>,
}

/// A [`Delegation`] in a [`ListDraft`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationDraft {
    /// Name of the sub-list.
    pub name: String,
    /// Number of its set of roots; one more when they change.
    #[serde(default = "one")]
    pub number: u64,
    /// How many of its roots must sign.
    pub threshold: usize,
    /// Its roots.
    pub roots: Vec<RootDraft>,
    /// The types it may permit; at least one.
    pub types: Vec<TypePattern>,
    /// The regions it may permit; at least one.
    pub regions: Vec<RegionPattern>,
    /// The templates it may permit, by hash; if empty, any.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "hex_digests")]
    pub templates: Vec<[u8; 32]>,
    /// How many further levels of sub-lists it may have, at most 8.
    #[serde(default)]
    pub depth: u64,
    /// The lowest number it may have.
    #[serde(default = "one")]
    pub sequence: u64,
    /// Digest of the sub-list of that number, if it is to be no other.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_digest")]
    pub digest: Option<[u8; 32]>,
}

fn one() -> u64 {
    1
}

impl CertificateDraft {
    /// A certificate that may seal from `from` until before `until`.
    #[must_use]
    pub fn new(certificate: Certificate, from: Time, until: Time) -> Self {
        Self {
            certificate,
            from,
            until,
            history: vec![],
        }
    }

    /// Revoked from `from` on.
    #[must_use]
    pub fn revoked(mut self, from: Time, reason: Reason) -> Self {
        let standing = Standing::Revoked;
        self.history.push(Change {
            from,
            standing,
            reason,
        });
        self
    }
}

impl IssuerDraft {
    /// A body that may seal `types` with `certificates`, in the region of its code, by any template.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        code: UnifiedCode,
        types: Vec<TypePattern>,
        certificates: Vec<CertificateDraft>,
    ) -> Self {
        Self {
            name: name.into(),
            code,
            types,
            regions: vec![],
            templates: vec![],
            certificates,
        }
    }
}

impl ListDraft {
    /// The first list, without any body yet, good from `issued` until `expires`, when the next is due as well.
    #[must_use]
    pub fn new(name: impl Into<String>, issued: Time, expires: Time) -> Self {
        Self {
            name: name.into(),
            roots: 1,
            sequence: 1,
            issued,
            next_update: expires,
            expires,
            previous: None,
            issuers: vec![],
            delegations: vec![],
        }
    }

    /// The file to be signed, by as many of the roots as must.
    ///
    /// # Errors
    /// Occurs if a rule of the list is broken; the error names the member.
    pub fn file(&self) -> Result<ListFile, AuthorityError> {
        let contents = self.contents()?;
        binary::check(&contents)?;
        Ok(ListFile::new(Kind::List, binary::write(&contents)))
    }

    /// The file with the signature of one root, the first certificate of the signer's chain.
    ///
    /// # Errors
    /// Occurs if a rule of the list is broken, or the signer has no certificate or cannot sign.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, AuthorityError> {
        let mut file = self.file()?;
        file.sign(signer)?;
        Ok(file.to_bytes())
    }

    fn contents(&self) -> Result<Contents, AuthorityError> {
        let certificate = |draft: &CertificateDraft| {
            let der = draft.certificate.der().to_vec();
            binary::certificate(der, draft.from, draft.until, draft.history.clone())
        };
        let issuer = |draft: &IssuerDraft| {
            let mut certificates: Vec<_> = draft.certificates.iter().map(certificate).collect();
            certificates.sort_by_key(super::entry::ListedCertificate::kid);
            ListedIssuer {
                name: draft.name.clone(),
                code: draft.code.clone(),
                types: sorted(&draft.types),
                regions: sorted(&draft.regions),
                templates: sorted(&draft.templates),
                certificates,
            }
        };
        let delegation = |draft: &DelegationDraft| {
            let certificates = draft.roots.iter().map(|root| root.certificate.clone());
            let mut roots = Roots::new(certificates, draft.threshold)?;
            roots.version = Some(draft.number);
            Ok(Delegation {
                name: draft.name.clone(),
                roots,
                types: sorted(&draft.types),
                regions: sorted(&draft.regions),
                templates: sorted(&draft.templates),
                depth: draft.depth,
                sequence: draft.sequence,
                digest: draft.digest,
            })
        };
        let mut issuers: Vec<_> = self.issuers.iter().map(issuer).collect();
        issuers.sort_by(|a, b| a.code.cmp(&b.code));
        let delegations = self.delegations.iter().map(delegation);
        let mut delegations: Vec<_> = delegations.collect::<Result<_, AuthorityError>>()?;
        delegations.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Contents {
            name: self.name.clone(),
            roots: self.roots,
            sequence: self.sequence,
            issued: self.issued,
            next_update: self.next_update,
            expires: self.expires,
            previous: self.previous,
            issuers,
            delegations,
        })
    }
}

fn sorted<T: Clone + Ord>(items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    items.sort();
    items
}

/// 32 bytes as 64 hexadecimal digits.
mod hexadecimal {
    use serde::de::Error;

    pub fn text(digest: &[u8; 32]) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub fn digest<E: Error>(text: &str) -> Result<[u8; 32], E> {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|n| u8::try_from(n).ok());
        let byte = |pair: &[u8]| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        let digest = bytes.and_then(|bytes| bytes.try_into().ok());
        digest.ok_or(E::custom("not 64 hexadecimal digits"))
    }
}

mod hex_digest {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::hexadecimal;

    pub fn serialize<S: Serializer>(digest: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&digest.as_ref().map_or_else(String::new, hexadecimal::text))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[u8; 32]>, D::Error> {
        hexadecimal::digest(&String::deserialize(deserializer)?).map(Some)
    }
}

mod hex_digests {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::hexadecimal;

    pub fn serialize<S: Serializer>(digests: &[[u8; 32]], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(digests.iter().map(hexadecimal::text))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<[u8; 32]>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| hexadecimal::digest(text)).collect()
    }
}

pub(super) mod pem {
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
