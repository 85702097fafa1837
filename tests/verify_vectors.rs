//! Forged documents as data: `test-vectors/documents/reject/NAME.toml`, one attack each, named after the rule it breaks.
//!
//! | key | meaning |
//! |---|---|
//! | `base` | what is forged: `small` (a page sealed without record or code), `roomy` (the same with room in its signature value),
//! | | `result` (a composed result), `draft` and `page` (not sealed) |
//! | `edit` | what is done to it, in order; see [`Edit`] |
//! | `seal` | `true` if the edited file is sealed only then, by an office that may |
//! | `expect`, `codes` | the outcome, and findings that must be there, the leading one first |
//! | `clause`, `why` | the rule, and one sentence of why it matters |

mod common;
#[path = "common/forge.rs"]
mod forge;

use std::collections::BTreeMap;

use common::{Office, at, path, time};
use forge::{Anatomy, Change, Ending};
use serde::Deserialize;
use yinxin::seal::DocMdp;
use yinxin::verify::{Code, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    base: String,
    #[serde(default)]
    edit: Vec<Edit>,
    #[serde(default)]
    seal: bool,
    at: Option<String>,
    expect: Expect,
    codes: Vec<String>,
    clause: String,
    why: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Expect {
    Indeterminate,
    NotAuthentic,
}

/// One step of a forgery. In texts `{catalog}`, `{page}`, `{content}`, `{field}`, `{value}` and `{next}` stand for object
/// numbers; `{before}`, `{after}`, `{tail}` for the numbers of the true `/ByteRange`; `{hex}` for the signature value without
/// its padding;
/// `{startxref}` for the number at the end of the file; `{before-2}` and the like for sums.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
enum Edit {
    /// Adds text at the end of the file.
    Append { text: String },
    /// Adds another file at its end.
    AppendFile { base: String },
    /// Writes `/ByteRange` anew into the room it has, so that nothing moves.
    ByteRange { with: String },
    /// Cuts bytes off the end.
    Cut { last: usize },
    /// Replaces the hex string of `/Contents` by something shorter and spaces, and fits `/ByteRange` to it.
    Contents { with: String },
    /// Replaces the first occurrence of a text by one of the same length.
    Replace { find: String, with: String },
    /// Appends a revision.
    Revision {
        #[serde(default)]
        objects: Vec<Object>,
        #[serde(default = "yes")]
        previous: bool,
        root: Option<String>,
        #[serde(default)]
        trailer: String,
    },
}

/// An object of an appended revision: a whole body, changed entries, or freed.
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

fn yes() -> bool {
    true
}

struct Names(Vec<(&'static str, String)>);

impl Names {
    fn of(file: &[u8], sealed: bool) -> Self {
        if !sealed {
            let document = forge::open(file);
            let catalog = document.newest().catalog().unwrap().id.number;
            let next = document.newest().next_object_number();
            return Self(vec![("catalog", catalog.to_string()), ("next", next.to_string())]);
        }
        let parts = Anatomy::of(file);
        let digits = &file[parts.contents.start + 1..parts.contents.end - 1];
        // The container begins with a tag, 82 and two octets of length.
        let length = std::str::from_utf8(&digits[4..8]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap() + 4;
        Self(vec![
            ("catalog", parts.catalog.number.to_string()),
            ("page", parts.page.number.to_string()),
            ("content", parts.content.number.to_string()),
            ("field", parts.field.number.to_string()),
            ("value", parts.value.number.to_string()),
            ("next", parts.next.to_string()),
            ("before", parts.contents.start.to_string()),
            ("after", parts.contents.end.to_string()),
            ("tail", (file.len() - parts.contents.end).to_string()),
            ("startxref", parts.startxref.to_string()),
            ("hex", String::from_utf8(digits[..length * 2].to_vec()).unwrap()),
        ])
    }

    /// `text` with names and sums of names filled in.
    fn fill(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (name, value) in &self.0 {
            out = out.replace(&format!("{{{name}}}"), value);
            for sign in ['+', '-'] {
                let opening = format!("{{{name}{sign}");
                while let Some(start) = out.find(&opening) {
                    let rest = &out[start + opening.len()..];
                    let (number, _) = rest.split_once('}').unwrap();
                    let end = start + opening.len() + number.len() + 1;
                    let (value, number): (i64, i64) = (value.parse().unwrap(), number.parse().unwrap());
                    let sum = if sign == '+' {
                        value + number
                    } else {
                        value - number
                    };
                    out.replace_range(start..end, &sum.to_string());
                }
            }
        }
        out
    }
}

fn base(office: &Office, name: &str) -> Vec<u8> {
    match name {
        "small" => forge::small(office),
        "roomy" => forge::roomy(office),
        "result" => office.issue("residence").into_bytes(),
        "draft" => office.draft("residence").into_bytes(),
        "page" => forge::page(200, 200, "0 0 20 20 re f"),
        other => panic!("no base {other}"),
    }
}

fn apply(office: &Office, names: &Names, file: &mut Vec<u8>, edit: &Edit) {
    match edit {
        Edit::Append { text } => file.extend_from_slice(names.fill(text).as_bytes()),
        Edit::AppendFile { base: name } => file.extend_from_slice(&base(office, name)),
        Edit::Cut { last } => file.truncate(file.len() - last),
        Edit::ByteRange { with } => {
            let (room, with) = (Anatomy::of(file).byte_range, names.fill(with));
            assert!(with.len() <= room.len(), "{with} is longer than the room");
            file[room.clone()].fill(b' ');
            file[room.start..room.start + with.len()].copy_from_slice(with.as_bytes());
        }
        Edit::Contents { with } => {
            let Anatomy {
                contents, byte_range, ..
            } = Anatomy::of(file);
            let with = names.fill(with);
            assert!(with.len() <= contents.len(), "{} bytes are too many", with.len());
            let end = contents.start + with.len();
            let range = format!("[0 {} {end} {}]", contents.start, file.len() - end);
            for (room, text) in [(contents, with), (byte_range, range)] {
                file[room.clone()].fill(b' ');
                file[room.start..room.start + text.len()].copy_from_slice(text.as_bytes());
            }
        }
        Edit::Replace { find, with } => {
            *file = forge::swapped(file, &names.fill(find), &names.fill(with));
        }
        Edit::Revision {
            objects,
            previous,
            root,
            trailer,
        } => {
            let objects = objects
                .iter()
                .map(|object| {
                    let change = match &object.body {
                        Some(body) => Change::Body(names.fill(body)),
                        None if object.free => Change::Free,
                        None => {
                            let set = object.set.iter();
                            let set = set.map(|(key, value)| (key.clone(), names.fill(value)));
                            Change::Edit(set.collect(), object.remove.clone())
                        }
                    };
                    (names.fill(&object.number).parse().unwrap(), change)
                })
                .collect();
            let ending = Ending {
                previous: *previous,
                root: root.as_ref().map(|root| names.fill(root).parse().unwrap()),
                trailer: names.fill(trailer),
            };
            *file = forge::revision(file, &objects, &ending);
        }
    }
}

#[test]
fn forged_documents_are_refused_for_the_reason_they_state() {
    let office = Office::with_key("ed25519");
    let mut paths: Vec<_> = std::fs::read_dir(path("test-vectors/documents/reject"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 25, "{} vectors", paths.len());
    let mut wrong = vec![];
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let vector: Vector = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!vector.clause.is_empty() && !vector.why.is_empty(), "{name}");
        let mut file = base(&office, &vector.base);
        let names = Names::of(
            &file,
            matches!(vector.base.as_str(), "small" | "roomy" | "result"),
        );
        for edit in &vector.edit {
            apply(&office, &names, &mut file, edit);
        }
        if vector.seal {
            file = forge::seal(&office, file, Some(DocMdp::NoChanges));
        }
        let moment = vector.at.as_deref().map_or(at(), time);
        let report = office.verifier().verify_pdf(&file, moment);
        let outcome = match report.outcome {
            Outcome::NotAuthentic => Some(Expect::NotAuthentic),
            Outcome::Indeterminate => Some(Expect::Indeterminate),
            _ => None,
        };
        let found: Vec<&str> = report
            .findings
            .iter()
            .map(|finding| finding.code.name())
            .collect();
        let known = |code: &String| Code::ALL.iter().any(|known| known.name() == code);
        let as_stated = outcome == Some(vector.expect)
            && vector.codes.iter().all(known)
            && vector.codes.first().map(String::as_str) == found.first().copied()
            && vector.codes.iter().all(|code| found.contains(&code.as_str()));
        if !as_stated {
            wrong.push(format!(
                "{name}: expected {:?} {:?}, found {:?} {:#?}",
                vector.expect, vector.codes, report.outcome, report.findings
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The machinery must not be what is refused: without edits the bases are authentic.
#[test]
fn unedited_bases_are_authentic() {
    let office = Office::with_key("ed25519");
    for name in ["small", "roomy", "result"] {
        let report = office.verifier().verify_pdf(&base(&office, name), at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{name}: {:#?}",
            report.findings
        );
    }
    for name in ["draft", "page"] {
        let sealed = forge::seal(&office, base(&office, name), Some(DocMdp::NoChanges));
        let report = office.verifier().verify_pdf(&sealed, at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{name}: {:#?}",
            report.findings
        );
    }
}
