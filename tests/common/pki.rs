//! A test authority: certificates, revocation lists and OCSP responses from their parts, the same bytes every time.
//!
//! Keys are Ed25519 keys whose seed is the digest of their name, so there is nothing to keep. A name that ends as one of [`KEPT`]
//! does has that key, for programs that know no Ed25519; of those, ECDSA keys alone give other signatures every time.

#![allow(
    dead_code,
    reason = "each test is a program of its own and uses a part of this"
)]

use yinxin::asn1::{Oid, oid_tlv, tag, tlv, unsigned};
use yinxin::crypto::{DigestAlgorithm, PrivateKey, PublicKey, SignatureAlgorithm};
use yinxin::pki::Certificate;
use yinxin::time::Time;

/// Ed25519 (RFC 8410).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// id-ecPublicKey, secp256r1 and secp384r1 (RFC 5480), ecdsa-with-SHA256 and -SHA384 (RFC 5758).
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
/// rsaEncryption and sha256WithRSAEncryption (RFC 4055).
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
const GENERALIZED_TIME: u8 = tag::GENERALIZED_TIME;

/// The key called `name`.
pub fn key(name: &str) -> PrivateKey {
    PrivateKey::from_pkcs8(&pkcs8(name)).unwrap()
}

/// How names end that have another key, and the test key.
const KEPT: [(&str, &str); 6] = [
    ("RSA 1", include_str!("../../test-vectors/keys/rsa3072.key.pem")),
    ("RSA 2", include_str!("../../test-vectors/keys/rsa-root.key.pem")),
    ("RSA 3", include_str!("../../test-vectors/keys/rsa2048.key.pem")),
    (
        "RSA 4",
        include_str!("../../test-vectors/keys/rsa2048-pss.key.pem"),
    ),
    ("P-256", include_str!("../../test-vectors/keys/p256.key.pem")),
    ("P-384", include_str!("../../test-vectors/keys/p384.key.pem")),
];

/// The key called `name`, PKCS#8.
pub fn pkcs8(name: &str) -> Vec<u8> {
    if let Some((_, pem)) = KEPT.iter().find(|(end, _)| name.ends_with(end)) {
        use base64::Engine as _;
        let digits: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        return base64::engine::general_purpose::STANDARD.decode(digits).unwrap();
    }
    let seed = DigestAlgorithm::Sha256.digest(name.as_bytes());
    let inner = tlv(tag::OCTET_STRING, &[&seed]);
    tlv(
        tag::SEQUENCE,
        &[
            &unsigned(&[0]),
            &identifier(ED25519, &[]),
            &tlv(tag::OCTET_STRING, &[&inner]),
        ],
    )
}

/// The public half of the key called `name`: 32 octets, a point, or an RSAPublicKey.
pub fn public(name: &str) -> Vec<u8> {
    match key(name).public_key() {
        PublicKey::Ed25519(octets)
        | PublicKey::P256(octets)
        | PublicKey::P384(octets)
        | PublicKey::Rsa(octets) => octets,
        other => panic!("{other:?}"),
    }
}

/// The AlgorithmIdentifier of the key called `name`.
fn key_algorithm(name: &str) -> Vec<u8> {
    let curve = |octets| tlv(tag::OID, &[octets]);
    match key(name).public_key() {
        PublicKey::Rsa(_) => identifier(RSA_ENCRYPTION, &[tag::NULL, 0]),
        PublicKey::P256(_) => identifier(EC_PUBLIC_KEY, &curve(P256)),
        PublicKey::P384(_) => identifier(EC_PUBLIC_KEY, &curve(P384)),
        _ => identifier(ED25519, &[]),
    }
}

/// That of its signatures.
fn signature_algorithm(name: &str) -> Vec<u8> {
    match key(name).default_algorithm() {
        SignatureAlgorithm::Ed25519 => identifier(ED25519, &[]),
        SignatureAlgorithm::EcdsaP256Sha256 => identifier(ECDSA_SHA256, &[]),
        SignatureAlgorithm::EcdsaP384Sha384 => identifier(ECDSA_SHA384, &[]),
        _ => identifier(RSA_SHA256, &[tag::NULL, 0]),
    }
}

/// The Name with the common name `word`; behind ` #` stands the organization identifier, if it has one.
pub fn name(word: &str) -> Vec<u8> {
    let pair = |kind: u8, word: &str| {
        let pair = tlv(
            tag::SEQUENCE,
            &[
                &tlv(tag::OID, &[&[0x55, 4, kind]]),
                &tlv(0x0c, &[word.as_bytes()]),
            ],
        );
        tlv(tag::SET, &[&pair])
    };
    match word.split_once(" #") {
        Some((word, organization)) => tlv(tag::SEQUENCE, &[&pair(97, organization), &pair(3, word)]),
        None => tlv(tag::SEQUENCE, &[&pair(3, word)]),
    }
}

