//! Several bodies seal one result (联合发文, 证照联办): every required seal in its field, nothing else, and who is missing is told.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/judges.rs"]
mod judges;

use std::collections::BTreeMap;

use common::{Office, at, entry, list_of, outcome_and_lead, pem, signer};
use forge::{Change, Ending, revision};
use judges::judge;
use yinxin::authority::AuthorityList;
use yinxin::compose::{ComposeError, Template};
use yinxin::draft::{Draft, Slots, seal_field};
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::{Document, Object};
use yinxin::record::{Issuer, Record, SealingOrder};
use yinxin::seal::{DocMdp, EarlierRule, JointFault, Place, Seal, SealError, Sealing};
use yinxin::verify::{Code, Outcome, Report, Trust, Verifier};

/// The keys of the three departments, in the order of the record.
const KEYS: [&str; 3] = ["p256", "p384", "rsa2048"];

fn record(order: SealingOrder) -> Record {
    let mut parts = Office::with_key("p256").record("joint-licence").into_parts();
    parts.joint.as_mut().unwrap().order = order;
    Record::new(parts).unwrap()
}

fn issuers() -> Vec<Issuer> {
    record(SealingOrder::Any).issuers().cloned().collect()
}

fn draft(order: SealingOrder) -> Draft {
    let template = Template::builtin("food-licence").unwrap();
    template.compose(&record(order)).unwrap()
}

fn look(issuer: &Issuer) -> Seal {
    let round = RoundSeal::new(issuer.name.as_str()).with_legend("样章 TEST");
    Seal::new(Impression::round(&round, yinxin::font::bundled()).unwrap())
}

fn open(file: &[u8]) -> Draft {
    Draft::open(file.to_vec(), &Limits::DEFAULT).unwrap()
}

/// Seals as department `number` does: with its own field, mark and key.
fn by(file: &[u8], number: usize) -> Result<Vec<u8>, SealError> {
    with_key(file, number, KEYS[number])
}

/// Seals in the field of department `number` with another key.
fn with_key(file: &[u8], number: usize, key: &str) -> Result<Vec<u8>, SealError> {
    let issuer = &issuers()[number];
    let draft = open(file);
    let sealing = draft.without_code().joint(&issuer.code);
    Ok(sealing.seal(&look(issuer), &signer(key), at())?.into_bytes())
}

