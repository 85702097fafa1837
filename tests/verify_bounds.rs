//! Where one verdict turns into another: the last second, the last one permitted, the certificate that may be there.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/stamp.rs"]
mod stamp;

use common::{Office, at, pem, time};
use yinxin::asn1::{tag, tlv};
use yinxin::cms::build::{signed_attributes, signed_data};
use yinxin::draft::{Draft, LargeDraft};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::Skimmed;
use yinxin::pki::{Certificate, Signer};
use yinxin::seal::Place;
use yinxin::time::Time;
use yinxin::verify::{Code, Outcome, Report, Trust, Verifier};

fn office() -> Office {
    Office::with_key("p256")
}

fn codes(report: &Report) -> Vec<Code> {
    report.findings.iter().map(|finding| finding.code).collect()
}

fn later(time: Time, seconds: i64) -> Time {
    Time::from_unix(time.unix() + seconds).unwrap()
}

#[test]
fn a_certificate_stands_in_its_first_and_in_its_last_second_and_in_no_other() {
    // A list and no root: the certificate's own days are all there is.
    let office = office();
    let file = office.issue("residence").into_bytes();
    let kind = office.record("residence").kind().code.to_string();
    let verifier = Verifier::new(Trust::new().list(office.list("residence", &[&kind])));
    let own = pem("p256").remove(0);
    let (from, to) = (own.valid_from(), own.valid_to());
    let days = |at| {
        let codes = codes(&verifier.verify_pdf(&file, at));
        (
            codes.contains(&Code::ChainNotYetValid),
            codes.contains(&Code::ChainExpired),
        )
    };
    assert_eq!(days(from), (false, false));
    assert_eq!(days(later(from, -1)), (true, false));
    assert_eq!(days(to), (false, false));
    assert_eq!(days(later(to, 1)), (false, true));
}

#[test]
fn a_code_stands_from_its_first_second_to_its_last() {
    let office = office();
    // One with days of validity, and one that is valid from its issue without end.
    let text = |name: &str| office.issue(name).code_text().unwrap().to_owned();
    let found = |name: &str, text: &str, at| {
        let codes = codes(&office.verifier_for(name).verify_text(text, at));
        (
            codes.contains(&Code::CodeNotYetValid),
            codes.contains(&Code::CodeExpired),
        )
    };
    let (mut limited, mut endless) = (0, 0);
    for name in ["residence", "food-licence", "employment"] {
        let payload = Payload::of(&office.record(name));
        let text = text(name);
        let start = payload.not_before().unwrap_or(payload.issued());
        assert_eq!(found(name, &text, start), (false, false), "{name}");
        assert_eq!(found(name, &text, later(start, -1)), (true, false), "{name}");
        assert!(!found(name, &text, payload.issued()).1, "{name}");
        match payload.expiry() {
            Some(end) => {
                limited += 1;
                assert_eq!(found(name, &text, end), (false, false), "{name}");
                assert_eq!(found(name, &text, later(end, 1)), (false, true), "{name}");
            }
            None => endless += 1,
        }
    }
    assert!(limited > 0 && endless > 0, "{limited} {endless}");
}

#[test]
fn a_code_by_an_unknown_key_is_told_by_the_keys_identifier() {
    let office = office();
    let text = office.issue("residence").code_text().unwrap().to_owned();
    let report = Verifier::new(Trust::new().roots(pem("root"))).verify_text(&text, at());
    let found = report
        .findings
        .iter()
        .find(|finding| finding.code == Code::CodeKeyUnknown)
        .unwrap();
    let kid: String = pem("p256")[0]
        .kid()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(found.evidence, format!("key {kid}"));
}

#[test]
fn a_code_that_says_other_than_the_files_own_is_found_out_without_a_record() {
    let office = office();
    let draft = Draft::open(forge::page(400, 400, "0 0 20 20 re f"), &Limits::DEFAULT).unwrap();
    let (page, x_mm, y_mm) = (0, 10.0, 10.0);
    let issued = |fields: &dyn Fn(Payload) -> Payload| {
        let payload = fields(Payload::of(&office.record("residence")));
        draft
            .bind(payload)
            .place_code(Place { page, x_mm, y_mm }, 60.0)
            .place(Place {
                page,
                x_mm: 110.0,
                y_mm: 110.0,
            })
            .seal(&forge::mark(), &office.signer(), at())
            .unwrap()
    };
    let label = office.record("residence").fields()[0].label.clone();
    let whole = issued(&|payload| payload);
    let part = issued(&|payload| payload.with_labels(&[label.as_str()]).unwrap());
    let file = whole.to_bytes();
    let verifier = office.verifier_for("residence");
    let own = verifier.verify_text_with_pdf(whole.code_text().unwrap(), &file, at());
    assert!(
        !codes(&own).contains(&Code::CodeRecordMismatch),
        "{:?}",
        codes(&own)
    );
    // Both are signed and name this draft.
    let other = verifier.verify_text_with_pdf(part.code_text().unwrap(), &file, at());
    assert!(
        codes(&other).contains(&Code::CodeRecordMismatch),
        "{:?}",
        codes(&other)
    );
}

