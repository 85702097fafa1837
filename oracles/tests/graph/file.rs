//! A random document as a file: a first revision written here, in every style, and later ones by the library.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use yinxin::limits::Limits;
use yinxin::pdf::update::Update;
use yinxin::pdf::{Document, Ref, Style};

use super::coding::{self, Coding, Predictor};
use super::{Body, Item, Names, OBJECTS, Random, Speller, body};

/// A document in the order in which it was saved.
#[derive(Clone, Debug)]
pub struct Plan {
    pub style: Style,
    pub names: Names,
    /// What each revision puts in the place of which object. The first is the base.
    pub revisions: Vec<BTreeMap<usize, Body>>,
    /// What precedes the header, and what follows the last digit of the base.
    pub junk: &'static [u8],
    pub end: &'static [u8],
    pub seed: u64,
}

pub fn plan() -> impl Strategy<Value = Plan> {
    let names = prop::collection::vec((1..4_u32, prop_oneof![3 => Just(0), 1 => 1..65535_u16]), OBJECTS);
    let names = names.prop_map(|steps| {
        let mut names = Names::default();
        let mut number = 4;
        for (name, (step, generation)) in names.iter_mut().zip(steps) {
            number += step;
            *name = (number, generation);
        }
        names
    });
    let changes = || prop::collection::btree_map(0..OBJECTS, body(), 0..OBJECTS);
    (
        select(vec![Style::Table, Style::Stream, Style::Hybrid]),
        names,
        prop::collection::vec(changes(), 1..5),
        select(vec![
            &b""[..],
            b"",
            b"",
            b"\n",
            b"\xef\xbb\xbf",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ]),
        select(vec![
            &b"\n%%EOF\n"[..],
            b"\n%%EOF",
            b"\r%%EOF\r",
            b"\r\n%%EOF\r\n",
            b"\n%%EOF\n\n",
        ]),
        any::<u64>(),
    )
        .prop_map(|(style, names, revisions, junk, end, seed)| Plan {
            style,
            names,
            revisions,
            junk,
            end,
            seed,
        })
}

/// The catalog, which leads to every object of the list, and the page tree with its one page.
const FIXED: [&str; 3] = [
    "",
    "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 200 100]>>",
    "<</Type/Page/Parent 2 0 R/Resources<<>>>>",
];
/// Numbers of what only stores other objects, above all others.
const AUXILIARY: u32 = 100;

#[derive(Clone, Copy)]
enum Row {
    Free(u32, u16),
    At(usize, u16),
    In(u32, usize),
}

struct Base<'p> {
    plan: &'p Plan,
    bytes: Vec<u8>,
    /// Rows that a table can hold, and those that only a stream can.
    plain: BTreeMap<u32, Row>,
    hidden: BTreeMap<u32, Row>,
    next: u32,
}

impl Plan {
    /// What the objects of the list are after revision `last`.
    pub fn state(&self, last: usize) -> [Option<&Body>; OBJECTS] {
        let mut state = [None; OBJECTS];
        for (at, body) in self.revisions.iter().take(last + 1).flatten() {
            state[*at] = Some(body);
        }
        state
    }

    /// The file after each revision.
    pub fn files(&self) -> Vec<Vec<u8>> {
        let mut random = Random(self.seed);
        let mut files = vec![self.base(&mut random)];
        for changes in &self.revisions[1..] {
            let old = files.last().unwrap();
            let document = Document::open(old, &Limits::DEFAULT).unwrap();
            let mut update = Update::new(&document);
            for (at, body) in changes {
                let (number, generation) = self.names[*at];
                let mut extra = Vec::new();
                let raw = self.body(body, &mut random, |length| {
                    let id = update.allocate();
                    extra.push((id, length));
                    (id.number, id.generation)
                });
                update.put(Ref::new(number, generation), raw);
                for (id, length) in extra {
                    update.put(id, length);
                }
            }
            let appended = update.finish().unwrap();
            files.push([old.as_slice(), &appended.bytes].concat());
        }
        files
    }

    /// The spelling of `body`; `apart` takes the source of an integer that stands in an object of its own.
    fn body(
        &self,
        body: &Body,
        random: &mut Random,
        mut apart: impl FnMut(Vec<u8>) -> (u32, u16),
    ) -> Vec<u8> {
        let mut speller = Speller {
            random: random.clone(),
            names: &self.names,
        };
        let mut output = Vec::new();
        match body {
            Body::Item(item) => speller.item(item, &mut output),
            Body::Stream {
                entries,
                data,
                codings,
                length_apart,
            } => {
                let (filters, encoded) = coding::encode(data, codings, &mut speller.random);
                let mut entries = entries.clone();
                entries.extend(filters);
                let length = encoded.len();
                let length = if *length_apart {
                    let (number, generation) = apart(length.to_string().into_bytes());
                    Item::Dangling(number, generation)
                } else {
                    Item::Integer(i64::try_from(length).unwrap())
                };
                entries.insert(b"Length".to_vec(), length);
                output.extend_from_slice(b"<<");
                speller.entries(&entries, &mut output);
                output.extend_from_slice(b">>");
                output.extend_from_slice(speller.random.of(&[
                    &b"stream\n"[..],
                    b"\nstream\r\n",
                    b" stream\n",
                ]));
                output.extend(encoded);
                output.extend_from_slice(speller.random.of(&[&b"\n"[..], b"\r\n", b"\r", b""]));
                output.extend_from_slice(b"endstream");
            }
        }
        *random = speller.random;
        output
    }