/// The same draft as a program sees it that knows nothing of joint results.
fn plainly(
    file: &[u8],
    key: &str,
    wish: impl FnOnce(Sealing<'_>) -> Sealing<'_>,
) -> Result<Vec<u8>, SealError> {
    let draft = Draft::new(file.to_vec(), Slots::default());
    let sealing = wish(draft.without_code().certifies(None));
    Ok(sealing
        .seal(&look(&issuers()[0]), &signer(key), at())?
        .into_bytes())
}

fn sealed(order: SealingOrder, numbers: &[usize]) -> Vec<u8> {
    let file = draft(order).into_bytes();
    numbers
        .iter()
        .fold(file, |file, number| by(&file, *number).unwrap())
}

fn list() -> AuthorityList {
    let kind = record(SealingOrder::Any).kind().code.to_string();
    let issuers = issuers();
    let entries = issuers
        .iter()
        .zip(KEYS)
        .map(|(issuer, key)| entry(issuer, &[key], &[&kind]));
    list_of(entries.collect())
}

fn verify(file: &[u8]) -> Report {
    Office::with_key("p256")
        .verifier_with(list())
        .verify_pdf(file, at())
}

fn has(report: &Report, code: Code) -> bool {
    report.findings.iter().any(|finding| finding.code == code)
}

fn missing(report: &Report) -> Vec<String> {
    let missing = report
        .findings
        .iter()
        .filter(|f| f.code == Code::JointSealMissing);
    missing.map(|finding| finding.object.clone()).collect()
}

/// The object number of the field called `name`.
fn field(file: &[u8], name: &str) -> u32 {
    let document = Document::open(file, &Limits::DEFAULT).unwrap();
    let view = document.newest();
    let catalog = view.catalog().unwrap();
    let form = view.find(catalog.dictionary().unwrap(), b"AcroForm").unwrap();
    let fields = view.find(form.as_dictionary().unwrap(), b"Fields").unwrap();
    let numbers = fields.as_array().unwrap().iter().filter_map(Object::as_reference);
    let mut found = numbers.filter(|id| {
        let field = view.object(*id).unwrap().unwrap();
        let own = field.dictionary().unwrap().find(b"T").and_then(Object::as_string);
        own.is_some_and(|own| own.bytes == name.as_bytes())
    });
    found.next().unwrap_or_else(|| panic!("no field {name}")).number
}

// --- the draft ---------------------------------------------------------------------------------------------------------

#[test]
fn a_joint_draft_prepares_one_named_field_for_each_body_and_stays_what_it_claims() {
    let draft = draft(SealingOrder::Any);
    let prepared: Vec<_> = draft
        .slots()
        .seals
        .iter()
        .map(|slot| slot.field.clone())
        .collect();
    let expected: Vec<_> = issuers().iter().map(|i| Some(seal_field(&i.code))).collect();
    assert_eq!(prepared, expected);
    assert_eq!(expected[1].as_deref(), Some("Seal-11109900MB2A10621T"));
    assert_eq!(
        open(draft.bytes()).slots(),
        draft.slots(),
        "what the file says is what was composed"
    );
    let issuer = &issuers()[0];
    let sealing = draft.without_code().joint(&issuer.code);
    let sealed = sealing.seal(&look(issuer), &signer("p256"), at()).unwrap();
    assert!(sealed.claimed().pdfa.is_some() && sealed.claimed().pdfua.is_some());
    assert_eq!(sealed.kept(), sealed.claimed());
}

#[test]
fn a_template_without_a_place_for_every_seal_is_refused() {
    let source = "format = 1\nname = \"t\"\n[page]\nmargin = { top = 20, right = 20, bottom = 20, left = 20 }\n\
                  [[body]]\n[body.paragraph]\ntext = \"{number}\"\nsize = 12\npitch = 20\n";
    let template = Template::from_toml(source, &Limits::DEFAULT).unwrap();
    let refused = template.compose(&record(SealingOrder::Any)).err();
    assert!(
        matches!(&refused, Some(ComposeError::NoSealPlace { issuer }) if issuer == "滨海市市场监督管理局"),
        "{refused:?}"
    );
}

// --- sealing in sequence -------------------------------------------------------------------------------------------------

#[test]
fn after_each_seal_the_verifier_says_who_is_missing_and_after_the_last_nobody_is() {
    for order in [vec![0, 1, 2], vec![2, 0, 1]] {
        for count in 1..=3 {
            let report = verify(&sealed(SealingOrder::Any, &order[..count]));
            let expected: Vec<String> = issuers()
                .iter()
                .enumerate()
                .filter(|(number, _)| !order[..count].contains(number))
                .map(|(_, issuer)| format!("{} ({})", issuer.name, issuer.code))
                .collect();
            assert_eq!(missing(&report), expected, "{:#?}", report.findings);
            let outcome = if count == 3 {
                Outcome::Authentic
            } else {
                Outcome::Indeterminate
            };
            assert_eq!(report.outcome, outcome, "{:#?}", report.findings);
            if count < 3 {
                assert_eq!(report.findings[0].code, Code::JointSealMissing);
            }
            for (number, required) in report.required.iter().enumerate() {
                let has_sealed = order[..count].contains(&number);
                assert_eq!(required.sealed, has_sealed);
                assert_eq!(required.signed_at, has_sealed.then(at));
            }
            let first = report.seals.first().unwrap();
            assert_eq!(first.certifies, Some(2));
            assert!(report.seals.iter().skip(1).all(|seal| seal.certifies.is_none()));
        }
    }
}

#[test]
fn each_seal_is_accepted_by_programs_of_others() {
    let files: Vec<Vec<u8>> = (1..=3)
        .map(|count| sealed(SealingOrder::Listed, &[0, 1, 2][..count]))
        .collect();
    judge(
        "joint_seals",
        &[("one", &files[0]), ("two", &files[1]), ("three", &files[2])],
    );
}

#[test]
fn a_result_of_many_bodies_reads_the_same_in_both_languages() {
    use yinxin::verify::Language;
    let report = verify(&sealed(SealingOrder::Any, &[0, 2]));
    let (english, chinese) = (report.text(Language::English), report.text(Language::Chinese));
    assert!(
        english.contains("  body 3 ") && english.contains("MISSING"),
        "{english}"
    );
    assert!(
        chinese.contains("  机关 3 ") && chinese.contains("未盖章"),
        "{chinese}"
    );
    assert!(chinese.contains("滨海市消防救援支队"), "{chinese}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["required"][1]["sealed"], false);
    assert_eq!(json["required"][2]["field"], "Seal-11109900MB2A10715U");
}

#[test]
fn a_fixed_order_is_kept_when_sealing_and_asked_for_when_verifying() {
    let file = draft(SealingOrder::Listed).into_bytes();
    let refused = by(&file, 1).err();
    let next = "滨海市市场监督管理局".to_owned();
    assert!(
        matches!(&refused, Some(SealError::Joint(JointFault::Turn { next: who })) if *who == next),
        "{refused:?}"
    );
    assert_eq!(
        verify(&sealed(SealingOrder::Listed, &[0, 1, 2])).outcome,
        Outcome::Authentic
    );
    // A program that does not ask the record.
    let name = |number: usize| seal_field(&issuers()[number].code);
    let certify = Some(DocMdp::FormFilling);
    let first = plainly(&file, KEYS[1], |s| s.field(name(1)).certifies(certify)).unwrap();
    let second = plainly(&first, KEYS[0], |s| s.field(name(0))).unwrap();
    let third = plainly(&second, KEYS[2], |s| s.field(name(2))).unwrap();
    assert_eq!(
        outcome_and_lead(&verify(&third)),
        (Outcome::Indeterminate, Code::JointOrder)
    );
    // As it is refused while others are missing, too.
    assert!(has(&verify(&first), Code::JointOrder));
}

#[test]
fn a_field_is_sealed_once() {
    let file = sealed(SealingOrder::Any, &[0]);
    let refused = by(&file, 0).err();
    assert!(matches!(refused, Some(SealError::Field { .. })), "{refused:?}");
}

#[test]
fn two_seals_of_the_same_bytes_do_not_make_one_file() {
    let file = sealed(SealingOrder::Any, &[0]);
    let (one, other) = (by(&file, 1).unwrap(), by(&file, 2).unwrap());
    // What the other appended, behind the one: its signature is over other bytes.
    let both = [&one[..], &other[file.len()..]].concat();
    assert_ne!(verify(&both).outcome, Outcome::Authentic);
    // Whoever is second seals what the first has made.
    assert_eq!(verify(&by(&one, 2).unwrap()).outcome, Outcome::Authentic);
}

// --- what is refused -----------------------------------------------------------------------------------------------------

#[test]
fn the_first_seal_of_a_joint_result_certifies_for_the_others() {
    let draft = draft(SealingOrder::Any);
    let issuer = &issuers()[0];
    let name = seal_field(&issuer.code);
    for level in [None, Some(DocMdp::NoChanges), Some(DocMdp::Annotations)] {
        let sealing = draft.without_code().field(name.as_str()).certifies(level);
        let refused = sealing.seal(&look(issuer), &signer("p256"), at()).err();
        assert!(
            matches!(refused, Some(SealError::Joint(JointFault::Level))),
            "{level:?}: {refused:?}"
        );
    }
    // Without a field, and in a new one.
    let refused = draft
        .without_code()
        .seal(&look(issuer), &signer("p256"), at())
        .err();
    assert!(
        matches!(refused, Some(SealError::PreparedFields { .. })),
        "{refused:?}"
    );
    let place = Place {
        page: 0,
        x_mm: 60.0,
        y_mm: 60.0,
    };
    let refused = draft
        .without_code()
        .place(place)
        .seal(&look(issuer), &signer("p256"), at())
        .err();
    assert!(
        matches!(refused, Some(SealError::Joint(JointFault::NoField(_)))),
        "{refused:?}"
    );
}

#[test]
fn who_does_not_issue_the_result_has_no_field_in_it() {
    let stranger = "11109900MB2A10031R".parse().unwrap();
    let draft = draft(SealingOrder::Any);
    let sealing = draft.without_code().joint(&stranger);
    let refused = sealing.seal(&look(&issuers()[0]), &signer("p256"), at()).err();
    assert!(
        matches!(refused, Some(SealError::Joint(JointFault::NoField(_)))),
        "{refused:?}"
    );
    // Nor has a body of a result that is not joint.
    let plain = Office::with_key("p256").draft("residence");
    let sealing = plain.without_code().joint(&stranger);
    let refused = sealing.seal(&look(&issuers()[0]), &signer("p256"), at()).err();
    assert!(
        matches!(refused, Some(SealError::Joint(JointFault::NoField(_)))),
        "{refused:?}"
    );
}

#[test]
fn a_seal_by_the_wrong_department_is_not_authentic() {
    let file = sealed(SealingOrder::Any, &[0, 1]);
    // In the field of the third, the key of a fourth that nobody knows, and the key of the second.
    let unknown = with_key(&file, 2, "rsa3072").unwrap();
    assert_eq!(
        outcome_and_lead(&verify(&unknown)),
        (Outcome::Indeterminate, Code::IssuerUnknown)
    );
    assert!(!verify(&unknown).required[2].sealed);
    let twice = with_key(&file, 2, KEYS[1]).unwrap();
    let report = verify(&twice);
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::IssuerMismatch),
        "{:#?}",
        report.findings
    );
    assert!(has(&report, Code::JointOneSigner) && !report.required[2].sealed && report.required[1].sealed);
    // Each in the field of the other.
    let file = sealed(SealingOrder::Any, &[0]);
    let swapped = with_key(&with_key(&file, 1, KEYS[2]).unwrap(), 2, KEYS[1]).unwrap();
    let report = verify(&swapped);
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::IssuerMismatch)
    );
}

