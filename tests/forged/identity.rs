//! Signatures that stand where they were not made: in other fields, other revisions, or with room left for what comes later.

use super::*;

/// A file of one revision whose table promises object 5 at byte `at`, which the file does not reach.
fn promising(at: usize) -> Vec<u8> {
    let file = forge::page(200, 200, "0 0 20 20 re f");
    let start = file.windows(5).position(|window| window == b"xref\n").unwrap();
    let rest = std::str::from_utf8(&file[start..]).unwrap();
    let rest = rest.replace("0 5\n", "0 6\n").replace("/Size 5", "/Size 6");
    let rest = rest.replace("trailer", &format!("{at:010} 00000 n \ntrailer"));
    [&file[..start], rest.as_bytes()].concat()
}

/// `file` with spaces behind it up to byte `at`, and there `text`.
fn with_at(file: &[u8], at: usize, text: &str) -> Vec<u8> {
    let mut out = file.to_vec();
    assert!(out.len() <= at, "{}", out.len());
    out.resize(at, b' ');
    out.extend_from_slice(text.as_bytes());
    out
}

/// One revision behind `file` that edits the form: `fields` are the references in it besides the seal's own.
fn with_fields(file: &[u8], objects: Vec<(u32, String)>, fields: &str) -> Vec<u8> {
    let document = forge::open(file);
    let view = document.newest();
    let catalog = view.catalog().unwrap();
    let form = catalog.dictionary().unwrap().find(b"AcroForm").unwrap();
    let anatomy = Anatomy::of(file);
    let all = format!("[{} 0 R {fields}]", anatomy.field.number);
    let mut changes: BTreeMap<u32, Change> = objects
        .into_iter()
        .map(|(number, body)| (number, Change::Body(body)))
        .collect();
    match form.as_reference() {
        Some(id) => changes.insert(id.number, Change::Edit(vec![("Fields".to_owned(), all)], vec![])),
        None => {
            let form = format!("<</Fields{all}/SigFlags 3>>");
            let edit = Change::Edit(vec![("AcroForm".to_owned(), form)], vec![]);
            changes.insert(anatomy.catalog.number, edit)
        }
    };
    forge::revision(file, &changes, &Ending::default())
}

fn codes(report: &Report) -> Vec<Code> {
    report.findings.iter().map(|finding| finding.code).collect()
}

pub fn identity(cases: &mut Cases) {
    let at = 90_000;
    let sealed = forge::seal(&office(), promising(at), None);
    let filled = with_at(&sealed, at, "5 0 obj\n(filled later)\nendobj\n");
    let start = filled.len();
    let previous = forge::open(&sealed).newest().revision().unwrap().startxref;
    let end =
        format!("xref\n0 0\ntrailer\n<</Size 20/Root 1 0 R/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n");
    let filled = [filled, end.into_bytes()].concat();
    let report = roots("root").verify_pdf(&filled, common::at());
    assert!(
        codes(&report).contains(&Code::RevisionOpen),
        "{:?}",
        report.findings
    );
    cases.add("room left for a later object", leading(&report), report);

    let file = forge::small(&office());
    let Anatomy { value, next, .. } = Anatomy::of(&file);
    let other = format!("<</FT/Sig/T(Other)/V {} 0 R>>", value.number);
    let recycled = with_fields(&file, vec![(next, other)], &format!("{next} 0 R"));
    let report = roots("root").verify_pdf(&recycled, common::at());
    assert!(
        codes(&report).contains(&Code::SealRecycled),
        "{:?}",
        report.findings
    );
    cases.add("a second field with the same signature", leading(&report), report);

    // The old field takes another value, so that the signature is in one field only, but not in the one it was made for.
    let Anatomy { field, .. } = Anatomy::of(&file);
    let other = format!("<</FT/Sig/T(Other)/V {} 0 R>>", value.number);
    let document = forge::open(&file);
    let old = document.newest().object(field).unwrap().unwrap();
    let mut edit = yinxin::pdf::edit::DictionaryEdit::new(old.raw(), old.dictionary().unwrap());
    edit.remove(b"V");
    let body = String::from_utf8(edit.finish().text().to_vec()).unwrap();
    let objects = vec![(next, other), (field.number, body)];
    let moved = with_fields(&file, objects, &format!("{next} 0 R"));
    let report = roots("root").verify_pdf(&moved, common::at());
    let found = codes(&report);
    assert!(found.contains(&Code::SealRecycled) && found.contains(&Code::SealVanished));
    cases.add("the signature moved to another field", leading(&report), report);

    let twin = format!("<</FT/Sig/T(Seal)/V {next} 0 R>>");
    let name = document.newest().object(field).unwrap().unwrap();
    let name = name
        .dictionary()
        .unwrap()
        .find(b"T")
        .unwrap()
        .as_string()
        .unwrap();
    let twin = twin.replace("(Seal)", &format!("<{}>", hex(&name.bytes)));
    let objects = vec![(next + 1, twin), (next, "<</Type/Sig>>".to_owned())];
    let report = roots("root").verify_pdf(
        &with_fields(&file, objects, &format!("{} 0 R", next + 1)),
        common::at(),
    );
    let twice = |finding: &yinxin::verify::Finding| finding.evidence == "two signature fields have one name";
    assert!(report.findings.iter().any(twice), "{:?}", report.findings);
    cases.add("two signature fields of one name", leading(&report), report);
}

/// What the report leads with, which is about the change as such; that the reason is there too is asserted before.
fn leading(report: &Report) -> Code {
    report.findings[0].code
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
