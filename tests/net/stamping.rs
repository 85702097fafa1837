//! The time-stamp client (RFC 3161, clause 3.4).

use std::time::Duration;

use yinxin::asn1::{tag, tlv, unsigned};
use yinxin::cms::TimeStampRefusal;
use yinxin::crypto::DigestAlgorithm;
use yinxin::net::{Http, NetFault, NoTimeStamp, TimeStamp, TimeStampAuthority, TimeStampClient};
use yinxin::pki::{PathReason, TimeStampError, TimeStamper as _, TrustAnchors};

use crate::authority::{Stamper, TSA_TYPE, anchors, policy, root, serve, tsa};
use crate::server::{Reply, Server, nobody};
use crate::within;

const SECOND: Duration = Duration::from_secs(1);

fn imprint() -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(b"bytes")
}

fn client(addresses: &[&str]) -> TimeStampClient {
    let authorities = addresses.iter().map(|address| TimeStampAuthority::new(*address));
    TimeStampClient::new(Http::new(), authorities).timeouts(4 * SECOND, SECOND)
}

fn ask(client: &TimeStampClient) -> Result<TimeStamp, NoTimeStamp> {
    client.request(&imprint())
}

/// The one fault of a client with one authority that is asked once, which must tell it within two seconds.
#[track_caller]
fn fault(address: &str) -> NetFault {
    let client = client(&[address]).tries(1).anchors(anchors());
    let NoTimeStamp(errors) = within(2 * SECOND, || ask(&client)).unwrap_err();
    let [error] = &errors[..] else {
        panic!("{errors:?}")
    };
    assert_eq!(error.address, address);
    let text = error.to_string();
    assert!(
        text.starts_with(address) && text.len() > address.len() + 20,
        "{text}"
    );
    error.fault.clone()
}

#[track_caller]
fn fault_of(reply: impl Fn(&Stamper, &[u8]) -> Reply + Send + Sync + 'static) -> NetFault {
    let (server, _) = serve(move |received, chain| Some(reply(&chain.stamper(), &received.body)));
    fault(&server.url("/tsa"))
}

