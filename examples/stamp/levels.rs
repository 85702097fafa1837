//! The four levels of a signature that lasts (EN 319 142-1, clause 6), each a file, and one renewed: sealed and raised with a test
//! authority in this process, whose bytes are the same in every run.

#[path = "../../tests/common/pki.rs"]
mod pki;
#[path = "../../tests/common/stamper.rs"]
mod stamper;

use pki::{List, Response, Subject, extension, extension_of, of_authority};
use stamper::Stamper;
use yinxin::asn1::{tag, tlv};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::seal::{Raised, Seal, Unstamped, ValidationData};
use yinxin::time::Time;

use crate::files::{Fault, Named as _};

const ROOT: &str = "TEST 长期保存根 RSA 1";
const OFFICE_CA: &str = "TEST 长期保存中级 RSA 2";
const OFFICE: &str = "TEST 滨海市电子印章 RSA 3";
const TSA: &str = "TEST 时间戳机构 RSA 4";
/// The responder has the key of the time-stamping authority under a name of its own.
const RESPONDER: &str = "TEST OCSP RSA 4";

/// Serial numbers.
const SERIALS: [(&str, u8); 5] = [(ROOT, 1), (OFFICE_CA, 2), (OFFICE, 3), (TSA, 4), (RESPONDER, 5)];

/// One file.
pub struct Level {
    /// `b-b`, `b-t`, `b-lt`, `b-lta` or `b-lta-renewed`.
    pub name: &'static str,
    pub file: Vec<u8>,
    /// When it is to be judged: soon after it was made.
    pub at: Time,
}

/// A certificate of that name and issuer.
fn certificate(name: &str, issuer: &str, extensions: Vec<Vec<u8>>) -> Certificate {
    let serial = SERIALS.iter().find(|(own, _)| *own == name);
    let subject = Subject::new(name, issuer, serial.map_or(0, |(_, serial)| *serial));
    subject.with(extensions).certificate()
}

/// extKeyUsage with one purpose below id-kp.
fn purpose(number: u8, critical: bool) -> Vec<u8> {
    let oid = tlv(tag::OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, number]]);
    extension(37, critical, &tlv(tag::SEQUENCE, &[&oid]))
}

/// keyUsage digitalSignature, with contentCommitment or without.
fn signs(commits: bool) -> Vec<u8> {
    let octet = if commits { 0xc0 } else { 0x80 };
    extension(15, true, &[3, 2, if commits { 6 } else { 7 }, octet])
}

/// The certificates of the authority.
struct Authority {
    root: Certificate,
    between: Certificate,
    office: Certificate,
    tsa: Certificate,
    responder: Certificate,
}

impl Authority {
    fn new() -> Self {
        // id-pkix-ocsp-nocheck (RFC 6960, clause 4.2.2.2.1)
        let unchecked = extension_of(&[0x2b, 6, 1, 5, 5, 7, 48, 1, 5], false, &[tag::NULL, 0]);
        Self {
            root: certificate(ROOT, ROOT, of_authority()),
            between: certificate(OFFICE_CA, ROOT, of_authority()),
            office: certificate(OFFICE, OFFICE_CA, vec![signs(true)]),
            tsa: certificate(TSA, ROOT, vec![signs(false), purpose(8, true)]),
            responder: certificate(
                RESPONDER,
                OFFICE_CA,
                vec![signs(false), purpose(9, false), unchecked],
            ),
        }
    }

    fn signer(name: &str, chain: &[&Certificate]) -> Result<SoftwareSigner, Fault> {
        let chain = chain.iter().map(|one| (*one).clone()).collect();
        SoftwareSigner::from_pkcs8(&pki::pkcs8(name), chain).named(name)
    }

    /// What tells on `from` that nothing of the chains has been revoked: lists of both authorities, an answer about the office.
    fn evidence(&self, from: Time) -> ValidationData {
        let day = |days: i64| from.plus_seconds(days * 86_400).to_string();
        let list = |issuer: &str| List {
            issuer: issuer.to_owned(),
            this_update: day(0),
            next_update: Some(day(30)),
            ..List::default()
        };
        let answer = Response {
            responder: RESPONDER.to_owned(),
            issuer: OFFICE_CA.to_owned(),
            serial: 3,
            status: "good".to_owned(),
            produced_at: day(0),
            this_update: day(0),
            next_update: Some(day(30)),
            ..Response::default()
        };
        let own = [
            &self.between,
            &self.office,
            &self.tsa,
            &self.root,
            &self.responder,
        ];
        ValidationData::new()
            .certificates(&own.map(Certificate::clone))
            .revocation_list(&list(ROOT).der())
            .revocation_list(&list(OFFICE_CA).der())
            .response(&answer.der(std::slice::from_ref(&self.responder)))
    }
}

/// The root to trust.
pub fn root() -> Certificate {
    Authority::new().root
}

/// Seals `draft` with `look`, and raises it from level to level; the first at `at`.
pub fn make(draft: &Draft, look: &Seal, at: Time) -> Result<Vec<Level>, Fault> {
    let authority = Authority::new();
    let signer = Authority::signer(OFFICE, &[&authority.office, &authority.between])?;
    let stamper = Stamper::new(Authority::signer(TSA, &[&authority.tsa])?, at.plus_seconds(5));
    let mut made = vec![];
    let sealed = draft.without_code().seal(look, &signer, at).named("level B-B")?;
    let hour = at.plus_seconds(3600);
    made.push(Level {
        name: "b-b",
        file: sealed.into_bytes(),
        at: hour,
    });
    let sealing = draft.without_code().time_stamp(&stamper, Unstamped::Refuse);
    let mut file = sealing.seal(look, &signer, at).named("level B-T")?.into_bytes();
    made.push(Level {
        name: "b-t",
        file: file.clone(),
        at: hour,
    });
    // The grace period has passed when the lists are made; the second round is months later.
    for (data, stamp, begun) in [
        ("b-lt", "b-lta", at.plus_seconds(86_400)),
        ("", "b-lta-renewed", at.plus_seconds(150 * 86_400)),
    ] {
        let evidence = authority.evidence(begun);
        file = reopened(file)?
            .add_validation_data(&evidence)
            .named("level B-LT")?
            .map(Raised::into_bytes)
            .ok_or("there is nothing to add")
            .named("level B-LT")?;
        let at = begun.plus_seconds(3600);
        if !data.is_empty() {
            let (name, file) = (data, file.clone());
            made.push(Level { name, file, at });
        }
        stamper.clock.set(at);
        file = reopened(file)?
            .add_time_stamp(&stamper)
            .named("level B-LTA")?
            .into_bytes();
        let (name, file) = (stamp, file.clone());
        let at = at.plus_seconds(3600);
        made.push(Level { name, file, at });
    }
    Ok(made)
}

fn reopened(file: Vec<u8>) -> Result<Draft, Fault> {
    Draft::open(file, &Limits::DEFAULT).named("a file sealed here")
}
