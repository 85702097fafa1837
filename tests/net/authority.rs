//! A certification authority, its time-stamping authority and its responder, made of the deterministic test keys; the addresses in
//! its certificates lead to a server of this process.

use std::sync::Arc;

use yinxin::asn1::{self, Oid, Reader, Rules, tag, tlv, unsigned};
use yinxin::cms::build::{signed_attributes, signed_data};
use yinxin::cms::{ID_DATA, ID_TST_INFO};
use yinxin::crypto::SignatureAlgorithm;
use yinxin::pki::{Certificate, Signer as _, SoftwareSigner, TrustAnchors};
use yinxin::time::Time;

use crate::pki::{self, Entry, List, Response, Subject, extension, extension_of, of_authority};
use crate::server::{Received, Reply, Server};

/// The present, as far as tests know.
pub fn now() -> Time {
    "2030-06-05T09:00:00Z".parse().unwrap()
}

pub const TSA_TYPE: &str = "application/timestamp-reply";
pub const OCSP_TYPE: &str = "application/ocsp-response";

/// Serial numbers.
pub const CA: u8 = 2;
pub const OFFICE: u8 = 3;
pub const TSA: u8 = 4;
pub const RESPONDER: u8 = 5;

pub fn root() -> Certificate {
    Subject::new("net root", "net root", 1)
        .with(of_authority())
        .certificate()
}

pub fn anchors() -> TrustAnchors {
    TrustAnchors::new(vec![root()])
}

/// The certificates of an authority whose server is at `base`.
#[derive(Clone)]
pub struct Chain {
    pub ca: Certificate,
    pub office: Certificate,
    pub tsa: Certificate,
    pub responder: Certificate,
}

impl Chain {
    pub fn at(base: &str) -> Self {
        let usage = |bits: u8| extension(15, true, &[3, 2, 0, bits]);
        let list = |name: &str| points(&format!("{base}/{name}.crl"));
        Self {
            ca: Subject::new("net ca", "net root", CA)
                .with(of_authority())
                .with(vec![list("root")])
                .certificate(),
            office: Subject::new("net office", "net ca", OFFICE)
                .with(vec![
                    usage(0x40),
                    list("ca"),
                    access(&[(1, &format!("{base}/ocsp")), (2, &format!("{base}/ca.cer"))]),
                ])
                .certificate(),
            tsa: tsa(TSA, "2034-01-01", vec![access(&[(1, &format!("{base}/ocsp"))])]),
            responder: Subject::new("net responder", "net ca", RESPONDER)
                .with(vec![
                    usage(0x80),
                    purposes(9, false),
                    // id-pkix-ocsp-nocheck
                    extension_of(&[0x2b, 6, 1, 5, 5, 7, 48, 1, 5], false, &[5, 0]),
                ])
                .certificate(),
        }
    }

    /// The office's key and chain.
    pub fn signer(&self) -> SoftwareSigner {
        let chain = vec![self.office.clone(), self.ca.clone(), root()];
        SoftwareSigner::from_pkcs8(&pki::pkcs8("net office"), chain).unwrap()
    }

    /// The time-stamping authority's.
    pub fn stamper(&self) -> Stamper {
        Stamper {
            chain: vec![self.tsa.clone(), self.ca.clone(), root()],
            ..Stamper::default()
        }
    }
}

/// A certificate of the time-stamping authority.
pub fn tsa(serial: u8, to: &str, more: Vec<Vec<u8>>) -> Certificate {
    let mut subject = Subject::new("net tsa", "net ca", serial).with(vec![purposes(8, true)]);
    subject.to = to.to_owned();
    subject.with(more).certificate()
}

/// extKeyUsage with the purpose `number` below id-kp.
fn purposes(number: u8, critical: bool) -> Vec<u8> {
    let purpose = tlv(tag::OID, &[&[0x2b, 6, 1, 5, 5, 7, 3, number]]);
    extension(37, critical, &tlv(tag::SEQUENCE, &[&purpose]))
}

/// cRLDistributionPoints with one address.
pub fn points(address: &str) -> Vec<u8> {
    let name = tlv(0xa0, &[&tlv(0xa0, &[&tlv(0x86, &[address.as_bytes()])])]);
    extension(31, false, &tlv(tag::SEQUENCE, &[&tlv(tag::SEQUENCE, &[&name])]))
}