#[test]
fn without_a_list_whose_seal_it_is_cannot_be_told() {
    let file = sealed(SealingOrder::Any, &[0, 1, 2]);
    let verifier = Verifier::new(Trust::new().roots(pem("root")));
    let report = verifier.verify_pdf(&file, at());
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::Indeterminate, Code::JointUnattributed)
    );
    let one = with_key(&sealed(SealingOrder::Any, &[0, 1]), 2, KEYS[0]).unwrap();
    let report = verifier.verify_pdf(&one, at());
    assert_eq!(
        outcome_and_lead(&report),
        (Outcome::NotAuthentic, Code::JointOneSigner)
    );
}

#[test]
fn a_first_seal_that_does_not_certify_the_fields_is_doubted() {
    let file = draft(SealingOrder::Any).into_bytes();
    let name = |number: usize| seal_field(&issuers()[number].code);
    for level in [None, Some(DocMdp::Annotations)] {
        let mut file = file.clone();
        for (number, key) in KEYS.into_iter().enumerate() {
            let level = level.filter(|_| number == 0);
            file = plainly(&file, key, |s| s.field(name(number)).certifies(level)).unwrap();
        }
        assert_eq!(
            outcome_and_lead(&verify(&file)),
            (Outcome::Indeterminate, Code::JointNotCertified),
            "{level:?}"
        );
    }
}

