//! Edits of sealed files as data: what the vectors of `test-vectors/documents` and `test-vectors/attacks` are made of.
#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;

use serde::Deserialize;
use yinxin::limits::Limits;
use yinxin::pdf::Document;

use crate::common;
use crate::forge::{self, Anatomy, Change, Ending, Form};

#[path = "resign.rs"]
mod resign;
#[path = "stamp.rs"]
mod stamp;
#[path = "wrap.rs"]
mod wrap;

use resign::{Flaw, resigned};
use wrap::wrapped;

/// One step of a forgery. In texts `{catalog}`, `{page}`, `{content}`, `{field}`, `{value}` and `{next}` stand for object
/// numbers; `{before}`, `{after}`, `{tail}` for the numbers of the true `/ByteRange`; `{hex}` for the signature value without
/// its padding; `{value-body}` for the signature dictionary, `{field-body}` for the field; `{stamp-field}`, `{stamp-value}`, `{stamp-body}` for those of a second signature;
/// `{signature}` for the room that a signature needs; `{startxref}` for the number at the end of the file, `{size}` for its length; `{before-2}` and the like for sums; `{*9 x}` for
/// nine times `x`; `{length}` for the length of the file as it is by now, `{@x}` and `{@x+5}` for the place of the first `x` in it;
/// `{=5}` for 5 in ten digits.
#[derive(Clone, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Edit {
    /// Adds text at the end of the file.
    Append {
        text: String,
        /// How often; `{length}` is another each time.
        #[serde(default = "once")]
        times: usize,
    },
    /// Adds another file at its end.
    AppendFile { base: String },
    /// Writes `/ByteRange` anew into the room it has, so that nothing moves.
    ByteRange { with: String },
    /// Cuts bytes off the end.
    Cut { last: usize },
    /// Replaces the hex string of `/Contents` by something shorter and spaces, and fits `/ByteRange` to it.
    Contents { with: String },
    /// Writes into the gap from its first byte on; what is left of the gap stays, if `keep`, or becomes spaces.
    Gap {
        with: String,
        #[serde(default)]
        keep: bool,
    },
    /// Replaces the last occurrence of a text in the hex string of `/Contents`, and pads with zeros.
    GapReplace { find: String, with: String },
    /// Puts text in front of the file.
    Prepend { text: String },
    /// Replaces the first occurrence of a text by one of the same length.
    Replace { find: String, with: String },
    /// Replaces the last occurrence of a text by one of any length.
    ReplaceLast { find: String, with: String },
    /// Appends a revision.
    Revision {
        #[serde(default)]
        objects: Vec<Object>,
        #[serde(default = "yes")]
        previous: bool,
        root: Option<String>,
        #[serde(default)]
        trailer: String,
        form: Option<Form>,
        /// The key that signs it: `{signature}` in one of its objects makes room for `/ByteRange` and `/Contents`.
        sign: Option<String>,
    },
    /// Signs anew, with the P-256 key, and something wrong.
    SignAgain { flaw: Flaw },
    /// Appends a document time stamp by the test authority.
    Stamp {
        /// Whether it is for other bytes than those of the file.
        #[serde(default)]
        elsewhere: bool,
    },
    /// Puts the signature value of another file into the gap, padded with zeros.
    ValueOf { base: String },
    /// Puts a container of `test-vectors/cms` into the gap, padded with zeros.
    Value { cms: String },
    /// Moves what stands behind the gap to the end of the file and puts a section of the attacker's in its place, where the
    /// tail says that its own section stands.
    Wrap {
        /// What follows the hex string, inside the signature dictionary.
        inside: String,
        /// Objects changed by that section.
        objects: Vec<Object>,
    },
}

/// An object of an appended revision: a whole body, changed entries, or freed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    pub number: String,
    body: Option<String>,
    /// The body that the table names where the stream of a hybrid section names `body`.
    listed: Option<String>,
    /// Where the entry points, instead of an object.
    at: Option<String>,
    /// Data of a stream whose entries are `body`.
    stream: Option<String>,
    /// Whether the data are compressed.
    #[serde(default)]
    deflate: bool,
    #[serde(default)]
    set: BTreeMap<String, String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    free: bool,
    #[serde(default)]
    unlisted: bool,
    /// The object stream that the entry says it is in, as its first.
    member: Option<String>,
    /// How many such objects, with numbers from `number` on; `{i}` is each one's own.
    #[serde(default = "once")]
    count: usize,
}

fn yes() -> bool {
    true
}

fn once() -> usize {
    1
}

impl Object {
    /// The objects it stands for.
    fn changes(&self, names: &Names, file: &[u8]) -> Vec<(u32, Change)> {
        let first: usize = names.fill(&self.number).parse().unwrap();
        let one = |number: usize| {
            let change = match self.count {
                1 => self.change(names, file),
                _ => self.change(&names.with("i", number), file),
            };
            (u32::try_from(number).unwrap(), change)
        };
        (first..first + self.count).map(one).collect()
    }

