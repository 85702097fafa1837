//! Sealing forms made elsewhere: empty fields, locks, seed values, and what earlier seals permit (ISO 32000-2, 12.7 and 12.8).

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/judges.rs"]
mod judges;

use common::{Office, at, pem};
use forge::{mark, open, place};
use judges::judge;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pdf::form::{FieldValue, FormBudget, FormOddityKind};
use yinxin::pdf::{Dictionary, Document, Object, Ref};
use yinxin::seal::{DocMdp, EarlierRule, FieldFault, SealError, Sealing};
use yinxin::verify::{Outcome, Trust, Verifier};

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>";
const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>/Annots[4 0 R]>>";
/// A field of 100 by 50 points merged with its widget; object 4.
const FIELD: &str = "<</FT/Sig/T(Sig)/Type/Annot/Subtype/Widget/Rect[50 200 150 250]/P 3 0 R";

fn file(objects: &[&str]) -> Vec<u8> {
    forge::file(&objects.iter().map(|body| (*body).to_owned()).collect::<Vec<_>>())
}

/// One page with the one field [`FIELD`], to which `entries` are added; further objects are 5 and on.
fn form(entries: &str, more: &[&str]) -> Vec<u8> {
    let field = format!("{FIELD}{entries}>>");
    file(&[&[CATALOG, PAGES, PAGE, &field], more].concat())
}

