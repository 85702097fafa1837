//! The annotated copy: never taken for the result, bound to its recipient, its last day and its original, made only of what is
//! authentic, and marked on every page.

mod common;
#[path = "common/vectors.rs"]
mod vectors;

use std::process::Command;

use common::{Office, at, entry, list_of, read, signer, time};
use yinxin::authority::AuthorityList;
use yinxin::compose::Template;
use yinxin::copy::{AnnotatedCopy, CopyError};
use yinxin::crypto::DigestAlgorithm;
use yinxin::draft::Draft;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::pdf::Document;
use yinxin::record::{Issuer, Record};
use yinxin::seal::{DocMdp, Seal};
use yinxin::terms::Terms;
use yinxin::time::Time;
use yinxin::verify::{Code, Language, Outcome, Report, Verifier};

const RECIPIENT: &str = "滨海市公积金管理中心";
const PURPOSE: &str = "住房公积金提取";
/// A type that has nothing to do with it.
const OTHER: &str = "11109900MB2A000628055";
/// Another body than the issuer, with the key `ed25519`.
const HALL: (&str, &str) = ("滨海市政务服务中心", "11109900MB2A100330");

fn issuer() -> Issuer {
    Office::with_key("p256").record("residence").issuer().clone()
}

fn hall() -> Issuer {
    Issuer {
        name: HALL.0.to_owned(),
        code: HALL.1.parse().unwrap(),
    }
}

/// A list on which the issuer may issue the residence permit, and the hall what `types` says.
fn list(types: &[&str]) -> AuthorityList {
    let kind = Office::with_key("p256")
        .record("residence")
        .kind()
        .code
        .to_string();
    let types = if types.is_empty() { &[OTHER] } else { types };
    list_of(vec![
        entry(&issuer(), &["p256"], &[&kind]),
        entry(&hall(), &["ed25519"], types),
    ])
}

fn verifier(types: &[&str]) -> Verifier {
    Office::with_key("p256").verifier_with(list(types))
}

/// The type code by which the hall may copy residence permits.
fn copies() -> String {
    let kind = Office::with_key("p256")
        .record("residence")
        .kind()
        .code
        .to_string();
    format!("{}999", &kind[..18])
}

fn original() -> Vec<u8> {
    Office::with_key("p256").issue("residence").to_bytes()
}

fn until() -> yinxin::time::Date {
    "2030-08-01".parse().unwrap()
}

fn asked(maker: Issuer) -> AnnotatedCopy {
    AnnotatedCopy::new(RECIPIENT, PURPOSE, until(), maker)
}

/// The copy that `maker` with `key` makes of `original`.
fn copy_of(original: &[u8], maker: Issuer, key: &str) -> Vec<u8> {
    let name = maker.name.clone();
    let draft = asked(maker)
        .compose(&verifier(&[&copies()]), original, at())
        .unwrap();
    sealed(&draft, &name, key)
}

fn sealed(draft: &Draft, name: &str, key: &str) -> Vec<u8> {
    let round = RoundSeal::new(name).with_legend("样章 TEST");
    let seal = Seal::new(Impression::round(&round, yinxin::font::bundled()).unwrap());
    let signer = signer(key);
    draft
        .without_code()
        .seal(&seal, &signer, at())
        .unwrap()
        .to_bytes()
}

fn codes(report: &Report) -> Vec<&'static str> {
    report
        .findings
        .iter()
        .map(|finding| finding.code.name())
        .collect()
}

fn judged(verifier: &Verifier, file: &[u8], at: Time) -> (Outcome, Vec<&'static str>) {
    let report = verifier.verify_pdf(file, at);
    (report.outcome, codes(&report))
}

