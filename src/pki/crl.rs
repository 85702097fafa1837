//! Certificate revocation lists (RFC 5280, clause 5), read once and kept with the bytes received.
//!
//! Read are complete lists, of any scope, direct and indirect. A delta list is read as far as to know that it is one: it changes
//! another list, which is not done here, so wherever one is given nothing is said to be good (see [`super::revocation`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use core::fmt;
use core::ops::Range;

use super::Certificate;
use super::distribution::{IssuingPoint, moment, whole_octets};
use super::evidence::EvidenceError;
use super::extension::sequence;
use super::general_name::{GeneralName, MAXIMUM_NAMES};
use super::name::{self, Name};
use super::revoked::{Reason, Revoked, Witness, serial};
use crate::asn1::{self, Asn1Error, Oid, Reader, Rules, Tlv, tag};
use crate::cms::{AlgorithmIdentifier, Scheme, UnsupportedAlgorithm};
use crate::crypto::Unverified;
use crate::limits::Limits;
use crate::time::Time;

/// A certificate revocation list. Cheap to clone. That it parsed says nothing about who made it.
#[derive(Clone)]
pub struct Crl(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    tbs: Range<usize>,
    signature: Range<usize>,
    scheme: Result<Scheme, UnsupportedAlgorithm>,
    issuer_text: String,
    this_update: Time,
    next_update: Option<Time>,
    extensions: Extensions,
    /// Sorted by issuer, then serial number.
    entries: Vec<Entry>,
    issuer: Name,
    /// The other issuers that entries name, by the index that entries have; the list's own has 0.
    others: BTreeMap<Name, u32>,
}

/// Where an entry stands; it is read again when asked for.
#[derive(Clone, Copy)]
struct Entry {
    /// Index of the issuer.
    issuer: u32,
    /// Bytes from the start of the list to the serial number without superfluous sign octets, and its length.
    serial: (u32, u32),
    /// Bytes from the start of the list to the entry.
    offset: u32,
}

#[derive(Default)]
struct Extensions {
    delta: bool,
    authority_key_identifier: Option<Vec<u8>>,
    point: Option<IssuingPoint>,
    expired_certificates_since: Option<Time>,
    unknown_critical: Option<String>,
}

impl Crl {
    /// Reads a CertificateList, DER, with nothing behind it. Linear in its length, but for the sorting of entries that are not in
    /// order.
    ///
    /// # Errors
    /// Occurs if it is not one, or has more bytes than [`Limits::crl_bytes`].
    pub fn from_der(der: &[u8], limits: &Limits) -> Result<Self, EvidenceError> {
        let most = limits.crl_bytes.min(1 << 31);
        if der.len() > most {
            return Err(EvidenceError::TooLarge { most });
        }
        asn1::check_der(der, limits)?;
        let mut outer = Reader::new(der, Rules::Der);
        let mut list = outer.expect(tag::SEQUENCE)?.reader(Rules::Der);
        outer.finish()?;
        let tbs = list.expect(tag::SEQUENCE)?;
        let algorithm = list.expect(tag::SEQUENCE)?;
        let signature = list.expect(tag::BIT_STRING)?;
        list.finish()?;
        let signature_octets = whole_octets(&signature)?;

        let mut members = tbs.reader(Rules::Der);
        let version = members.optional(tag::INTEGER)?;
        let second = match &version {
            None => false,
            Some(tlv) if asn1::small_integer(tlv)? == 1 => true,
            Some(tlv) => return Err(tlv.error(Asn1Error::Value).into()),
        };
        if members.expect(tag::SEQUENCE)?.raw != algorithm.raw {
            return Err(EvidenceError::AlgorithmMismatch);
        }
        let issuer = members.expect(tag::SEQUENCE)?;
        let this_update = asn1::time(&members.read()?)?;
        let next_update = match members.peek() {
            Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => Some(asn1::time(&members.read()?)?),
            _ => None,
        };
        let listed = members.optional(tag::SEQUENCE)?;
        let wrapped = members.optional(tag::CONTEXT_0_CONSTRUCTED)?;
        members.finish()?;
        let mut extensions = Extensions::default();
        if let Some(wrapped) = &wrapped {
            if !second {
                return Err(wrapped.error(Asn1Error::Unexpected).into());
            }
            each_extension(wrapped, |oid, critical, value| {
                extensions.take(oid, critical, value)
            })?;
        }

        let mut index = Index {
            issuer: Name::parse(&issuer)?,
            others: BTreeMap::new(),
            current: 0,
            entries: vec![],
            indirect: extensions.point.as_ref().is_some_and(|point| point.indirect),
        };
        // What a delta list changes, it says in terms that are not read; that it is one is all that counts.
        if let Some(listed) = listed.filter(|_| !extensions.delta) {
            let mut reader = listed.reader(Rules::Der);
            while !reader.is_empty() {
                index.take(&reader.expect(tag::SEQUENCE)?, second, &mut extensions)?;
            }
        }
        let Index {
            issuer: issuer_name,
            others,
            mut entries,
            ..
        } = index;
        // Most authorities sort them; sorting what is sorted is linear.
        entries.sort_by(|a, b| (a.issuer, a.serial_in(der)).cmp(&(b.issuer, b.serial_in(der))));
        entries.shrink_to_fit();
        Ok(Self(Arc::new(Parts {
            tbs: span(&tbs),
            signature: end_aligned(&signature, signature_octets),
            scheme: AlgorithmIdentifier::parse(&algorithm, Rules::Der)?.scheme(None),
            issuer_text: name::describe(issuer.raw).0,
            this_update,
            next_update,
            extensions,
            entries,
            issuer: issuer_name,
            others,
            der: der.to_vec(),
        })))
    }