fn try_seal(file: &[u8], wish: impl FnOnce(Sealing<'_>) -> Sealing<'_>) -> Result<Vec<u8>, SealError> {
    let draft = Draft::open(file.to_vec(), &Limits::DEFAULT).unwrap();
    let sealing = wish(draft.without_code().certifies(None));
    let sealed = sealing.seal(&mark(), &Office::with_key("p256").signer(), at())?;
    let sealed = sealed.to_bytes();
    assert!(sealed.starts_with(file), "sealing only appends");
    Ok(sealed)
}

fn fill(file: &[u8], name: &str) -> Result<Vec<u8>, SealError> {
    try_seal(file, |sealing| sealing.field(name))
}

fn add(file: &[u8], name: &str) -> Result<Vec<u8>, SealError> {
    try_seal(file, |sealing| sealing.field(name).place(place()))
}

fn certify(file: &[u8], name: &str, level: DocMdp) -> Result<Vec<u8>, SealError> {
    try_seal(file, |sealing| sealing.field(name).certifies(Some(level)))
}

/// The dictionary of object `number` as it is now.
fn object(file: &[u8], number: u32) -> Dictionary {
    let document = open(file);
    let object = document.newest().object(Ref::new(number, 0)).unwrap().unwrap();
    object.dictionary().unwrap().clone()
}

fn field_fault(refused: Result<Vec<u8>, SealError>) -> FieldFault {
    match refused {
        Err(SealError::Field { fault, .. }) => fault,
        other => panic!("{:?}", other.map(|_| "sealed")),
    }
}

fn earlier_rule(refused: Result<Vec<u8>, SealError>) -> (String, EarlierRule) {
    match refused {
        Err(SealError::EarlierSeal { field, rule }) => (field, rule),
        other => panic!("{:?}", other.map(|_| "sealed")),
    }
}

/// One seal is authentic. Of several we cannot tell what came between them, and find nothing wrong.
fn sound(file: &[u8]) {
    let report = Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(file, at());
    let wanted = match report.seals.len() {
        1 => Outcome::Authentic,
        _ => Outcome::Indeterminate,
    };
    assert_eq!(report.outcome, wanted, "{:?}", report.findings);
}

// --- filling ---------------------------------------------------------------------------------------------------------

#[test]
fn an_empty_field_is_filled_where_it_stands() {
    let sealed = fill(&form("", &[]), "Sig").unwrap();
    let field = object(&sealed, 4);
    assert_eq!(field.find(b"F"), Some(&Object::Integer(132)));
    assert_eq!(field.find(b"Rect"), object(&form("", &[]), 4).find(b"Rect"));
    let appearance = field.find(b"AP").and_then(Object::as_dictionary).unwrap();
    let appearance = appearance.find(b"N").and_then(Object::as_reference).unwrap();
    let look = object(&sealed, appearance.number);
    assert_eq!(
        format!(
            "{:?}",
            look.find(b"BBox")
                .unwrap()
                .as_array()
                .unwrap()
                .iter()
                .map(|n| n.as_number().unwrap())
                .collect::<Vec<_>>()
        ),
        "[0.0, 0.0, 100.0, 50.0]"
    );
    assert!(
        object(&sealed, 3) == object(&form("", &[]), 3),
        "the page is not touched"
    );
    sound(&sealed);
    judge("an_empty_field_is_filled_where_it_stands", &[("merged", &sealed)]);
}

#[test]
fn the_impression_is_shrunk_to_fit_and_never_enlarged() {
    let content = |rectangle: &str, page: &str| {
        let field = FIELD.replace("[50 200 150 250]", rectangle) + ">>";
        let file = file(&[CATALOG, PAGES, &PAGE.replace("/Resources", page), &field]);
        let sealed = fill(&file, "Sig").unwrap();
        let field = object(&sealed, 4);
        let look = field
            .find(b"AP")
            .and_then(Object::as_dictionary)
            .unwrap()
            .find(b"N")
            .unwrap();
        let document = open(&sealed);
        let look = document
            .newest()
            .object(look.as_reference().unwrap())
            .unwrap()
            .unwrap();
        let content = document
            .newest()
            .decode(look.object.as_stream().unwrap())
            .unwrap();
        String::from_utf8(content).unwrap()
    };
    // The mark is 10 mm, 28.346 pt, square.
    let plain = "/Resources";
    assert_eq!(
        content("[0 0 100 50]", plain),
        "q 1.000000 0 0 1.000000 35.827 10.827 cm /Seal Do Q"
    );
    assert_eq!(
        content("[0 0 14.173 50]", plain),
        "q 0.499992 0 0 0.499992 0 17.913 cm /Seal Do Q"
    );
    assert_eq!(
        content("[100 50 0 0]", plain),
        "q 1.000000 0 0 1.000000 35.827 10.827 cm /Seal Do Q"
    );
    assert_eq!(
        content("[0 0 100 50]", "/Rotate 90/Resources"),
        "q 1.000000 0 0 1.000000 10.827 35.827 cm /Seal Do Q"
    );
    assert_eq!(
        content("[0 0 100 50]", "/UserUnit 2/Resources"),
        "q 0.500000 0 0 0.500000 42.913 17.913 cm /Seal Do Q"
    );
}

#[test]
fn a_field_of_no_area_is_sealed_invisibly() {
    let field = format!("{}/F 6>>", FIELD.replace("[50 200 150 250]", "[0 0 0 0]"));
    let sealed = fill(&file(&[CATALOG, PAGES, PAGE, &field]), "Sig").unwrap();
    assert!(object(&sealed, 4).find(b"AP").is_none());
    assert_eq!(object(&sealed, 4).find(b"F"), Some(&Object::Integer(6)));
    sound(&sealed);
    judge(
        "a_field_of_no_area_is_sealed_invisibly",
        &[("invisible", &sealed)],
    );
}

#[test]
fn nested_fields_separate_widgets_and_null_values_are_filled() {
    let catalog = "<</Type/Catalog/Pages 2 0 R/AcroForm 9 0 R>>";
    let page = PAGE.replace("/Annots[4 0 R]", "/Annots 8 0 R");
    let nested = file(&[
        catalog,
        PAGES,
        &page,
        "<</T(group)/FT/Sig/Kids[5 0 R 6 0 R]>>",
        "<</T(one)/Parent 4 0 R/V null/Subtype/Widget/Rect[50 200 150 250]/F 4>>",
        "<</T(two)/Parent 4 0 R/Kids[7 0 R]>>",
        // With a /Parent, as it should have, poppler takes the widget for a field of its own and misses the value above it.
        "<</Type/Annot/Subtype/Widget/Rect[50 100 150 150]/MK<<>>>>",
        "[5 0 R 7 0 R]",
        "<</Fields 10 0 R/SigFlags 3/NeedAppearances true>>",
        "[4 0 R]",
    ]);
    let one = fill(&nested, "group.one").unwrap();
    assert!(
        object(&one, 5)
            .find(b"V")
            .and_then(Object::as_reference)
            .is_some()
    );
    assert!(object(&one, 9).find(b"NeedAppearances").is_none());
    let two = fill(&nested, "group.two").unwrap();
    assert!(
        object(&two, 6)
            .find(b"V")
            .and_then(Object::as_reference)
            .is_some()
    );
    assert!(object(&two, 6).find(b"AP").is_none() && object(&two, 7).find(b"AP").is_some());
    let both = fill(&one, "group.two").unwrap();
    for file in [&one, &two, &both] {
        sound(file);
    }
    // pyHanko's difference analysis knows no widget apart from its field: after an earlier seal it refuses to look at one.
    judge("nested_fields", &[("one", &one), ("two", &two)]);
    assert_eq!(field_fault(fill(&nested, "group")), FieldFault::NotSignature);
    assert_eq!(field_fault(fill(&both, "group.one")), FieldFault::Signed);
}

#[test]
fn every_empty_field_of_the_corpus_is_filled_in_turn() {
    let folder = common::path("../shared/corpora/pdf");
    let mut files = vec![];
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            println!("skipped: {} is not there", folder.display());
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "pdf" => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    let mut judged = vec![];
    for path in files {
        let mut file = std::fs::read(&path).unwrap();
        let Ok(document) = Document::open(&file, &Limits::DEFAULT) else {
            continue;
        };
        let mut names = vec![];
        let mut budget = FormBudget::new(&Limits::DEFAULT);
        let walked = document.newest().walk_form(&mut budget, |node| {
            if node.is_signature() && node.is_field && node.inherited_value == FieldValue::Null {
                names.push(node.name.to_owned());
            }
        });
        if walked.is_err() || names.is_empty() {
            continue;
        }
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        for (index, field) in names.iter().enumerate() {
            match fill(&file, field) {
                Ok(sealed) => {
                    file = sealed;
                    judged.push((format!("{}-{index}", name.replace(['/', ' '], "_")), file.clone()));
                }
                Err(error) => println!("{name}: {error}"),
            }
        }
    }
    println!("{} fields filled", judged.len());
    let judged: Vec<(&str, &[u8])> = judged
        .iter()
        .map(|(name, file)| (name.as_str(), file.as_slice()))
        .collect();
    judge("corpus", &judged);
}

#[test]
fn fields_that_cannot_be_filled_are_refused_by_fault() {
    let widget = "<</Parent 4 0 R/Subtype/Widget/Rect[50 100 150 150]>>";
    let apart = |kids: &str| {
        file(&[
            CATALOG,
            PAGES,
            PAGE,
            &format!("<</FT/Sig/T(Sig)/Kids[{kids}]>>"),
            widget,
            widget,
        ])
    };
    let direct = file(&[&CATALOG.replace("4 0 R", &format!("{FIELD}>>")), PAGES, PAGE]);
    let twice = file(&[
        &CATALOG.replace("4 0 R", "4 0 R 5 0 R"),
        PAGES,
        PAGE,
        &format!("{FIELD}>>"),
        &format!("{FIELD}>>"),
    ]);
    let two_pages = file(&[
        CATALOG,
        "<</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>>",
        PAGE,
        &format!("{FIELD}>>"),
        PAGE,
    ]);
    let no_page = file(&[
        CATALOG,
        PAGES,
        &PAGE.replace("/Annots[4 0 R]", ""),
        &format!("{FIELD}>>"),
    ]);
    let odd_rectangle = file(&[
        CATALOG,
        PAGES,
        PAGE,
        &format!("{}>>", FIELD.replace("250]", "(a)]")),
    ]);
    for (file, fault) in [
        (twice, FieldFault::Ambiguous),
        (direct, FieldFault::Direct),
        (apart(widget), FieldFault::Direct),
        (apart("5 0 R 6 0 R"), FieldFault::SeveralWidgets),
        (form("/F 2", &[]), FieldFault::Hidden),
        (form("/F 36", &[]), FieldFault::Hidden),
        (form("/Ff 1", &[]), FieldFault::ReadOnly),
        (form("/Lock<</Action/Some>>", &[]), FieldFault::Lock),
        (form("/Lock<</Action/Include>>", &[]), FieldFault::Lock),
        (form("/Lock<</Action/All/P 4>>", &[]), FieldFault::Lock),
        (form("/V<</Type/Sig>>", &[]), FieldFault::Signed),
        (form("/V 99 0 R", &[]), FieldFault::ValueMissing),
        (form("/FT/Tx", &[]), FieldFault::NotSignature),
        (no_page, FieldFault::NoPage),
        (two_pages, FieldFault::SeveralPages),
        (odd_rectangle, FieldFault::Rectangle),
    ] {
        assert_eq!(field_fault(fill(&file, "Sig")), fault);
    }
    assert_eq!(field_fault(add(&form("", &[]), "Sig")), FieldFault::OwnPlace);
}

#[test]
fn names_of_new_fields_are_partial_names() {
    let text = FIELD.replace("/Sig/", "/Tx/") + ">>";
    let page = PAGE.replace("/Annots[4 0 R]", "");
    let file = file(&[CATALOG, PAGES, &page, &text]);
    assert_eq!(field_fault(add(&file, "a.b")), FieldFault::Period);
    assert_eq!(field_fault(add(&file, "")), FieldFault::EmptyName);
    assert_eq!(
        field_fault(add(&file, &"x".repeat(1025))),
        FieldFault::NameTooLong
    );
    assert_eq!(field_fault(add(&file, "Sig")), FieldFault::NotSignature);
    sound(&add(&file, "印章").unwrap());
}

#[test]
fn without_a_place_the_prepared_fields_are_told() {
    let told = |name: Option<&str>| {
        let refused = try_seal(&form("", &[]), |sealing| match name {
            Some(name) => sealing.field(name),
            None => sealing,
        });
        refused.unwrap_err().to_string()
    };
    assert_eq!(
        told(None),
        "the document has empty signature fields; name the one to seal (\"Sig\"), or give page and position for a new one"
    );
    assert_eq!(
        told(Some("sig")),
        "the document has no field \"sig\"; name one of its empty signature fields (\"Sig\"), or give page and position for a \
         new one"
    );
    let none = try_seal(&form("/FT/Tx", &[]), |sealing| sealing);
    assert!(matches!(none, Err(SealError::NoPlace("seal"))));
}

// --- locks -----------------------------------------------------------------------------------------------------------

/// Three fields, the first of them with `lock`.
fn locking(lock: &str) -> Vec<u8> {
    let field = |name: &str, y: u32, entries: &str| {
        format!(
            "<</FT/Sig/T({name})/Type/Annot/Subtype/Widget/Rect[50 {y} 150 {}]/P 3 0 R/F 4{entries}>>",
            y + 40
        )
    };
    file(&[
        &CATALOG.replace("4 0 R", "4 0 R 5 0 R 6 0 R"),
        PAGES,
        &PAGE.replace("4 0 R", "4 0 R 5 0 R 6 0 R"),
        &field("a", 10, &format!("/Lock {lock}")),
        &field("b", 60, ""),
        &field("ab", 110, ""),
    ])
}

#[test]
fn locks_are_put_into_the_signature_and_respected() {
    let lock = "<</Type/SigFieldLock/Action/Include/Fields[(b)]>>";
    let one = fill(&locking(lock), "a").unwrap();
    let value = object(&one, 4).find(b"V").and_then(Object::as_reference).unwrap();
    let text = format!("{:?}", object(&one, value.number).find(b"Reference").unwrap());
    assert!(
        text.contains("FieldMDP") || text.contains(&format!("{:?}", b"FieldMDP".to_vec())),
        "{text}"
    );
    let locked = |name: &str| ("a".to_owned(), EarlierRule::FieldLocked(name.to_owned()));
    assert_eq!(earlier_rule(fill(&one, "b")), locked("b"));
    let two = fill(&one, "ab").unwrap();
    let three = add(&two, "new").unwrap();
    let all = fill(&locking("<</Action/All>>"), "a").unwrap();
    assert_eq!(earlier_rule(fill(&all, "b")), locked("b"));
    assert_eq!(earlier_rule(add(&all, "new")), locked("new"));
    let exclude = fill(&locking("<</Action/Exclude/Fields[(b)]>>"), "a").unwrap();
    assert_eq!(earlier_rule(fill(&exclude, "ab")), locked("ab"));
    assert_eq!(earlier_rule(add(&exclude, "new")), locked("new"));
    let allowed = fill(&exclude, "b").unwrap();
    for file in [&one, &two, &three, &all, &exclude, &allowed] {
        sound(file);
    }
    judge(
        "locks",
        &[
            ("one", &one),
            ("two", &two),
            ("three", &three),
            ("all", &all),
            ("exclude", &exclude),
            ("allowed", &allowed),
        ],
    );
}

#[test]
fn locks_and_fields_of_encrypted_files_are_read_and_written() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (plain, encrypted) = (folder.join("locking.pdf"), folder.join("locking-encrypted.pdf"));
    std::fs::write(&plain, locking("<</Action/Exclude/Fields[(b)]>>")).unwrap();
    let qpdf = std::process::Command::new("qpdf")
        .args([
            "--encrypt",
            "",
            "owner",
            "256",
            "--",
            "--static-id",
            "--object-streams=disable",
        ])
        .args([&plain, &encrypted])
        .status();
    if qpdf.is_err() {
        println!("skipped: qpdf is not there");
        return;
    }
    let one = fill(&std::fs::read(encrypted).unwrap(), "a").unwrap();
    assert_eq!(
        earlier_rule(fill(&one, "ab")),
        ("a".to_owned(), EarlierRule::FieldLocked("ab".to_owned()))
    );
    let two = fill(&one, "b").unwrap();
    sound(&one);
    sound(&two);
    // pyHanko stumbles over the encrypted names of a lock as soon as it has a later revision to hold against them.
    judge("locks_encrypted", &[("one", &one)]);
}

