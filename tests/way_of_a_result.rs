//! The way of a result: composed, bound to a code, sealed, verified; and every other thing than that refused.

mod common;

use common::{Office, at, outcome_and_lead};
use yinxin::compose::BUILTIN;
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Object, Ref};
use yinxin::seal::{EarlierRule, Place, SealError};
use yinxin::verify::{Code, Coverage, Outcome};

#[test]
fn a_sealed_result_is_authentic_with_every_kind_of_key() {
    for key in ["p256", "p384", "ed25519", "rsa2048", "rsa3072", "rsa2048-pss"] {
        let office = Office::with_key(key);
        let sealed = office.issue("residence");
        let report = office.verifier().verify_pdf(&sealed.to_bytes(), at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{key}: {:#?}",
            report.findings
        );
        let [seal] = report.seals.as_slice() else {
            panic!("one seal: {:?}", report.seals)
        };
        assert!(seal.intact && seal.trusted, "{key}");
        assert_eq!(
            (seal.coverage, seal.certifies),
            (Coverage::File, Some(1)),
            "{key}"
        );
        let record = report.authentic().unwrap().record().unwrap();
        assert_eq!(*record, office.record("residence"));
        // The code alone says the same, and both belong together.
        let text = sealed.code_text().unwrap();
        let report = office.verifier().verify_text(text, at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{key}: {:#?}",
            report.findings
        );
        let report = office
            .verifier()
            .verify_text_with_pdf(text, &sealed.to_bytes(), at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{key}: {:#?}",
            report.findings
        );
    }
}

#[test]
fn every_kind_of_result_is_authentic_and_keeps_what_it_claims() {
    let office = Office::with_key("p256");
    for name in BUILTIN {
        let sealed = office.issue(name);
        assert_eq!(sealed.kept(), sealed.claimed(), "{name}");
        let report = office.verifier_for(name).verify_pdf(&sealed.to_bytes(), at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{name}: {:#?}",
            report.findings
        );
    }
}

#[test]
fn the_draft_is_the_prefix_of_the_sealed_file() {
    let office = Office::with_key("p256");
    let draft = office.draft("food-licence");
    let sealed = office.issue("food-licence");
    assert!(sealed.to_bytes().starts_with(draft.bytes()));
    assert_eq!(
        draft.bytes(),
        office.draft("food-licence").bytes(),
        "composing is deterministic"
    );
}

#[test]
fn the_seal_stands_in_the_structure_that_the_draft_reserves() {
    let office = Office::with_key("p256");
    for name in ["residence", "food-licence"] {
        let draft = office.draft(name);
        let element = draft.slots().seals[0].element.clone().expect("a tagged draft");
        let sealed = office.issue(name);
        assert!(sealed.claimed().pdfua.is_some(), "{name}");
        assert_eq!(sealed.kept(), sealed.claimed(), "{name}");

        let bytes = sealed.to_bytes();
        let document = Document::open(&bytes, &Limits::DEFAULT).unwrap();
        let view = document.newest();
        let object = view.object(Ref::new(element.number, 0)).unwrap().unwrap();
        let form = object.object.as_dictionary().unwrap();
        let kid = form.find(b"K").and_then(Object::as_dictionary).expect("a kid");
        assert!(kid.is_name(b"Type", b"OBJR"), "{name}");
        let widget = view
            .object(kid.find(b"Obj").unwrap().as_reference().unwrap())
            .unwrap()
            .unwrap();
        let widget = widget.object.as_dictionary().unwrap();
        assert!(widget.is_name(b"FT", b"Sig"), "{name}");
        let key = widget.find(b"StructParent").and_then(Object::as_integer);
        assert_eq!(key, Some(i64::from(element.key)), "{name}");
    }
}

#[test]
fn sealing_with_a_deterministic_key_gives_the_same_bytes() {
    let office = Office::with_key("ed25519");
    assert!(office.issue("employment").to_bytes() == office.issue("employment").to_bytes());
}

#[test]
fn without_trust_nothing_is_authentic() {
    let office = Office::with_key("p256");
    let sealed = office.issue("residence");
    let verifier = yinxin::verify::Verifier::new(yinxin::verify::Trust::new());
    let report = verifier.verify_pdf(&sealed.to_bytes(), at());
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::Indeterminate, Code::TrustMissing)
    );
}

#[test]
fn a_code_of_another_result_is_refused() {
    let office = Office::with_key("p256");
    // Both are by the same issuer, which may issue both: nothing but the digest tells them apart.
    let verifier = office.verifier_with(office.list("employment", &["11109900MB2A000628*"]));
    let (one, other) = (office.issue("employment"), office.issue("social-insurance"));
    assert_eq!(
        verifier.verify_pdf(&one.to_bytes(), at()).outcome,
        Outcome::Authentic
    );
    let report = verifier.verify_text_with_pdf(other.code_text().unwrap(), &one.to_bytes(), at());
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::CodeDraftMismatch)
    );
}

