//! What may come after a seal, as data: `test-vectors/changes/NAME.toml`, one rule each, named after it.
//!
//! | key | meaning |
//! |---|---|
//! | `base` | a file below `bases`, each a list of objects |
//! | `objects` | objects of the base written otherwise, or more of them |
//! | `certifies`, `field` | how the base is sealed: DocMDP level, the empty field that is filled |
//! | `then` | what comes after the seal, in order; see [`Then`] |
//! | `level` | how far the revisions after the first seal go |
//! | `refused` | codes that must be found whatever the policy; empty where the policy alone decides |
//! | `beyond` | that no policy accepts what the seal permits; `noise`: that only `acrobat` does |
//! | `answered` | that a later seal covers the whole file, so that what is beyond the policy leaves a doubt |
//! | `clause`, `why` | the rule, and one sentence of why it matters |
//!
//! Every vector is run with tables and with cross-reference streams, under every policy.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/stamp.rs"]
mod stamp;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use common::{Office, at, path, pem};
use serde::Deserialize;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pdf::edit::DictionaryEdit;
use yinxin::pdf::form::{FieldValue, FormBudget};
use yinxin::pdf::{Document, Ref, Style};
use yinxin::seal::{Allow, DocMdp};
use yinxin::verify::{ChangePolicy, Modification, Outcome, Severity, Trust, Verifier};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    base: String,
    #[serde(default)]
    objects: BTreeMap<String, String>,
    certifies: Option<u8>,
    field: Option<String>,
    then: Vec<Then>,
    level: String,
    #[serde(default)]
    refused: Vec<String>,
    #[serde(default)]
    beyond: bool,
    #[serde(default)]
    noise: bool,
    #[serde(default)]
    answered: bool,
    clause: String,
    why: String,
}

/// What comes after the seal. In texts `{next}`, `{next+1}` and so on stand for free numbers, `{field}` and `{value}` for the
/// first seal's field and signature dictionary.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
enum Then {
    /// A revision with these objects, and entries for its trailer.
    Update {
        objects: Vec<Object>,
        #[serde(default)]
        trailer: String,
    },
    /// A seal by the same office, in a new field or in the named one.
    Seal { field: Option<String> },
    /// A document time stamp.
    Stamp,
}

/// A whole body, changed entries of the object as it is, the object as it is, or freed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    number: String,
    body: Option<String>,
    #[serde(default)]
    set: BTreeMap<String, String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    free: bool,
}

#[derive(Deserialize)]
struct Bases(BTreeMap<String, BTreeMap<String, String>>);

const LIMITS: Limits = Limits::DEFAULT;

/// A stream is written `[entries] data`, so that nobody has to count.
fn body(text: &str) -> Vec<u8> {
    match text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((entries, data)) if entries.starts_with('/') || entries.is_empty() => {
            yinxin::pdf::update::stream_body(entries.as_bytes(), data.as_bytes(), false)
        }
        _ => text.as_bytes().to_vec(),
    }
}

/// Objects and a section behind `file`; `None` frees a number.
fn append(
    file: &mut Vec<u8>,
    objects: &BTreeMap<u32, Option<Vec<u8>>>,
    trailer: &str,
    style: Style,
    size: u32,
) {
    let mut rows: BTreeMap<u32, (u8, usize)> = BTreeMap::new();
    for (number, body) in objects {
        let Some(body) = body else {
            rows.insert(*number, (0, 0));
            continue;
        };
        rows.insert(*number, (1, file.len()));
        file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        file.extend_from_slice(body);
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    if style == Style::Stream {
        rows.insert(size, (1, start));
        let mut data = vec![];
        let mut index = String::new();
        for (number, (kind, offset)) in &rows {
            write!(index, "{number} 1 ").unwrap();
            data.push(*kind);
            data.extend_from_slice(&u32::try_from(*offset).unwrap().to_be_bytes());
            data.push(*kind ^ 1);
        }
        let entries = format!("/Type/XRef/W[1 4 1]/Index[{index}]/Size {}{trailer}", size + 1);
        file.extend_from_slice(format!("{size} 0 obj\n").as_bytes());
        // A row of an object in use has generation 0, of a free one 1.
        file.extend_from_slice(&yinxin::pdf::update::stream_body(
            entries.as_bytes(),
            &data,
            false,
        ));
        file.extend_from_slice(b"\nendobj\n");
    } else {
        let mut table = String::from("xref\n");
        for (number, (kind, offset)) in &rows {
            let row = match (number, kind) {
                (0, _) => "0000000000 65535 f".to_owned(),
                (_, 0) => "0000000000 00001 f".to_owned(),
                _ => format!("{offset:010} 00000 n"),
            };
            writeln!(table, "{number} 1\n{row} ").unwrap();
        }
        write!(table, "trailer\n<</Size {size}{trailer}>>\n").unwrap();
        file.extend_from_slice(table.as_bytes());
    }
    file.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
}

fn open(file: &[u8]) -> Document<'_> {
    Document::open(file, &LIMITS).unwrap()
}

