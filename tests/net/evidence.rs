//! Fetching evidence of revocation (RFC 6960, appendix A.1; RFC 5280, clauses 4.2.1.13 and 4.2.2.1).

use std::sync::Arc;
use std::time::Duration;

use yinxin::limits::Limits;
use yinxin::net::{Fetcher, Http, NetError, NetFault, Nonce, Reach};
use yinxin::pki::{EvidenceError, OcspStatus};

use crate::authority::{CA, Chain, OCSP_TYPE, OFFICE, asked, good, list, now, root, serve};
use crate::pki::Response;
use crate::server::{Reply, Server, nobody};
use crate::within;

const SECOND: Duration = Duration::from_secs(1);

fn fetcher() -> Fetcher {
    Fetcher::new(Http::new()).reach(Reach::Anywhere).timeout(SECOND)
}

/// Asks the responder of a server that answers with `reply` about the office.
fn respond(
    fetcher: &Fetcher,
    reply: impl Fn(&[u8], &Chain) -> Reply + Send + Sync + 'static,
) -> (Result<OcspStatus, NetFault>, Server) {
    let (server, chain) = serve(move |received, chain| match received.path.starts_with("/ocsp") {
        true => Some(reply(&received.body, chain)),
        false => None,
    });
    let got = within(3 * SECOND, || {
        fetcher.response(&server.url("/ocsp"), &chain.office, &chain.ca, now())
    });
    let status = match got {
        Ok(response) => Ok(response.about(&chain.office, &chain.ca)[0].status()),
        Err(error) => {
            assert_eq!(error.address, server.url("/ocsp"));
            Err(error.fault)
        }
    };
    (status, server)
}

/// A reply of the responder, changed.
fn changed(
    change: impl Fn(&mut Response) + Send + Sync + 'static,
) -> impl Fn(&[u8], &Chain) -> Reply + Send + Sync + 'static {
    move |request, chain| {
        let (serial, nonce) = asked(request);
        let mut response = good(serial, nonce);
        change(&mut response);
        Reply::ok(OCSP_TYPE, response.der(std::slice::from_ref(&chain.responder)))
    }
}

#[test]
fn a_responder_is_asked_by_posting_with_a_nonce() {
    let (status, server) = respond(&fetcher(), changed(|_| {}));
    assert_eq!(status, Ok(OcspStatus::Good));
    let received = &server.received()[0];
    assert_eq!(received.method, "POST");
    assert_eq!(received.field("content-type"), Some("application/ocsp-request"));
    assert_eq!(asked(&received.body).0, OFFICE);
    assert!(asked(&received.body).1.is_some());
    // The connection goes to the address that was looked at, for the host that was named.
    assert_eq!(
        received.field("host"),
        Some(format!("127.0.0.1:{}", server.port()).as_str())
    );
}

#[test]
fn a_short_request_without_a_nonce_stands_in_the_address() {
    let (server, chain) = serve(|received, chain| {
        let digits = received.path.strip_prefix("/ocsp/")?;
        let digits = digits.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        let engine = base64::engine::general_purpose::STANDARD;
        let request = base64::Engine::decode(&engine, digits).unwrap();
        let (serial, nonce) = asked(&request);
        assert_eq!(nonce, None);
        let response = good(serial, None).der(std::slice::from_ref(&chain.responder));
        Some(Reply::ok(OCSP_TYPE, response))
    });
    let fetcher = fetcher().nonce(Nonce::None);
    let address = server.url("/ocsp");
    fetcher
        .response(&address, &chain.office, &chain.ca, now())
        .unwrap();
    assert_eq!(server.received()[0].method, "GET");
    // Where only posting is known, it is posted.
    let (server, chain) = serve(|received, _| (received.method == "GET").then(|| Reply::status(405)));
    let address = server.url("/ocsp");
    fetcher
        .response(&address, &chain.office, &chain.ca, now())
        .unwrap();
    let methods: Vec<String> = server.received().into_iter().map(|one| one.method).collect();
    assert_eq!(methods, ["GET", "POST"]);
}