    fn base(&self, random: &mut Random) -> Vec<u8> {
        let mut base = Base {
            plan: self,
            bytes: [self.junk, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"].concat(),
            plain: BTreeMap::new(),
            hidden: BTreeMap::new(),
            next: AUXILIARY + 1,
        };
        base.objects(random);
        let start = base.bytes.len() - self.junk.len();
        let start = match self.style {
            Style::Table => {
                base.table("");
                start
            }
            Style::Stream => {
                base.stream(random);
                start
            }
            Style::Hybrid => {
                base.stream(random);
                let table = base.bytes.len() - self.junk.len();
                base.table(&format!("/XRefStm {start}"));
                table
            }
        };
        base.bytes.extend(format!("startxref\n{start}").bytes());
        base.bytes.extend_from_slice(self.end);
        base.bytes
    }
}

impl Base<'_> {
    fn write(&mut self, number: u32, generation: u16, body: &[u8], random: &mut Random) {
        let at = self.bytes.len() - self.plan.junk.len();
        self.plain.insert(number, Row::At(at, generation));
        let [before, after] = [0, 0].map(|_| random.of(&["\n", " ", "\r\n", "\r", "\t\n"]));
        self.bytes
            .extend(format!("{number} {generation} obj{before}").bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend(format!("{after}endobj{before}").bytes());
    }

    fn objects(&mut self, random: &mut Random) {
        let plan = self.plan;
        let references: Vec<String> = plan.names.iter().map(|(n, g)| format!("{n} {g} R")).collect();
        let catalog = format!("<</Type/Catalog/Pages 2 0 R/Test[{}]>>", references.join(" "));
        for (number, body) in (1..).zip(FIXED) {
            let body = if number == 1 { &catalog } else { body };
            self.write(number, 0, body.as_bytes(), random);
        }
        // One object above all others, so that /Size tells the truth also where nothing else is stored.
        self.write(AUXILIARY, 0, b"null", random);
        let mut members: Vec<(u32, Vec<u8>)> = Vec::new();
        for (at, (number, generation)) in plan.names.into_iter().enumerate() {
            let Some(body) = plan.revisions[0].get(&at) else {
                if generation > 0 || random.one_in(3) {
                    self.plain.insert(number, Row::Free(0, generation));
                }
                continue;
            };
            let mut extra = Vec::new();
            let mut next = self.next;
            let raw = plan.body(body, random, |length| {
                extra.push((next, length));
                next += 1;
                (next - 1, 0)
            });
            self.next = next;
            for (number, length) in extra {
                self.write(number, 0, &length, random);
            }
            let storable = matches!(body, Body::Item(_)) && generation == 0 && plan.style != Style::Table;
            if storable && !random.one_in(3) {
                members.push((number, raw));
            } else {
                self.write(number, generation, &raw, random);
            }
        }
        let half = random.below(members.len() + 1);
        for members in [&members[..half], &members[half..]] {
            self.object_stream(members, random);
        }
    }

    fn object_stream(&mut self, members: &[(u32, Vec<u8>)], random: &mut Random) {
        if members.is_empty() {
            return;
        }
        let number = self.next;
        self.next += 1;
        let (mut pairs, mut bodies) = (String::new(), Vec::new());
        for (at, (member, raw)) in members.iter().enumerate() {
            pairs.push_str(&format!("{member} {} ", bodies.len()));
            bodies.extend_from_slice(raw);
            bodies.push(b'\n');
            self.hidden.insert(*member, Row::In(number, at));
        }
        let data = [pairs.as_bytes(), &bodies].concat();
        let choices = [
            vec![],
            vec![Coding::Flate(Predictor::NONE)],
            vec![Coding::Ascii85],
        ];
        let codings = &choices[random.below(choices.len())];
        let (mut entries, encoded) = coding::encode(&data, codings, random);
        for (key, value) in [
            ("N", members.len()),
            ("First", pairs.len()),
            ("Length", encoded.len()),
        ] {
            entries.insert(key.into(), Item::Integer(i64::try_from(value).unwrap()));
        }
        entries.insert(b"Type".to_vec(), Item::Name(b"ObjStm".to_vec()));
        self.write_stream(number, &entries, &encoded, random);
        // In a hybrid file the table may, or may not, list the stream that it hides the contents of.
        if self.plan.style == Style::Hybrid && random.one_in(2) {
            let row = self.plain.remove(&number).unwrap();
            self.hidden.insert(number, row);
        }
    }

    fn write_stream(
        &mut self,
        number: u32,
        entries: &BTreeMap<Vec<u8>, Item>,
        data: &[u8],
        random: &mut Random,
    ) {
        let mut speller = Speller {
            random: random.clone(),
            names: &self.plan.names,
        };
        let mut body = b"<<".to_vec();
        speller.entries(entries, &mut body);
        body.extend_from_slice(b">>stream\n");
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        *random = speller.random;
        self.write(number, 0, &body, random);
    }

    /// Runs of consecutive numbers.
    fn runs(rows: &BTreeMap<u32, Row>) -> Vec<Vec<(u32, Row)>> {
        let rows: Vec<(u32, Row)> = rows.iter().map(|(number, row)| (*number, *row)).collect();
        rows.chunk_by(|a, b| a.0 + 1 == b.0).map(<[_]>::to_vec).collect()
    }

    /// The free entries as a list, number 0 its head (7.5.4).
    fn link(rows: &mut BTreeMap<u32, Row>) {
        let mut next = 0;
        for row in rows.values_mut().rev() {
            if let Row::Free(link, _) = row {
                *link = next;
            }
        }
        let free: Vec<u32> = rows
            .iter()
            .filter(|(_, row)| matches!(row, Row::Free(..)))
            .map(|(n, _)| *n)
            .collect();
        for number in free.into_iter().rev() {
            if let Some(Row::Free(link, _)) = rows.get_mut(&number) {
                *link = next;
            }
            next = number;
        }
    }

    fn table(&mut self, extra: &str) {
        let mut rows = self.plain.clone();
        rows.insert(0, Row::Free(0, 65535));
        for number in self.hidden.keys() {
            // Old readers take hidden objects for free ones (7.5.8.4).
            rows.entry(*number).or_insert(Row::Free(0, 0));
        }
        Self::link(&mut rows);
        self.bytes.extend_from_slice(b"xref\n");
        for run in Self::runs(&rows) {
            self.bytes.extend(format!("{} {}\n", run[0].0, run.len()).bytes());
            for (_, row) in run {
                let line = match row {
                    Row::Free(next, generation) => format!("{next:010} {generation:05} f\r\n"),
                    Row::At(offset, generation) => format!("{offset:010} {generation:05} n \n"),
                    Row::In(..) => unreachable!("a table holds no members"),
                };
                self.bytes.extend(line.bytes());
            }
        }
        let size = self.next;
        self.bytes
            .extend(format!("trailer\n<</Size {size}/Root 1 0 R{extra}/Third(party)>>\n").bytes());
    }

    fn stream(&mut self, random: &mut Random) {
        let number = self.next;
        self.next += 1;
        let at = self.bytes.len() - self.plan.junk.len();
        let mut rows = self.hidden.clone();
        if self.plan.style == Style::Stream {
            rows.extend(self.plain.clone());
            rows.insert(0, Row::Free(0, 65535));
            Self::link(&mut rows);
        }
        rows.insert(number, Row::At(at, 0));
        let (mut index, mut data) = (Vec::new(), Vec::new());
        for run in Self::runs(&rows) {
            index.extend([run[0].0.into(), i64::try_from(run.len()).unwrap()]);
            for (_, row) in run {
                let (kind, second, third) = match row {
                    Row::Free(next, generation) => (0, next, generation),
                    Row::At(offset, generation) => (1, u32::try_from(offset).unwrap(), generation),
                    Row::In(container, at) => (2, container, u16::try_from(at).unwrap()),
                };
                data.push(kind);
                data.extend(second.to_be_bytes());
                data.extend(third.to_be_bytes());
            }
        }
        let up = Predictor {
            kind: 12,
            columns: 7,
            ..Predictor::NONE
        };
        let choices = [
            vec![],
            vec![Coding::Flate(up)],
            vec![Coding::Flate(Predictor::NONE)],
        ];
        let codings = &choices[random.below(choices.len())];
        let (mut entries, encoded) = coding::encode(&data, codings, random);
        let integers = |values: &[i64]| Item::Array(values.iter().map(|v| Item::Integer(*v)).collect());
        entries.insert(b"Type".to_vec(), Item::Name(b"XRef".to_vec()));
        entries.insert(b"W".to_vec(), integers(&[1, 4, 2]));
        entries.insert(b"Index".to_vec(), integers(&index));
        entries.insert(b"Size".to_vec(), Item::Integer(self.next.into()));
        entries.insert(
            b"Length".to_vec(),
            Item::Integer(i64::try_from(encoded.len()).unwrap()),
        );
        entries.insert(b"Root".to_vec(), Item::Dangling(1, 0));
        self.write_stream(number, &entries, &encoded, random);
    }
}