/// The file of a base before it is sealed.
fn base(vector: &Vector, bases: &Bases, style: Style) -> Vec<u8> {
    let mut objects = bases
        .0
        .get(&vector.base)
        .unwrap_or_else(|| panic!("base {}", vector.base))
        .clone();
    objects.extend(vector.objects.clone());
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut all: BTreeMap<u32, Option<Vec<u8>>> = objects
        .iter()
        .map(|(n, text)| (n.parse().unwrap(), Some(body(text))))
        .collect();
    all.insert(0, None);
    let size = all.keys().last().unwrap() + 1;
    let info = if objects.contains_key("19") {
        "/Info 19 0 R"
    } else {
        ""
    };
    append(&mut file, &all, &format!("/Root 1 0 R{info}"), style, size);
    file
}

fn seal(file: Vec<u8>, certifies: Option<u8>, field: Option<&str>, page: usize) -> Vec<u8> {
    let office = Office::with_key("p256");
    let draft = Draft::open(file, &LIMITS).unwrap();
    let level = certifies.map(|level| match level {
        1 => DocMdp::NoChanges,
        2 => DocMdp::FormFilling,
        _ => DocMdp::Annotations,
    });
    let mut sealing = draft.without_code().certifies(level).allow(Allow::Overlap);
    sealing = match field {
        Some(name) => sealing.field(name),
        None => sealing.place(yinxin::seal::Place {
            page,
            ..forge::place()
        }),
    };
    sealing
        .seal(&forge::mark(), &office.signer(), at())
        .unwrap()
        .into_bytes()
}

/// What the names in texts stand for.
fn names(file: &[u8]) -> Vec<(String, String)> {
    let document = open(file);
    let view = document.newest();
    // The newest revision may have lost its form.
    let signed = |revision: usize| {
        let mut first = None;
        let walked = document
            .view(revision)?
            .walk_form(&mut FormBudget::new(&LIMITS), |node| {
                if let (true, FieldValue::Reference(value)) = (node.is_signature(), node.value) {
                    let field = node.object.unwrap().id.number;
                    first = first
                        .min(Some((field, value.number)))
                        .or(Some((field, value.number)));
                }
            });
        walked.unwrap();
        first
    };
    let (field, value) = (0..document.revisions().len()).rev().find_map(signed).unwrap();
    let next = view.next_object_number();
    let mut names = vec![
        ("{field}".to_owned(), field.to_string()),
        ("{value}".to_owned(), value.to_string()),
    ];
    names.push(("{next}".to_owned(), next.to_string()));
    names.extend((1..9).map(|more| (format!("{{next+{more}}}"), (next + more).to_string())));
    names
}