#[test]
fn a_lock_with_a_permission_counts_like_a_certification() {
    let lock = |level: u8| format!("<</Action/Include/Fields[]/P {level}>>");
    let nothing = fill(&locking(&lock(1)), "a").unwrap();
    assert_eq!(
        earlier_rule(fill(&nothing, "b")),
        ("a".to_owned(), EarlierRule::NoChanges)
    );
    let forms = fill(&locking(&lock(2)), "a").unwrap();
    let rule = EarlierRule::PreparedFieldsOnly {
        fields: vec!["b".to_owned(), "ab".to_owned()],
    };
    assert_eq!(earlier_rule(add(&forms, "new")), ("a".to_owned(), rule));
    let second = fill(&forms, "b").unwrap();
    judge(
        "lock_permission",
        &[("nothing", &nothing), ("forms", &forms), ("second", &second)],
    );
    // Of the lock and the certification the less permitting counts.
    let certified = certify(&locking(&lock(1)), "a", DocMdp::Annotations).unwrap();
    let value = object(&certified, 4)
        .find(b"V")
        .and_then(Object::as_reference)
        .unwrap();
    let document = open(&certified);
    assert_eq!(
        document
            .newest()
            .doc_mdp(&object(&certified, value.number))
            .unwrap(),
        Some(1)
    );
    judge("lock_and_certification", &[("certified", &certified)]);
}

