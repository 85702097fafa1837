//! Raising sealed files with authorities on this machine (EN 319 142-1, clause 6.2).

use std::sync::Arc;
use std::time::Duration;

use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::net::{
    Collector, Fetcher, Http, Lack, Level, Missing, NetFault, RaiseError, RaisedFile, Raiser, Reach, Role,
    TimeStampAuthority, TimeStampClient,
};
use yinxin::pki::{PathReason, SoftwareSigner, TrustAnchors};
use yinxin::seal::Unstamped;
use yinxin::verify::{Outcome, Report, SealKind, Trust, Verifier};

use crate::authority::{Chain, OFFICE, anchors, list, now, root, serve};
use crate::common::Office;
use crate::server::{Received, Reply, Server};
use crate::{pki, within};

const SECOND: Duration = Duration::from_secs(1);

fn fetcher() -> Fetcher {
    Fetcher::new(Http::new()).reach(Reach::Anywhere).timeout(SECOND)
}

fn client(server: &Server) -> TimeStampClient {
    TimeStampClient::new(Http::new(), [TimeStampAuthority::new(server.url("/tsa"))]).anchors(anchors())
}

/// A sealed file, with the time stamp of `by` if there is one.
fn sealed(signer: &SoftwareSigner, by: Option<&TimeStampClient>) -> Draft {
    let office = Office::with_key("p256");
    let draft = office.draft("residence");
    let mut sealing = draft.without_code();
    if let Some(by) = by {
        sealing = sealing.time_stamp(by, Unstamped::Refuse);
    }
    let sealed = sealing.seal(&office.seal(), signer, now()).unwrap();
    opened(sealed.into_bytes())
}

fn opened(file: Vec<u8>) -> Draft {
    Draft::open(file, &Limits::DEFAULT).unwrap()
}

/// A server, and a file of its authority with a time stamp in the seal.
fn stamped(
    first: impl Fn(&Received, &Chain) -> Option<Reply> + Send + Sync + 'static,
) -> (Server, Arc<Chain>, Draft) {
    let (server, chain) = serve(first);
    let file = sealed(&chain.signer(), Some(&client(&server)));
    (server, chain, file)
}

fn raise(server: &Server, file: &Draft, level: Level) -> Result<RaisedFile, RaiseError> {
    let (fetcher, anchors, client) = (fetcher(), anchors(), client(server));
    let raiser = Raiser::new(Collector::new(&fetcher, &anchors)).time_stamp(&client);
    within(20 * SECOND, || raiser.raise(file, level, now()))
}

#[track_caller]
fn missing(raised: Result<RaisedFile, RaiseError>) -> Vec<Missing> {
    match raised {
        Err(RaiseError::Incomplete(missing)) => missing,
        other => panic!("{other:?}"),
    }
}

fn verify(file: &[u8]) -> Report {
    Verifier::new(Trust::new().roots([root()])).verify_pdf(file, now())
}

fn document_stamps(report: &Report) -> usize {
    let stamps = report
        .seals
        .iter()
        .filter(|seal| seal.kind == SealKind::DocumentTimeStamp);
    stamps.filter(|seal| seal.intact && seal.trusted).count()
}

/// How many objects the newest `/DSS` array `key` has.
fn stored(file: &[u8], key: &str) -> usize {
    let text = String::from_utf8_lossy(file);
    let Some(start) = text.rfind(&format!("/{key} [")) else {
        return 0;
    };
    let end = text[start..].find(']').unwrap();
    text[start..start + end].matches(" R").count()
}

#[test]
fn a_stamped_file_is_raised_to_lt_and_lta_and_renewed() {
    let (server, _, file) = stamped(|_, _| None);
    let with_evidence = raise(&server, &file, Level::Lt).unwrap();
    assert_eq!((with_evidence.revisions, with_evidence.time), (1, None));
    assert!(with_evidence.missing.is_empty());
    assert!(with_evidence.bytes.starts_with(file.bytes()));
    // Of office and time-stamping authority an answer, of the authority above them the list.
    let counts = |bytes: &[u8]| (stored(bytes, "OCSPs"), stored(bytes, "CRLs"));
    assert_eq!(counts(&with_evidence.bytes), (2, 1));
    assert_eq!(verify(&with_evidence.bytes).outcome, Outcome::Authentic);

    // What it has is not asked for again.
    let asked = server.count("/ocsp");
    let file = opened(with_evidence.bytes);
    let again = raise(&server, &file, Level::Lt).unwrap();
    assert_eq!((again.revisions, again.bytes.len()), (0, file.bytes().len()));
    assert_eq!(server.count("/ocsp"), asked);

    let archived = raise(&server, &file, Level::Lta).unwrap();
    assert_eq!(archived.time, Some("2030-06-05T09:00:05Z".parse().unwrap()));
    // The time-stamping authority is the one of the seal, whose evidence is there.
    assert_eq!(archived.revisions, 1);
    let report = verify(&archived.bytes);
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    assert_eq!(document_stamps(&report), 1);

    let renewed = raise(&server, &opened(archived.bytes), Level::Lta).unwrap();
    let report = verify(&renewed.bytes);
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    assert_eq!(document_stamps(&report), 2);
}

