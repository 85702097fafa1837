//! Sealing forms made elsewhere: empty fields, locks, seed values, and what earlier seals permit (ISO 32000-2, 12.7 and 12.8).

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/judges.rs"]
mod judges;
#[path = "seal_forms/permissions.rs"]
mod permissions;

use common::{Office, at, pem};
use forge::{mark, open, place};
use judges::judge;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pdf::form::{FieldValue, FormBudget, FormOddityKind};
use yinxin::pdf::{Dictionary, Document, Object, Ref};
use yinxin::seal::{DocMdp, EarlierRule, FieldFault, SealError, Sealing};
use yinxin::verify::{ChangePolicy, Code, Outcome, Trust, Verifier};

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

/// Every seal stands, those that others follow, too: further seals are what the policy for them permits.
fn sound(file: &[u8]) {
    let verifier = Verifier::new(Trust::new().roots(pem("root"))).policy(ChangePolicy::Pades);
    let report = verifier.verify_pdf(file, at());
    assert_eq!(report.outcome, Outcome::Authentic, "{:?}", report.findings);
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
    // Taking it away would take the fields off the page that rely on it.
    assert!(object(&one, 9).find(b"NeedAppearances").is_some());
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
    // It is sealed, but Acrobat shows the XFA and others the pages.
    let sealed = with(&format!("<</Type/Catalog/Pages 2 0 R{form}>>")).unwrap();
    let report = Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(&sealed, at());
    let codes: Vec<Code> = report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(
        (report.outcome, codes[0]),
        (Outcome::Indeterminate, Code::SeenXfa)
    );
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
