//! Sets of roots that are not as they must be, and sub-lists side by side.

#[path = "common/lists.rs"]
mod lists;
#[path = "common/pki.rs"]
mod pki;

use lists::{certificate, draft, roots, signer, text, time};
use yinxin::authority::{AuthorityError, AuthorityList, Memory, Reason, Refusal, Roots, RootsDraft};
use yinxin::cbor::Value;
use yinxin::limits::Limits;
use yinxin::pki::Certificate;

fn set(replace: &[(&str, &str)]) -> RootsDraft {
    let replace: Vec<(String, String)> = replace
        .iter()
        .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()))
        .collect();
    toml::from_str(&text("roots", &replace)).unwrap()
}

/// The set of roots.toml with its contents changed, signed by nobody.
fn changed(change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let bytes = set(&[]).file().unwrap().to_bytes();
    let Value::Tag(tag, parts) = Value::decode(&bytes, &Limits::DEFAULT).unwrap() else {
        panic!()
    };
    let mut parts = parts.as_array().unwrap().to_vec();
    let body = Value::decode(parts[0].as_bytes().unwrap(), &Limits::DEFAULT).unwrap();
    let mut members = body.as_map().unwrap().to_vec();
    change(&mut members);
    parts[0] = Value::Bytes(Value::Map(members).encode());
    Value::Tag(tag, Box::new(Value::Array(parts))).encode()
}

fn refusal(bytes: &[u8], limits: &Limits) -> String {
    Roots::open(bytes, limits).unwrap_err().to_string()
}

#[test]
fn a_set_of_roots_names_what_is_wrong_with_it() {
    let limits = &Limits::DEFAULT;
    let with_threshold = |number| changed(|members| members[3].1 = Value::Unsigned(number));
    for number in [0, 4] {
        let error = refusal(&with_threshold(number), limits);
        assert!(error.contains("threshold: is not 1 to the number"), "{error}");
    }
    let certificates = |of: &dyn Fn(Vec<Value>) -> Vec<Value>| {
        changed(|members| members[4].1 = Value::Array(of(members[4].1.as_array().unwrap().to_vec())))
    };
    let twice = certificates(&|all| vec![all[0].clone(), all[0].clone(), all[1].clone()]);
    assert!(refusal(&twice, limits).contains("certificates: do not rise by key identifier"));
    let backwards = certificates(&|all| all.into_iter().rev().collect());
    assert!(refusal(&backwards, limits).contains("certificates: do not rise by key identifier"));
    let none = certificates(&|_| vec![Value::Bytes(b"abc".to_vec())]);
    assert!(refusal(&none, limits).contains("certificates: have one that is no certificate"));
    // One key in two certificates: one keeper, who would count as two.
    let twin = |serial| {
        let mut subject = pki::Subject::new(&format!("Twin {serial}"), "Twin root", serial);
        subject.key = Some("Twins".to_owned());
        subject.certificate()
    };
    let mut twins: Vec<Certificate> = vec![twin(1), twin(2)];
    twins.sort_by_key(Certificate::kid);
    let of_twins = certificates(&|_| {
        twins
            .iter()
            .map(|twin| Value::Bytes(twin.der().to_vec()))
            .collect()
    });
    assert!(refusal(&of_twins, limits).contains("certificates: have one key twice"));
    assert!(
        Roots::new(twins, 2)
            .unwrap_err()
            .to_string()
            .contains("one key twice")
    );
    let mut few = Limits::DEFAULT;
    let bytes = set(&[]).file().unwrap().to_bytes();
    few.certificates = 3;
    assert!(matches!(
        Roots::open(&bytes, &few),
        Err(AuthorityError::Threshold { found: 0, needed: 2 })
    ));
    few.certificates = 2;
    assert!(refusal(&bytes, &few).contains("certificates: are too many"));
}

#[test]
fn a_set_is_pinned_by_its_own_signatures_and_not_by_those_of_the_set_before() {
    let new = set(&[("[[roots]]\npem = \"@root\"\n\n", "")]);
    let limits = &Limits::DEFAULT;
    let opened = |signers: &[&str]| {
        let mut file = new.file().unwrap();
        for name in signers {
            file.sign(&signer(name)).unwrap();
        }
        Roots::open(&file.to_bytes(), limits)
    };
    let pinned = opened(&["root", "root-b", "root-c"]).unwrap();
    assert_eq!((pinned.threshold(), pinned.certificates().len()), (2, 2));
    for signers in [&["root", "root-b"][..], &["root-c"], &["root"], &[]] {
        let refused = opened(signers).unwrap_err();
        assert!(
            matches!(refused, AuthorityError::Threshold { needed: 2, .. }),
            "{signers:?}: {refused}"
        );
    }
}

#[test]
fn sub_lists_stand_side_by_side() {
    let mut top = draft("list");
    let mut other = top.delegations[0].clone();
    other.name = "滨海市海晨区授权名录".to_owned();
    top.delegations.push(other);
    let limits = &Limits::DEFAULT;
    let mut memory = Memory::new(time("2030-06-05"));
    let signed = top.sign(&signer("root")).unwrap();
    let mut list = AuthorityList::open(&signed, &roots(&["root"]), &mut memory, limits).unwrap();
    let first = draft("district");
    let mut second = draft("district");
    second.name = "滨海市海晨区授权名录".to_owned();
    second.delegations.clear();
    second.issuers[0].certificates[0].certificate = certificate("town");
    for below in [&first, &second] {
        let signed = below.sign(&signer("district")).unwrap();
        list.open_sublist(&signed, &mut memory, limits).unwrap();
    }
    assert_eq!(list.sublists().count(), 2);
    for name in ["office", "town"] {
        assert!(list.by_certificate(certificate(name).der()).is_some(), "{name}");
    }
}

#[test]
fn every_refusal_says_what_it_is() {
    let all = [
        (Refusal::UnknownCertificate, "not on the authority list"),
        (Refusal::AnotherIssuer, "listed for another body"),
        (
            Refusal::Revoked(Reason::KeyCompromise),
            "revoked at that time: key compromised",
        ),
        (
            Refusal::Suspended(Reason::CertificateHold),
            "suspended at that time: on hold",
        ),
        (Refusal::OutsideWindow, "outside the certificate's window"),
        (Refusal::TypeNotPermitted, "this type of result"),
        (Refusal::RegionNotPermitted, "for this region"),
        (Refusal::TemplateNotPermitted, "may not use this template"),
        (Refusal::TemplateUnknown, "which one was used is not known"),
        (Refusal::BeyondDelegation, "than the list above lets it"),
    ];
    for (refusal, says) in all {
        assert!(refusal.to_string().contains(says), "{refusal}");
    }
}