#[test]
fn a_file_without_a_time_stamp_gets_one_over_all_of_it() {
    let (server, chain) = serve(|_, _| None);
    let file = sealed(&chain.signer(), None);
    let refused = raise(&server, &file, Level::Lt).unwrap_err();
    assert!(matches!(refused, RaiseError::NoTimeStamp), "{refused:?}");
    let raised = raise(&server, &file, Level::Lta).unwrap();
    // Evidence for the seal, the stamp, evidence for the stamp.
    assert_eq!(raised.revisions, 3);
    let report = verify(&raised.bytes);
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    assert_eq!(document_stamps(&report), 1);
}

#[test]
fn lists_stand_in_for_a_responder_that_does_not_answer() {
    let (server, _, file) = stamped(|received, chain| {
        // It knows the time-stamping authority alone.
        let about_office = received.path == "/ocsp" && crate::authority::asked(&received.body).0 == OFFICE;
        let _ = chain;
        about_office.then(|| Reply::status(500))
    });
    let raised = raise(&server, &file, Level::Lt).unwrap();
    assert!(raised.missing.is_empty());
    assert_eq!(
        (stored(&raised.bytes, "OCSPs"), stored(&raised.bytes, "CRLs")),
        (1, 2)
    );
}

#[test]
fn what_cannot_be_had_is_listed_and_refused_unless_it_is_accepted() {
    let (server, _, file) = stamped(|received, _| match received.path.as_str() {
        "/tsa" => None,
        _ => Some(Reply::status(503)),
    });
    let lacks = missing(raise(&server, &file, Level::Lta));
    assert_eq!(server.count("/tsa"), 1, "nothing is stamped that is not complete");
    let of = |role: Role| {
        let mut lacks = lacks.iter().filter(|lack| lack.role == role);
        (lacks.next().unwrap(), lacks.count())
    };
    let (seal, others) = of(Role::Seal);
    assert_eq!(others, 0);
    assert!(
        matches!(&seal.lack, Lack::Revocation(PathReason::RevocationUnknown(_))),
        "{seal:?}"
    );
    assert!(seal.certificate.contains("net"), "{seal}");
    let busy = |lack: &Missing| {
        lack.faults
            .iter()
            .all(|error| error.fault == NetFault::Busy(None))
    };
    assert!(!seal.faults.is_empty() && busy(seal), "{seal}");
    let (stamp, _) = of(Role::SignatureTimeStamp);
    assert!(busy(stamp));
    assert!(seal.to_string().contains(&server.url("/ocsp")), "{seal}");

    let (fetcher, anchors, client) = (fetcher(), anchors(), client(&server));
    let raiser = Raiser::new(Collector::new(&fetcher, &anchors))
        .time_stamp(&client)
        .incomplete(true);
    let raised = raiser.raise(&file, Level::Lta, now()).unwrap();
    assert!(raised.time.is_some() && !raised.missing.is_empty());
    assert!(
        raised
            .missing
            .iter()
            .any(|lack| lack.role == Role::DocumentTimeStamp)
    );
    assert_eq!(verify(&raised.bytes).outcome, Outcome::Authentic);
}

#[test]
fn a_revoked_certificate_is_told_as_revoked() {
    let (server, _, file) = stamped(|received, _| match received.path.as_str() {
        "/ocsp" => Some(Reply::status(404)),
        "/ca.crl" => Some(Reply::ok("application/pkix-crl", list("net ca", &[OFFICE]).der())),
        _ => None,
    });
    let lacks = missing(raise(&server, &file, Level::Lt));
    let seal = lacks.iter().find(|lack| lack.role == Role::Seal).unwrap();
    assert_eq!(seal.lack, Lack::Revoked("2030-01-01".parse().unwrap()));
    assert!(seal.certificate.contains("net office"));
}