#[test]
fn a_seal_that_the_record_does_not_provide_for_is_refused() {
    let file = sealed(SealingOrder::Any, &[0]);
    let place = Place {
        page: 0,
        x_mm: 60.0,
        y_mm: 40.0,
    };
    let refused = plainly(&file, "rsa3072", |s| s.place(place)).err();
    assert!(
        matches!(
            &refused,
            Some(SealError::EarlierSeal {
                rule: EarlierRule::PreparedFieldsOnly { .. },
                ..
            })
        ),
        "{refused:?}"
    );
    // An empty field more, put into the draft before anybody sealed it, and sealed by somebody.
    let file = draft(SealingOrder::Any).into_bytes();
    let page = draft(SealingOrder::Any).slots().seals[0].page;
    let extra = Document::open(&file, &Limits::DEFAULT)
        .unwrap()
        .newest()
        .next_object_number();
    let names = issuers()
        .iter()
        .map(|i| format!("{} 0 R", field(&file, &seal_field(&i.code))))
        .collect::<Vec<_>>()
        .join(" ");
    let body = format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(Extra)/F 132/Rect[20 20 80 80]/P {page} 0 R>>");
    let set = |key: &str, value: String| Change::Edit(vec![(key.to_owned(), value)], vec![]);
    let catalog = {
        let document = Document::open(&file, &Limits::DEFAULT).unwrap();
        document.newest().catalog().unwrap().id.number
    };
    let changes = BTreeMap::from([
        (extra, Change::Body(body)),
        (
            catalog,
            set("AcroForm", format!("<</Fields[{names} {extra} 0 R]>>")),
        ),
        (page, set("Annots", format!("[{names} {extra} 0 R]"))),
    ]);
    let mut file = revision(&file, &changes, &Ending::default());
    file = by(&file, 0).unwrap();
    assert!(has(&verify(&file), Code::JointNotCertified));
    // Ours seals no such field; another program does.
    let refused = open(&file)
        .without_code()
        .field("Extra")
        .certifies(None)
        .seal(&look(&issuers()[0]), &signer("rsa3072"), at())
        .err();
    assert!(
        matches!(refused, Some(SealError::Joint(JointFault::NoField(_)))),
        "{refused:?}"
    );
    let file = plainly(&file, "rsa3072", |s| s.field("Extra")).unwrap();
    let report = verify(&file);
    assert_eq!(report.outcome, Outcome::NotAuthentic);
    assert!(has(&report, Code::JointOtherSeal), "{:#?}", report.findings);
}