    /// The whole list as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer as text (RFC 4514), for people.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer_text
    }

    /// thisUpdate: up to when it tells.
    #[must_use]
    pub fn this_update(&self) -> Time {
        self.0.this_update
    }

    /// nextUpdate: when the next is issued at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<Time> {
        self.0.next_update
    }

    /// How many certificates it lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether it lists none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// Whether it only says what changed since another list (deltaCRLIndicator).
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.0.extensions.delta
    }

    /// What it lists of `certificate`, by issuer and serial number. `None` says something only if the list is about such
    /// certificates, current, and by whom it should be.
    #[must_use]
    pub fn entry(&self, certificate: &Certificate) -> Option<Revoked> {
        let issuer = certificate.issuer_name();
        let number = serial(certificate.serial());
        let issuer = match issuer {
            own if *own == self.0.issuer => 0,
            other => *self.0.others.get(other)?,
        };
        let key = (issuer, number);
        let place = |entry: &Entry| (entry.issuer, entry.serial_in(&self.0.der));
        let first = self.0.entries.partition_point(|entry| place(entry) < key);
        let same = self
            .0
            .entries
            .iter()
            .skip(first)
            .take_while(|entry| place(entry) == key);
        // Twice in one list should not be; then the earlier date counts.
        same.filter_map(|entry| self.read(entry))
            .min_by_key(Revoked::since)
    }

    /// Checks that the key of `issuer` signed the list: over the bytes received, nothing else.
    ///
    /// # Errors
    /// Occurs if the signature does not verify or its algorithm is not accepted.
    pub fn verify_signed_by(&self, issuer: &Certificate) -> Result<(), Unverified> {
        let part = |range: &Range<usize>| self.0.der.get(range.clone()).ok_or(Unverified);
        let scheme = self.0.scheme.as_ref().map_err(|_| Unverified)?;
        issuer.check_signature(*scheme, part(&self.0.tbs)?, part(&self.0.signature)?)
    }

    /// The scheme it is signed with.
    ///
    /// # Errors
    /// Occurs if it is unknown or too weak (MD5, SHA-1).
    pub fn signature_scheme(&self) -> Result<Scheme, UnsupportedAlgorithm> {
        self.0.scheme.clone()
    }

    /// Who issued it.
    pub(super) fn issuer_name(&self) -> &Name {
        &self.0.issuer
    }

    /// What it is about; `None`: every certificate of its issuer.
    pub(super) fn point(&self) -> Option<&IssuingPoint> {
        self.0.extensions.point.as_ref()
    }

    /// A critical extension, of the list or of an entry, that is not understood: nothing can be told by the list (RFC 5280, clauses
    /// 5.2 and 5.3).
    pub(super) fn unknown_critical(&self) -> Option<&str> {
        self.0.extensions.unknown_critical.as_deref()
    }

    /// keyIdentifier of authorityKeyIdentifier.
    pub(super) fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_identifier.as_deref()
    }

    /// From when on expired certificates stay listed (expiredCertsOnCRL, X.509, clause 9.5.2.8).
    pub(super) fn expired_certificates_since(&self) -> Option<Time> {
        self.0.extensions.expired_certificates_since
    }

    fn read(&self, entry: &Entry) -> Option<Revoked> {
        let rest = self.0.der.get(usize::try_from(entry.offset).ok()?..)?;
        let mut members = Reader::new(rest, Rules::Der).read().ok()?.reader(Rules::Der);
        members.read().ok()?;
        let date = asn1::time(&members.read().ok()?).ok()?;
        let mut found = Entries::default();
        if let Some(extensions) = members.optional(tag::SEQUENCE).ok()? {
            found = Entries::parse(&extensions).ok()?;
        }
        Some(Revoked {
            date,
            invalidity: found.invalidity,
            reason: found.reason.unwrap_or(Reason::Unspecified),
            by: Witness::List(self.0.this_update),
        })
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({} of {})", self.issuer(), self.this_update())
    }
}