/// An extension below id-ce.
pub fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    extension_of(&[0x55, 0x1d, number], critical, value)
}

/// An extension by the contents octets of its identifier.
pub fn extension_of(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
    tlv(
        tag::SEQUENCE,
        &[&oid_tlv(Oid::new(oid)), flag, &tlv(tag::OCTET_STRING, &[value])],
    )
}

/// What makes a certification authority.
pub fn of_authority() -> Vec<Vec<u8>> {
    vec![
        extension(19, true, &[0x30, 0x03, 0x01, 0x01, 0xff]),
        // keyCertSign, cRLSign
        extension(15, true, &[3, 2, 1, 0x06]),
    ]
}

/// A certificate to be made.
#[derive(Clone)]
pub struct Subject {
    /// Common name; the key has the same name.
    pub name: String,
    /// Common name and name of the key of the issuer.
    pub issuer: String,
    /// The name of the key, if not that of the subject.
    pub key: Option<String>,
    /// The name of the key that signs, if not that of the issuer.
    pub signer: Option<String>,
    pub serial: u8,
    pub from: String,
    pub to: String,
    pub extensions: Vec<Vec<u8>>,
}

impl Subject {
    pub fn new(name: &str, issuer: &str, serial: u8) -> Self {
        Self {
            name: name.to_owned(),
            issuer: issuer.to_owned(),
            key: None,
            signer: None,
            serial,
            from: "2024-01-01".to_owned(),
            to: "2034-01-01".to_owned(),
            extensions: vec![],
        }
    }

    pub fn with(mut self, extensions: Vec<Vec<u8>>) -> Self {
        self.extensions.extend(extensions);
        self
    }

    pub fn certificate(&self) -> Certificate {
        let moment = |text: &str| moment(text, GENERALIZED_TIME);
        let own = self.key.as_deref().unwrap_or(&self.name);
        let signer = self.signer.as_deref().unwrap_or(&self.issuer);
        let info = tlv(
            tag::SEQUENCE,
            &[&key_algorithm(own), &tlv(tag::BIT_STRING, &[&[0], &public(own)])],
        );
        let tbs = tlv(
            tag::SEQUENCE,
            &[
                &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&unsigned(&[2])]),
                &unsigned(&[self.serial]),
                &signature_algorithm(signer),
                &name(&self.issuer),
                &tlv(tag::SEQUENCE, &[&moment(&self.from), &moment(&self.to)]),
                &name(&self.name),
                &info,
                &tlv(
                    tag::CONTEXT_3_CONSTRUCTED,
                    &[&tlv(tag::SEQUENCE, &slices(&self.extensions))],
                ),
            ],
        );
        Certificate::try_from(signed(&tbs, signer, &[]).as_slice()).unwrap()
    }
}

/// One certificate on a list.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    pub serial: u8,
    pub date: String,
    pub reason: Option<u8>,
    pub invalidity: Option<String>,
    /// certificateIssuer.
    pub issuer: Option<String>,
    /// Adds a critical extension that nobody knows.
    pub unknown: bool,
}

/// A revocation list to be made.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct List {
    pub issuer: String,
    /// The name of the key, if not that of the issuer.
    pub key: Option<String>,
    pub this_update: String,
    pub next_update: Option<String>,
    pub entries: Vec<Entry>,
    pub delta: bool,
    /// onlyContainsUserCerts.
    pub only_user: bool,
    /// onlyContainsCACerts.
    pub only_ca: bool,
    /// The two octets of onlySomeReasons.
    pub only_reasons: Option<[u8; 2]>,
    pub indirect: bool,
    /// The URI of the distribution point.
    pub point: Option<String>,
    /// expiredCertsOnCRL.
    pub expired_since: Option<String>,
    /// Adds a critical extension that nobody knows.
    pub unknown: bool,
}

