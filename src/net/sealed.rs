//! Whose certificates a sealed file stands on, and the evidence it has: read as far as to know what to ask for, judged nowhere here.

use core::fmt;

use crate::asn1::Oid;
use crate::cms::{Padding, SignedData, TimeStampInfo};
use crate::crypto::DigestAlgorithm;
use crate::draft::Draft;
use crate::limits::Limits;
use crate::pdf::form::{FieldValue, FormBudget};
use crate::pdf::{Object, PdfError, View};
use crate::pki::{Certificate, Evidence, check_token, token_certificates};
use crate::time::Time;

/// What a certificate is needed for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Its holder sealed.
    Seal,
    /// Its holder stamped a seal's signature.
    SignatureTimeStamp,
    /// Its holder stamped the whole file.
    DocumentTimeStamp,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seal => "seal",
            Self::SignatureTimeStamp => "signature time stamp",
            Self::DocumentTimeStamp => "document time stamp",
        })
    }
}

/// One who signed something in a file.
pub(super) struct Signatory {
    pub(super) field: String,
    pub(super) role: Role,
    pub(super) certificate: Certificate,
    /// Beside it. Neither signed nor trusted.
    pub(super) others: Vec<Certificate>,
    /// The time stamped; of a seal that of its first time stamp.
    pub(super) time: Option<Time>,
}

/// What was found in a file.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) signatories: Vec<Signatory>,
    /// Fields whose signature cannot be read.
    pub(super) unreadable: Vec<String>,
    /// What the store has.
    pub(super) certificates: Vec<Certificate>,
    pub(super) evidence: Evidence,
}

impl Contents {
    /// Reads what the newest revision of `file` has.
    pub(super) fn of(file: &Draft, limits: &Limits) -> Result<Self, PdfError> {
        let document = file.document(limits)?;
        let view = document.newest();
        let mut contents = Self::default();
        contents.store(&view, limits)?;
        let mut values = vec![];
        view.walk_form(&mut FormBudget::new(limits), |node| {
            if let FieldValue::Reference(id) = node.value
                && node.is_signature()
                && values.len() < limits.signatures
            {
                values.push((node.name.to_owned(), id));
            }
        })?;
        values.dedup();
        for (name, id) in values {
            let Some(object) = view.object(id)? else { continue };
            let Some(dictionary) = object.dictionary() else {
                continue;
            };
            let is_stamp = dictionary
                .find(b"Type")
                .and_then(Object::as_name)
                .is_some_and(|kind| *kind == *b"DocTimeStamp");
            let value = dictionary.find(b"Contents").and_then(Object::as_string);
            let value = value.map(|value| value.bytes.as_slice()).unwrap_or_default();
            let field = String::from_utf8_lossy(name.as_bytes()).into_owned();
            if contents.signature(&field, is_stamp, value, limits).is_none() {
                contents.unreadable.push(field);
            }
        }
        Ok(contents)
    }

    fn signature(&mut self, field: &str, is_stamp: bool, value: &[u8], limits: &Limits) -> Option<()> {
        let container = value.get(..Padding::of(value).ok()?.object)?;
        if is_stamp {
            let (certificate, others) = token_certificates(container, limits).ok()?;
            self.signatories.push(Signatory {
                field: field.to_owned(),
                role: Role::DocumentTimeStamp,
                certificate,
                others,
                time: Some(stated(container, limits)?),
            });
            return Some(());
        }
        let data = SignedData::parse(container, limits).ok()?;
        let [signer] = &data.signer_infos[..] else {
            return None;
        };
        let read = |der: &&[u8]| Certificate::try_from(*der).ok();
        let mut others: Vec<Certificate> = data.certificates.iter().filter_map(read).collect();
        let place = others
            .iter()
            .position(|one| signer.matches(one.issuer_raw(), one.serial(), one.subject_key_identifier()))?;
        let certificate = others.remove(place);
        let mut time: Option<Time> = None;
        let mut stamps = vec![];
        for token in signer.time_stamp_tokens() {
            // Anybody can add one: those that are wrong, or about something else, stand for nothing.
            let Some((stamper, beside, stated)) = stamp(token, &signer.signature, limits) else {
                continue;
            };
            time = Some(time.map_or(stated, |known| known.min(stated)));
            stamps.push(Signatory {
                field: field.to_owned(),
                role: Role::SignatureTimeStamp,
                certificate: stamper,
                others: beside,
                time: Some(stated),
            });
        }
        self.signatories.push(Signatory {
            field: field.to_owned(),
            role: Role::Seal,
            certificate,
            others,
            time,
        });
        self.signatories.append(&mut stamps);
        Some(())
    }

    /// Reads `/DSS` (ISO 32000-2, 12.8.4.3). What in it cannot be read is as good as missing.
    fn store(&mut self, view: &View<'_, '_>, limits: &Limits) -> Result<(), PdfError> {
        let catalog = view.catalog()?;
        let store = catalog.dictionary().and_then(|catalog| catalog.find(b"DSS"));
        let Some(store) = store else { return Ok(()) };
        let store = view.resolve(store)?;
        let Some(store) = store.as_dictionary() else {
            return Ok(());
        };
        for key in [&b"Certs"[..], b"CRLs", b"OCSPs"] {
            let listed = view.find(store, key)?;
            for item in listed.as_array().unwrap_or_default().iter().take(limits.evidence) {
                let Object::Stream(stream) = &*view.resolve(item)? else {
                    continue;
                };
                let der = view.decode(stream)?;
                match key {
                    b"Certs" => self
                        .certificates
                        .extend(Certificate::try_from(der.as_slice()).ok()),
                    b"CRLs" => {
                        let _ = self.evidence.add_crl(&der, limits);
                    }
                    _ => {
                        let _ = self.evidence.add_ocsp(&der, limits);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Who made `token`, and when, if it is a time stamp over `value`.
fn stamp(token: &[u8], value: &[u8], limits: &Limits) -> Option<(Certificate, Vec<Certificate>, Time)> {
    let data = SignedData::parse(token, limits).ok()?;
    let info = TimeStampInfo::parse(data.content.as_deref()?).ok()?;
    let digest: DigestAlgorithm = info.imprint_algorithm.digest().ok()?;
    let time = check_token(token, digest, &digest.digest(value), limits).ok()?;
    let (certificate, others) = token_certificates(token, limits).ok()?;
    Some((certificate, others, time))
}

/// The time that `token` states.
fn stated(token: &[u8], limits: &Limits) -> Option<Time> {
    let data = SignedData::parse(token, limits).ok()?;
    let kind: Oid<'_> = data.content_type;
    if kind != crate::cms::ID_TST_INFO {
        return None;
    }
    Some(TimeStampInfo::parse(data.content.as_deref()?).ok()?.time)
}
