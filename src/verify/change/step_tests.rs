//! Steps between two revisions that no seal of ours precedes: other programs write what ours never do.

use std::collections::BTreeMap;

use super::*;
use crate::pdf::update::stream_body;

/// A file whose sections are all streams. Objects 1 to 4 are a catalog, a page and its content.
struct File {
    bytes: Vec<u8>,
    previous: Option<usize>,
}

impl File {
    fn new(catalog: &str) -> Self {
        let file = Self {
            bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(),
            previous: None,
        };
        let catalog = format!("<</Type/Catalog/Pages 2 0 R{catalog}>>");
        file.revision(
            5,
            &[
                (1, catalog.into_bytes()),
                (2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec()),
                (
                    3,
                    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>/Contents 4 0 R>>".to_vec(),
                ),
                (4, stream_body(b"", b"0 0 9 9 re f", false)),
                (6, stream_body(b"", b"unused", false)),
                (7, object_stream(8, "<</Kept true>>")),
            ],
            Some((8, 7)),
        )
    }

    /// A revision of `objects`, and of one that stands in an object stream; object `own` is the section.
    fn revision(mut self, own: u32, objects: &[(u32, Vec<u8>)], member: Option<(u32, u32)>) -> Self {
        let mut rows: BTreeMap<u32, (u8, u32)> = BTreeMap::new();
        if self.previous.is_none() {
            rows.insert(0, (0, 0));
        }
        rows.extend(member.map(|(number, container)| (number, (2, container))));
        for (number, body) in objects {
            rows.insert(*number, (1, u32::try_from(self.bytes.len()).unwrap()));
            self.object(*number, body);
        }
        let start = self.bytes.len();
        rows.insert(own, (1, u32::try_from(start).unwrap()));
        let (mut index, mut data) = (String::new(), vec![]);
        for (number, (kind, value)) in rows {
            index.push_str(&format!("{number} 1 "));
            data.push(kind);
            data.extend(value.to_be_bytes());
            data.push(u8::from(kind == 0));
        }
        let previous = self
            .previous
            .map_or(String::new(), |previous| format!("/Prev {previous}"));
        let entries = format!("/Type/XRef/W[1 4 1]/Index[{index}]/Size 99/Root 1 0 R{previous}");
        self.object(own, &stream_body(entries.as_bytes(), &data, false));
        self.bytes
            .extend(format!("startxref\n{start}\n%%EOF\n").into_bytes());
        self.previous = Some(start);
        self
    }

    fn object(&mut self, number: u32, body: &[u8]) {
        self.bytes.extend(format!("{number} 0 obj\n").into_bytes());
        self.bytes.extend(body);
        self.bytes.extend(b"\nendobj\n");
    }

    /// What the last revision came to, or what `rule` made of it.
    fn step(
        &self,
        rule: impl for<'a> FnOnce(&mut Step<'_, '_, '_, 'a>, (&Form<'a>, &Form<'a>)),
    ) -> (Modification, Vec<(Option<u32>, String)>) {
        let limits = Limits::DEFAULT;
        let document = Document::open(&self.bytes, &limits).unwrap();
        let (_, references) = document.audit_with_references().unwrap();
        let mut shared = Shared::new(&document, &references, FormBudget::new(&limits));
        let views = (document.view(0).unwrap(), document.view(1).unwrap());
        let old = Form::read(&views.0, &mut shared.budget).unwrap();
        let new = Form::read(&views.1, &mut shared.budget).unwrap();
        let mut step = Step::new(&mut shared, views, false);
        rule(&mut step, (&old, &new));
        let outcome = step.finish();
        let level = outcome.level();
        let faults = outcome.faults.into_iter();
        (level, faults.map(|(_, number, what)| (number, what)).collect())
    }

    fn judged(&self) -> (Modification, Vec<(Option<u32>, String)>) {
        self.step(|step, forms| explain(step, forms).unwrap())
    }
}

fn object_stream(number: u32, body: &str) -> Vec<u8> {
    let head = format!("{number} 0 ");
    let entries = format!("/Type/ObjStm/N 1/First {}", head.len());
    stream_body(entries.as_bytes(), format!("{head}{body}").as_bytes(), false)
}