/// authorityInfoAccess with methods below id-ad and addresses.
pub fn access(entries: &[(u8, &str)]) -> Vec<u8> {
    let each = entries.iter().map(|(method, address)| {
        let method = tlv(tag::OID, &[&[0x2b, 6, 1, 5, 5, 7, 48, *method]]);
        tlv(tag::SEQUENCE, &[&method, &tlv(0x86, &[address.as_bytes()])])
    });
    let value = tlv(tag::SEQUENCE, &[&each.collect::<Vec<_>>().concat()]);
    extension_of(&[0x2b, 6, 1, 5, 5, 7, 1, 1], false, &value)
}

/// What is asked of a time-stamping authority.
#[derive(Clone)]
pub struct Query {
    pub algorithm: Vec<u8>,
    pub imprint: Vec<u8>,
    pub policy: Option<Vec<u8>>,
    pub nonce: Option<Vec<u8>>,
}

impl Query {
    pub fn read(der: &[u8]) -> Self {
        let mut members = inside(der);
        members.expect(tag::INTEGER).unwrap();
        let mut imprint = members.expect(tag::SEQUENCE).unwrap().reader(Rules::Der);
        let algorithm = imprint.expect(tag::SEQUENCE).unwrap().raw.to_vec();
        let imprint = imprint.expect(tag::OCTET_STRING).unwrap().contents.to_vec();
        let policy = members
            .optional(tag::OID)
            .unwrap()
            .map(|tlv| tlv.contents.to_vec());
        let nonce = members
            .optional(tag::INTEGER)
            .unwrap()
            .map(|tlv| tlv.contents.to_vec());
        // certReq
        assert_eq!(members.expect(tag::BOOLEAN).unwrap().contents, [0xff]);
        Self {
            algorithm,
            imprint,
            policy,
            nonce,
        }
    }
}

/// Makes tokens.
#[derive(Clone)]
pub struct Stamper {
    pub chain: Vec<Certificate>,
    /// genTime.
    pub time: &'static str,
    /// The name of the key that signs.
    pub key: &'static str,
    /// Done to what was asked before it is stamped.
    pub heard: fn(&mut Query),
}

impl Default for Stamper {
    fn default() -> Self {
        Self {
            chain: vec![],
            time: "20300605090005Z",
            key: "net tsa",
            heard: |_| {},
        }
    }
}

impl Stamper {
    /// A TimeStampResp to the TimeStampReq `request`.
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        let mut query = Query::read(request);
        (self.heard)(&mut query);
        let status = tlv(tag::SEQUENCE, &[&unsigned(&[0])]);
        tlv(tag::SEQUENCE, &[&status, &self.token(&query)])
    }

    fn token(&self, query: &Query) -> Vec<u8> {
        let nonce = query.nonce.as_ref().map(|nonce| tlv(tag::INTEGER, &[nonce]));
        let info = tlv(
            tag::SEQUENCE,
            &[
                &unsigned(&[1]),
                &tlv(tag::OID, &[query.policy.as_deref().unwrap_or(&[0x2a, 3])]),
                &tlv(
                    tag::SEQUENCE,
                    &[&query.algorithm, &tlv(tag::OCTET_STRING, &[&query.imprint])],
                ),
                &unsigned(&[1]),
                &tlv(tag::GENERALIZED_TIME, &[self.time.as_bytes()]),
                nonce.as_deref().unwrap_or_default(),
            ],
        );
        let algorithm = SignatureAlgorithm::Ed25519;
        let chain: Vec<&[u8]> = self.chain.iter().map(Certificate::der).collect();
        let own = algorithm.digest().digest(&info);
        let (from, to) = (asn1::oid_tlv(ID_DATA), asn1::oid_tlv(ID_TST_INFO));
        let attributes = children(&signed_attributes(algorithm, &own, chain[0]).unwrap());
        let attributes = attributes.iter().map(|attribute| {
            let [kind, values] = <[_; 2]>::try_from(children(attribute)).unwrap();
            match children(&values) == [from.clone()] {
                true => tlv(tag::SEQUENCE, &[&kind, &tlv(tag::SET, &[&to])]),
                false => attribute.clone(),
            }
        });
        let attributes = asn1::set_of(attributes.collect());
        let key = SoftwareSigner::from_pkcs8(&pki::pkcs8(self.key), vec![key_certificate(self.key)]).unwrap();
        let signature = key.sign(&attributes).unwrap();
        let detached = signed_data(algorithm, &chain, &attributes, &signature).unwrap();
        // SignedData of version 3 with content (RFC 5652, clause 5.1).
        let [kind, outer] = <[_; 2]>::try_from(children(&detached)).unwrap();
        let mut members = children(&children(&outer)[0]);
        members[0] = unsigned(&[3]);
        let content = tlv(tag::CONTEXT_0_CONSTRUCTED, &[&tlv(tag::OCTET_STRING, &[&info])]);
        members[2] = tlv(tag::SEQUENCE, &[&to, &content]);
        let data = tlv(tag::SEQUENCE, &[&members.concat()]);
        tlv(
            tag::SEQUENCE,
            &[&kind, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
        )
    }
}