impl Entry {
    fn serial_in<'a>(&self, der: &'a [u8]) -> &'a [u8] {
        let (start, length) = self.serial;
        usize::try_from(start)
            .ok()
            .zip(usize::try_from(length).ok())
            .and_then(|(start, length)| der.get(start..start.checked_add(length)?))
            .unwrap_or_default()
    }
}

/// The index while the entries are read.
struct Index {
    issuer: Name,
    others: BTreeMap<Name, u32>,
    current: u32,
    entries: Vec<Entry>,
    indirect: bool,
}

impl Index {
    fn take(&mut self, tlv: &Tlv<'_>, extended: bool, list: &mut Extensions) -> Result<(), EvidenceError> {
        let mut members = tlv.reader(Rules::Der);
        let number = members.expect(tag::INTEGER)?;
        let octets = serial(asn1::integer_contents(&number)?);
        asn1::time(&members.read()?)?;
        if let Some(extensions) = members.optional(tag::SEQUENCE)? {
            if !extended {
                return Err(extensions.error(Asn1Error::Unexpected).into());
            }
            let found = Entries::parse(&extensions)?;
            if let Some(oid) = found.unknown_critical {
                list.unknown_critical.get_or_insert(oid);
            }
            if let Some(issuer) = found.issuer {
                // Only an indirect list has entries of others (RFC 5280, clause 5.3.3).
                if !self.indirect {
                    return Err(extensions.error(Asn1Error::Unexpected).into());
                }
                self.current = self.number_of(issuer);
            }
        }
        members.finish()?;
        let offset = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let skipped = number.contents.len().saturating_sub(octets.len());
        let start = number
            .offset
            .saturating_add(number.header_len)
            .saturating_add(skipped);
        self.entries.push(Entry {
            issuer: self.current,
            serial: (offset(start), offset(octets.len())),
            offset: offset(tlv.offset),
        });
        Ok(())
    }