#[test]
fn a_copy_says_of_what_for_whom_and_until_when() {
    let copy = copy_of(&original(), hall(), "ed25519");
    keep("hall.pdf", &copy);
    let verifier = verifier(&[&copies()]).recipient(RECIPIENT);
    let report = verifier.verify_pdf(&copy, at());
    assert_eq!(
        report.outcome,
        Outcome::Authentic,
        "{}",
        report.text(Language::English)
    );
    assert!(codes(&report).contains(&"copy.for-one-use"));
    let (english, chinese) = report.copy_sentences().unwrap();
    for (text, last) in [(&english, "2030-08-01"), (&chinese, "2030年8月1日")] {
        for part in ["居住登记证明", RECIPIENT, PURPOSE, last, HALL.0] {
            assert!(text.contains(part), "{text}");
        }
    }
    for (language, sentence) in [(Language::English, &english), (Language::Chinese, &chinese)] {
        let text = report.text(language);
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        assert!(squeezed(&text).contains(&squeezed(sentence)), "{text}");
    }
}

#[test]
fn a_copy_of_a_result_in_force_is_accepted_as_a_copy() {
    let mut parts = Office::with_key("p256").record("residence").into_parts();
    parts.sample = false;
    let record = Record::new(parts).unwrap();
    let office = Office::with_key("p256");
    let draft = Template::builtin("residence").unwrap().compose(&record).unwrap();
    let sealing = draft.bind(Payload::of(&record));
    let original = sealing
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .to_bytes();
    let copy = copy_of(&original, issuer(), "p256");
    keep("in-force.pdf", &copy);
    let report = verifier(&[]).recipient(RECIPIENT).verify_pdf(&copy, at());
    let (english, chinese) = report.advice();
    assert!(english.starts_with("YES, FOR ONE USE"), "{english}");
    assert!(chinese.starts_with("可以采信，仅限"), "{chinese}");
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["copy"]["en"].as_str().unwrap().contains(RECIPIENT), "{json}");
    assert!(json["record"].is_null(), "{json}");
    println!("{}", report.text(Language::Both));
    println!("{}", verifier(&[]).verify_pdf(&copy, at()).text(Language::Both));
}

#[test]
fn the_longest_terms_find_room() {
    let (recipient, purpose) = (
        "滨海市住房公积金管理中心".repeat(5),
        "办理住房公积金提取业务".repeat(9),
    );
    let maker = Issuer {
        name: "滨海市政务服务中心".repeat(6),
        code: issuer().code,
    };
    let asked = AnnotatedCopy::new(&recipient, &purpose, until(), maker);
    let draft = asked.compose(&verifier(&[]), &original(), at()).unwrap();
    let copy = sealed(&draft, "滨海市公安局", "p256");
    let path = keep("longest.pdf", &copy);
    assert_eq!(
        judged(&verifier(&[]).recipient(&recipient), &copy, at()).0,
        Outcome::Authentic
    );
    for page in ["1", "2"] {
        let from_to = ["-raw", "-f", page, "-l", page, path.to_str().unwrap(), "-"];
        if let Some((fine, text)) = run("pdftotext", &from_to) {
            let text: String = text.split_whitespace().collect();
            assert!(
                fine && text.contains(&recipient) && text.contains(&purpose),
                "{text}"
            );
        }
    }
}

#[test]
fn a_copy_is_never_the_result() {
    let copy = copy_of(&original(), issuer(), "p256");
    let plain = verifier(&[]);
    // Whoever asks for the result is not told that it is here.
    assert_eq!(
        judged(&plain, &copy, at()).0,
        Outcome::Indeterminate,
        "{:?}",
        judged(&plain, &copy, at())
    );
    let report = plain.verify_pdf(&copy, at());
    assert_eq!(report.findings[0].code, Code::CopyRecipientNotGiven);
    assert!(report.authentic().is_err());
    // Whoever asks for a copy gets terms, and neither record nor claims.
    let report = plain.recipient(RECIPIENT).verify_pdf(&copy, at());
    let authentic = report.authentic().unwrap();
    assert_eq!((authentic.record(), authentic.payload()), (None, None));
    assert_eq!(authentic.fields()[0].value, "加注件，非原件");
    assert!(authentic.copy().is_some());
    // The result itself is no copy, whether a recipient is given or not.
    let report = verifier(&[]).recipient(RECIPIENT).verify_pdf(&original(), at());
    assert!(report.authentic().unwrap().copy().is_none());
    assert!(report.authentic().unwrap().record().is_some());
}

