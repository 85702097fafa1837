//! The seed value dictionary of a field (ISO 32000-2, 12.7.5.5): what its author requires of the seal.
//!
//! What is required and met is honoured, what is required and not met is refused with the reason. What is not required is advice:
//! nothing of it is free to be followed here, since format, digest and certificate come with the key.

use super::permit::{Permit, Target};
use super::revision::Revision;
use super::{DocMdp, Identity, SealError};
use crate::crypto::DigestAlgorithm;
use crate::limits::Limits;
use crate::pdf::{Dictionary, FieldLock, Object, PdfError, View, read_text_string};
use crate::pki::{Certificate, KeyUsage};

/// The bits of `/Ff` in a seed value dictionary (table 237).
mod required {
    pub(super) const FILTER: i64 = 1;
    pub(super) const SUB_FILTER: i64 = 1 << 1;
    pub(super) const V: i64 = 1 << 2;
    pub(super) const REASONS: i64 = 1 << 3;
    pub(super) const LEGAL_ATTESTATION: i64 = 1 << 4;
    pub(super) const ADD_REV_INFO: i64 = 1 << 5;
    pub(super) const DIGEST_METHOD: i64 = 1 << 6;
    pub(super) const LOCK_DOCUMENT: i64 = 1 << 7;
    pub(super) const APPEARANCE_FILTER: i64 = 1 << 8;
    pub(super) const KNOWN: i64 = (1 << 9) - 1;
}

/// The bits of `/Ff` in a certificate seed value dictionary (table 238).
mod certificate {
    pub(super) const SUBJECT: i64 = 1;
    pub(super) const ISSUER: i64 = 1 << 1;
    pub(super) const OID: i64 = 1 << 2;
    pub(super) const SUBJECT_DN: i64 = 1 << 3;
    pub(super) const KEY_USAGE: i64 = 1 << 5;
    /// Where to get a certificate: nothing that a seal could break.
    pub(super) const URL: i64 = 1 << 6;
    pub(super) const KNOWN: i64 = SUBJECT | ISSUER | OID | SUBJECT_DN | KEY_USAGE | URL;
}

/// The version of seed value dictionaries whose every entry is known here: that of PDF 2.0.
const VERSION: f64 = 3.0;

impl Revision<'_, '_> {
    /// Refuses a seal that the field's author does not want.
    pub(super) fn seed(&self, permit: &Permit<'_>, identity: &Identity<'_>) -> Result<(), SealError> {
        let Target::Empty(field) = &permit.target else {
            return Ok(());
        };
        let Some(dictionary) = field.field.dictionary() else {
            return Ok(());
        };
        let seed = self.view.find(dictionary, b"SV")?;
        let seeds = Seeds {
            view: self.view,
            field: &field.name,
            certifies: permit.certifies,
            lock: field.lock.as_ref(),
            identity,
        };
        match &*seed {
            Object::Null => Ok(()),
            Object::Dictionary(seed) => seeds.check(seed),
            _ => Err(seeds.refuse("/SV", "it is malformed, so what is required cannot be told")),
        }
    }
}

struct Seeds<'s, 'd, 'a> {
    view: View<'d, 'a>,
    field: &'s str,
    certifies: Option<DocMdp>,
    lock: Option<&'s FieldLock>,
    identity: &'s Identity<'s>,
}