impl List {
    pub fn der(&self) -> Vec<u8> {
        let entries: Vec<Vec<u8>> = self.entries.iter().map(entry).collect();
        let listed = match entries.is_empty() {
            true => vec![],
            false => tlv(tag::SEQUENCE, &slices(&entries)),
        };
        let mut extensions = vec![extension(20, false, &unsigned(&[1]))];
        if self.delta {
            extensions.push(extension(27, true, &unsigned(&[1])));
        }
        let flag = |set: bool, tag: u8| if set { tlv(tag, &[&[0xff]]) } else { vec![] };
        let point = self.point.as_ref().map_or(vec![], |uri| {
            let full = tlv(tag::CONTEXT_0_CONSTRUCTED, &[&tlv(0x86, &[uri.as_bytes()])]);
            tlv(tag::CONTEXT_0_CONSTRUCTED, &[&full])
        });
        let reasons = self
            .only_reasons
            .map_or(vec![], |octets| tlv(0x83, &[&[7], &octets]));
        let about = tlv(
            tag::SEQUENCE,
            &[
                &point,
                &flag(self.only_user, 0x81),
                &flag(self.only_ca, 0x82),
                &reasons,
                &flag(self.indirect, 0x84),
            ],
        );
        if about.len() > 2 {
            extensions.push(extension(28, true, &about));
        }
        if let Some(since) = &self.expired_since {
            extensions.push(extension(60, false, &moment(since, GENERALIZED_TIME)));
        }
        if self.unknown {
            extensions.push(extension(99, true, &[5, 0]));
        }
        let next = self.next_update.as_ref();
        let key = self.key.as_deref().unwrap_or(&self.issuer);
        let tbs = tlv(
            tag::SEQUENCE,
            &[
                &unsigned(&[1]),
                &signature_algorithm(key),
                &name(&self.issuer),
                &moment(&self.this_update, GENERALIZED_TIME),
                &next.map_or(vec![], |next| moment(next, GENERALIZED_TIME)),
                &listed,
                &tlv(
                    tag::CONTEXT_0_CONSTRUCTED,
                    &[&tlv(tag::SEQUENCE, &slices(&extensions))],
                ),
            ],
        );
        signed(&tbs, key, &[])
    }
}

/// An OCSP response to be made, about one certificate.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Response {
    /// The name of the responder's key.
    pub responder: String,
    /// Names the responder by the digest of its key instead of by Name.
    pub by_key: bool,
    /// The issuer of the certificate, and its serial number.
    pub issuer: String,
    pub serial: u8,
    /// SHA-256 in the CertID instead of SHA-1.
    pub sha256: bool,
    /// `good`, `unknown`, or `revoked`.
    pub status: String,
    pub date: Option<String>,
    pub reason: Option<u8>,
    pub produced_at: String,
    pub this_update: String,
    pub next_update: Option<String>,
    pub archive_cutoff: Option<String>,
    pub nonce: Option<Vec<u8>>,
    /// Adds a critical extension that nobody knows.
    pub unknown: bool,
    /// responseStatus, if not successful.
    pub refused: Option<u8>,
}

impl Response {
    /// With `carried` beside the signature.
    pub fn der(&self, carried: &[Certificate]) -> Vec<u8> {
        if let Some(status) = self.refused {
            return tlv(tag::SEQUENCE, &[&tlv(0x0a, &[&[status]])]);
        }
        let moment = |text: &str| moment(text, GENERALIZED_TIME);
        let responder = match self.by_key {
            true => tlv(
                tag::CONTEXT_2_CONSTRUCTED,
                &[&tlv(tag::OCTET_STRING, &[&sha1(&public(&self.responder))])],
            ),
            false => tlv(tag::CONTEXT_1_CONSTRUCTED, &[&name(&self.responder)]),
        };
        let digest = |bytes: &[u8]| match self.sha256 {
            true => DigestAlgorithm::Sha256.digest(bytes),
            false => sha1(bytes),
        };
        let identifier: &[u8] = match self.sha256 {
            true => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
            false => &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
        };
        let id = tlv(
            tag::SEQUENCE,
            &[
                &tlv(tag::SEQUENCE, &[&oid_tlv(Oid::new(identifier)), &[tag::NULL, 0]]),
                &tlv(tag::OCTET_STRING, &[&digest(&name(&self.issuer))]),
                &tlv(tag::OCTET_STRING, &[&digest(&public(&self.issuer))]),
                &unsigned(&[self.serial]),
            ],
        );
        let status = match self.status.as_str() {
            "good" => tlv(0x80, &[]),
            "unknown" => tlv(0x82, &[]),
            _ => {
                let reason = self.reason.map_or(vec![], |reason| {
                    tlv(tag::CONTEXT_0_CONSTRUCTED, &[&tlv(0x0a, &[&[reason]])])
                });
                let date = moment(self.date.as_deref().unwrap());
                tlv(tag::CONTEXT_1_CONSTRUCTED, &[&date, &reason])
            }
        };
        let next = self
            .next_update
            .as_ref()
            .map_or(vec![], |next| tlv(tag::CONTEXT_0_CONSTRUCTED, &[&moment(next)]));
        let ocsp = |last: u8, critical, value: &[u8]| {
            extension_of(&[0x2b, 6, 1, 5, 5, 7, 48, 1, last], critical, value)
        };
        let wrapped = |extensions: Vec<Vec<u8>>| match extensions.is_empty() {
            true => vec![],
            false => tlv(
                tag::CONTEXT_1_CONSTRUCTED,
                &[&tlv(tag::SEQUENCE, &slices(&extensions))],
            ),
        };
        let cutoff = self.archive_cutoff.iter();
        let cutoff = wrapped(cutoff.map(|since| ocsp(6, false, &moment(since))).collect());
        let single = tlv(
            tag::SEQUENCE,
            &[&id, &status, &moment(&self.this_update), &next, &cutoff],
        );
        let mut extensions = vec![];
        if let Some(nonce) = &self.nonce {
            extensions.push(ocsp(2, false, &tlv(tag::OCTET_STRING, &[nonce])));
        }
        if self.unknown {
            extensions.push(ocsp(99, true, &[5, 0]));
        }
        let data = tlv(
            tag::SEQUENCE,
            &[
                &responder,
                &moment(&self.produced_at),
                &tlv(tag::SEQUENCE, &[&single]),
                &wrapped(extensions),
            ],
        );
        let certificates: Vec<&[u8]> = carried.iter().map(Certificate::der).collect();
        let beside = match carried.is_empty() {
            true => vec![],
            false => tlv(tag::CONTEXT_0_CONSTRUCTED, &[&tlv(tag::SEQUENCE, &certificates)]),
        };
        let basic = signed(&data, &self.responder, &beside);
        let bytes = tlv(
            tag::SEQUENCE,
            &[
                &oid_tlv(Oid::new(&[0x2b, 6, 1, 5, 5, 7, 48, 1, 1])),
                &tlv(tag::OCTET_STRING, &[&basic]),
            ],
        );
        tlv(
            tag::SEQUENCE,
            &[&tlv(0x0a, &[&[0]]), &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&bytes])],
        )
    }
}