#[test]
fn a_copy_is_for_its_recipient_and_until_its_last_day() {
    let copy = copy_of(&original(), issuer(), "p256");
    let verifier = verifier(&[]);
    let ours = verifier.clone().recipient(format!(" {RECIPIENT} "));
    assert_eq!(judged(&ours, &copy, at()).0, Outcome::Authentic);
    let (outcome, codes) = judged(&verifier.recipient("滨海市住房局"), &copy, at());
    assert_eq!(
        (outcome, codes[0]),
        (Outcome::NotAuthentic, "copy.another-recipient")
    );
    // The last second of the last day in China, and the next.
    let last = time("2030-08-01T23:59:59+08:00");
    assert_eq!(judged(&ours, &copy, last).0, Outcome::Authentic);
    let (outcome, codes) = judged(&ours, &copy, last.plus_seconds(1));
    assert_eq!((outcome, codes[0]), (Outcome::NotAuthentic, "copy.expired"));
    let (outcome, codes) = judged(&ours, &copy, at().plus_seconds(-1));
    assert_eq!((outcome, codes[0]), (Outcome::Indeterminate, "copy.not-yet-made"));
}

#[test]
fn who_may_copy_is_said_by_the_list() {
    let copy = copy_of(&original(), hall(), "ed25519");
    let kind = Office::with_key("p256")
        .record("residence")
        .kind()
        .code
        .to_string();
    // Not by being listed, nor by being permitted another type: copies have a permission of their own.
    for types in [vec![], vec![kind.as_str()]] {
        let report = verifier(&types).recipient(RECIPIENT).verify_pdf(&copy, at());
        assert_eq!(report.outcome, Outcome::NotAuthentic);
        assert_eq!(report.findings[0].code, Code::TypeNotPermitted, "{types:?}");
    }
    // The issuer's key does not make it the hall's.
    let stranger = copy_of(&original(), hall(), "p256");
    let report = verifier(&[&copies()])
        .recipient(RECIPIENT)
        .verify_pdf(&stranger, at());
    assert_eq!(report.outcome, Outcome::NotAuthentic);
    assert_eq!(report.findings[0].code, Code::IssuerMismatch);
}

#[test]
fn a_copy_names_its_original() {
    let original = original();
    let copy = copy_of(&original, issuer(), "p256");
    let verifier = verifier(&[]).recipient(RECIPIENT);
    let (outcome, codes) = judged(&verifier.clone().original(&original), &copy, at());
    assert_eq!(outcome, Outcome::Authentic);
    assert!(codes.contains(&"copy.original-match"), "{codes:?}");
    let other = Office::with_key("ed25519").issue("residence").to_bytes();
    let (outcome, codes) = judged(&verifier.original(&other), &copy, at());
    assert_eq!(
        (outcome, codes[0]),
        (Outcome::NotAuthentic, "copy.another-original")
    );
}

