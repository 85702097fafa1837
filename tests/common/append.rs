//! Revisions appended by hand, right or wrong, in every form a cross-reference has. Part of `forge.rs`.

use std::collections::BTreeMap;

use serde::Deserialize;
use yinxin::pdf::edit::DictionaryEdit;
use yinxin::pdf::{Ref, Style, View};

use super::open;

/// One object of a [`revision`].
#[derive(Clone)]
pub enum Change {
    /// The body between `obj` and `endobj`.
    Body(String),
    /// Entries set and removed in the dictionary as it is.
    Edit(Vec<(String, String)>, Vec<String>),
    /// Entries of a stream dictionary but `/Length`, and the data.
    Stream(String, Vec<u8>),
    /// The entry says that the number is free.
    Free,
    /// An entry for what stands elsewhere, and no object.
    At(usize),
    /// An entry that says the object is the first in an object stream.
    Member(u32),
    /// An object that no section names.
    Unlisted(String),
    /// Two bodies: the one that the table names, and the one that the stream of a hybrid section names.
    Two(String, String),
}

/// How the section of a [`revision`] is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A table (ISO 32000-2, 7.5.4).
    #[default]
    Table,
    /// As the newest section of the file.
    Own,
    /// A cross-reference stream (7.5.8).
    Stream,
    /// A cross-reference stream, and objects that are no streams in an object stream (7.5.7).
    ObjectStream,
    /// A table that names nothing, whose `/XRefStm` names everything (7.5.8.4).
    Hybrid,
}

/// What [`revision`] writes at the end of the file.
pub struct Ending {
    /// Whether the trailer has `/Prev`.
    pub previous: bool,
    /// What the trailer has instead of the `/Root` it had.
    pub root: Option<u32>,
    /// More trailer entries.
    pub trailer: String,
    pub form: Form,
}

impl Default for Ending {
    fn default() -> Self {
        Self {
            previous: true,
            root: None,
            trailer: String::new(),
            form: Form::default(),
        }
    }
}

/// An entry of a cross-reference section.
#[derive(Clone, Copy)]
enum Row {
    Free,
    At(usize),
    Member(u32, usize),
}

/// A revision being written behind a file.
struct Writer {
    out: Vec<u8>,
    rows: BTreeMap<u32, Row>,
    /// What the stream of a hybrid section names.
    hidden: BTreeMap<u32, Row>,
    /// Members of the object stream.
    members: Vec<(u32, Vec<u8>)>,
    size: u32,
}

/// `file` with a revision behind it that changes `objects`.
pub fn revision(file: &[u8], objects: &BTreeMap<u32, Change>, ending: &Ending) -> Vec<u8> {
    let document = open(file);
    let view = document.newest();
    let form = match (ending.form, view.revision().unwrap().style) {
        (Form::Own, Style::Table | Style::Hybrid) => Form::Table,
        (Form::Own, _) => Form::Stream,
        (form, _) => form,
    };
    let size = objects.keys().map(|number| number + 1).max().unwrap_or(0);
    let mut writer = Writer {
        out: file.to_vec(),
        rows: BTreeMap::new(),
        hidden: BTreeMap::new(),
        members: vec![],
        size: size.max(view.next_object_number()),
    };
    if !matches!(file.last(), Some(b'\n' | b'\r')) {
        writer.out.push(b'\n');
    }
    for (number, change) in objects {
        writer.change(&view, *number, change, form);
    }
    writer.pack();
    let entries = entries(&view, ending);
    match form {
        Form::Table | Form::Own => writer.table(&entries),
        Form::Stream | Form::ObjectStream => {
            let start = writer.section(&entries, writer.rows.clone());
            writer.close(start);
        }
        Form::Hybrid => {
            let hidden = std::mem::take(&mut writer.hidden);
            let start = writer.section(&entries, hidden);
            writer.table(&format!("{entries}/XRefStm {start}"));
        }
    }
    writer.out
}

/// The trailer entries but `/Size`.
fn entries(view: &View<'_, '_>, ending: &Ending) -> String {
    let revision = view.revision().unwrap();
    let root = ending.root.unwrap_or(view.catalog().unwrap().id.number);
    let mut entries = format!("/Root {root} 0 R{}", ending.trailer);
    if ending.previous {
        entries.push_str(&format!("/Prev {}", revision.startxref));
    }
    // Honest writers carry them on, and an attack should not be known by their absence.
    for key in ["ID", "Info"] {
        let found = view.trailer().entry(key.as_bytes());
        if let Some(entry) = found.filter(|_| !ending.trailer.contains(&format!("/{key}"))) {
            let start = revision.trailer_span.start;
            let raw = &view.bytes()[start + entry.span.start..start + entry.span.end];
            entries.push_str(&format!("/{key} {}", String::from_utf8_lossy(raw)));
        }
    }
    entries
}