#[test]
fn a_second_seal_on_a_certified_result_is_refused() {
    let office = Office::with_key("p256");
    let sealed = office.issue("residence").into_bytes();
    assert_takes_no_second_seal(&office, sealed);
}

fn assert_takes_no_second_seal(office: &Office, sealed: Vec<u8>) {
    let again = yinxin::draft::Draft::open(sealed, &Limits::DEFAULT).unwrap();
    let place = Place {
        page: 0,
        x_mm: 60.0,
        y_mm: 60.0,
    };
    let refused =
        again
            .without_code()
            .place(place)
            .certifies(None)
            .seal(&office.seal(), &office.signer(), at());
    assert!(matches!(
        refused,
        Err(SealError::EarlierSeal {
            rule: EarlierRule::NoChanges,
            ..
        })
    ));
}

#[test]
fn a_code_needs_no_intermediate_when_the_list_names_its_certificate() {
    let office = Office::with_key("p256");
    let sealed = office.issue("residence");
    let trust = || yinxin::Trust::new().roots(common::pem("root"));
    let kind = office.record("residence").kind().code.to_string();
    let listed = yinxin::Verifier::new(trust().list(office.list("residence", &[&kind])));
    let report = listed.verify_text(sealed.code_text().unwrap(), at());
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    // Without the list, nothing says whose the key is.
    let report = yinxin::Verifier::new(trust()).verify_text(sealed.code_text().unwrap(), at());
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::Indeterminate, Code::CodeKeyUnknown)
    );
    // The list stands in for the chain, not for the certificate's own validity.
    let late = common::time("2050-06-01");
    let report = listed.verify_text(sealed.code_text().unwrap(), late);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.code == Code::ChainExpired)
    );
}

#[test]
fn many_codes_get_the_verdicts_each_would_get_alone() {
    let office = Office::with_key("ed25519");
    let verifier = office.verifier_with(office.list("employment", &["11109900MB2A000628*"]));
    let texts: Vec<String> = ["employment", "social-insurance", "residence"]
        .iter()
        .map(|name| office.issue(name).code_text().unwrap().to_owned())
        .collect();
    // The batch holds; then one signature in it does not, and the others must not suffer.
    let forged = Office::with_key("p256")
        .issue("employment")
        .code_text()
        .unwrap()
        .to_owned();
    let mut broken = texts.clone();
    broken[1] = format!("{}0", &texts[1][..texts[1].len() - 1]);
    for texts in [
        &texts,
        &broken,
        &vec![texts[0].clone(), forged, "YX1:".to_owned()],
        &vec![],
    ] {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let together = verifier.verify_texts(&texts, at());
        assert_eq!(together.len(), texts.len());
        for (text, report) in texts.iter().zip(&together) {
            let alone = verifier.verify_text(text, at());
            assert_eq!(
                (report.outcome, &report.findings),
                (alone.outcome, &alone.findings)
            );
        }
    }
    assert_eq!(verifier.verify_text(&texts[0], at()).outcome, Outcome::Authentic);
}

/// Acrobat writes the signature reference dictionary as an object of its own (ISO 32000-2, table 255 allows either).
#[test]
fn a_certified_result_is_refused_a_second_seal_wherever_its_permission_stands() {
    use yinxin::pdf::edit::DictionaryEdit;
    use yinxin::pdf::update::Update;
    use yinxin::pdf::{Document, Object};

    let office = Office::with_key("p256");
    let mut file = office.issue("residence").into_bytes();
    let document = Document::open(&file, &Limits::DEFAULT).unwrap();
    let view = document.newest();
    let catalog = view.catalog().unwrap();
    let permissions = view.find(catalog.dictionary().unwrap(), b"Perms").unwrap();
    let id = permissions
        .as_dictionary()
        .unwrap()
        .find(b"DocMDP")
        .and_then(Object::as_reference)
        .unwrap();
    let seal = view.object(id).unwrap().unwrap();
    let mut update = Update::new(&document);
    let reference = update.allocate();
    let body = "<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /V /1.2 /P 1 >> >>";
    update.put(reference, body.as_bytes());
    let mut edit = DictionaryEdit::new(seal.raw(), seal.dictionary().unwrap());
    edit.set(b"Reference", format!("[{reference}]").as_bytes());
    update.put(id, edit.finish());
    let appended = update.finish().unwrap().bytes;
    file.extend_from_slice(&appended);

    assert_takes_no_second_seal(&office, file);
}