#[test]
fn a_prepared_field_neither_goes_nor_moves_after_the_first_seal() {
    let file = sealed(SealingOrder::Any, &[0]);
    let name = seal_field(&issuers()[2].code);
    let number = field(&file, &name);
    let (catalog, left) = {
        let document = Document::open(&file, &Limits::DEFAULT).unwrap();
        let left = issuers()[..2]
            .iter()
            .map(|i| format!("{} 0 R", field(&file, &seal_field(&i.code))))
            .collect::<Vec<_>>()
            .join(" ");
        (document.newest().catalog().unwrap().id.number, left)
    };
    let set = |key: &str, value: &str| Change::Edit(vec![(key.to_owned(), value.to_owned())], vec![]);
    for (what, number, change) in [
        ("moved", number, set("Rect", "[10 10 129 129]")),
        ("renamed", number, set("T", "(Seal-X)")),
        ("hidden", number, set("F", "2")),
        ("painted", number, set("AP", "null")),
        (
            "gone",
            catalog,
            set("AcroForm", &format!("<</Fields[{left}]/SigFlags 3>>")),
        ),
        ("freed", number, Change::Free),
    ] {
        let changed = revision(&file, &BTreeMap::from([(number, change)]), &Ending::default());
        let report = verify(&changed);
        assert_eq!(
            report.outcome,
            Outcome::NotAuthentic,
            "{what}: {:#?}",
            report.findings
        );
    }
}

#[test]
fn what_else_form_filling_permits_is_not_permitted_by_the_way() {
    // The third field is sealed, and in the same revision the first field's appearance is drawn anew.
    let file = sealed(SealingOrder::Any, &[0, 1]);
    let third = by(&file, 2).unwrap();
    assert_eq!(verify(&third).outcome, Outcome::Authentic);
    let number = field(&third, &seal_field(&issuers()[0].code));
    let change = Change::Edit(vec![("AP".to_owned(), "<<>>".to_owned())], vec![]);
    let changed = revision(&third, &BTreeMap::from([(number, change)]), &Ending::default());
    assert_eq!(verify(&changed).outcome, Outcome::NotAuthentic);
}

// --- the code ------------------------------------------------------------------------------------------------------------

#[test]
fn the_code_is_the_leading_bodys_and_cannot_stand_for_the_others() {
    let draft = draft(SealingOrder::Listed);
    let issuer = &issuers()[0];
    let sealing = draft
        .bind(Payload::of(&record(SealingOrder::Listed)))
        .joint(&issuer.code);
    let first = sealing.seal(&look(issuer), &signer(KEYS[0]), at()).unwrap();
    let text = first.code_text().unwrap().to_owned();
    let first = first.into_bytes();
    let second = by(&first, 1).unwrap();
    let third = by(&second, 2).unwrap();
    let report = verify(&third);
    assert_eq!(report.outcome, Outcome::Authentic, "{:#?}", report.findings);
    let payload = report.authentic().unwrap().payload().unwrap();
    assert_eq!(payload.issuer(), &issuer.code);
    assert_eq!(
        payload.joint_names(),
        ["滨海市消防救援支队", "滨海市卫生健康委员会"]
    );
    let fields = report.authentic().unwrap().fields();
    assert!(
        fields
            .iter()
            .any(|field| field.value == "滨海市消防救援支队、滨海市卫生健康委员会")
    );
    let verifier = Office::with_key("p256").verifier_with(list());
    // Alone, it was there before the second department had seen the file.
    let alone = verifier.verify_text(&text, at());
    assert_eq!(
        outcome_and_lead(&alone),
        (Outcome::Indeterminate, Code::JointCodeAlone),
        "{:#?}",
        alone.findings
    );
    assert_eq!(
        verifier.verify_text_with_pdf(&text, &third, at()).outcome,
        Outcome::Authentic
    );
    let with_two = verifier.verify_text_with_pdf(&text, &second, at());
    assert_eq!(
        outcome_and_lead(&with_two),
        (Outcome::Indeterminate, Code::JointSealMissing)
    );
    // Nobody draws a code once somebody has sealed.
    let again = open(&first);
    let sealing = again
        .bind(Payload::of(&record(SealingOrder::Listed)))
        .joint(&issuers()[1].code);
    let refused = sealing
        .code_signer(&signer("p256"))
        .seal(&look(&issuers()[1]), &signer(KEYS[1]), at())
        .err();
    assert!(
        matches!(
            refused,
            Some(SealError::EarlierSeal {
                rule: EarlierRule::NoDrawing,
                ..
            })
        ),
        "{refused:?}"
    );
}