/// The sealed small file with `more` certificates in its signature container.
fn carrying(more: &[&[u8]]) -> Vec<u8> {
    let file = forge::roomy(&office());
    let [kind, outer] = <[_; 2]>::try_from(stamp::children(&stamp::value_of(&file))).unwrap();
    let mut members = stamp::children(&stamp::children(&outer)[0]);
    let certificates = members
        .iter_mut()
        .find(|member| member[0] == tag::CONTEXT_0_CONSTRUCTED)
        .unwrap();
    let mut all = stamp::children(certificates);
    all.extend(more.iter().map(|der| der.to_vec()));
    *certificates = stamp::joined(tag::CONTEXT_0_CONSTRUCTED, &all);
    let data = stamp::joined(tag::SEQUENCE, &members);
    let explicit = tlv(tag::CONTEXT_0_CONSTRUCTED, &[&data]);
    forge::with_value(&file, &tlv(tag::SEQUENCE, &[&kind, &explicit]))
}

fn container(trust: Trust, file: &[u8]) -> Vec<Code> {
    let mut codes = codes(&Verifier::new(trust).verify_pdf(file, at()));
    codes.retain(|code| [Code::SpareCertificate, Code::ContainerInexact].contains(code));
    codes
}

#[test]
fn a_certificate_that_was_given_may_be_in_the_container_too() {
    // Its issuer is not at hand.
    let stranger = pem("p256-by-rsa").remove(0);
    let file = carrying(&[stranger.der()]);
    let roots = || Trust::new().roots(pem("root"));
    assert_eq!(container(roots(), &file), [Code::SpareCertificate]);
    assert_eq!(container(roots().certificates([stranger]), &file), []);
}

#[test]
fn the_signers_certificate_twice_is_one_certificate() {
    let own = pem("p256").remove(0);
    let file = carrying(&[own.der()]);
    let office = office();
    let kind = office.record("residence").kind().code.to_string();
    let list = || office.list("residence", &[&kind]);
    // Once with the chain, and once with the list alone, so that nothing else accounts for it.
    let chain = Trust::new().roots(pem("root")).list(list());
    assert_eq!(container(chain, &file), []);
    assert_eq!(container(Trust::new().list(list()), &file), []);
}

#[test]
fn a_certificate_with_one_changed_bit_is_found_out_wherever_the_bit_is() {
    let other = pem("ed25519").remove(0);
    let place = |needle: &[u8]| {
        let found = other
            .der()
            .windows(needle.len())
            .position(|window| window == needle);
        found.unwrap() + needle.len() - 1
    };
    let key = other.authority_key_identifier().unwrap();
    for (what, at) in [("issuer", place(other.issuer_raw())), ("key", place(key))] {
        let mut changed = other.der().to_vec();
        changed[at] ^= 1;
        assert!(Certificate::try_from(changed.as_slice()).is_ok(), "{what}");
        let trust = Trust::new().roots(pem("root"));
        assert_eq!(
            container(trust, &carrying(&[&changed])),
            [Code::ContainerInexact],
            "{what}"
        );
    }
}

#[test]
fn a_signature_that_only_a_later_revision_leads_to_is_none_of_its_revision() {
    // The sealed revision says that the signature dictionary is elsewhere; a later one leads to it.
    let file = forge::small(&office());
    let value = forge::Anatomy::of(&file).value.number;
    let head = format!("\n{value} 0 obj");
    let place = file
        .windows(head.len())
        .rposition(|window| window == head.as_bytes())
        .unwrap()
        + 1;
    let (row, other) = (format!("{place:010} 00000 n"), "0000000015 00000 n");
    let misled = forge::swapped(&file, &row, other);
    let changes = std::collections::BTreeMap::from([(value, forge::Change::At(place))]);
    let file = forge::revision(&misled, &changes, &forge::Ending::default());
    let report = Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(&file, at());
    assert!(
        codes(&report).contains(&Code::SealVanished),
        "{:?}",
        codes(&report)
    );
}