#[test]
fn another_nonce_is_refused_and_a_missing_one_where_it_is_required() {
    let other = |response: &mut Response| response.nonce = Some(vec![7; 32]);
    let none = |response: &mut Response| response.nonce = None;
    assert_eq!(respond(&fetcher(), changed(other)).0, Err(NetFault::Nonce));
    assert_eq!(respond(&fetcher(), changed(none)).0, Ok(OcspStatus::Good));
    let strict = fetcher().nonce(Nonce::Required);
    assert_eq!(respond(&strict, changed(none)).0, Err(NetFault::Nonce));
    assert_eq!(respond(&strict, changed(|_| {})).0, Ok(OcspStatus::Good));
}

#[test]
fn an_answer_about_another_certificate_is_refused() {
    let serial = respond(&fetcher(), changed(|response| response.serial = 99)).0;
    assert_eq!(serial, Err(NetFault::OtherCertificate));
    let issuer = respond(
        &fetcher(),
        changed(|response| response.issuer = "net root".to_owned()),
    )
    .0;
    assert_eq!(issuer, Err(NetFault::OtherCertificate));
}

#[test]
fn an_answer_that_is_not_current_is_refused() {
    let old = respond(
        &fetcher(),
        changed(|response| {
            response.this_update = "2030-06-01".to_owned();
            response.next_update = Some("2030-06-02".to_owned());
        }),
    );
    assert_eq!(old.0, Err(NetFault::Outdated("2030-06-02".parse().unwrap())));
    let future = respond(
        &fetcher(),
        changed(|response| response.this_update = "2030-06-06".to_owned()),
    );
    assert_eq!(future.0, Err(NetFault::Future("2030-06-06".parse().unwrap())));
}

#[test]
fn a_responder_that_refuses_or_talks_nonsense_is_told_apart() {
    let refused = respond(&fetcher(), changed(|response| response.refused = Some(6))).0;
    assert_eq!(refused, Err(NetFault::Evidence(EvidenceError::Refused(6))));
    let later = respond(&fetcher(), changed(|response| response.refused = Some(3))).0;
    assert!(later.unwrap_err().is_passing());
    let garbage = respond(&fetcher(), |_, _| Reply::ok(OCSP_TYPE, b"<html>".to_vec())).0;
    assert!(
        matches!(garbage, Err(NetFault::Evidence(EvidenceError::Malformed(_)))),
        "{garbage:?}"
    );
    let page = respond(&fetcher(), |_, _| Reply::ok("text/html", b"<html>".to_vec())).0;
    assert_eq!(page, Err(NetFault::ContentType("text/html".to_owned())));
    let busy = respond(&fetcher(), |_, _| {
        Reply::Answer(503, vec![("Retry-After", "60".to_owned())], vec![])
    });
    assert_eq!(busy.0, Err(NetFault::Busy(Some(60 * SECOND))));
    let huge = respond(&fetcher(), |_, _| Reply::ok(OCSP_TYPE, vec![0x30; 10 << 20])).0;
    assert_eq!(
        huge,
        Err(NetFault::TooLarge {
            most: Limits::DEFAULT.ocsp_bytes
        })
    );
    let slow = respond(&fetcher(), |_, _| {
        Reply::Drip(OCSP_TYPE, Duration::from_millis(50))
    })
    .0;
    assert!(matches!(slow, Err(NetFault::TimedOut(_))), "{slow:?}");
    let silent = respond(&fetcher(), |_, _| Reply::Silence).0;
    assert!(matches!(silent, Err(NetFault::TimedOut(_))), "{silent:?}");
    // What is posted is not posted elsewhere.
    let moved = respond(&fetcher(), |_, _| {
        Reply::Answer(307, vec![("Location", "/elsewhere".to_owned())], vec![])
    });
    assert_eq!(moved.0, Err(NetFault::Redirects));
    assert_eq!(moved.1.count("/elsewhere"), 0);
}