// --- earlier seals ---------------------------------------------------------------------------------------------------

#[test]
fn after_a_certification_prepared_fields_may_be_sealed_and_new_ones_not() {
    for (level, name) in [
        (DocMdp::FormFilling, "forms"),
        (DocMdp::Annotations, "annotations"),
    ] {
        let one = certify(&locking("null"), "a", level).unwrap();
        let rule = EarlierRule::PreparedFieldsOnly {
            fields: vec!["b".to_owned(), "ab".to_owned()],
        };
        assert_eq!(earlier_rule(add(&one, "new")), ("a".to_owned(), rule));
        assert!(matches!(certify(&one, "b", level), Err(SealError::FirstSealOnly)));
        let two = fill(&one, "b").unwrap();
        let three = fill(&two, "ab").unwrap();
        for file in [&one, &two, &three] {
            sound(file);
        }
        judge(name, &[("one", &one), ("two", &two), ("three", &three)]);
    }
    let one = certify(&locking("null"), "a", DocMdp::NoChanges).unwrap();
    assert_eq!(
        earlier_rule(fill(&one, "b")),
        ("a".to_owned(), EarlierRule::NoChanges)
    );
}

#[test]
fn after_an_approval_fields_may_be_added_and_the_form_stays_as_it_is() {
    // Another program forgot /SigFlags: setting them now would make its seal look broken.
    let one = fill(&locking("null"), "a").unwrap();
    let two = add(&one, "new").unwrap();
    let three = fill(&two, "b").unwrap();
    for file in [&one, &two, &three] {
        sound(file);
    }
    judge("approvals", &[("one", &one), ("two", &two), ("three", &three)]);
}