/// Any certificate of the key called `name`: a signer wants one.
fn key_certificate(name: &str) -> Certificate {
    Subject::new(name, name, 1).certificate()
}

/// The serial number and the nonce in an OCSPRequest.
pub fn asked(request: &[u8]) -> (u8, Option<Vec<u8>>) {
    let mut tbs = inside(request).expect(tag::SEQUENCE).unwrap().reader(Rules::Der);
    let mut list = tbs.expect(tag::SEQUENCE).unwrap().reader(Rules::Der);
    let mut one = list.expect(tag::SEQUENCE).unwrap().reader(Rules::Der);
    let mut id = one.expect(tag::SEQUENCE).unwrap().reader(Rules::Der);
    for _ in 0..3 {
        id.read().unwrap();
    }
    let serial = id.expect(tag::INTEGER).unwrap().contents[0];
    let nonce = tbs
        .optional(tag::CONTEXT_2_CONSTRUCTED)
        .unwrap()
        .map(|extensions| {
            let octets = extensions.contents;
            octets[octets.len() - 32..].to_vec()
        });
    (serial, nonce)
}

/// A good answer about `serial`, signed by the delegated responder.
pub fn good(serial: u8, nonce: Option<Vec<u8>>) -> Response {
    Response {
        responder: "net responder".to_owned(),
        issuer: "net ca".to_owned(),
        serial,
        status: "good".to_owned(),
        produced_at: "2030-06-05T09:00:10Z".to_owned(),
        this_update: "2030-06-05T09:00:10Z".to_owned(),
        next_update: Some("2030-06-06T09:00:00Z".to_owned()),
        nonce,
        ..Response::default()
    }
}

/// A current list of `issuer` with the serial numbers `revoked`.
pub fn list(issuer: &str, revoked: &[u8]) -> List {
    let entry = |serial: &u8| Entry {
        serial: *serial,
        date: "2030-01-01".to_owned(),
        ..Entry::default()
    };
    List {
        issuer: issuer.to_owned(),
        this_update: "2030-06-05T09:00:10Z".to_owned(),
        next_update: Some("2030-07-01".to_owned()),
        entries: revoked.iter().map(entry).collect(),
        ..List::default()
    }
}

/// Answers as the whole authority does: `/tsa`, `/ocsp`, `/root.crl`, `/ca.crl`, `/ca.cer`. What `first` answers goes before.
pub fn serve(
    first: impl Fn(&Received, &Chain) -> Option<Reply> + Send + Sync + 'static,
) -> (Server, Arc<Chain>) {
    let chain: Arc<std::sync::OnceLock<Arc<Chain>>> = Arc::default();
    let known = Arc::clone(&chain);
    let server = Server::start(move |received| {
        let chain = known.get().expect("nobody asks before the certificates are made");
        if let Some(reply) = first(received, chain) {
            return reply;
        }
        match received.path.as_str() {
            "/tsa" => Reply::ok(TSA_TYPE, chain.stamper().answer(&received.body)),
            "/ocsp" => {
                let (serial, nonce) = asked(&received.body);
                let response = good(serial, nonce).der(std::slice::from_ref(&chain.responder));
                Reply::ok(OCSP_TYPE, response)
            }
            "/root.crl" => Reply::ok("application/pkix-crl", list("net root", &[]).der()),
            "/ca.crl" => Reply::ok("application/pkix-crl", list("net ca", &[]).der()),
            "/ca.cer" => Reply::ok("application/pkix-cert", chain.ca.der().to_vec()),
            _ => Reply::status(404),
        }
    });
    let made = Arc::new(Chain::at(server.url("").as_str()));
    let _ = chain.set(Arc::clone(&made));
    (server, made)
}

fn inside(der: &[u8]) -> Reader<'_> {
    let mut outer = Reader::new(der, Rules::Der);
    let inner = outer.expect(tag::SEQUENCE).unwrap().reader(Rules::Der);
    outer.finish().unwrap();
    inner
}

fn children(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut inner = Reader::new(bytes, Rules::Ber).read().unwrap().reader(Rules::Ber);
    let mut found = vec![];
    while !inner.is_empty() {
        found.push(inner.read().unwrap().raw.to_vec());
    }
    found
}

/// The contents octets of an object identifier, for requests.
pub fn policy(octets: &'static [u8]) -> Oid<'static> {
    Oid::new(octets)
}