fn update(file: &mut Vec<u8>, objects: &[Object], trailer: &str) {
    let names = names(file);
    let fill = |text: &str| {
        names
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let (all, style, root, previous, size) = {
        let document = open(file);
        let view = document.newest();
        let mut all: BTreeMap<u32, Option<Vec<u8>>> = BTreeMap::new();
        for object in objects {
            let number: u32 = fill(&object.number).parse().unwrap();
            let new = match &object.body {
                _ if object.free => None,
                Some(text) => Some(body(&fill(text))),
                None => {
                    let old = view
                        .object(Ref::new(number, 0))
                        .unwrap()
                        .expect("an object to edit");
                    match old.dictionary() {
                        Some(dictionary) if !object.set.is_empty() || !object.remove.is_empty() => {
                            let mut edit = DictionaryEdit::new(old.raw(), dictionary);
                            for (key, value) in &object.set {
                                edit.set(key.as_bytes(), fill(value).as_bytes());
                            }
                            for key in &object.remove {
                                edit.remove(key.as_bytes());
                            }
                            Some(edit.finish().text().to_vec())
                        }
                        _ => Some(old.raw().to_vec()),
                    }
                }
            };
            all.insert(number, new);
        }
        let revision = view.revision().unwrap();
        let size = view
            .next_object_number()
            .max(all.keys().last().map_or(0, |n| n + 1));
        let root = view.catalog().unwrap().id.number;
        (all, revision.style, root, revision.startxref, size)
    };
    let kept = {
        let document = open(file);
        let info = document
            .newest()
            .trailer()
            .find(b"Info")
            .and_then(yinxin::pdf::Object::as_reference);
        info.map_or(String::new(), |id| format!("/Info {id}"))
    };
    let trailer = fill(trailer);
    let kept = if trailer.contains("/Info") {
        String::new()
    } else {
        kept
    };
    append(
        file,
        &all,
        &format!("/Root {root} 0 R/Prev {previous}{kept}{trailer}"),
        style,
        size,
    );
}

fn verifier(policy: ChangePolicy) -> Verifier {
    let trust = Trust::new().roots(pem("root")).certificates(pem("intermediate"));
    Verifier::new(trust).policy(policy)
}

fn level(name: &str) -> Modification {
    match name {
        "none" => Modification::None,
        "lta-update" => Modification::LtaUpdate,
        "form-fill" => Modification::FormFill,
        "annotate" => Modification::Annotate,
        "other" => Modification::Other,
        other => panic!("no level {other}"),
    }
}

/// What is wrong with a vector; empty if all is as it says.
fn judge(name: &str, vector: &Vector, bases: &Bases, style: Style) -> String {
    let mut wrong = String::new();
    let mut file = seal(
        base(vector, bases, style),
        vector.certifies,
        vector.field.as_deref(),
        0,
    );
    let sealed = verifier(ChangePolicy::Seal).verify_pdf(&file, at());
    if sealed.outcome != Outcome::Authentic {
        return format!(
            "{name} {style:?}: the base is {:?}: {:?}\n",
            sealed.outcome, sealed.findings
        );
    }
    for then in &vector.then {
        match then {
            Then::Update { objects, trailer } => update(&mut file, objects, trailer),
            Then::Seal { field } => file = seal(file, None, field.as_deref(), 1),
            Then::Stamp => file = stamp::stamped(&file, &stamp::Token::default()),
        }
    }
    let expected = level(&vector.level);
    for policy in [ChangePolicy::Seal, ChangePolicy::Pades, ChangePolicy::Acrobat] {
        let report = verifier(policy).verify_pdf(&file, at());
        let found: BTreeSet<&str> = report
            .findings
            .iter()
            .filter(|finding| finding.code.severity() > Severity::Note)
            .map(|finding| finding.code.name())
            .collect();
        let above =
            expected > policy.most() || vector.beyond || vector.noise && policy < ChangePolicy::Acrobat;
        let mut due: BTreeSet<&str> = vector.refused.iter().map(String::as_str).collect();
        match (due.is_empty(), above, vector.answered) {
            (false, ..) => {
                due.insert("change.after-seal");
            }
            (true, true, false) => due.extend(["change.after-seal", "change.beyond-policy"]),
            (true, true, true) => {
                due.insert("change.before-later-seal");
            }
            (true, false, _) => {}
        }
        let outcome = match (due.is_empty(), vector.answered && vector.refused.is_empty()) {
            (true, _) => Outcome::Authentic,
            (false, true) => Outcome::Indeterminate,
            (false, false) => Outcome::NotAuthentic,
        };
        let reached = report.seals.first().map(|seal| seal.modification);
        if (found != due && (vector.refused.is_empty() || !due.is_subset(&found)))
            || report.outcome != outcome
            || reached != Some(expected)
        {
            writeln!(
                wrong,
                "{name} {style:?} {policy:?}: {:?} {reached:?} instead of {outcome:?} {expected:?} {due:?}:",
                report.outcome
            )
            .unwrap();
            for finding in &report.findings {
                writeln!(wrong, "    {finding}").unwrap();
            }
        }
    }
    wrong
}

#[test]
fn every_vector_of_a_later_revision_is_judged_as_it_says() {
    let bases = std::fs::read_to_string(path("test-vectors/changes/bases.toml")).unwrap();
    let bases: Bases = toml::from_str(&bases).unwrap();
    let folder = std::fs::read_dir(path("test-vectors/changes")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut count, mut refused, mut wrong) = (0, 0, String::new());
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "bases" {
            continue;
        }
        let vector: Vector = toml::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!vector.why.is_empty() && !vector.clause.is_empty(), "{name}");
        count += 1;
        refused += usize::from(!vector.refused.is_empty() || vector.beyond);
        for style in [Style::Table, Style::Stream] {
            wrong.push_str(&judge(&name, &vector, &bases, style));
        }
        // What goes wrong everywhere is read at the first few.
        if wrong.len() > 5_000 {
            break;
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(
        count >= 60 && refused * 5 >= count * 2,
        "{count} vectors, {refused} of them refused"
    );
}