#[test]
fn a_nested_seal_is_an_earlier_seal() {
    let nested = |entries: &str| {
        file(&[
            CATALOG,
            PAGES,
            PAGE,
            "<</T(group)/Kids[5 0 R]>>",
            &format!("<</FT/Sig/T(seal)/Parent 4 0 R{entries}>>"),
            "<</Type/Sig/Contents<00>/Reference[7 0 R]>>",
            "<</TransformMethod/DocMDP/TransformParams<</P 8 0 R>>>>",
            "1",
        ])
    };
    let first = |entries: &str| earlier_rule(add(&nested(entries), "new"));
    assert_eq!(
        first("/V 6 0 R"),
        ("group.seal".to_owned(), EarlierRule::NoChanges)
    );
    assert_eq!(first("/V<</Type/Sig>>").1, EarlierRule::Unclear, "a direct value");
    let certified = try_seal(&nested("/V null"), |sealing| {
        sealing.place(place()).certifies(Some(DocMdp::NoChanges))
    });
    assert!(certified.is_ok());
    let odd = |level: &str| {
        let file = file(&[
            CATALOG,
            PAGES,
            PAGE,
            "<</FT/Sig/T(seal)/V 5 0 R>>",
            &format!("<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P {level}>>>>]>>"),
        ]);
        earlier_rule(add(&file, "new")).1
    };
    for level in ["0", "4", "-1", "1.0", "(1)"] {
        assert_eq!(odd(level), EarlierRule::Unclear, "{level}");
    }
    let lock = "<</FT/Sig/T(seal)/V 5 0 R/Lock[]>>";
    let malformed = file(&[CATALOG, PAGES, PAGE, lock, "<</Type/Sig>>"]);
    assert_eq!(earlier_rule(add(&malformed, "new")).1, EarlierRule::Unclear);
}

