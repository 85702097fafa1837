//! Authority lists: signing, refusing and deciding, by vectors kept as data in `test-vectors/authority`.

use yinxin::authority::{AuthorityError, AuthorityList, ListDraft, Refusal, Rollback, State};
use yinxin::cose::{Sign1, Unsigned};
use yinxin::crypto::PrivateKey;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::time::Time;

fn file(name: &str) -> String {
    let path = format!("{}/test-vectors/authority/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_pem_many(&file(&format!("{name}.pem")))
        .unwrap()
        .remove(0)
}

/// An Ed25519 key from its seed, as PKCS#8.
fn pkcs8(seed: &str) -> Vec<u8> {
    hex(&format!("302e020100300506032b657004220420{seed}"))
}

/// RFC 8032, 7.1, test 1.
const ROOT: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

fn root_signer() -> SoftwareSigner {
    SoftwareSigner::from_pkcs8(&pkcs8(ROOT), vec![certificate("root")]).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap())
        .collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn draft() -> ListDraft {
    toml::from_str(&file("list.toml")).unwrap()
}

fn open(bytes: &[u8]) -> Result<AuthorityList, AuthorityError> {
    AuthorityList::open(
        bytes,
        &[certificate("stranger"), certificate("root")],
        &Limits::DEFAULT,
    )
}

#[test]
fn list_is_what_its_draft_says() {
    let bytes = draft().sign(&root_signer()).unwrap();
    assert_eq!(
        to_hex(&bytes),
        file("list.hex").trim(),
        "Ed25519 is deterministic, so is the list"
    );
    let list = open(&bytes).unwrap();
    assert_eq!((list.sequence(), list.issuers().len()), (7, 2));
    let market = &list.issuers()[1];
    assert_eq!(market.name(), "滨海市市场监督管理局");
    assert_eq!(market.certificates()[0].der(), certificate("market").der());
    let (issuer, found) = list.by_certificate(certificate("police").der()).unwrap();
    assert_eq!(issuer.code().as_str(), "11109900MB2A10113K");
    assert_eq!(list.by_kid(&found.kid()), [(issuer, found)]);
    assert!(list.by_kid(&[0; 8]).is_empty() && list.by_kid(&found.kid()[..7]).is_empty());
    assert_eq!(list.root(), &certificate("root"));
    assert_eq!(
        AuthorityList::embedded_root(&bytes, &Limits::DEFAULT).unwrap(),
        certificate("root").der()
    );
    let again: ListDraft = toml::from_str(&toml::to_string(&draft()).unwrap()).unwrap();
    assert_eq!(again, draft());
}

#[derive(serde::Deserialize)]
struct File<T> {
    vector: Vec<T>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    kind: String,
    #[serde(default)]
    replace: Vec<(String, String)>,
    input: Option<String>,
    says: String,
    clause: String,
    why: String,
}

impl Vector {
    fn text(&self, base: &str) -> String {
        let mut text = self.input.clone().unwrap_or_else(|| base.to_owned());
        for (old, new) in &self.replace {
            assert!(text.contains(old.as_str()), "{}: {old} does not occur", self.name);
            text = text.replacen(old.as_str(), new, 1);
        }
        text
    }

    /// The complaint, if any.
    fn outcome(&self) -> Result<(), String> {
        let list = hex(file("list.hex").trim());
        let opened = |bytes: &[u8]| open(bytes).map(drop).map_err(|error| error.to_string());
        match self.kind.as_str() {
            "draft" => {
                let draft: ListDraft =
                    toml::from_str(&self.text(&file("list.toml"))).map_err(|e| e.to_string())?;
                draft
                    .sign(&root_signer())
                    .map(drop)
                    .map_err(|error| error.to_string())
            }
            "contents" => {
                let base = Sign1::parse(&list, &Limits::DEFAULT).unwrap();
                opened(&signed(&base, hex(&self.text(&to_hex(&base.payload)))))
            }
            "envelope" => opened(&hex(&self.text(&to_hex(&list)))),
            other => panic!("{}: kind {other}", self.name),
        }
    }
}

/// `payload` in the envelope of `base`, signed by the root.
fn signed(base: &Sign1, payload: Vec<u8>) -> Vec<u8> {
    let (algorithm, kid) = (base.header.algorithm, base.header.kid.clone().unwrap());
    let unsigned = Unsigned::new(algorithm, &kid, yinxin::authority::TYP, payload).unwrap();
    let unsigned = unsigned.with_certificates(base.header.certificates.clone());
    let key = PrivateKey::from_pkcs8(&pkcs8(ROOT)).unwrap();
    let signature = key.sign(algorithm, &unsigned.to_be_signed()).unwrap();
    unsigned.finish(&signature).unwrap()
}

#[test]
fn damaged_and_forged_lists_are_refused_for_the_reason_given() {
    let vectors: File<Vector> = toml::from_str(&file("invalid.toml")).unwrap();
    assert!(vectors.vector.len() >= 25 && vectors.vector.iter().all(|v| !v.says.is_empty()));
    for vector in vectors.vector {
        assert!(
            !vector.clause.is_empty() && !vector.why.is_empty(),
            "{}",
            vector.name
        );
        match vector.outcome() {
            Ok(()) => panic!("{}: accepted", vector.name),
            Err(error) => assert!(error.contains(&vector.says), "{}: {error}", vector.name),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    name: String,
    certificate: String,
    issuer: String,
    r#type: String,
    at: String,
    expect: String,
    why: String,
}

#[test]
fn decisions_follow_the_list() {
    let list = open(&hex(file("list.hex").trim())).unwrap();
    let decisions: File<Decision> = toml::from_str(&file("decisions.toml")).unwrap();
    for decision in decisions.vector {
        assert!(!decision.why.is_empty());
        let (issuer, type_code) = (decision.issuer.parse().unwrap(), decision.r#type.parse().unwrap());
        let certificate = certificate(&decision.certificate);
        let outcome = list.authorise_for(certificate.der(), &issuer, &type_code, time(&decision.at));
        let said = outcome.map_or_else(|refusal| format!("{refusal:?}"), |_| "permitted".to_owned());
        assert_eq!(said, decision.expect, "{}", decision.name);
        if decision.expect != "AnotherIssuer" {
            let plain = list.authorise(certificate.der(), &type_code, time(&decision.at));
            assert_eq!(plain, outcome, "{}", decision.name);
        }
    }
    assert!(Refusal::UnknownCertificate < Refusal::TypeNotPermitted);
}

#[test]
fn list_is_current_from_issue_until_expiry() {
    let list = open(&hex(file("list.hex").trim())).unwrap();
    let (issued, expires) = (time("2030-06-01T00:00:00Z"), time("2030-09-01T00:00:00Z"));
    assert_eq!(list.state(issued), State::Current);
    assert_eq!(list.state(issued.plus_seconds(-1)), State::NotYet { issued });
    assert_eq!(list.state(expires.plus_seconds(-1)), State::Current);
    assert_eq!(list.state(expires), State::Expired { since: expires });
    assert_eq!(list.age(expires), 92 * 86_400);
    assert_eq!(list.age(issued.plus_seconds(-5)), -5);
}

#[test]
fn older_twin_and_unchained_lists_do_not_succeed() {
    let made = |sequence: u64, previous: Option<[u8; 32]>| {
        let mut draft = draft();
        (draft.sequence, draft.previous) = (sequence, previous);
        open(&draft.sign(&root_signer()).unwrap()).unwrap()
    };
    let seen = made(7, None);
    let succeeds = |list: &AuthorityList| list.check_succeeds(seen.sequence(), &seen.digest());
    assert_eq!(succeeds(&seen), Ok(()));
    assert_eq!(succeeds(&made(8, Some(seen.digest()))), Ok(()));
    assert_eq!(succeeds(&made(8, None)), Ok(()));
    assert_eq!(
        succeeds(&made(9, Some([1; 32]))),
        Ok(()),
        "the list between was not seen"
    );
    assert_eq!(succeeds(&made(6, None)), Err(Rollback::Older));
    assert_eq!(succeeds(&made(7, Some([1; 32]))), Err(Rollback::Equivocation));
    assert_eq!(succeeds(&made(8, Some([1; 32]))), Err(Rollback::BrokenChain));
}

#[test]
fn only_a_pinned_root_opens_a_list() {
    let bytes = hex(file("list.hex").trim());
    let opened = |roots: &[Certificate]| AuthorityList::open(&bytes, roots, &Limits::DEFAULT);
    assert!(opened(&[certificate("root")]).is_ok());
    let refused = Err(AuthorityError::UntrustedRoot(certificate("root").kid()));
    assert_eq!(opened(&[]), refused);
    assert_eq!(opened(&[certificate("police"), certificate("stranger")]), refused);
    let mut small = Limits::DEFAULT;
    small.authority_bytes = bytes.len() - 1;
    let outcome = AuthorityList::open(&bytes, &[certificate("root")], &small);
    assert_eq!(outcome, Err(AuthorityError::TooLarge(bytes.len() - 1)));
}

/// Every bit of the file flipped: refused, or (in what is not signed) nothing at all.
#[test]
fn no_bit_of_a_list_can_be_changed() {
    let bytes = hex(file("list.hex").trim());
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1 << (at % 8);
        assert!(open(&other).is_err(), "byte {at}");
    }
}

#[test]
fn order_in_the_draft_does_not_matter() {
    let mut other = draft();
    other.issuers.reverse();
    other.issuers[0].types.reverse();
    assert_eq!(other.sign(&root_signer()), draft().sign(&root_signer()));
}