#[test]
fn the_form_says_once_and_for_all_that_signatures_exist_and_files_grow_only() {
    let form = |flags: &str| format!("/AcroForm<</Fields[]{flags}>>");
    for (before, after, fits) in [
        ("", "/SigFlags 1", true),
        ("", "/SigFlags 3", true),
        ("/SigFlags 1", "/SigFlags 3", true),
        ("/SigFlags 3", "/SigFlags 1", false),
        ("/SigFlags 1", "/SigFlags 2", false),
        ("", "/SigFlags 4", false),
        ("", "/SigFlags -1", false),
    ] {
        let catalog = format!("<</Type/Catalog/Pages 2 0 R{}>>", form(after));
        let file = File::new(&form(before)).revision(9, &[(1, catalog.into_bytes())], None);
        let (level, faults) = file.judged();
        assert_eq!(faults.is_empty(), fits, "{before} {after}: {faults:?}");
        assert_eq!(level == Modification::LtaUpdate, fits, "{before} {after}");
    }
}

#[test]
fn who_certifies_after_a_time_stamp_adds_the_permission() {
    let form = "/AcroForm<</Fields[]>>";
    let catalog = format!("<</Type/Catalog/Pages 2 0 R{form}/Perms<</DocMDP 10 0 R>>>>");
    let objects = [(1, catalog.into_bytes()), (10, b"<</Type/Sig>>".to_vec())];
    let file = File::new(form).revision(9, &objects, None);
    assert_eq!(file.judged(), (Modification::FormFill, vec![]));
}

#[test]
fn a_section_may_take_the_number_of_an_older_one_and_of_nothing_else() {
    let form = "/AcroForm<</Fields[]>>";
    let file = File::new(form).revision(5, &[], None);
    assert_eq!(file.judged(), (Modification::LtaUpdate, vec![]));
    let file = File::new(form).revision(6, &[], None);
    let (level, faults) = file.judged();
    assert_eq!((level, faults.len()), (Modification::Other, 1), "{faults:?}");
    assert_eq!(faults[0].0, Some(6));
}

#[test]
fn an_object_stream_may_come_and_an_older_one_may_not_change() {
    let form = "/AcroForm<</Fields[]>>";
    let new = [(10, object_stream(11, "<</New true>>"))];
    let file = File::new(form).revision(9, &new, Some((11, 10)));
    assert_eq!(file.judged(), (Modification::LtaUpdate, vec![]));
    let changed = [(7, object_stream(8, "<</Lost true>>"))];
    let file = File::new(form).revision(9, &changed, None);
    let why = "object 7: earlier revisions have objects in it";
    assert_eq!(
        file.judged(),
        (Modification::Other, vec![(Some(7), why.to_owned())])
    );
}

#[test]
fn a_fault_names_the_object_and_the_way_there() {
    let content = [(4, stream_body(b"", b"0 0 1 1 re f", false))];
    let file = File::new("/AcroForm<</Fields[]>>").revision(9, &content, None);
    let why = "/Root/Pages/Kids[0]/Contents: changed, and nothing permits that";
    assert_eq!(
        file.judged(),
        (Modification::Other, vec![(Some(4), why.to_owned())])
    );
    let faults = file.step(|step, _| step.refuse(&Place::object(3).key(b"Rotate"), "odd"));
    assert_eq!(
        faults.1[0],
        (Some(3), "/Root/Pages/Kids[0]/Rotate: odd".to_owned())
    );
    let faults = file.step(|step, _| step.refuse(&Place::trailer(), "odd"));
    assert_eq!(faults.1[0], (None, "trailer: odd".to_owned()));
}

#[test]
fn a_fault_is_told_once_and_many_are_not_told_at_all() {
    let file = File::new("").revision(9, &[], None);
    let tell = |numbers: &[u32]| {
        let told = file.step(|step, _| {
            for number in numbers {
                step.refuse(&Place::object(*number), "odd");
            }
        });
        told.1.len()
    };
    assert_eq!(tell(&[20, 21, 20, 21]), 2);
    let many: Vec<u32> = (20..60).collect();
    assert_eq!(tell(&many), 16);
}