    fn change(&self, names: &Names, file: &[u8]) -> Change {
        if let Some(container) = &self.member {
            return Change::Member(names.fill(container).parse().unwrap());
        }
        match (&self.body, &self.stream, &self.listed, &self.at) {
            (_, _, _, Some(at)) => Change::At(names.fill_in(at, file).parse().unwrap()),
            (body, Some(data), _, _) => {
                let body = names.fill(body.as_deref().unwrap_or_default());
                let data = names.fill(data).into_bytes();
                match self.deflate {
                    true => Change::Stream(
                        format!("{body}/Filter/FlateDecode"),
                        miniz_oxide::deflate::compress_to_vec_zlib(&data, 9),
                    ),
                    false => Change::Stream(body, data),
                }
            }
            (Some(body), _, Some(listed), _) => Change::Two(names.fill(listed), names.fill(body)),
            (Some(body), _, _, _) if self.unlisted => Change::Unlisted(names.fill(body)),
            (Some(body), ..) => Change::Body(names.fill(body)),
            (None, ..) if self.free => Change::Free,
            (None, ..) => {
                let set = self
                    .set
                    .iter()
                    .map(|(key, value)| (key.clone(), names.fill(value)));
                Change::Edit(set.collect(), self.remove.clone())
            }
        }
    }
}