    fn number_of(&mut self, issuer: Name) -> u32 {
        if self.issuer == issuer {
            return 0;
        }
        let next = u32::try_from(self.others.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        *self.others.entry(issuer).or_insert(next)
    }
}

/// crlEntryExtensions.
#[derive(Default)]
struct Entries {
    reason: Option<Reason>,
    invalidity: Option<Time>,
    issuer: Option<Name>,
    unknown_critical: Option<String>,
}

impl Entries {
    fn parse(tlv: &Tlv<'_>) -> Result<Self, EvidenceError> {
        let mut found = Self::default();
        read_extensions(tlv, |oid, critical, value| {
            match oid.contents() {
                // reasonCode
                [0x55, 0x1d, 21] => {
                    let mut reader = Reader::new(value, Rules::Der);
                    found.reason = Some(Reason::parse(&reader.read()?)?);
                    reader.finish()?;
                }
                // invalidityDate
                [0x55, 0x1d, 24] => found.invalidity = Some(moment(value)?),
                // certificateIssuer
                [0x55, 0x1d, 29] => {
                    let mut reader = Reader::new(value, Rules::Der);
                    let tlv = reader.expect(tag::SEQUENCE)?;
                    reader.finish()?;
                    let names = GeneralName::parse_many(&tlv, MAXIMUM_NAMES)?;
                    let name = names.into_iter().find_map(|name| match name {
                        GeneralName::Directory(name) => Some(name),
                        _ => None,
                    });
                    found.issuer = Some(name.ok_or_else(|| tlv.error(Asn1Error::Value))?);
                }
                _ if critical => found.unknown_critical = Some(oid.to_string()),
                _ => {}
            }
            Ok(())
        })?;
        Ok(found)
    }
}

impl Extensions {
    fn take(&mut self, oid: Oid<'_>, critical: bool, value: &[u8]) -> asn1::Result<()> {
        match oid.contents() {
            // cRLNumber
            [0x55, 0x1d, 20] => {
                let mut reader = Reader::new(value, Rules::Der);
                asn1::integer_contents(&reader.read()?)?;
                reader.finish()?;
            }
            // deltaCRLIndicator
            [0x55, 0x1d, 27] => self.delta = true,
            [0x55, 0x1d, 28] => self.point = Some(IssuingPoint::parse(value)?),
            [0x55, 0x1d, 35] => {
                let identifier = sequence(value)?.optional(tag::CONTEXT_0)?;
                self.authority_key_identifier = identifier.map(|tlv| tlv.contents.to_vec());
            }
            [0x55, 0x1d, 60] => self.expired_certificates_since = Some(moment(value)?),
            _ if critical => self.unknown_critical = Some(oid.to_string()),
            _ => {}
        }
        Ok(())
    }
}

/// Hands each of the extensions in the EXPLICIT tag `wrapped` to `take`, with whether it is critical.
pub(super) fn each_extension(
    wrapped: &Tlv<'_>,
    take: impl FnMut(Oid<'_>, bool, &[u8]) -> asn1::Result<()>,
) -> Result<(), EvidenceError> {
    let mut inner = wrapped.reader(Rules::Der);
    let tlv = inner.expect(tag::SEQUENCE)?;
    inner.finish()?;
    read_extensions(&tlv, take)
}

/// Hands each of Extensions to `take`, with whether it is critical.
fn read_extensions(
    tlv: &Tlv<'_>,
    mut take: impl FnMut(Oid<'_>, bool, &[u8]) -> asn1::Result<()>,
) -> Result<(), EvidenceError> {
    let mut reader = tlv.reader(Rules::Der);
    let mut seen: Vec<&[u8]> = vec![];
    while !reader.is_empty() {
        let mut parts = reader.expect(tag::SEQUENCE)?.reader(Rules::Der);
        let oid = parts.expect(tag::OID)?.oid()?;
        let critical = match parts.optional(tag::BOOLEAN)? {
            None => false,
            Some(flag) => match flag.contents {
                [octet] => *octet != 0,
                _ => return Err(flag.error(Asn1Error::Value).into()),
            },
        };
        let value = parts.expect(tag::OCTET_STRING)?;
        parts.finish()?;
        seen.push(oid.contents());
        take(oid, critical, value.contents).map_err(|_| EvidenceError::Extension { oid: oid.to_string() })?;
    }
    seen.sort_unstable();
    match seen.iter().zip(seen.iter().skip(1)).find(|(a, b)| a == b) {
        Some((twice, _)) => Err(EvidenceError::DuplicateExtension {
            oid: Oid::new(twice).to_string(),
        }),
        None => Ok(()),
    }
}

fn span(tlv: &Tlv<'_>) -> Range<usize> {
    tlv.offset..tlv.offset.saturating_add(tlv.raw.len())
}

/// Where `inner`, which ends with `tlv`, stands.
fn end_aligned(tlv: &Tlv<'_>, inner: &[u8]) -> Range<usize> {
    let end = span(tlv).end;
    end.saturating_sub(inner.len())..end
}
