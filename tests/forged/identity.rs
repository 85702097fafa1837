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

    // Gone in one revision, and back in the next.
    let gone = vec![("Fields".to_owned(), "[]".to_owned())];
    let form = document.newest().catalog().unwrap();
    let form = form
        .dictionary()
        .unwrap()
        .find(b"AcroForm")
        .unwrap()
        .as_reference();
    let back = match form {
        Some(id) => {
            let change = BTreeMap::from([(id.number, Change::Edit(gone, vec![]))]);
            with_fields_of(&forge::revision(&file, &change, &Ending::default()), &file)
        }
        None => {
            let catalog = Anatomy::of(&file).catalog.number;
            let gone = vec![("AcroForm".to_owned(), "<</Fields[]>>".to_owned())];
            let change = BTreeMap::from([(catalog, Change::Edit(gone, vec![]))]);
            with_fields_of(&forge::revision(&file, &change, &Ending::default()), &file)
        }
    };
    let report = roots("root").verify_pdf(&back, common::at());
    assert!(
        codes(&report).contains(&Code::SealVanished),
        "{:?}",
        report.findings
    );
    cases.add("a seal gone for one revision", leading(&report), report);

    let report = roots("root").verify_pdf(&two_in_one(), common::at());
    let same =
        |finding: &yinxin::verify::Finding| finding.evidence == "another seal covers the same revision";
    assert!(report.findings.iter().any(same), "{:?}", report.findings);
    cases.add("two seals over one revision", leading(&report), report);

    let report = roots("root").verify_pdf(&in_object_stream(), common::at());
    assert_eq!(
        report.findings[0].evidence,
        "the signature dictionary lies in an object stream"
    );
    cases.add(
        "a signature dictionary in an object stream",
        Code::RangeMalformed,
        report,
    );

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

/// `file` with a revision that brings back the form as `old` has it.
fn with_fields_of(file: &[u8], old: &[u8]) -> Vec<u8> {
    let document = forge::open(old);
    let catalog = document.newest().catalog().unwrap();
    let form = catalog.dictionary().unwrap().find(b"AcroForm").unwrap();
    let (number, body) = match form.as_reference() {
        Some(id) => {
            let form = document.newest().object(id).unwrap().unwrap();
            (id.number, form.raw().to_vec())
        }
        None => (catalog.id.number, catalog.raw().to_vec()),
    };
    let body = Change::Body(String::from_utf8(body).unwrap());
    forge::revision(file, &BTreeMap::from([(number, body)]), &Ending::default())
}

/// A file of one revision with two signatures, each over all but its own value.
fn two_in_one() -> Vec<u8> {
    let room = "[0 0000000000 0000000000 0000000000]";
    let value = |digits: &str| {
        format!("<</Type/Sig/SubFilter/adbe.pkcs7.detached/ByteRange{room}/Contents<{digits}>>>")
    };
    let field = |name: &str, value: u32| format!("<</FT/Sig/T({name})/V {value} 0 R>>");
    let mut file = forge::file(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R 4 0 R]>>>>".to_owned(),
        "<</Type/Pages/Kids[]/Count 0>>".to_owned(),
        field("One", 5),
        field("Two", 6),
        value("3001"),
        value("3002"),
    ]);
    for digits in ["<3001>", "<3002>"] {
        let hole = file.windows(6).position(|w| w == digits.as_bytes()).unwrap();
        let end = hole + digits.len();
        let at = file[..hole]
            .windows(room.len())
            .rposition(|w| w == room.as_bytes())
            .unwrap();
        let range = format!("[0 {hole:010} {end:010} {:010}]", file.len() - end);
        file[at..at + room.len()].copy_from_slice(range.as_bytes());
    }
    file
}

/// A file whose signature dictionary has no place of its own in the file.
fn in_object_stream() -> Vec<u8> {
    let value = "<</Type/Sig/SubFilter/adbe.pkcs7.detached/ByteRange[0 1 2 3]/Contents<3000>>>";
    let header = "5 0 ";
    let members = format!("{header}{value}");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>".to_owned(),
        "<</Type/Pages/Kids[]/Count 0>>".to_owned(),
        "<</FT/Sig/T(One)/V 5 0 R>>".to_owned(),
        format!(
            "<</Type/ObjStm/N 1/First {}/Length {}>>stream\n{members}\nendstream",
            header.len(),
            members.len()
        ),
    ];
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut rows = vec![0, 0, 0, 0];
    for (number, body) in (1..).zip(&objects) {
        rows.extend_from_slice(&[
            1,
            u8::try_from(file.len() >> 8).unwrap(),
            (file.len() & 0xff) as u8,
            0,
        ]);
        file.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    rows.extend_from_slice(&[2, 0, 4, 0]);
    let start = file.len();
    rows.extend_from_slice(&[1, u8::try_from(start >> 8).unwrap(), (start & 0xff) as u8, 0]);
    let dictionary = format!("<</Type/XRef/W[1 2 1]/Size 7/Root 1 0 R/Length {}>>", rows.len());
    file.extend_from_slice(format!("6 0 obj\n{dictionary}stream\n").as_bytes());
    file.extend_from_slice(&rows);
    file.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes());
    file
}

/// What the report leads with, which is about the change as such; that the reason is there too is asserted before.
fn leading(report: &Report) -> Code {
    report.findings[0].code
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