#[test]
fn only_what_is_authentic_is_copied() {
    let (original, verifier) = (original(), verifier(&[]));
    let made = |file: &[u8], at: Time| asked(issuer()).compose(&verifier, file, at);
    let mut forged = original.clone();
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    assert!(matches!(made(&forged, at()), Err(CopyError::NotAuthentic(_))));
    let unsealed = Office::with_key("p256").draft("residence");
    assert!(matches!(
        made(unsealed.bytes(), at()),
        Err(CopyError::NotAuthentic(_))
    ));
    // A copy of a copy would have nobody who answers for the original.
    let copy = copy_of(&original, issuer(), "p256");
    assert!(matches!(made(&copy, at()), Err(CopyError::NotAuthentic(_))));
    let asking = verifier.clone().recipient(RECIPIENT);
    assert_eq!(
        asked(issuer()).compose(&asking, &copy, at()),
        Err(CopyError::NoRecord)
    );
    // Nor does a copy outlive the result, or begin after it ends.
    let late = AnnotatedCopy::new(RECIPIENT, PURPOSE, "2099-01-01".parse().unwrap(), issuer());
    assert!(matches!(
        late.compose(&verifier, &original, at()),
        Err(CopyError::OutlivesOriginal { .. })
    ));
    let past = AnnotatedCopy::new(RECIPIENT, PURPOSE, "2030-06-30".parse().unwrap(), issuer());
    assert!(matches!(
        past.compose(&verifier, &original, at()),
        Err(CopyError::Terms(_))
    ));
    let long = AnnotatedCopy::new(RECIPIENT, &"长".repeat(101), until(), issuer());
    assert!(matches!(
        long.compose(&verifier, &original, at()),
        Err(CopyError::Terms(_))
    ));
}

#[test]
fn the_same_copy_has_the_same_bytes() {
    let (original, verifier) = (original(), verifier(&[]));
    let made = || asked(issuer()).compose(&verifier, &original, at()).unwrap();
    assert_eq!(made().bytes(), made().bytes());
}

#[test]
fn nothing_of_the_original_goes_along_but_what_is_seen() {
    let issued = Office::with_key("p256").issue("residence");
    let original = issued.to_bytes();
    let copy = asked(issuer()).compose(&verifier(&[]), &original, at()).unwrap();
    let document = Document::open(copy.bytes(), &Limits::DEFAULT).unwrap();
    assert!(document.audit().unwrap().is_empty());
    assert_eq!(copy.lint(&Limits::DEFAULT).unwrap(), []);
    let streams: Vec<u8> = decoded(&document);
    let all = [copy.bytes(), &streams].concat();
    for gone in [
        "record.cbor",
        "/Sig",
        "/AcroForm",
        "/StructTreeRoot",
        "/Metadata",
        "/JavaScript",
        "/Annots",
    ] {
        assert!(
            !all.windows(gone.len()).any(|window| window == gone.as_bytes()),
            "{gone}"
        );
    }
    // The code would stand for the original wherever it is scanned: its squares are not on the page.
    let code = issued.symbol().unwrap().form_content();
    assert!(!streams.windows(code.len()).any(|window| window == code));
    let own = decoded(&Document::open(&original, &Limits::DEFAULT).unwrap());
    assert!(
        own.windows(code.len()).any(|window| window == code),
        "the test looks for the wrong bytes"
    );
}

/// The data of all streams.
fn decoded(document: &Document<'_>) -> Vec<u8> {
    let view = document.newest();
    let numbers = 1..view.next_object_number();
    let objects = numbers.filter_map(|number| view.object(yinxin::pdf::Ref::new(number, 0)).ok().flatten());
    objects
        .filter_map(|object| view.decode(object.object.as_stream()?).ok())
        .flatten()
        .collect()
}

#[test]
fn a_copy_with_a_code_or_a_record_contradicts_itself() {
    let record: Record = Office::with_key("p256").record("residence");
    let draft = asked(issuer())
        .compose(&verifier(&[]), &original(), at())
        .unwrap();
    let seal = Office::with_key("p256").seal();
    let place = yinxin::seal::Place {
        page: 1,
        x_mm: 20.0,
        y_mm: 230.0,
    };
    let signer = signer("p256");
    let sealing = draft.bind(Payload::of(&record)).place_code(place, 40.0);
    let coded = sealing.seal(&seal, &signer, at()).unwrap().to_bytes();
    let (outcome, codes) = judged(&verifier(&[]).recipient(RECIPIENT), &coded, at());
    assert_eq!((outcome, codes[0]), (Outcome::NotAuthentic, "copy.malformed"));

    // One of the places that name the file says another name: programs would not find the same.
    let name = b"/F(copy.cbor)";
    let bytes = draft.bytes();
    let renamed = bytes
        .windows(name.len())
        .position(|window| window == name)
        .unwrap();
    let mut odd = bytes.to_vec();
    odd[renamed + 3] = b'C';
    let odd = Draft::open(odd, &Limits::DEFAULT).unwrap();
    let odd = sealed(&odd, &issuer().name, "p256");
    let (outcome, codes) = judged(&verifier(&[]).recipient(RECIPIENT), &odd, at());
    assert_eq!((outcome, codes[0]), (Outcome::NotAuthentic, "copy.malformed"));
}