#[test]
fn a_certification_that_only_the_catalog_names_is_respected() {
    let catalog = "<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP 4 0 R/UR3 4 0 R>>>>";
    let signature = "<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>";
    let page = PAGE.replace("/Annots[4 0 R]", "");
    let certified = file(&[catalog, PAGES, &page, signature]);
    let refused = ("/Perms /DocMDP".to_owned(), EarlierRule::NoChanges);
    assert_eq!(earlier_rule(add(&certified, "new")), refused);
    // Usage rights are no seal.
    let rights = file(&[&catalog.replace("/DocMDP 4 0 R", ""), PAGES, &page, signature]);
    sound(&add(&rights, "new").unwrap());
}

#[test]
fn no_code_is_drawn_on_a_sealed_document() {
    let one = fill(&locking("null"), "a").unwrap();
    let draft = Draft::open(one, &Limits::DEFAULT).unwrap();
    let office = Office::with_key("p256");
    let payload = yinxin::payload::Payload::of(&office.record("residence"));
    let refused = draft
        .bind(payload)
        .place(place())
        .place_code(place(), 40.0)
        .certifies(None)
        .seal(&mark(), &office.signer(), at());
    assert!(matches!(
        refused,
        Err(SealError::EarlierSeal {
            rule: EarlierRule::NoDrawing,
            ..
        })
    ));
}

// --- seed values -----------------------------------------------------------------------------------------------------