impl Seeds<'_, '_, '_> {
    fn refuse(&self, entry: &'static str, reason: impl Into<String>) -> SealError {
        SealError::SeedValue {
            field: self.field.to_owned(),
            entry,
            reason: reason.into(),
        }
    }

    fn check(&self, seed: &Dictionary) -> Result<(), SealError> {
        let flags = self.flags(seed, "/Ff", required::KNOWN)?;
        let requires = |bit: i64| flags & bit != 0;
        let find = |key: &[u8]| self.view.find(seed, key);
        if requires(required::FILTER) {
            match &*find(b"Filter")? {
                Object::Null => {}
                filter if filter.as_name() == Some(b"Adobe.PPKLite") => {}
                _ => {
                    return Err(self.refuse(
                        "/Filter",
                        "another signature handler than Adobe.PPKLite is required",
                    ));
                }
            }
        }
        if requires(required::SUB_FILTER)
            && !self.accepts(seed, b"SubFilter", |name| name == "ETSI.CAdES.detached")?
        {
            return Err(self.refuse(
                "/SubFilter",
                "another signature format than ETSI.CAdES.detached is required",
            ));
        }
        if requires(required::V) && find(b"V")?.as_number().is_some_and(|version| version > VERSION) {
            return Err(self.refuse("/V", "seed values of a later version than PDF 2.0 are required"));
        }
        if requires(required::DIGEST_METHOD) {
            let digest = digest_name(self.identity.algorithm.digest());
            if !self.accepts(seed, b"DigestMethod", |name| name.eq_ignore_ascii_case(digest))? {
                let reason =
                    format!("another digest than {digest} is required; choose another key or algorithm");
                return Err(self.refuse("/DigestMethod", reason));
            }
        }
        if requires(required::REASONS) {
            // No array, an empty one and a single period ask for no reason, and none is given.
            let reasons = self.texts(seed, b"Reasons")?.unwrap_or_default();
            if !(reasons.is_empty() || reasons == ["."]) {
                return Err(self.refuse(
                    "/Reasons",
                    "one of its reasons is required, and PAdES seals give none",
                ));
            }
        }
        if requires(required::LEGAL_ATTESTATION)
            && self.certifies.is_some()
            && !find(b"LegalAttestation")?
                .as_array()
                .unwrap_or_default()
                .is_empty()
        {
            return Err(self.refuse(
                "/LegalAttestation",
                "a legal attestation is required; seal without certification",
            ));
        }
        if requires(required::ADD_REV_INFO) && find(b"AddRevInfo")?.as_boolean() == Some(true) {
            return Err(self.refuse(
                "/AddRevInfo",
                "revocation information inside the signature is required, which PAdES forbids",
            ));
        }
        if requires(required::APPEARANCE_FILTER) && !find(b"AppearanceFilter")?.is_null() {
            return Err(self.refuse(
                "/AppearanceFilter",
                "a named appearance is required; a seal has its impression",
            ));
        }
        self.mdp(seed)?;
        if requires(required::LOCK_DOCUMENT) {
            self.lock_document(seed)?;
        }
        if let Some(stamp) = find(b"TimeStamp")?.as_dictionary()
            && self.flags(stamp, "/TimeStamp /Ff", i64::MAX)? & 1 != 0
        {
            return Err(self.refuse(
                "/TimeStamp",
                "a time stamp is required, which is not supported yet",
            ));
        }
        match &*find(b"Cert")? {
            Object::Null => Ok(()),
            Object::Dictionary(constraints) => self.certificate(constraints),
            _ => Err(self.refuse("/Cert", "it is malformed, so what is required cannot be told")),
        }
    }

    /// `/MDP` has no bit: stated, it is required. 0 is an approval, 1 to 3 a certification with that level.
    fn mdp(&self, seed: &Dictionary) -> Result<(), SealError> {
        let mdp = self.view.find(seed, b"MDP")?;
        let level = match &*mdp {
            Object::Null => return Ok(()),
            Object::Dictionary(mdp) => self.view.find(mdp, b"P")?.as_integer(),
            _ => Some(-1),
        };
        let certifies = self.certifies.map_or(0, |level| i64::from(level.level()));
        let reason = match level {
            // "No rules shall be defined."
            None => return Ok(()),
            Some(level) if level == certifies => return Ok(()),
            Some(0) => "an approval seal is required; seal without certification".to_owned(),
            Some(level @ 1..=3) => format!("a certification with P={level} is required"),
            Some(_) => "it is malformed, so what is required cannot be told".to_owned(),
        };
        Err(self.refuse("/MDP", reason))
    }

    /// `/LockDocument`: whether nothing may change after this seal.
    fn lock_document(&self, seed: &Dictionary) -> Result<(), SealError> {
        let permitted = self.lock.and_then(|lock| lock.permission);
        let locks = self.certifies == Some(DocMdp::NoChanges) || permitted == Some(1);
        // A name in table 237, and yet some write the boolean.
        let wanted = self.view.find(seed, b"LockDocument")?;
        let wanted = match (&*wanted, wanted.as_name()) {
            (Object::Boolean(wanted), _) => Some(*wanted),
            (_, Some(b"true")) => Some(true),
            (_, Some(b"false")) => Some(false),
            _ => None,
        };
        match wanted {
            Some(true) if !locks => {
                Err(self.refuse("/LockDocument", "the document must be locked; certify with P=1"))
            }
            Some(false) if locks => Err(self.refuse(
                "/LockDocument",
                "the document must not be locked; certify with P=2 or not at all",
            )),
            _ => Ok(()),
        }
    }

    fn certificate(&self, constraints: &Dictionary) -> Result<(), SealError> {
        let flags = self.flags(constraints, "/Cert /Ff", certificate::KNOWN)?;
        let requires = |bit: i64| flags & bit != 0;
        let leaf = self.identity.chain.first().ok_or(SealError::NoCertificate)?;
        if requires(certificate::SUBJECT)
            && let Some(subjects) = self.strings(constraints, b"Subject")?
            && !subjects.iter().any(|der| der == leaf.der())
        {
            return Err(self.refuse("/Cert /Subject", "another certificate is required"));
        }
        if requires(certificate::ISSUER)
            && let Some(issuers) = self.strings(constraints, b"Issuer")?
            && !self.is_issued_by(leaf, &issuers)
        {
            return Err(self.refuse(
                "/Cert /Issuer",
                "a certificate of another issuer is required; give the whole chain",
            ));
        }
        // Which policies a certificate has counts only along a validated path, which sealing does not have.
        if requires(certificate::OID)
            && self
                .strings(constraints, b"OID")?
                .is_some_and(|oids| !oids.is_empty())
        {
            return Err(self.refuse(
                "/Cert /OID",
                "certificate policies are required, which are not read here",
            ));
        }
        if requires(certificate::SUBJECT_DN) && !self.has_name(leaf, constraints)? {
            return Err(self.refuse("/Cert /SubjectDN", "a certificate of another subject is required"));
        }
        if requires(certificate::KEY_USAGE)
            && let Some(usages) = self.texts(constraints, b"KeyUsage")?
            && !usages.iter().any(|usage| fits(leaf.key_usage(), usage))
        {
            return Err(self.refuse(
                "/Cert /KeyUsage",
                "a certificate with another key usage is required",
            ));
        }
        Ok(())
    }

    /// Whether one of `issuers` stands above `leaf`, in the signer's chain or as the issuer of its last certificate.
    fn is_issued_by(&self, leaf: &Certificate, issuers: &[Vec<u8>]) -> bool {
        let issuers: Vec<Certificate> = issuers
            .iter()
            .take(Limits::DEFAULT.certificates)
            .filter_map(|der| Certificate::try_from(der.as_slice()).ok())
            .collect();
        let signed_by = |certificate: &Certificate, issuer: &Certificate| {
            certificate.issuer_raw() == issuer.subject_raw() && certificate.verify_signed_by(issuer).is_ok()
        };
        let mut reached = leaf;
        for _ in self.identity.chain {
            if issuers.iter().any(|issuer| signed_by(reached, issuer)) {
                return true;
            }
            let mut above = self.identity.chain.iter();
            match above.find(|above| above.der() != reached.der() && signed_by(reached, above)) {
                Some(above) => reached = above,
                None => return false,
            }
        }
        false
    }

    /// Whether the subject has every attribute of one of the dictionaries of `/SubjectDN`.
    fn has_name(&self, leaf: &Certificate, constraints: &Dictionary) -> Result<bool, SealError> {
        let names = self.view.find(constraints, b"SubjectDN")?;
        let Some(names) = names.as_array() else {
            return Ok(names.is_null());
        };
        let subject = leaf.subject_attributes();
        for name in names {
            let name = self.view.resolve(name)?;
            let Some(name) = name.as_dictionary() else {
                continue;
            };
            let mut all = true;
            for entry in name.entries() {
                let value = self.view.resolve(&entry.value)?;
                let value = value.as_string().map(|value| read_text_string(&value.bytes));
                let oid = attribute(&entry.key);
                all &= subject
                    .iter()
                    .any(|(kind, text)| *kind == oid && Some(text) == value.as_ref());
            }
            if all {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `/Ff`; 0 if absent. Refuses bits that are not `known`: they require something that cannot be told.
    fn flags(&self, dictionary: &Dictionary, entry: &'static str, known: i64) -> Result<i64, SealError> {
        match &*self.view.find(dictionary, b"Ff")? {
            Object::Null => Ok(0),
            Object::Integer(flags) if *flags >= 0 && flags & !known == 0 => Ok(*flags),
            _ => Err(self.refuse(entry, "it requires something that is not known here")),
        }
    }

    /// Whether the array at `key`, if there is one, has an item that is accepted.
    fn accepts(
        &self,
        seed: &Dictionary,
        key: &[u8],
        accepted: impl Fn(&str) -> bool,
    ) -> Result<bool, SealError> {
        let texts = self.texts(seed, key)?;
        Ok(texts.is_none_or(|texts| texts.iter().any(|text| accepted(text))))
    }

    /// The names and text strings of the array at `key`; `None` if there is none. Anything else than an array counts as an empty one.
    fn texts(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Option<Vec<String>>, PdfError> {
        let read = |item: &Object| match item {
            Object::Name(name) => Some(String::from_utf8_lossy(name).into_owned()),
            item => item.as_string().map(|text| read_text_string(&text.bytes)),
        };
        self.items(dictionary, key, read)
    }

    /// As [`texts`](Self::texts), for byte strings.
    fn strings(&self, dictionary: &Dictionary, key: &[u8]) -> Result<Option<Vec<Vec<u8>>>, PdfError> {
        self.items(dictionary, key, |item| {
            item.as_string().map(|text| text.bytes.clone())
        })
    }

    fn items<T>(
        &self,
        dictionary: &Dictionary,
        key: &[u8],
        read: impl Fn(&Object) -> Option<T>,
    ) -> Result<Option<Vec<T>>, PdfError> {
        let array = self.view.find(dictionary, key)?;
        if array.is_null() {
            return Ok(None);
        }
        let mut found = vec![];
        for item in array.as_array().unwrap_or_default() {
            found.extend(read(&*self.view.resolve(item)?));
        }
        Ok(Some(found))
    }
}

/// The name of a digest in `/DigestMethod` (table 237).
fn digest_name(digest: DigestAlgorithm) -> &'static str {
    match digest {
        DigestAlgorithm::Sha256 => "SHA256",
        DigestAlgorithm::Sha384 => "SHA384",
        DigestAlgorithm::Sha512 => "SHA512",
    }
}

/// Whether a certificate's key usage fits nine characters: `1` must be set, `0` must not, `X` is free (table 238). A
/// certificate without the extension may be used for everything (RFC 5280, 4.2.1.3).
fn fits(usage: Option<KeyUsage>, wanted: &str) -> bool {
    (0..9).zip(wanted.chars()).all(|(position, wanted)| {
        let set = usage.is_none_or(|usage| usage.bit(position));
        match wanted {
            '1' => set,
            '0' => !set,
            'X' | 'x' => true,
            _ => false,
        }
    })
}

/// The dotted object identifier of an attribute that a key of `/SubjectDN` names: by its short name (RFC 4519) or dotted already.
fn attribute(key: &[u8]) -> String {
    const SHORT: [(&str, &str); 11] = [
        ("CN", "2.5.4.3"),
        ("SERIALNUMBER", "2.5.4.5"),
        ("C", "2.5.4.6"),
        ("L", "2.5.4.7"),
        ("ST", "2.5.4.8"),
        ("STREET", "2.5.4.9"),
        ("O", "2.5.4.10"),
        ("OU", "2.5.4.11"),
        ("DC", "0.9.2342.19200300.100.1.25"),
        ("UID", "0.9.2342.19200300.100.1.1"),
        ("E", "1.2.840.113549.1.9.1"),
    ];
    let key = String::from_utf8_lossy(key).into_owned();
    let short = SHORT.iter().find(|(short, _)| key.eq_ignore_ascii_case(short));
    short.map_or(key, |(_, oid)| (*oid).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_named_short_or_dotted() {
        for (key, oid) in [
            ("CN", "2.5.4.3"),
            ("serialNumber", "2.5.4.5"),
            ("2.5.4.97", "2.5.4.97"),
        ] {
            assert_eq!(attribute(key.as_bytes()), oid);
        }
    }

    #[test]
    fn a_certificate_without_key_usage_may_be_used_for_everything() {
        assert!(fits(None, "1X1"));
        assert!(!fits(None, "10"));
        assert!(!fits(None, "?"), "what is not known is not met");
    }
}