/// A list by `issuer` with the revokedCertificates `listed`, DER, and no extension.
pub fn list_of(issuer: &str, listed: &[u8]) -> Vec<u8> {
    let tbs = tlv(
        tag::SEQUENCE,
        &[
            &unsigned(&[1]),
            &signature_algorithm(issuer),
            &name(issuer),
            &moment("2026-01-01", tag::UTC_TIME),
            &moment("2026-02-01", tag::UTC_TIME),
            listed,
        ],
    );
    signed(&tbs, issuer, &[])
}

fn entry(entry: &Entry) -> Vec<u8> {
    let mut extensions = vec![];
    if let Some(reason) = entry.reason {
        extensions.push(extension(21, false, &tlv(0x0a, &[&[reason]])));
    }
    if let Some(date) = &entry.invalidity {
        extensions.push(extension(24, false, &moment(date, GENERALIZED_TIME)));
    }
    if let Some(issuer) = &entry.issuer {
        let names = tlv(
            tag::SEQUENCE,
            &[&tlv(tag::CONTEXT_4_CONSTRUCTED, &[&name(issuer)])],
        );
        extensions.push(extension(29, true, &names));
    }
    if entry.unknown {
        extensions.push(extension(99, true, &[5, 0]));
    }
    let extensions = match extensions.is_empty() {
        true => vec![],
        false => tlv(tag::SEQUENCE, &slices(&extensions)),
    };
    tlv(
        tag::SEQUENCE,
        &[
            &unsigned(&[entry.serial]),
            &moment(&entry.date, tag::UTC_TIME),
            &extensions,
        ],
    )
}

/// `tbs`, its signature by the key called `signer`, and what stands behind it.
fn signed(tbs: &[u8], signer: &str, beside: &[u8]) -> Vec<u8> {
    let key = key(signer);
    let signature = key.sign(key.default_algorithm(), tbs).unwrap();
    tlv(
        tag::SEQUENCE,
        &[
            tbs,
            &signature_algorithm(signer),
            &tlv(tag::BIT_STRING, &[&[0], &signature]),
            beside,
        ],
    )
}

fn identifier(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    tlv(tag::SEQUENCE, &[&oid_tlv(Oid::new(oid)), parameters])
}

fn moment(text: &str, kind: u8) -> Vec<u8> {
    let time: Time = text.parse().unwrap_or_else(|_| panic!("{text}"));
    let digits: String = time.to_string().chars().filter(char::is_ascii_digit).collect();
    let digits = if kind == tag::UTC_TIME {
        &digits[2..]
    } else {
        &digits
    };
    tlv(kind, &[digits.as_bytes(), b"Z"])
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes)
        .as_ref()
        .to_vec()
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}