#[test]
fn seed_values_are_honoured_or_refused_with_the_entry() {
    let hex = |name: &str| {
        let bytes = pem(name).remove(0).der().to_vec();
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("<{digits}>")
    };
    let (own, other, above, root) = (hex("p256"), hex("ed25519"), hex("intermediate"), hex("root"));
    let name = |text: &str| format!("/Cert<</Ff 8/SubjectDN[<</CN(nobody)>><<{text}>>]>>");
    let subject = pem("p256").remove(0);
    let common = |text: &str| {
        let utf16: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        format!("/CN<FEFF{utf16}>")
    };
    let common = common(subject.common_name().unwrap());
    // The seed value, and the entry that refuses it; empty if it is honoured or mere advice.
    let approvals: Vec<(String, &str)> = [
        ("", ""),
        ("/Filter/Adobe.PPKLite/Ff 1", ""),
        ("/Filter/Other", ""),
        ("/Filter/Other/Ff 1", "/Filter"),
        ("/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]/Ff 2", ""),
        ("/SubFilter[/adbe.pkcs7.detached]", ""),
        ("/SubFilter[/adbe.pkcs7.detached]/Ff 2", "/SubFilter"),
        ("/SubFilter[]/Ff 2", "/SubFilter"),
        ("/V 3/Ff 4", ""),
        ("/V 3.5", ""),
        ("/V 4/Ff 4", "/V"),
        ("/Reasons[(because)]", ""),
        ("/Ff 8", ""),
        ("/Reasons[(.)]/Ff 8", ""),
        ("/Reasons[(because)]/Ff 8", "/Reasons"),
        ("/LegalAttestation[(none)]", ""),
        ("/LegalAttestation[(none)]/Ff 16", ""),
        ("/AddRevInfo true", ""),
        ("/AddRevInfo false/Ff 32", ""),
        ("/AddRevInfo true/Ff 32", "/AddRevInfo"),
        ("/DigestMethod[(SHA384)(sha256)]/Ff 64", ""),
        ("/DigestMethod[(SHA384)]", ""),
        ("/DigestMethod[(SHA384)]/Ff 64", "/DigestMethod"),
        ("/LockDocument/true", ""),
        ("/LockDocument/auto/Ff 128", ""),
        ("/LockDocument/false/Ff 128", ""),
        ("/LockDocument/true/Ff 128", "/LockDocument"),
        ("/AppearanceFilter(mine)", ""),
        ("/AppearanceFilter(mine)/Ff 256", "/AppearanceFilter"),
        ("/Ff 512", "/Ff"),
        ("/MDP<</P 0>>", ""),
        ("/MDP<<>>", ""),
        ("/MDP<</P 1>>", "/MDP"),
        ("/MDP[]", "/MDP"),
        ("/TimeStamp<</URL(http://tsa.example)>>", ""),
        ("/TimeStamp<</URL(http://tsa.example)/Ff 1>>", "/TimeStamp"),
        ("/Cert[]", "/Cert"),
        ("/Cert<</Ff 16>>", "/Cert /Ff"),
        ("/Cert<</URL(http://ca.example)/Ff 64>>", ""),
        ("/Cert<</OID[(1.2.3)]>>", ""),
        ("/Cert<</OID[(1.2.3)]/Ff 4>>", "/Cert /OID"),
        ("/Cert<</KeyUsage[(000000000)]>>", ""),
        ("/Cert<</KeyUsage[(000000000)(1XXXXXXXX)]/Ff 32>>", ""),
        ("/Cert<</KeyUsage[(0XXXXXXXX)]/Ff 32>>", "/Cert /KeyUsage"),
    ]
    .map(|(seed, entry)| (seed.to_owned(), entry))
    .into_iter()
    .chain([
        (format!("/Cert<</Subject[{other}{own}]/Ff 1>>"), ""),
        (format!("/Cert<</Subject[{other}]>>"), ""),
        (format!("/Cert<</Subject[{other}]/Ff 1>>"), "/Cert /Subject"),
        (format!("/Cert<</Issuer[{other}{above}]/Ff 2>>"), ""),
        (format!("/Cert<</Issuer[{root}]/Ff 2>>"), ""),
        (format!("/Cert<</Issuer[{other}]/Ff 2>>"), "/Cert /Issuer"),
        (name(&common), ""),
        (name(&format!("{common}/2.5.4.97(no)")), "/Cert /SubjectDN"),
    ])
    .collect();
    let certifications = [
        ("/LegalAttestation[(none)]/Ff 16", "/LegalAttestation"),
        ("/LockDocument/false/Ff 128", "/LockDocument"),
        ("/LockDocument/true/Ff 128", ""),
        ("/MDP<</P 1>>", ""),
        ("/MDP<</P 2>>", "/MDP"),
        ("/MDP<</P 0>>", "/MDP"),
    ];
    let mut sealed = vec![];
    let mut check = |seed: &str, entry: &str, level: Option<DocMdp>| {
        let file = form("/SV 5 0 R", &[&format!("<</Type/SV{seed}>>")]);
        match (
            try_seal(&file, |sealing| sealing.field("Sig").certifies(level)),
            entry,
        ) {
            (Ok(file), "") => sealed.push((format!("{level:?}{seed}").replace('/', "."), file)),
            (
                Err(SealError::SeedValue {
                    entry: found, field, ..
                }),
                _,
            ) if !entry.is_empty() => {
                assert_eq!((found, field.as_str()), (entry, "Sig"), "{seed}");
            }
            (other, _) => panic!("{seed}: {:?}", other.map(|_| "sealed")),
        }
    };
    for (seed, entry) in &approvals {
        check(seed, entry, None);
    }
    for (seed, entry) in certifications {
        check(seed, entry, Some(DocMdp::NoChanges));
    }
    // What pyHanko does not take, and we do with the standard: the second of two formats, a text it cannot check, the
    // attributes of one of two names, and entries of which it has no notion.
    let exempt = [
        ".SubFilter[.adbe.pkcs7.detached.ETSI",
        "LegalAttestation",
        "SubjectDN",
        "V 3.5",
        "MDP<<>>",
        "OID",
        ".Filter.Other",
    ];
    let judged: Vec<(String, &[u8])> = sealed
        .iter()
        .filter(|(name, _)| !exempt.iter().any(|text| name.contains(text)))
        .enumerate()
        .map(|(index, (_, file))| (format!("{index}"), file.as_slice()))
        .collect();
    let judged: Vec<(&str, &[u8])> = judged.iter().map(|(name, file)| (name.as_str(), *file)).collect();
    judge("seed_values", &judged);
    let malformed = form("/SV[]", &[]);
    assert!(matches!(
        fill(&malformed, "Sig"),
        Err(SealError::SeedValue { entry: "/SV", .. })
    ));
}

// --- the form and the page -------------------------------------------------------------------------------------------

