//! Signatures that last (EN 319 142-1): time stamps in seals, validation data, document time stamps; each an honest file for
//! our own verifier, and made with an authority of OpenSSL where there is one.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/stamp.rs"]
mod stamp;

use std::cell::{Cell, RefCell};
use std::process::Command;

use common::{Office, at, path, pem};
use stamp::Token;
use yinxin::asn1::{Oid, tag, tlv};
use yinxin::cms::{TimeStampRefusal, TimeStampRequest};
use yinxin::crypto::DigestAlgorithm;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pki::{TimeStampError, TimeStamper, check_token};
use yinxin::seal::{DocMdp, SealError, Sealed, Unstamped, ValidationData};
use yinxin::verify::{Code, Outcome, Report, SealKind, Trust, Verifier};

const STAMPED: &str = "2030-07-01T04:05:00Z";

/// The test authority, in this process.
struct Authority {
    token: Token,
    /// What it says is the longest token.
    room: usize,
    asked: Cell<usize>,
}

impl Authority {
    fn new() -> Self {
        Self {
            token: Token::default(),
            room: 4000,
            asked: Cell::new(0),
        }
    }
}

impl TimeStamper for Authority {
    fn token_length(&self) -> usize {
        self.room
    }

    fn stamp(&self, imprint: &[u8]) -> Result<Vec<u8>, TimeStampError> {
        self.asked.set(self.asked.get() + 1);
        Ok(self.token.over_digest(imprint))
    }
}

/// One that does not answer.
struct Silent;

impl TimeStamper for Silent {
    fn token_length(&self) -> usize {
        4000
    }

    fn stamp(&self, _: &[u8]) -> Result<Vec<u8>, TimeStampError> {
        Err(TimeStampError::Service("no answer within 5 s".to_owned()))
    }
}

fn office() -> Office {
    Office::with_key("p256")
}

fn sealed_by(by: &dyn TimeStamper, otherwise: Unstamped) -> Result<Sealed, SealError> {
    let (office, draft) = (office(), office().draft("residence"));
    draft
        .without_code()
        .time_stamp(by, otherwise)
        .seal(&office.seal(), &office.signer(), at())
}

fn verify(file: &[u8]) -> Report {
    Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(file, at())
}

fn reopened(file: Vec<u8>) -> Draft {
    Draft::open(file, &Limits::DEFAULT).unwrap()
}

#[track_caller]
fn assert_authentic(file: &[u8]) -> Report {
    let report = verify(file);
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    report
}

#[test]
fn a_seal_with_a_time_stamp_states_the_authoritys_time() {
    let authority = Authority::new();
    let sealed = sealed_by(&authority, Unstamped::Refuse).unwrap();
    assert_eq!(sealed.time_stamp(), Some(Ok(STAMPED.parse().unwrap())));
    assert_eq!(authority.asked.get(), 1);
    let file = sealed.into_bytes();
    let report = assert_authentic(&file);
    let stamps = &report.seals[0].time_stamps;
    assert_eq!(stamps.len(), 1);
    assert!(stamps[0].trusted && stamps[0].time == STAMPED.parse().unwrap());
    let again = sealed_by(&authority, Unstamped::Refuse).unwrap().into_bytes();
    let stable = |file: &[u8]| forge::Anatomy::of(file).contents.len();
    assert_eq!(stable(&again), stable(&file));
}

#[test]
fn a_seal_that_nobody_stamps_is_not_made_or_says_so() {
    let refused = sealed_by(&Silent, Unstamped::Refuse).err();
    assert!(
        matches!(&refused, Some(SealError::TimeStamp(TimeStampError::Service(_)))),
        "{refused:?}"
    );
    assert!(refused.unwrap().to_string().contains("no answer within 5 s"));
    let sealed = sealed_by(&Silent, Unstamped::SealWithout).unwrap();
    assert!(matches!(
        sealed.time_stamp(),
        Some(Err(TimeStampError::Service(_)))
    ));
    let report = assert_authentic(&sealed.into_bytes());
    assert!(report.seals[0].time_stamps.is_empty());
}