#[test]
fn an_answer_is_kept_until_it_is_to_be_replaced_if_it_is_by_whom_it_should_be() {
    let (server, chain) = serve(|_, _| None);
    let fetcher = fetcher();
    let ask = |at: &str| {
        let address = server.url("/ocsp");
        fetcher.response(&address, &chain.office, &chain.ca, at.parse().unwrap())
    };
    ask("2030-06-05T09:00:00Z").unwrap();
    ask("2030-06-05T23:00:00Z").unwrap();
    assert_eq!(server.count("/ocsp"), 1);
    // Outdated by then, in the memory and at the server.
    let late = ask("2030-06-08").unwrap_err();
    assert!(matches!(late.fault, NetFault::Outdated(_)));
    assert_eq!(server.count("/ocsp"), 2);
    // One that a stranger signed is handed out for others to judge, and not kept.
    let (server, chain) = serve(|received, chain| {
        let (serial, nonce) = asked(&received.body);
        let mut response = good(serial, nonce);
        response.responder = "net stranger".to_owned();
        Some(Reply::ok(
            OCSP_TYPE,
            response.der(std::slice::from_ref(&chain.responder)),
        ))
    });
    for _ in 0..2 {
        let address = server.url("/ocsp");
        assert!(
            fetcher
                .response(&address, &chain.office, &chain.ca, now())
                .is_ok()
        );
    }
    assert_eq!(server.count("/ocsp"), 2);
}

#[test]
fn a_list_is_kept_in_memory_and_in_a_folder() {
    let folder = std::env::temp_dir().join(format!("yinxin-lists-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (server, _) = serve(|_, _| None);
    let address = server.url("/root.crl");
    let fetcher = || fetcher().folder(&folder);
    let first = fetcher();
    for _ in 0..3 {
        let list = first.revocation_list(&address, &[root()], now()).unwrap();
        assert!(list.is_empty());
    }
    assert_eq!(server.count("/root.crl"), 1);
    fetcher().revocation_list(&address, &[root()], now()).unwrap();
    assert_eq!(server.count("/root.crl"), 1);
    // What somebody else put into the folder is read as what comes over the network: garbage is asked for again.
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(&file, b"0\x03\x02\x01\x01").unwrap();
    fetcher().revocation_list(&address, &[root()], now()).unwrap();
    assert_eq!(server.count("/root.crl"), 2);
    // One whose signer is not among those given is not kept.
    let other = fetcher();
    let address = server.url("/ca.crl");
    for _ in 0..2 {
        other.revocation_list(&address, &[root()], now()).unwrap();
    }
    assert_eq!(server.count("/ca.crl"), 2);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn list_fault(reply: impl Fn() -> Reply + Send + Sync + 'static) -> NetFault {
    let server = Server::start(move |_| reply());
    let got = within(3 * SECOND, || {
        fetcher().revocation_list(&server.url("/a.crl"), &[root()], now())
    });
    got.unwrap_err().fault
}

#[test]
fn a_list_that_is_not_one_or_not_current_is_refused() {
    let old = list_fault(|| {
        let mut list = list("net root", &[]);
        (list.this_update, list.next_update) = ("2030-05-01".to_owned(), Some("2030-06-01".to_owned()));
        Reply::ok("application/pkix-crl", list.der())
    });
    assert_eq!(old, NetFault::Outdated("2030-06-01".parse().unwrap()));
    let garbage = list_fault(|| Reply::ok("application/pkix-crl", b"-----BEGIN".to_vec()));
    assert!(
        matches!(garbage, NetFault::Evidence(EvidenceError::Malformed(_))),
        "{garbage:?}"
    );
    assert_eq!(list_fault(|| Reply::status(404)), NetFault::Status(404));
    let slow = list_fault(|| Reply::Drip("application/pkix-crl", Duration::from_millis(50)));
    assert!(matches!(slow, NetFault::TimedOut(_)), "{slow:?}");
    let got = fetcher().revocation_list(&nobody(), &[], now());
    assert!(matches!(got.unwrap_err().fault, NetFault::Connection(_)));
    let mut small = Limits::DEFAULT;
    small.crl_bytes = 1000;
    let server = Server::always("application/pkix-crl", vec![0x30; 10 << 20]);
    let got = fetcher()
        .limits(small)
        .revocation_list(&server.url("/"), &[], now());
    assert_eq!(got.unwrap_err().fault, NetFault::TooLarge { most: 1000 });
}

#[test]
fn a_server_may_send_us_on_a_few_times_and_never_out_of_reach() {
    let (server, _) = serve(|received, _| {
        let to = |path: &str| Some(Reply::Answer(302, vec![("Location", path.to_owned())], vec![]));
        match received.path.as_str() {
            "/one" => to("/two"),
            "/two" => to("/root.crl"),
            "/loop" => to("/loop"),
            "/out" => to("http://169.254.169.254/latest"),
            "/file" => to("file:///etc/passwd"),
            "/tls" => to("https://127.0.0.1/a.crl"),
            _ => None,
        }
    });
    let get = |fetcher: &Fetcher, path: &str| -> Result<(), NetError> {
        let list = within(3 * SECOND, || {
            fetcher.revocation_list(&server.url(path), &[], now())
        });
        list.map(|_| ())
    };
    get(&fetcher(), "/one").unwrap();
    assert_eq!(get(&fetcher(), "/loop").unwrap_err().fault, NetFault::Redirects);
    assert_eq!(server.count("/loop"), 4);
    for path in ["/file", "/tls"] {
        let error = get(&fetcher(), path).unwrap_err();
        assert!(matches!(error.fault, NetFault::Address(_)), "{path}: {error}");
    }
    // This very machine is out of reach unless it is permitted.
    for reach in [Reach::Network, Reach::Public] {
        let careful = fetcher().reach(reach);
        let error = get(&careful, "/root.crl").unwrap_err();
        assert!(matches!(error.fault, NetFault::Address(_)), "{error}");
    }
}

#[test]
fn the_certificate_of_an_issuer_is_taken_alone_or_in_a_message() {
    let (server, chain) = serve(|_, _| None);
    let found = fetcher().issuers(&server.url("/ca.cer")).unwrap();
    assert_eq!(found, std::slice::from_ref(&chain.ca));
    let message = certs_only(&chain);
    let server = Server::always("application/pkcs7-mime", message);
    assert_eq!(
        fetcher().issuers(&server.url("/")).unwrap(),
        [chain.ca.clone(), root()]
    );
    let server = Server::always("application/pkix-cert", b"<html>".to_vec());
    let error = fetcher().issuers(&server.url("/")).unwrap_err();
    assert_eq!(error.fault, NetFault::NoCertificate);
}

/// A SignedData with certificates and no signature (RFC 5652, clause 5).
fn certs_only(chain: &Arc<Chain>) -> Vec<u8> {
    use yinxin::asn1::{oid_tlv, tag, tlv, unsigned};
    let certificates = [chain.ca.der(), root().der()].concat();
    let data = tlv(
        tag::SEQUENCE,
        &[
            &unsigned(&[1]),
            &tlv(tag::SET, &[]),
            &tlv(tag::SEQUENCE, &[&oid_tlv(yinxin::cms::ID_DATA)]),
            &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&certificates]),
            &tlv(tag::SET, &[]),
        ],
    );
    let signed_data = tlv(tag::OID, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]]);
    tlv(
        tag::SEQUENCE,
        &[&signed_data, &tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data])],
    )
}