#[test]
fn forms_and_annotations_of_every_shape_take_a_new_field() {
    let text = "<</FT/Tx/T(text)/Subtype/Widget/Rect[10 10 50 20]>>";
    let catalogs = [
        "/AcroForm<</Fields[4 0 R]>>",
        "/AcroForm<</Fields 5 0 R/NeedAppearances true>>",
        "/AcroForm 6 0 R",
        "/AcroForm 7 0 R",
        "/AcroForm<<>>",
        "/AcroForm null",
        "",
    ];
    let annotations = [
        "/Annots[4 0 R]",
        "/Annots 5 0 R",
        "/Annots 99 0 R",
        "/Annots null",
        "",
    ];
    let mut made = vec![];
    for catalog in catalogs {
        for annotations in annotations {
            let file = file(&[
                &format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"),
                // Not inheritable: what stands here is nobody's.
                "<</Type/Pages/Kids[3 0 R]/Count 1/Annots[4 0 R]>>",
                &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>{annotations}>>"),
                text,
                "[4 0 R]",
                "<</Fields[4 0 R]/SigFlags 1>>",
                "<</Fields 5 0 R>>",
            ]);
            let sealed = add(&file, "new").unwrap();
            sound(&sealed);
            let document = open(&sealed);
            let view = document.newest();
            let mut field = None;
            view.walk_form(&mut FormBudget::new(&Limits::DEFAULT), |node| {
                if node.name == "new" {
                    assert!(field.is_none(), "once");
                    field = node.object.map(|object| object.id);
                }
            })
            .unwrap();
            let page = object(&sealed, 3);
            let array = view.find(&page, b"Annots").unwrap();
            let count = array
                .as_array()
                .unwrap()
                .iter()
                .filter(|item| item.as_reference() == field)
                .count();
            assert_eq!(count, 1, "{catalog} {annotations}");
            made.push((format!("{}", made.len()), sealed.clone()));
        }
    }
    let made: Vec<(&str, &[u8])> = made
        .iter()
        .map(|(name, file)| (name.as_str(), file.as_slice()))
        .collect();
    judge("shapes", &made);
}

#[test]
fn annotations_shared_by_two_pages_are_not_shared_afterwards() {
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>/Annots 5 0 R>>";
    let file = file(&[
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        page,
        page,
        "[6 0 R]",
        "<</Subtype/Square/Rect[10 10 50 20]>>",
    ]);
    let sealed = add(&file, "new").unwrap();
    let count = |number: u32| {
        let document = open(&sealed);
        let page = object(&sealed, number);
        document
            .newest()
            .find(&page, b"Annots")
            .unwrap()
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((count(3), count(4)), (2, 1));
    judge("annotations_shared", &[("shared", &sealed)]);
}

#[test]
fn dynamic_xfa_is_refused_and_static_xfa_is_not() {
    let with = |catalog: &str| add(&file(&[catalog, PAGES, PAGE, "<</FT/Tx/T(text)>>"]), "new");
    let refused = |catalog: &str| matches!(with(catalog), Err(SealError::Xfa));
    let form = "/AcroForm<</Fields[4 0 R]/XFA[(x)(y)]>>";
    assert!(refused(&format!(
        "<</Type/Catalog/Pages 2 0 R/NeedsRendering true{form}>>"
    )));
    assert!(refused(
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA[(x)(y)]>>>>"
    ));
    sound(&with(&format!("<</Type/Catalog/Pages 2 0 R{form}>>")).unwrap());
    sound(&with("<</Type/Catalog/Pages 2 0 R/NeedsRendering true>>").unwrap());
}

#[test]
fn a_form_that_cannot_be_looked_through_is_refused() {
    let odd = |refused: Result<Vec<u8>, SealError>| match refused {
        Err(SealError::Form(oddity)) => (oddity.kind, oddity.name),
        other => panic!("{:?}", other.map(|_| "sealed")),
    };
    let twice = file(&[
        &CATALOG.replace("4 0 R", "4 0 R 4 0 R"),
        PAGES,
        PAGE,
        "<</T(a)/FT/Tx>>",
    ]);
    assert_eq!(odd(add(&twice, "new")).0, FormOddityKind::FieldTwice);
    let circle = file(&[CATALOG, PAGES, PAGE, "<</T(a)/Kids[4 0 R]>>"]);
    assert_eq!(
        odd(add(&circle, "new")),
        (FormOddityKind::FieldTwice, "a".to_owned())
    );

    let mut deep: Vec<String> = [CATALOG, PAGES, PAGE].map(str::to_owned).to_vec();
    deep.extend((4..80).map(|number| format!("<</T(x)/Kids[{} 0 R]>>", number + 1)));
    deep.push("<</T(seal)/FT/Sig/V(hidden)>>".to_owned());
    assert_eq!(odd(add(&forge::file(&deep), "new")).0, FormOddityKind::TooDeep);
}