#[test]
fn a_token_that_is_not_right_never_gets_into_a_file() {
    let wrong = |change: fn(&mut Token)| {
        let mut authority = Authority::new();
        change(&mut authority.token);
        match sealed_by(&authority, Unstamped::Refuse).err() {
            Some(SealError::TimeStamp(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    use TimeStampError::{NoCertificate, Purpose, Refused, Signature};
    let purpose = wrong(|token| token.key = "tsa-loose");
    assert!(
        matches!(&purpose, Purpose(subject) if subject.contains("tsa-loose")),
        "{purpose:?}"
    );
    let broken = wrong(|token| {
        token.finish = |mut made| {
            // The last bytes are the signature's.
            *made.last_mut().unwrap() ^= 1;
            made
        };
    });
    assert_eq!(broken, Signature);
    let other = wrong(|token| token.version = 2);
    assert!(
        matches!(other, Refused(TimeStampRefusal::Malformed(_))),
        "{other:?}"
    );
    let kind = wrong(|token| token.is_tst_info = false);
    assert!(
        matches!(kind, Refused(TimeStampRefusal::Malformed(_))),
        "{kind:?}"
    );
    let bare = wrong(|token| token.finish = without_certificates);
    assert_eq!(bare, NoCertificate);
    // The digest is another one's.
    let token = Token::default().over(b"this");
    let that = DigestAlgorithm::Sha256.digest(b"that");
    let refused = check_token(&token, DigestAlgorithm::Sha256, &that, &Limits::DEFAULT);
    assert_eq!(refused, Err(Refused(TimeStampRefusal::Imprint)));
}

fn without_certificates(token: Vec<u8>) -> Vec<u8> {
    let [kind, outer] = <[_; 2]>::try_from(stamp::children(&token)).unwrap();
    let mut members = stamp::children(&stamp::children(&outer)[0]);
    members.retain(|member| member[0] != tag::CONTEXT_0_CONSTRUCTED);
    let data = stamp::joined(tag::SEQUENCE, &members);
    let explicit = tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data]);
    tlv(tag::SEQUENCE, &[&kind, &explicit])
}

#[test]
fn a_token_longer_than_the_room_is_asked_for_again_with_more_room() {
    let mut authority = Authority::new();
    authority.room = 100;
    let sealed = sealed_by(&authority, Unstamped::Refuse).unwrap();
    assert_eq!(authority.asked.get(), 2);
    let file = sealed.into_bytes();
    assert_authentic(&file);
    let raised = reopened(file).add_time_stamp(&authority).unwrap();
    assert_eq!(authority.asked.get(), 4);
    assert_authentic(&raised.into_bytes());
}

#[test]
fn a_signature_made_elsewhere_is_stamped_as_well() {
    use yinxin::pki::Signer;
    let (office, draft, authority) = (office(), office().draft("residence"), Authority::new());
    let signer = office.signer();
    let identity = yinxin::seal::Identity::of(&signer);
    let sealing = draft.without_code().time_stamp(&authority, Unstamped::Refuse);
    let prepared = sealing.prepare(&office.seal(), &identity, at()).unwrap();
    assert_eq!(authority.asked.get(), 0);
    let signature = signer.sign(prepared.to_be_signed()).unwrap();
    let wrong = prepared
        .clone()
        .finish_stamped(b"", &authority, Unstamped::Refuse);
    assert!(matches!(wrong.err(), Some(SealError::SignatureInvalid)));
    assert_eq!(authority.asked.get(), 0, "nothing wrong is sent to be stamped");
    let sealed = prepared
        .finish_stamped(&signature, &authority, Unstamped::Refuse)
        .unwrap();
    let report = assert_authentic(&sealed.into_bytes());
    assert_eq!(report.seals[0].time_stamps.len(), 1);
}

/// What `openssl` writes of the keys' certificates: a list that revokes nothing. Bytes are enough here.
fn evidence() -> ValidationData {
    let certificates = [pem("p256"), pem("intermediate"), pem("root"), pem("tsa")].concat();
    ValidationData::new()
        .certificates(&certificates)
        .revocation_list(b"0\x03\x02\x01\x01")
        .response(b"0\x03\x02\x01\x02")
}

#[test]
fn a_certified_file_is_raised_level_by_level_and_each_is_authentic() {
    let authority = Authority::new();
    let mut file = sealed_by(&authority, Unstamped::Refuse).unwrap().into_bytes();
    let mut ends = vec![];
    // B-LT, B-LTA, and twice renewed with what is new.
    for round in 0..3u8 {
        let evidence = evidence().response(&[0x30, 0x03, 0x02, 0x01, 0x10 + round]);
        let with_evidence = reopened(file).add_validation_data(&evidence).unwrap().unwrap();
        assert_eq!(with_evidence.kept().pdfa, with_evidence.claimed().pdfa);
        file = with_evidence.into_bytes();
        assert_authentic(&file);
        ends.push(file.len());
        let stamped = reopened(file).add_time_stamp(&authority).unwrap();
        assert_eq!(stamped.time_stamp(), Some(STAMPED.parse().unwrap()));
        file = stamped.into_bytes();
        let report = assert_authentic(&file);
        let stamps = report
            .seals
            .iter()
            .filter(|seal| seal.kind == SealKind::DocumentTimeStamp);
        let stamps: Vec<_> = stamps.collect();
        assert_eq!(stamps.len(), usize::from(round) + 1);
        assert!(stamps.iter().all(|seal| seal.intact && seal.trusted));
    }
    // The first round brought two responses, each later one alone.
    let store = text_after(&file, ends[1], "/OCSPs");
    assert_eq!(store.matches(" R").count(), 4, "{store}");
    let qpdf = Command::new("qpdf").arg("--version").output();
    if qpdf.is_err() {
        println!("skipped: no qpdf to look at the file");
        return;
    }
    let place = std::env::temp_dir().join(format!("yinxin-levels-{}.pdf", std::process::id()));
    std::fs::write(&place, &file).unwrap();
    let out = Command::new("qpdf").arg("--check").arg(&place).output().unwrap();
    std::fs::remove_file(&place).unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// What follows `key` up to the end of its array, looked for from byte `from` on.
fn text_after(file: &[u8], from: usize, key: &str) -> String {
    let text = String::from_utf8_lossy(&file[from..]).into_owned();
    let start = text.find(key).unwrap_or_else(|| panic!("no {key}"));
    let end = text[start..].find(']').unwrap();
    text[start..start + end].to_owned()
}

#[test]
fn evidence_that_the_file_has_is_not_added_again() {
    let file = sealed_by(&Authority::new(), Unstamped::Refuse)
        .unwrap()
        .into_bytes();
    let raised = reopened(file)
        .add_validation_data(&evidence())
        .unwrap()
        .unwrap()
        .into_bytes();
    assert!(
        reopened(raised.clone())
            .add_validation_data(&evidence())
            .unwrap()
            .is_none()
    );
    assert!(
        reopened(raised)
            .add_validation_data(&ValidationData::new())
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_store_that_stands_in_the_catalog_or_holds_arrays_of_its_own_is_extended() {
    let page = forge::page(200, 200, "0 0 20 20 re f");
    for store in [
        "<</Certs[]>>",
        "<</Certs 90 0 R>>",
        "<</Type/DSS/VRI<<>>/OCSPs[]>>",
    ] {
        let mut changes = std::collections::BTreeMap::from([(
            1,
            forge::Change::Edit(vec![("DSS".to_owned(), store.to_owned())], vec![]),
        )]);
        if store.contains("90 0 R") {
            changes.insert(90, forge::Change::Body("[]".to_owned()));
        }
        let file = forge::revision(&page, &changes, &forge::Ending::default());
        let sealed = forge::seal(&office(), file, Some(DocMdp::NoChanges));
        let raised = reopened(sealed)
            .add_validation_data(&evidence())
            .unwrap()
            .unwrap()
            .into_bytes();
        assert_authentic(&raised);
        assert!(
            reopened(raised)
                .add_validation_data(&evidence())
                .unwrap()
                .is_none(),
            "{store}"
        );
    }
}

#[test]
fn a_time_stamp_takes_a_name_that_is_free() {
    let authority = Authority::new();
    let first = reopened(forge::small(&office()))
        .add_time_stamp(&authority)
        .unwrap();
    let second = reopened(first.into_bytes()).add_time_stamp(&authority).unwrap();
    let report = assert_authentic(&second.into_bytes());
    let names: Vec<&str> = report.seals.iter().map(|seal| seal.field.as_str()).collect();
    assert_eq!(names[1..], ["TimeStamp1", "TimeStamp2"]);
}

#[test]
fn an_answer_that_does_not_repeat_the_question_is_refused() {
    let digest = DigestAlgorithm::Sha256.digest(b"bytes");
    let token = Token::default().over(b"bytes");
    let request = TimeStampRequest::new(DigestAlgorithm::Sha256, &digest);
    let granted = |token: &[u8]| {
        let status = tlv(tag::SEQUENCE, &[&yinxin::asn1::unsigned(&[0])]);
        tlv(tag::SEQUENCE, &[&status, token])
    };
    let limits = Limits::DEFAULT;
    assert_eq!(request.token(&granted(&token), &limits), Ok(&token[..]));
    // The test authority repeats no nonce, and stamps under a policy of its own.
    let with_nonce = request.clone().nonce(7);
    assert_eq!(
        with_nonce.token(&granted(&token), &limits),
        Err(TimeStampRefusal::Nonce)
    );
    let under_policy = request.clone().policy(Oid::new(&[0x2a, 0x03]));
    assert_eq!(
        under_policy.token(&granted(&token), &limits),
        Err(TimeStampRefusal::Policy)
    );
    let sha384 = DigestAlgorithm::Sha384;
    let other = TimeStampRequest::new(sha384, &sha384.digest(b"bytes"));
    assert_eq!(
        other.token(&granted(&token), &limits),
        Err(TimeStampRefusal::Imprint)
    );
    for (bytes, why) in [
        (&b""[..], "nothing"),
        (b"<html>busy</html>", "a page"),
        (&granted(&token)[..200], "half"),
        (&[granted(&token), vec![0]].concat(), "more"),
        (&granted(b""), "no token"),
    ] {
        let refused = request.token(bytes, &limits);
        assert!(
            matches!(refused, Err(TimeStampRefusal::Malformed(_))),
            "{why}: {refused:?}"
        );
    }
    let huge = vec![0x30; limits.cms_bytes + 1];
    assert!(request.token(&huge, &limits).is_err());
}

#[test]
fn a_refusal_is_told_in_the_authoritys_words() {
    let words = tlv(0x0c, &["policy 1.2\u{7}.3 is not ours".as_bytes()]);
    let failure = tlv(tag::BIT_STRING, &[&[0, 0, 1]]);
    let status = [
        yinxin::asn1::unsigned(&[2]),
        tlv(tag::SEQUENCE, &[&words]),
        failure,
    ];
    let status = tlv(tag::SEQUENCE, &status.each_ref().map(Vec::as_slice));
    let answer = tlv(tag::SEQUENCE, &[&status]);
    let request = TimeStampRequest::new(DigestAlgorithm::Sha256, &[0; 32]);
    let refused = request.token(&answer, &Limits::DEFAULT).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the time-stamping authority answered with rejection, policy not supported (unacceptedPolicy): \
         policy 1.2 .3 is not ours"
    );
}

/// The authority of `openssl ts`.
struct OpenSsl {
    folder: std::path::PathBuf,
    said: RefCell<String>,
}

impl OpenSsl {
    fn start() -> Option<Self> {
        let version = Command::new("openssl").arg("version").output();
        if !version.is_ok_and(|out| out.status.success()) {
            println!("skipped: no working `openssl` on this machine");
            return None;
        }
        let folder = std::env::temp_dir().join(format!("yinxin-tsa-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let settings = format!(
            "[tsa]\ndefault_tsa=own\n[own]\nserial={0}/serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\nother_policies=1.2.3.4.5\n\
             digests=sha256,sha384,sha512\nordering=no\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\naccuracy=secs:1\n",
            folder.display()
        );
        std::fs::write(folder.join("tsa.cnf"), settings).unwrap();
        std::fs::write(folder.join("serial"), "01\n").unwrap();
        Some(Self {
            folder,
            said: RefCell::default(),
        })
    }

    fn answer(&self, request: &[u8]) -> Vec<u8> {
        let (query, reply) = (self.folder.join("query"), self.folder.join("reply"));
        std::fs::write(&query, request).unwrap();
        let out = Command::new("openssl")
            .args(["ts", "-reply", "-section", "own", "-config"])
            .arg(self.folder.join("tsa.cnf"))
            .arg("-queryfile")
            .arg(&query)
            .arg("-signer")
            .arg(path("test-vectors/keys/tsa.cert.pem"))
            .arg("-inkey")
            .arg(path("test-vectors/keys/tsa.key.pem"))
            .arg("-chain")
            .arg(path("test-vectors/keys/intermediate.cert.pem"))
            .arg("-out")
            .arg(&reply)
            .output()
            .unwrap();
        *self.said.borrow_mut() = String::from_utf8_lossy(&out.stderr).into_owned();
        std::fs::read(&reply).unwrap_or_default()
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl TimeStamper for OpenSsl {
    fn digest(&self) -> DigestAlgorithm {
        DigestAlgorithm::Sha512
    }

    fn token_length(&self) -> usize {
        3000
    }

    fn stamp(&self, imprint: &[u8]) -> Result<Vec<u8>, TimeStampError> {
        let request = TimeStampRequest::new(self.digest(), imprint).nonce(0x8000_0000_0000_0001);
        let answer = self.answer(&request.to_der());
        Ok(request.token(&answer, &Limits::DEFAULT)?.to_vec())
    }
}

#[test]
fn openssl_answers_our_requests_and_we_take_its_tokens() {
    let Some(authority) = OpenSsl::start() else { return };
    let sealed = sealed_by(&authority, Unstamped::Refuse);
    let sealed = sealed.unwrap_or_else(|error| panic!("{error}: {}", authority.said.borrow()));
    // OpenSSL stamps the time of this machine's clock, which the report repeats and judges nothing by.
    let report = verify(&sealed.into_bytes());
    assert_eq!(report.seals[0].time_stamps.len(), 1, "{:?}", report.findings);
    assert!(
        !report
            .findings
            .iter()
            .any(|finding| finding.code == Code::TimeStampUnusable)
    );
    let digest = DigestAlgorithm::Sha256.digest(b"bytes");
    let ask = |policy: &[u8]| {
        let request = TimeStampRequest::new(DigestAlgorithm::Sha256, &digest).policy(Oid::new(policy));
        let answer = authority.answer(&request.to_der());
        request.token(&answer, &Limits::DEFAULT).map(<[u8]>::len)
    };
    // 1.2.3.4.5 is one of its policies, 1.2.3.4.6 is not.
    assert!(ask(&[0x2a, 3, 4, 5]).is_ok(), "{}", authority.said.borrow());
    let refused = ask(&[0x2a, 3, 4, 6]).unwrap_err();
    assert!(refused.to_string().contains("unacceptedPolicy"), "{refused}");
}