#[test]
fn a_sealed_copy_stays_certified() {
    let copy = copy_of(&original(), issuer(), "p256");
    let again = Draft::open(copy.clone(), &Limits::DEFAULT).unwrap();
    let seal = Office::with_key("p256").seal();
    let signer = signer("p256");
    let certified = again
        .without_code()
        .certifies(Some(DocMdp::NoChanges))
        .seal(&seal, &signer, at());
    assert!(certified.is_err());
    let mut added = copy.clone();
    added.extend_from_slice(b"\n% more\n");
    let verifier = verifier(&[]).recipient(RECIPIENT);
    assert_ne!(judged(&verifier, &added, at()).0, Outcome::Authentic);
}

/// Where a person can look at it.
fn keep(name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("copy");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What `program` prints; `None` if it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            Some((
                output.status.success(),
                String::from_utf8_lossy(&text).into_owned(),
            ))
        }
        Err(_) => {
            println!("skipped: no {program} to look at the file");
            None
        }
    }
}

#[test]
fn other_programs_find_the_words_on_every_page() {
    for name in ["residence", "register", "official-document"] {
        let office = Office::with_key("p256");
        let verifier = office.verifier_for(name);
        let original = office.issue(name).to_bytes();
        let maker = office.record(name).issuer().clone();
        let draft = asked(maker.clone()).compose(&verifier, &original, at()).unwrap();
        let copy = sealed(&draft, &maker.name, "p256");
        let report = verifier.recipient(RECIPIENT).verify_pdf(&copy, at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{}",
            report.text(Language::English)
        );
        let path = keep(&format!("{name}.pdf"), &copy);
        let path = path.to_str().unwrap();
        if let Some((fine, text)) = run("qpdf", &["--check", path]) {
            assert!(fine, "{text}");
        }
        let pages = Document::open(&copy, &Limits::DEFAULT)
            .unwrap()
            .newest()
            .pages()
            .unwrap()
            .len();
        let before = Document::open(&original, &Limits::DEFAULT)
            .unwrap()
            .newest()
            .pages()
            .unwrap()
            .len();
        assert_eq!(pages, before + 1);
        for page in 1..=pages {
            let page = page.to_string();
            let Some((fine, text)) = run("pdftotext", &["-f", &page, "-l", &page, "-raw", path, "-"]) else {
                return;
            };
            let text: String = text.split_whitespace().collect();
            assert!(
                fine && text.contains(RECIPIENT) && text.contains(PURPOSE),
                "page {page}: {text}"
            );
        }
    }
}

/// The page of `original` in another shape, by a later revision of the draft.
fn reshaped(entries: &str) -> Vec<u8> {
    use yinxin::pdf::edit::DictionaryEdit;
    use yinxin::pdf::update::Update;

    let office = Office::with_key("p256");
    let draft = office.draft("residence");
    let document = Document::open(draft.bytes(), &Limits::DEFAULT).unwrap();
    let page = document.newest().pages().unwrap().remove(0);
    let raw = &draft.bytes()[page.object.source.clone().unwrap()];
    let mut edit = DictionaryEdit::new(raw, page.dictionary().unwrap());
    for entry in entries.split_terminator('/').skip(1) {
        let (key, value) = entry.split_once(' ').unwrap();
        edit.set(key.as_bytes(), value);
    }
    let body = edit.finish();
    let mut update = Update::new(&document);
    update.put(page.id, body);
    let mut bytes = draft.bytes().to_vec();
    bytes.extend(update.finish().unwrap().bytes);
    let draft = Draft::open(bytes, &Limits::DEFAULT).unwrap();
    let record = office.record("residence");
    let sealing = draft
        .bind(Payload::of(&record))
        .allow(yinxin::seal::Allow::Overhang);
    sealing
        .seal(&office.seal(), &office.signer(), at())
        .unwrap()
        .to_bytes()
}