/// What stands for what in the texts of edits.
#[derive(Clone)]
pub struct Names(Vec<(&'static str, String)>);

impl Names {
    pub fn of(file: &[u8], sealed: bool) -> Self {
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
        let document = Document::open(file, &Limits::DEFAULT).unwrap();
        let body = |id| {
            let object = document.newest().object(id).unwrap().unwrap();
            String::from_utf8_lossy(object.raw()).into_owned()
        };
        let stamp = parts.stamp.map(|(field, value)| {
            [
                ("stamp-field", field.number.to_string()),
                ("stamp-value", value.number.to_string()),
                ("stamp-body", body(value)),
            ]
        });
        let names = vec![
            ("catalog", parts.catalog.number.to_string()),
            ("page", parts.page.number.to_string()),
            ("content", parts.content.number.to_string()),
            ("field", parts.field.number.to_string()),
            ("value", parts.value.number.to_string()),
            ("next", parts.next.to_string()),
            ("before", parts.contents.start.to_string()),
            ("after", parts.contents.end.to_string()),
            ("tail", (parts.covered - parts.contents.end).to_string()),
            ("startxref", parts.startxref.to_string()),
            ("size", file.len().to_string()),
            ("hex-end", (parts.contents.start + 2 + length * 2).to_string()),
            ("hex", String::from_utf8(digits[..length * 2].to_vec()).unwrap()),
            ("value-body", body(parts.value)),
            ("field-body", body(parts.field)),
            ("signature", forge::signature_room()),
        ];
        Self(names.into_iter().chain(stamp.into_iter().flatten()).collect())
    }

    /// These names and another.
    fn with(&self, name: &'static str, value: usize) -> Self {
        let mut names = self.0.clone();
        names.push((name, value.to_string()));
        Self(names)
    }

    /// `text` with names and sums of names filled in.
    pub fn fill(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (name, value) in &self.0 {
            if !out.contains('{') {
                break;
            }
            out = out.replace(&format!("{{{name}}}"), value);
            for sign in ['+', '-'] {
                let opening = format!("{{{name}{sign}");
                let mut from = 0;
                while let Some(start) = out[from..].find(&opening).map(|at| at + from) {
                    let rest = &out[start + opening.len()..];
                    let (number, _) = rest.split_once('}').unwrap();
                    let end = start + opening.len() + number.len() + 1;
                    from = end;
                    // `{value-body}` is no sum.
                    let (Ok(value), Ok(number)) = (value.parse::<i64>(), number.parse::<i64>()) else {
                        continue;
                    };
                    let sum = if sign == '+' {
                        value + number
                    } else {
                        value - number
                    };
                    out.replace_range(start..end, &sum.to_string());
                    from = start;
                }
            }
        }
        while let Some(start) = out.find("{*") {
            let end = start + out[start..].find('}').unwrap();
            let (times, what) = out[start + 2..end].split_once(' ').unwrap();
            let repeated = what.repeat(times.parse().unwrap());
            out.replace_range(start..=end, &repeated);
        }
        out
    }

    /// `text`, where the file is `file` by now.
    fn fill_in(&self, text: &str, file: &[u8]) -> String {
        let mut text = self.with("length", file.len()).fill(text);
        while let Some(start) = text.find("{@") {
            let end = start + text[start..].find('}').unwrap();
            let (found, sum) = match text[start + 2..end].rsplit_once('+') {
                Some((find, sum)) => (find, sum.parse().unwrap()),
                None => (&text[start + 2..end], 0),
            };
            let at = file.windows(found.len()).position(|w| w == found.as_bytes());
            let at = at.unwrap_or_else(|| panic!("{found} not found")) + sum;
            text.replace_range(start..=end, &at.to_string());
        }
        // `{=625}` is the ten digits that a table has for a place.
        while let Some(start) = text.find("{=") {
            let end = start + text[start..].find('}').unwrap();
            let place: usize = text[start + 2..end].parse().unwrap();
            text.replace_range(start..=end, &format!("{place:010}"));
        }
        text
    }
}

/// Writes `text` over `room`, and spaces over the rest of it.
fn write_over(file: &mut [u8], room: std::ops::Range<usize>, text: &str) {
    assert!(text.len() <= room.len(), "{text} is longer than the room");
    file[room.clone()].fill(b' ');
    file[room.start..room.start + text.len()].copy_from_slice(text.as_bytes());
}

/// Does one edit. `form` is that of revisions which do not say theirs, `base` makes other files by name.
pub fn apply(names: &Names, file: &mut Vec<u8>, edit: &Edit, form: Form, base: &dyn Fn(&str) -> Vec<u8>) {
    match edit {
        Edit::Append { text, times } => {
            for _ in 0..*times {
                let text = names.fill_in(text, file);
                file.extend_from_slice(text.as_bytes());
            }
        }
        Edit::AppendFile { base: name } => file.extend_from_slice(&base(name)),
        Edit::Cut { last } => file.truncate(file.len() - last),
        Edit::ByteRange { with } => {
            let room = Anatomy::of(file).byte_range;
            write_over(file, room, &names.fill(with));
        }
        Edit::Contents { with } => {
            let parts = Anatomy::of(file);
            let with = names.fill(with);
            let end = parts.contents.start + with.len();
            let range = format!("[0 {} {end} {}]", parts.contents.start, parts.covered - end);
            write_over(file, parts.contents, &with);
            write_over(file, parts.byte_range, &range);
        }
        Edit::Gap { with, keep } => {
            let (gap, with) = (Anatomy::of(file).contents, names.fill(with));
            match keep {
                true => file[gap.start..gap.start + with.len()].copy_from_slice(with.as_bytes()),
                false => write_over(file, gap, &with),
            }
        }
        Edit::GapReplace { find, with } => {
            let gap = Anatomy::of(file).contents;
            let digits = std::str::from_utf8(&file[gap.start + 1..gap.end - 1])
                .unwrap()
                .to_lowercase();
            let at = digits.rfind(find).unwrap_or_else(|| panic!("{find} not found"));
            let mut changed = format!("{}{with}{}", &digits[..at], &digits[at + find.len()..]);
            while changed.len() < digits.len() {
                changed.push('0');
            }
            assert!(changed[digits.len()..].bytes().all(|digit| digit == b'0'));
            file[gap.start + 1..gap.end - 1].copy_from_slice(&changed.as_bytes()[..digits.len()]);
        }
        Edit::Prepend { text } => *file = [names.fill(text).as_bytes(), file].concat(),
        Edit::Replace { find, with } => {
            *file = forge::swapped(file, &names.fill(find), &names.fill(with));
        }
        Edit::ReplaceLast { find, with } => {
            let find = names.fill(find);
            let at = file.windows(find.len()).rposition(|w| w == find.as_bytes());
            let at = at.unwrap_or_else(|| panic!("{find} not found"));
            file.splice(at..at + find.len(), names.fill(with).into_bytes());
        }
        Edit::Revision {
            objects,
            previous,
            root,
            trailer,
            form: own,
            sign,
        } => {
            let objects = objects
                .iter()
                .flat_map(|object| object.changes(names, file))
                .collect();
            let ending = Ending {
                previous: *previous,
                root: root.as_ref().map(|root| names.fill(root).parse().unwrap()),
                trailer: names.fill_in(trailer, file),
                form: own.unwrap_or(form),
            };
            let start = file.len();
            *file = forge::revision(file, &objects, &ending);
            if let Some(key) = sign {
                forge::sign_room(file, start, &common::signer(key));
            }
        }
        Edit::SignAgain { flaw } => *file = resigned(file, *flaw),
        Edit::Stamp { elsewhere } => {
            let imprint_of = elsewhere.then(|| b"elsewhere".to_vec());
            let token = stamp::Token {
                imprint_of,
                ..stamp::Token::default()
            };
            *file = stamp::stamped(file, &token);
        }
        Edit::ValueOf { base: name } => {
            let (gap, other) = (Anatomy::of(file).contents, base(name));
            let hex = Names::of(&other, true).fill("<{hex}");
            file[gap.start + 1..gap.end - 1].fill(b'0');
            file[gap.start..gap.start + hex.len()].copy_from_slice(hex.as_bytes());
        }
        Edit::Value { cms } => {
            *file = forge::with_value(file, &common::read(&format!("test-vectors/cms/{cms}.der")));
        }
        Edit::Wrap { inside, objects } => {
            let changes = objects
                .iter()
                .flat_map(|object| object.changes(names, file))
                .collect();
            *file = wrapped(file, &names.fill("{hex}"), &names.fill(inside), &changes);
        }
    }
}