#[test]
fn the_addresses_in_a_certificate_are_read() {
    let chain = Chain::at("http://ca.example");
    assert_eq!(chain.office.ocsp_addresses(), ["http://ca.example/ocsp"]);
    assert_eq!(chain.office.issuer_addresses(), ["http://ca.example/ca.cer"]);
    assert_eq!(chain.office.crl_addresses(), ["http://ca.example/ca.crl"]);
    assert_eq!(chain.ca.crl_addresses(), ["http://ca.example/root.crl"]);
    assert!(root().ocsp_addresses().is_empty() && root().crl_addresses().is_empty());
    assert_eq!(chain.ca.serial(), [CA]);
    let odd = crate::authority::access(&[(1, "http://a b/"), (1, ""), (1, "http://a/"), (1, "http://a/")]);
    let subject = crate::pki::Subject::new("odd", "odd", 1)
        .with(vec![odd])
        .certificate();
    assert_eq!(subject.ocsp_addresses(), ["http://a/"]);
    let malformed = crate::pki::extension_of(&[0x2b, 6, 1, 5, 5, 7, 1, 1], false, &[5, 0]);
    let subject = crate::pki::Subject::new("odd", "odd", 1)
        .with(vec![malformed])
        .certificate();
    assert!(subject.ocsp_addresses().is_empty());
}