fn refusal(fault: &NetFault) -> &TimeStampRefusal {
    match fault {
        NetFault::TimeStamp(TimeStampError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_is_asked_for_as_the_standard_says_and_checked() {
    let (server, _) = serve(|_, _| None);
    let client = client(&[&server.url("/tsa")]).anchors(anchors());
    let stamp = within(2 * SECOND, || ask(&client)).unwrap();
    assert_eq!(stamp.time, "2030-06-05T09:00:05Z".parse().unwrap());
    assert_eq!(stamp.address, server.url("/tsa"));
    assert!(stamp.passed_over.is_empty());
    let received = &server.received()[0];
    assert_eq!(received.method, "POST");
    assert_eq!(
        received.field("content-type"),
        Some("application/timestamp-query")
    );
    assert_eq!(received.field("accept"), Some(TSA_TYPE));
    // Another number each time; what room to reserve is learnt.
    let room = client.token_length();
    client.stamp(&imprint()).unwrap();
    let received = server.received();
    assert_ne!(received[0].body, received[1].body);
    assert!(room >= stamp.token.len());
}

#[test]
fn who_asks_is_told_to_the_authority_and_to_nobody_else() {
    let (server, _) = serve(|received, _| match received.field("authorization") {
        Some("Basic 5bGAOmtleTox") if received.field("x-key") == Some("7") => None,
        _ => Some(Reply::status(401)),
    });
    let url = server.url("/tsa");
    let named = || TimeStampAuthority::new(&url).password("局", "key:1");
    let right = TimeStampClient::new(Http::new(), [named().field("X-Key", "7")]);
    assert!(ask(&right).is_ok());
    let wrong = TimeStampClient::new(Http::new(), [named()]);
    let NoTimeStamp(errors) = ask(&wrong).unwrap_err();
    assert_eq!(errors[0].fault, NetFault::Status(401));
    assert!(errors[0].to_string().contains("password"));
    assert!(!format!("{right:?} {errors:?}").contains("key:1"));
    // A field that would smuggle in another is not sent.
    let smuggled = TimeStampClient::new(Http::new(), [named().field("X-Key", "7\r\nX-More: 8")]);
    let NoTimeStamp(errors) = ask(&smuggled).unwrap_err();
    assert!(matches!(errors[0].fault, NetFault::Address(_)), "{errors:?}");
    // What stands before the host is shown nowhere.
    let port = server.port();
    let inside = client(&[&format!("http://me:secret@127.0.0.1:{port}/tsa")]).tries(1);
    let text = format!("{:?}", ask(&inside).map(|stamp| stamp.address));
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_policy_that_was_asked_for_must_be_the_tokens() {
    let (server, _) = serve(|_, _| None);
    let asking = |authority: TimeStampAuthority| {
        ask(&TimeStampClient::new(
            Http::new(),
            [authority.policy(policy(&[0x2a, 9]))],
        ))
    };
    assert!(asking(TimeStampAuthority::new(server.url("/tsa"))).is_ok());
    let (server, _) = serve(|received, chain| {
        let mut stamper = chain.stamper();
        stamper.heard = |query| query.policy = Some(vec![0x2a, 8]);
        Some(Reply::ok(TSA_TYPE, stamper.answer(&received.body)))
    });
    let NoTimeStamp(errors) = asking(TimeStampAuthority::new(server.url("/tsa"))).unwrap_err();
    assert_eq!(refusal(&errors[0].fault), &TimeStampRefusal::Policy);
}

#[test]
fn a_token_that_is_not_the_answer_is_refused() {
    let nonce = fault_of(|stamper, request| {
        let mut stamper = stamper.clone();
        stamper.heard = |query| query.nonce = Some(vec![7]);
        Reply::ok(TSA_TYPE, stamper.answer(request))
    });
    assert_eq!(refusal(&nonce), &TimeStampRefusal::Nonce);
    let none = fault_of(|stamper, request| {
        let mut stamper = stamper.clone();
        stamper.heard = |query| query.nonce = None;
        Reply::ok(TSA_TYPE, stamper.answer(request))
    });
    assert_eq!(refusal(&none), &TimeStampRefusal::Nonce);
    let imprint = fault_of(|stamper, request| {
        let mut stamper = stamper.clone();
        stamper.heard = |query| query.imprint[0] ^= 1;
        Reply::ok(TSA_TYPE, stamper.answer(request))
    });
    assert_eq!(refusal(&imprint), &TimeStampRefusal::Imprint);
}

#[test]
fn a_token_by_the_wrong_key_or_certificate_is_refused() {
    let signature = fault_of(|stamper, request| {
        let mut stamper = stamper.clone();
        stamper.key = "somebody";
        Reply::ok(TSA_TYPE, stamper.answer(request))
    });
    assert_eq!(signature, NetFault::TimeStamp(TimeStampError::Signature));
    let expired = fault_of(|stamper, request| {
        let mut stamper = stamper.clone();
        stamper.chain[0] = tsa(9, "2030-06-01", vec![]);
        Reply::ok(TSA_TYPE, stamper.answer(request))
    });
    assert!(
        matches!(&expired, NetFault::NotValidThen { subject, .. } if subject.contains("net tsa")),
        "{expired:?}"
    );
    // The office's certificate is not one for time stamping.
    let (server, _) = serve(|received, chain| {
        let mut stamper = chain.stamper();
        stamper.chain[0] = chain.office.clone();
        stamper.key = "net office";
        Some(Reply::ok(TSA_TYPE, stamper.answer(&received.body)))
    });
    let purpose = fault(&server.url("/tsa"));
    assert!(
        matches!(&purpose, NetFault::TimeStamp(TimeStampError::Purpose(subject)) if subject.contains("net office")),
        "{purpose:?}"
    );
    let (server, _) = serve(|_, _| None);
    let stranger = TrustAnchors::new(crate::common::pem("root"));
    let client = client(&[&server.url("/tsa")]).anchors(stranger);
    let NoTimeStamp(errors) = ask(&client).unwrap_err();
    assert!(
        matches!(&errors[0].fault, NetFault::Untrusted(error) if error.reason == PathReason::NoIssuer),
        "{errors:?}"
    );
    assert!(anchors().contains(&root()));
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let refused = |bits: &'static [u8]| {
        fault_of(move |_, _| {
            let status = [unsigned(&[2]), tlv(tag::BIT_STRING, &[&[0], bits])].concat();
            let status = tlv(tag::SEQUENCE, &[&status]);
            Reply::ok(TSA_TYPE, tlv(tag::SEQUENCE, &[&status]))
        })
    };
    // badAlg is bit 0, systemFailure 25.
    let bad = refused(&[0x80]);
    assert!(matches!(
        refusal(&bad),
        TimeStampRefusal::Status {
            status: 2,
            failure: Some(0),
            ..
        }
    ));
    assert!(!bad.is_passing());
    assert!(refused(&[0, 0, 0, 0x40]).is_passing());
}

#[test]
fn what_is_no_time_stamp_at_all_is_refused() {
    for garbage in [&b""[..], b"<html>busy</html>", &[0x30, 0x80, 0, 0], &[0xff; 40]] {
        let fault = fault(&Server::always(TSA_TYPE, garbage.to_vec()).url("/"));
        assert!(
            matches!(refusal(&fault), TimeStampRefusal::Malformed(_)),
            "{garbage:?}: {fault:?}"
        );
    }
    let page = fault(&Server::always("text/html; charset=utf-8", b"<html>".to_vec()).url("/"));
    assert_eq!(page, NetFault::ContentType("text/html".to_owned()));
    let none = fault(&Server::start(|_| Reply::Answer(200, vec![], vec![])).url("/"));
    assert_eq!(none, NetFault::ContentType("none".to_owned()));
    let raw = fault(&Server::start(|_| Reply::Raw(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec())).url("/"));
    assert!(matches!(raw, NetFault::Protocol(_)), "{raw:?}");
    let cut = Reply::Raw;
    let short = fault(
        &Server::start(move |_| {
            cut(b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: 99\r\n\r\n0".to_vec())
        })
        .url("/"),
    );
    assert!(
        matches!(short, NetFault::Connection(_) | NetFault::Protocol(_)),
        "{short:?}"
    );
}

#[test]
fn an_answer_without_an_end_is_not_waited_for() {
    let slow = fault(&Server::start(|_| Reply::Drip(TSA_TYPE, Duration::from_millis(100))).url("/"));
    assert!(matches!(slow, NetFault::TimedOut(_)), "{slow:?}");
    let silent = fault(&Server::start(|_| Reply::Silence).url("/"));
    assert!(matches!(silent, NetFault::TimedOut(_)), "{silent:?}");
    let head = fault(&Server::start(|_| Reply::EndlessHead).url("/"));
    assert!(matches!(head, NetFault::TooLarge { .. }), "{head:?}");
}

#[test]
fn ten_megabytes_are_not_read() {
    let huge = fault(&Server::always(TSA_TYPE, vec![0x30; 10 << 20]).url("/"));
    assert_eq!(huge, NetFault::TooLarge { most: 256 << 10 });
}

#[test]
fn nobody_there_is_told_at_once() {
    let refused = fault(&nobody());
    assert!(matches!(refused, NetFault::Connection(_)), "{refused:?}");
    for (address, ok) in [
        ("ftp://127.0.0.1/", false),
        ("127.0.0.1", false),
        ("http://", false),
        ("", false),
    ] {
        let client = client(&[address]).tries(1);
        let NoTimeStamp(errors) = within(SECOND, || ask(&client)).unwrap_err();
        assert_eq!(
            matches!(errors[0].fault, NetFault::Address(_)),
            !ok,
            "{address}: {errors:?}"
        );
    }
    let NoTimeStamp(errors) = ask(&client(&[])).unwrap_err();
    assert!(errors.is_empty());
}

#[test]
fn what_is_posted_is_not_sent_on_elsewhere() {
    let (other, _) = serve(|_, _| None);
    let target = other.url("/tsa");
    let server = Server::start(move |_| Reply::Answer(307, vec![("Location", target.clone())], vec![]));
    assert_eq!(fault(&server.url("/")), NetFault::Redirects);
    assert_eq!(other.count("/tsa"), 0);
}

#[test]
fn the_next_authority_is_asked_where_the_first_does_not_answer() {
    let (good, _) = serve(|_, _| None);
    let down = nobody();
    let garbled = Server::always(TSA_TYPE, b"busy".to_vec());
    let client = client(&[&down, &garbled.url("/"), &good.url("/tsa")]);
    let stamp = within(2 * SECOND, || ask(&client)).unwrap();
    assert_eq!(stamp.address, good.url("/tsa"));
    let faults: Vec<&NetFault> = stamp.passed_over.iter().map(|error| &error.fault).collect();
    assert!(matches!(faults[0], NetFault::Connection(_)), "{faults:?}");
    assert!(matches!(faults[1], NetFault::TimeStamp(_)), "{faults:?}");
    // Next time the one that was down is asked last.
    let stamp = ask(&client).unwrap();
    assert_eq!(stamp.passed_over.len(), 1);
}

#[test]
fn a_silent_first_authority_leaves_time_for_the_second() {
    let silent = Server::start(|_| Reply::Silence);
    let (good, _) = serve(|_, _| None);
    let both = [silent.url("/"), good.url("/tsa")];
    let client = client(&[&both[0], &both[1]]).timeouts(2 * SECOND, 10 * SECOND);
    let stamp = within(2 * SECOND, || ask(&client)).unwrap();
    assert!(matches!(stamp.passed_over[0].fault, NetFault::TimedOut(_)));
}

#[test]
fn a_passing_fault_is_tried_again_after_a_pause() {
    for status in [500, 502, 503, 429] {
        let tries = std::sync::atomic::AtomicUsize::new(0);
        let (server, _) = serve(move |_, _| {
            let first = tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            first.then(|| Reply::status(status))
        });
        let stamp = within(2 * SECOND, || ask(&client(&[&server.url("/tsa")])));
        assert!(stamp.is_ok(), "{status}: {stamp:?}");
        assert_eq!(server.count("/tsa"), 2);
    }
    // 404 does not pass.
    let server = Server::start(|_| Reply::status(404));
    let NoTimeStamp(errors) = within(SECOND, || ask(&client(&[&server.url("/")]))).unwrap_err();
    assert_eq!(errors[0].fault, NetFault::Status(404));
    assert_eq!(server.count("/"), 1);
}

#[test]
fn one_that_never_answers_is_given_up_after_the_tries_and_in_time() {
    let server = Server::start(|_| Reply::status(500));
    let NoTimeStamp(errors) = within(3 * SECOND, || ask(&client(&[&server.url("/")]))).unwrap_err();
    assert_eq!(errors[0].fault, NetFault::Status(500));
    assert_eq!(server.count("/"), 3);
    let silent = Server::start(|_| Reply::Silence);
    let client = client(&[&silent.url("/")])
        .timeouts(2 * SECOND, SECOND)
        .tries(100);
    let NoTimeStamp(errors) = within(3 * SECOND, || ask(&client)).unwrap_err();
    assert!(matches!(errors[0].fault, NetFault::TimedOut(_)), "{errors:?}");
}

#[test]
fn an_authority_that_wants_to_be_left_alone_is_left_alone() {
    for status in [429, 503] {
        let server =
            Server::start(move |_| Reply::Answer(status, vec![("Retry-After", "600".to_owned())], vec![]));
        let address = server.url("/");
        let client = client(&[&address]);
        let NoTimeStamp(errors) = within(SECOND, || ask(&client)).unwrap_err();
        assert_eq!(errors[0].fault, NetFault::Busy(Some(600 * SECOND)));
        // And in the next call, too.
        let NoTimeStamp(errors) = within(SECOND, || ask(&client)).unwrap_err();
        assert!(matches!(&errors[0].fault, NetFault::Resting(left) if left.as_secs() > 590));
        assert_eq!(server.count("/"), 1);
    }
}

#[test]
fn a_short_rest_in_seconds_or_to_a_date_is_waited_for() {
    let date = |text: &str| ("Date", text.to_owned());
    let seconds = vec![("Retry-After", "1".to_owned())];
    let until = vec![
        date("Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Retry-After", "Sun, 06 Nov 1994 08:49:38 GMT".to_owned()),
    ];
    for fields in [seconds, until] {
        let tries = std::sync::atomic::AtomicUsize::new(0);
        let (server, _) = serve(move |_, _| {
            let first = tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            first.then(|| Reply::Answer(503, fields.clone(), vec![]))
        });
        let start = std::time::Instant::now();
        let stamp = within(3 * SECOND, || ask(&client(&[&server.url("/tsa")])));
        assert!(stamp.is_ok(), "{stamp:?}");
        assert!(start.elapsed() >= SECOND);
    }
}

#[test]
fn a_proxy_is_asked_for_a_tunnel_and_its_refusal_is_told() {
    let proxy = Server::start(|received| match received.method.as_str() {
        "CONNECT" => Reply::status(403),
        _ => Reply::status(500),
    });
    let http = Http::new().proxy(&proxy.url("")).unwrap();
    let client = TimeStampClient::new(http, [TimeStampAuthority::new("http://tsa.example/tsa")]).tries(1);
    let NoTimeStamp(errors) = within(2 * SECOND, || ask(&client)).unwrap_err();
    assert!(matches!(&errors[0].fault, NetFault::Proxy(_)), "{errors:?}");
    assert_eq!(proxy.received()[0].path, "tsa.example:80");
    assert!(Http::new().proxy("socks5://127.0.0.1:1").is_err());
    assert!(Http::new().proxy("not an address").is_err());
}