impl Writer {
    fn change(&mut self, view: &View<'_, '_>, number: u32, change: &Change, form: Form) {
        let body = match change {
            Change::Body(body) => body.clone().into_bytes(),
            Change::Edit(set, remove) => {
                let old = view.object(Ref::new(number, 0)).unwrap().unwrap();
                let mut edit = DictionaryEdit::new(old.raw(), old.dictionary().unwrap());
                for (key, value) in set {
                    edit.set(key.as_bytes(), value.as_bytes());
                }
                for key in remove {
                    edit.remove(key.as_bytes());
                }
                edit.finish().text().to_vec()
            }
            Change::Stream(entries, data) => {
                let mut body = format!("<<{entries}/Length {}>>stream\n", data.len()).into_bytes();
                body.extend_from_slice(data);
                body.extend_from_slice(b"\nendstream");
                body
            }
            Change::Unlisted(body) => {
                self.object(number, body.as_bytes());
                return;
            }
            Change::Free => {
                self.name(number, Row::Free, form);
                return;
            }
            Change::Member(container) => {
                self.name(number, Row::Member(*container, 0), form);
                return;
            }
            Change::At(offset) => {
                self.name(number, Row::At(*offset), form);
                return;
            }
            Change::Two(listed, hidden) => {
                let at = self.object(number, listed.as_bytes());
                self.rows.insert(number, Row::At(at));
                let at = self.object(number, hidden.as_bytes());
                self.hidden.insert(number, Row::At(at));
                return;
            }
        };
        if form == Form::ObjectStream && !body.ends_with(b"endstream") {
            self.members.push((number, body));
            return;
        }
        let at = self.object(number, &body);
        self.name(number, Row::At(at), form);
    }

    fn name(&mut self, number: u32, row: Row, form: Form) {
        match form {
            Form::Hybrid => self.hidden.insert(number, row),
            _ => self.rows.insert(number, row),
        };
    }

    /// Writes an object; returns where.
    fn object(&mut self, number: u32, body: &[u8]) -> usize {
        let at = self.out.len();
        self.out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.out.extend_from_slice(body);
        self.out.extend_from_slice(b"\nendobj\n");
        at
    }

    fn allocate(&mut self) -> u32 {
        self.size += 1;
        self.size - 1
    }

    /// Writes the object stream, if it has members.
    fn pack(&mut self) {
        if self.members.is_empty() {
            return;
        }
        let container = self.allocate();
        let (mut head, mut bodies) = (String::new(), vec![]);
        for (index, (number, body)) in std::mem::take(&mut self.members).into_iter().enumerate() {
            head.push_str(&format!("{number} {} ", bodies.len()));
            bodies.extend_from_slice(&body);
            bodies.push(b'\n');
            self.rows.insert(number, Row::Member(container, index));
        }
        let count = head.split(' ').count() / 2;
        let entries = format!("/Type/ObjStm/N {count}/First {}", head.len());
        let data = [head.into_bytes(), bodies].concat();
        let at = self.out.len();
        self.out.extend_from_slice(
            format!("{container} 0 obj\n<<{entries}/Length {}>>stream\n", data.len()).as_bytes(),
        );
        self.out.extend_from_slice(&data);
        self.out.extend_from_slice(b"\nendstream\nendobj\n");
        self.rows.insert(container, Row::At(at));
    }

    /// Writes a cross-reference stream of `rows` and itself; returns where.
    fn section(&mut self, entries: &str, mut rows: BTreeMap<u32, Row>) -> usize {
        let (own, at) = (self.allocate(), self.out.len());
        rows.insert(own, Row::At(at));
        let index: Vec<String> = rows.keys().map(|number| format!("{number} 1")).collect();
        let mut data = vec![];
        for row in rows.values() {
            let (kind, second, third) = match *row {
                Row::Free => (0, 0, 1),
                Row::At(offset) => (1, offset, 0),
                Row::Member(container, index) => (2, container as usize, index),
            };
            data.push(kind);
            data.extend_from_slice(&u32::try_from(second).unwrap().to_be_bytes());
            data.extend_from_slice(&u16::try_from(third).unwrap().to_be_bytes());
        }
        let head = format!(
            "<</Type/XRef/Size {}{entries}/W[1 4 2]/Index[{}]/Length {}>>stream\n",
            self.size,
            index.join(" "),
            data.len()
        );
        self.object(own, &[head.as_bytes(), &data, b"\nendstream"].concat());
        at
    }

    fn table(&mut self, entries: &str) {
        let start = self.out.len();
        let mut text = String::from("xref\n");
        for (number, row) in &self.rows {
            match row {
                Row::Free => text.push_str(&format!("{number} 1\n0000000000 00001 f \n")),
                Row::At(offset) => text.push_str(&format!("{number} 1\n{offset:010} 00000 n \n")),
                Row::Member(..) => unreachable!("a table names no member of an object stream"),
            }
        }
        text.push_str(&format!("trailer\n<</Size {}{entries}>>\n", self.size));
        self.out.extend_from_slice(text.as_bytes());
        self.close(start);
    }

    fn close(&mut self, start: usize) {
        self.out
            .extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    }
}