#[test]
fn a_certification_after_a_seal_is_refused_and_one_after_a_time_stamp_is_not() {
    let certification = "/Type/Sig/SubFilter/ETSI.CAdES.detached/Reference[<</Type/SigRef/TransformMethod/DocMDP\
        /TransformParams<</Type/TransformParams/P 3/V/1.2>>>>]";
    let signer = office().signer();
    let certified = |file: &[u8]| {
        let file = stamp::appended(file, certification, "Later", |covered| {
            let algorithm = signer.algorithm();
            let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::der).collect();
            let digest = algorithm.digest().digest(covered);
            let attributes = signed_attributes(algorithm, &digest, chain[0]).unwrap();
            signed_data(algorithm, &chain, &attributes, &signer.sign(&attributes).unwrap()).unwrap()
        });
        let report = Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(&file, at());
        let after = |evidence: &str| evidence == "certifies the document after another seal";
        let refused = report
            .findings
            .iter()
            .any(|finding| finding.code == Code::ChangePermissionRemoved && after(&finding.evidence));
        (
            refused,
            report.seals.last().is_some_and(|seal| seal.certifies == Some(3)),
        )
    };
    let page = || forge::page(200, 200, "0 0 20 20 re f");
    assert_eq!(certified(&forge::seal(&office(), page(), None)), (true, true));
    let stamped = stamp::stamped(&stamp::with_form(), &stamp::Token::default());
    assert_eq!(certified(&stamped), (false, true));
}

#[test]
fn the_newest_revision_is_looked_at_as_well() {
    let file = forge::small(&office());
    let catalog = forge::Anatomy::of(&file).catalog.number;
    let action = "<</S/JavaScript/JS(app.alert\\(1\\))>>".to_owned();
    let changes = vec![("OpenAction".to_owned(), action)];
    let changes = std::collections::BTreeMap::from([(catalog, forge::Change::Edit(changes, vec![]))]);
    let file = forge::revision(&file, &changes, &forge::Ending::default());
    let report = Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(&file, at());
    let runs = report
        .findings
        .iter()
        .find(|finding| finding.code == Code::SeenRuns);
    assert_eq!(
        runs.map(|finding| finding.object.as_str()),
        Some("newest revision")
    );
}

#[test]
fn a_large_draft_is_linted_like_a_small_one() {
    let page = forge::page(200, 200, "0 0 20 20 re f");
    let action = vec![("OpenAction".to_owned(), "<</S/JavaScript/JS(1)>>".to_owned())];
    let changes = std::collections::BTreeMap::from([(1, forge::Change::Edit(action, vec![]))]);
    let file = forge::revision(&page, &changes, &forge::Ending::default());
    let mut room = vec![0; file.len()];
    let skimmed = Skimmed::read(std::io::Cursor::new(&file), &mut room, &[]).unwrap();
    let large = LargeDraft::open(skimmed, &Limits::DEFAULT).unwrap();
    let small = Draft::open(file.clone(), &Limits::DEFAULT).unwrap();
    let lint = large.lint(&Limits::DEFAULT).unwrap();
    assert_eq!(lint, small.lint(&Limits::DEFAULT).unwrap());
    assert!(
        lint.iter().any(|finding| finding.code == Code::SeenRuns),
        "{lint:?}"
    );
}

#[test]
fn as_many_wrong_fields_are_told_as_the_limit_says_and_each_once() {
    let field = |name: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/F 132/Rect[0 0 0 0]/V<</Type/Sig/Contents<00>>>>>"
        )
    };
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R 6 0 R 7 0 R 8 0 R]/SigFlags 3>>>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 4 0 R>>".to_owned(),
        "<</Length 0>>stream\n\nendstream".to_owned(),
        field("A"),
        field("B"),
        field("C"),
        field("D"),
    ];
    let file = forge::file(&objects);
    // The same fields once more: a second revision in which nothing of them changes.
    let file = forge::revision(
        &file,
        &std::collections::BTreeMap::from([(9, forge::Change::Body("null".to_owned()))]),
        &forge::Ending::default(),
    );
    let found = |signatures: usize| {
        let mut limits = Limits::DEFAULT;
        limits.signatures = signatures;
        let report = Verifier::new(Trust::new()).limits(limits).verify_pdf(&file, at());
        let direct = report
            .findings
            .iter()
            .filter(|finding| finding.code == Code::RangeMalformed);
        direct.count()
    };
    assert_eq!(found(9), 4);
    assert_eq!(found(4), 4);
    assert_eq!(found(3), 3);
}

#[test]
fn an_outcome_is_the_same_for_codes_alone_and_in_a_batch() {
    let office = Office::with_key("ed25519");
    let texts = ["residence", "employment"].map(|name| office.issue(name).code_text().unwrap().to_owned());
    let verifier = office.verifier_for("residence");
    let each: Vec<&str> = texts.iter().map(String::as_str).collect();
    for batch in [&each[..], &each[..1], &[]] {
        let together = verifier.verify_texts(batch, at());
        assert_eq!(together.len(), batch.len());
        for (text, report) in batch.iter().zip(together) {
            let alone = verifier.verify_text(text, at());
            assert_eq!(
                serde_json::to_value(&report).unwrap(),
                serde_json::to_value(&alone).unwrap()
            );
        }
    }
    assert_eq!(
        verifier.verify_text(each[0], time("2030-07-01")).outcome,
        Outcome::Authentic
    );
}