#[test]
fn pages_of_any_shape_are_marked_as_they_are_seen() {
    for (name, entries, size) in [
        ("turned", "/Rotate 90", "841.89 x 595.276"),
        ("upside-down", "/Rotate 180", "595.276 x 841.89"),
        ("turned-back", "/Rotate 270", "841.89 x 595.276"),
        ("cropped", "/CropBox [0 0 595 600]", "595 x 600"),
        ("large", "/UserUnit 2", "1190.552 x 1683.78"),
    ] {
        let copy = copy_of(&reshaped(entries), issuer(), "p256");
        let path = keep(&format!("{name}.pdf"), &copy);
        let (outcome, codes) = judged(&verifier(&[]).recipient(RECIPIENT), &copy, at());
        assert_eq!(outcome, Outcome::Authentic, "{name}: {codes:?}");
        let path = path.to_str().unwrap();
        if let Some((fine, text)) = run("mutool", &["draw", "-F", "txt", path, "1"]) {
            let text: String = text.split_whitespace().collect();
            assert!(fine && text.contains(RECIPIENT), "{name}: {text}");
        }
        let document = Document::open(&copy, &Limits::DEFAULT).unwrap();
        let page = document.newest().pages().unwrap().remove(0);
        let shown = page.visible_box().unwrap();
        let (width, height) = (shown.width() * page.user_unit, shown.height() * page.user_unit);
        let (width, height) = if page.rotate.is_multiple_of(180) {
            (width, height)
        } else {
            (height, width)
        };
        let seen = |length: f64| (length * 1000.0).round() / 1000.0;
        let found = format!("{} x {}", seen(width), seen(height));
        assert_eq!(found, size, "{name}");
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    replace: Vec<[String; 2]>,
    says: Option<String>,
}

/// The terms that the vectors start from, in hexadecimal.
fn valid() -> String {
    let list: toml::Table =
        toml::from_str(&String::from_utf8(read("test-vectors/copy/terms.toml")).unwrap()).unwrap();
    list["valid"].as_str().unwrap().split_whitespace().collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn terms_are_read_in_one_way_or_refused_with_the_member() {
    let valid = valid();
    for (name, vector) in vectors::vectors::<Vector>("copy/terms", 20) {
        let mut changed = valid.clone();
        for [from, to] in &vector.replace {
            assert_eq!(changed.matches(from).count(), 1, "{name}: {from}");
            changed = changed.replace(from, to);
        }
        let bytes = hex(&changed);
        match (Terms::from_cbor(&bytes, &Limits::DEFAULT), &vector.says) {
            (Ok(terms), None) => assert_eq!(terms.to_cbor(), bytes, "{name}"),
            (Err(error), Some(says)) => assert!(error.to_string().contains(says), "{name}: {error}"),
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}

#[test]
fn terms_that_were_written_once_stay_as_they_are() {
    let copy = copy_of(&original(), hall(), "ed25519");
    let report = verifier(&[&copies()])
        .recipient(RECIPIENT)
        .verify_pdf(&copy, at());
    let mut terms = report.authentic().unwrap().copy().unwrap().clone();
    // The original's signature is another one each time.
    terms.original.length = 3;
    terms.original.sha256 = DigestAlgorithm::Sha256.digest(b"abc").try_into().unwrap();
    assert_eq!(hex(&valid()), terms.to_cbor());
}