#[test]
fn evidence_by_a_stranger_is_none() {
    let (server, _, file) = stamped(|received, chain| match received.path.as_str() {
        "/ocsp" => {
            let (serial, nonce) = crate::authority::asked(&received.body);
            let mut response = crate::authority::good(serial, nonce);
            response.responder = "net stranger".to_owned();
            let body = response.der(std::slice::from_ref(&chain.responder));
            Some(Reply::ok(crate::authority::OCSP_TYPE, body))
        }
        "/ca.crl" => {
            let mut list = list("net ca", &[]);
            list.key = Some("net stranger".to_owned());
            Some(Reply::ok("application/pkix-crl", list.der()))
        }
        _ => None,
    });
    let lacks = missing(raise(&server, &file, Level::Lt));
    let seal = lacks.iter().find(|lack| lack.role == Role::Seal).unwrap();
    assert!(
        matches!(
            seal.lack,
            Lack::Revocation(PathReason::RevocationUnknown(yinxin::pki::Unknown::Signer))
        ),
        "{seal:?}"
    );
}

#[test]
fn nothing_is_asked_for_a_chain_that_leads_to_no_anchor() {
    let (server, _, file) = stamped(|_, _| None);
    let (fetcher, client) = (fetcher(), client(&server));
    let strangers = TrustAnchors::new(crate::common::pem("root"));
    let before = server.received().len();
    let raiser = Raiser::new(Collector::new(&fetcher, &strangers)).time_stamp(&client);
    let lacks = missing(raiser.raise(&file, Level::Lt, now()));
    assert!(
        lacks
            .iter()
            .all(|lack| lack.lack == Lack::Path(PathReason::NoIssuer))
    );
    assert_eq!(server.received().len(), before);
}

#[test]
fn a_missing_issuer_is_looked_for_only_where_that_is_wanted() {
    let (server, chain) = serve(|_, _| None);
    let alone = SoftwareSigner::from_pkcs8(&pki::pkcs8("net office"), vec![chain.office.clone()]).unwrap();
    let file = sealed(&alone, None);
    let (fetcher, anchors) = (fetcher(), anchors());
    let collector = Collector::new(&fetcher, &anchors);
    let without = collector.collect(&file, now()).unwrap();
    assert_eq!(without.missing[0].lack, Lack::Path(PathReason::NoIssuer));
    assert_eq!(server.received().len(), 0);
    let with = collector
        .clone()
        .missing_issuers(true)
        .collect(&file, now())
        .unwrap();
    assert!(with.missing.is_empty(), "{:?}", with.missing);
    assert_eq!(server.count("/ca.cer"), 1);
    let given = collector
        .certificates([chain.ca.clone()])
        .collect(&file, now())
        .unwrap();
    assert!(given.missing.is_empty(), "{:?}", given.missing);
    assert_eq!(server.count("/ca.cer"), 1);
}

#[test]
fn a_certificate_without_addresses_is_told_to_have_none() {
    let (server, chain) = serve(|_, _| None);
    let office = pki::Subject::new("net office", "net ca", 8).certificate();
    let signer =
        SoftwareSigner::from_pkcs8(&pki::pkcs8("net office"), vec![office, chain.ca.clone()]).unwrap();
    let lacks = missing(raise(
        &server,
        &sealed(&signer, Some(&client(&server))),
        Level::Lt,
    ));
    assert_eq!(lacks.len(), 1);
    assert_eq!(lacks[0].lack, Lack::NoAddress);
}

#[test]
fn the_time_for_all_requests_is_bounded() {
    let (_server, _, file) = stamped(|received, _| match received.path.as_str() {
        "/tsa" => None,
        _ => Some(Reply::Silence),
    });
    let (fetcher, anchors) = (fetcher(), anchors());
    let collector = Collector::new(&fetcher, &anchors).timeout(2 * SECOND);
    let collected = within(3 * SECOND, || collector.collect(&file, now())).unwrap();
    assert_eq!(collected.missing.len(), 2);
    let timed = |error: &yinxin::net::NetError| matches!(error.fault, NetFault::TimedOut(_));
    assert!(collected.missing.iter().all(|lack| lack.faults.iter().all(timed)));
}

#[test]
fn what_cannot_be_raised_says_why() {
    let (server, chain) = serve(|_, _| None);
    let plain = Office::with_key("p256").draft("residence");
    let refused = raise(&server, &plain, Level::Lta).unwrap_err();
    assert!(matches!(refused, RaiseError::NotSealed), "{refused:?}");
    let (fetcher, anchors) = (fetcher(), anchors());
    let raiser = Raiser::new(Collector::new(&fetcher, &anchors));
    let file = sealed(&chain.signer(), None);
    let refused = raiser.raise(&file, Level::Lta, now()).unwrap_err();
    assert!(matches!(refused, RaiseError::NoAuthority), "{refused:?}");
}
