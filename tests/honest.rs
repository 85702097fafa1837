//! Honest oddities: files of other programs that are not quite to the letter, and yet leave no doubt once they are sealed.

mod common;
#[path = "common/forge.rs"]
mod forge;

use common::{Office, at, pem};
use yinxin::seal::DocMdp;
use yinxin::verify::{Outcome, Trust, Verifier};

fn outcome_of(file: Vec<u8>) -> Outcome {
    let office = Office::with_key("p256");
    let sealed = forge::seal(&office, file, Some(DocMdp::NoChanges));
    let verifier = Verifier::new(Trust::new().roots(pem("root")));
    let report = verifier.verify_pdf(&sealed, at());
    println!("{:?}", report.findings);
    report.outcome
}

#[test]
fn a_free_entry_of_generation_65536_is_no_doubt() {
    // ISO 32000-2, 7.5.4 says 65535; the entry is free, so nothing can be read through it either way.
    let mut file = forge::page(200, 200, "0 0 20 20 re f");
    let at = file.windows(7).position(|window| window == b"65535 f").unwrap();
    file[at + 4] = b'6';
    assert_eq!(outcome_of(file), Outcome::Authentic);
}

#[test]
fn a_file_without_a_last_end_of_line_is_no_doubt() {
    let mut file = forge::page(200, 200, "0 0 20 20 re f");
    while file.last().is_some_and(u8::is_ascii_whitespace) {
        file.pop();
    }
    assert_eq!(outcome_of(file), Outcome::Authentic);
}

#[test]
fn a_signer_whose_key_is_not_computed_here_is_doubt_not_forgery() {
    let data = "../shared/corpora/pdf/pyhanko/internal/common-test-utils/src/pyhanko_testing_commons/test_data/data/pdf";
    let Ok(file) = std::fs::read(common::path(data).join("ed448-shake256-nolen.pdf")) else {
        println!("skipped: {data} is not there");
        return;
    };
    let report = Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(&file, at());
    assert_eq!(
        common::outcome_and_lead(&report),
        (Outcome::Indeterminate, yinxin::verify::Code::AlgorithmRejected)
    );
}

/// Which oddities of `file`, sealed, leave a doubt.
fn doubts(file: Vec<u8>) -> Vec<String> {
    let office = Office::with_key("p256");
    let sealed = forge::seal(&office, file, Some(DocMdp::NoChanges));
    let report = Verifier::new(Trust::new().roots(pem("root"))).verify_pdf(&sealed, at());
    let doubtful = report
        .findings
        .into_iter()
        .filter(|finding| finding.code == yinxin::verify::Code::FileAmbiguous);
    doubtful.map(|finding| finding.evidence).collect()
}

fn page() -> Vec<u8> {
    forge::page(200, 200, "0 0 20 20 re f")
}

/// A page with `more` objects from number 5 on, which `entry` may make something else of.
fn with_objects(more: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 4 0 R>>".to_owned(),
        "<</Length 14>>stream\n0 0 20 20 re f\nendstream".to_owned(),
    ];
    objects.extend(more.iter().map(|&object| object.to_owned()));
    forge::file(&objects)
}

/// `file` with `text` put before the last `word`, which must not stand before anything an offset leads to.
fn before_last(file: &[u8], word: &str, text: &str) -> Vec<u8> {
    let at = file
        .windows(word.len())
        .rposition(|w| w == word.as_bytes())
        .unwrap();
    [&file[..at], text.as_bytes(), &file[at..]].concat()
}

#[test]
fn a_comment_between_trailer_and_startxref_is_no_doubt() {
    for comment in ["%iText-5.5.13.3\n", "\r\n  % one\r%two\n", "%\n"] {
        let file = before_last(&page(), "startxref", comment);
        assert_eq!(doubts(file), [] as [&str; 0], "{comment}");
    }
}

#[test]
fn something_else_between_trailer_and_startxref_is_doubt() {
    for text in [
        "null\n",
        "% a\nb\n",
        "%trailer\n",
        "%4 0 obj\n",
        "% xref\n",
        "%stream\n",
        "%%EOF\n",
    ] {
        let file = before_last(&page(), "startxref", text);
        let found = doubts(file);
        assert!(
            found.iter().any(|doubt| doubt.starts_with("StartxrefDetached")),
            "{text} {found:?}"
        );
    }
}

#[test]
fn an_entry_at_offset_zero_is_no_doubt_whether_it_is_used_or_not() {
    // Skia, and so Google Docs, writes them.
    for content in ["<<>>", "<</Unused 5 0 R>>"] {
        let file = with_objects(&["null", content]);
        let text = String::from_utf8_lossy(&file).into_owned();
        let entry = text.rfind(" 00000 n").unwrap() - 10;
        let shift = text.len() - file.len();
        let mut changed = file.clone();
        // The entry before the last one is that of object 5.
        let at = entry - shift - 20;
        changed[at..at + 10].copy_from_slice(b"0000000000");
        assert_eq!(doubts(changed), [] as [&str; 0], "{content}");
    }
}

#[test]
fn an_entry_that_leads_astray_is_doubt_even_where_nothing_refers_to_it() {
    let file = with_objects(&["null"]);
    let at = file.windows(8).rposition(|w| w == b" 00000 n").unwrap() - 10;
    let mut changed = file.clone();
    changed[at..at + 10].copy_from_slice(b"0000000011");
    let found = doubts(changed);
    assert!(
        found.iter().any(|doubt| doubt.starts_with("UnreadableObject")),
        "{found:?}"
    );
}

#[test]
fn a_key_twice_with_one_value_is_no_doubt() {
    for value in ["/ExtGState", "12", "true", "4 0 R"] {
        let object = format!("<</Type {value}/Type {value}>>");
        assert_eq!(doubts(with_objects(&[&object])), [] as [&str; 0], "{value}");
    }
}

#[test]
fn a_key_twice_with_two_values_or_with_a_value_that_is_not_plain_is_doubt() {
    for object in [
        "<</A 1/A 2>>",
        "<</A 1/A 1/A 2>>",
        "<</B<</A/X/A/Y>>>>",
        "[<</A/X/A/X>> <</A/X/A/Y>>]",
        "<</A[1]/A[1]>>",
        "<</A 1/A 1.0>>",
    ] {
        let found = doubts(with_objects(&[object]));
        assert!(
            found.iter().any(|doubt| doubt.starts_with("DuplicateKey")),
            "{object} {found:?}"
        );
    }
}

#[test]
fn a_number_beyond_the_size_is_doubt_only_if_something_refers_to_it() {
    let beyond = |last: &str| {
        let file = with_objects(&[last, "null"]);
        let file = forge::swapped(&file, "/Size 7", "/Size 6");
        doubts(file)
    };
    assert_eq!(beyond("<<>>"), [] as [&str; 0]);
    let found = beyond("<</A 6 0 R>>");
    assert!(
        found.iter().any(|doubt| doubt.starts_with("NumberBeyondSize")),
        "{found:?}"
    );
}

#[test]
fn an_object_stream_beyond_the_size_is_doubt_because_what_lies_in_it_is_there() {
    // Objects 5, an object stream, and 6, the stream of a hybrid section, whose one entry is for the member 7.
    let hybrid = |kind: u8| {
        let rows = [kind, 5, 0].map(char::from);
        let rows: String = rows.iter().collect();
        let file = with_objects(&[
            "<</Type/ObjStm/N 1/First 4/Length 8>>stream\n7 0 <<>>\nendstream",
            &format!(
                "<</Type/XRef/W[1 1 1]/Index[7 1]/Size 8/Root 1 0 R/Length 3>>stream\n{rows}\nendstream"
            ),
        ]);
        let place = file.windows(7).position(|window| window == b"6 0 obj").unwrap();
        let file = forge::swapped(&file, "/Size 7", "/Size 5");
        before_last(&file, "/Root", &format!("/XRefStm {place}"))
    };
    let beyond = |file| {
        doubts(file)
            .iter()
            .any(|doubt| doubt.starts_with("NumberBeyondSize"))
    };
    assert!(beyond(hybrid(2)));
    // A free entry instead: nothing lies in the object stream.
    assert!(!beyond(hybrid(0)));
}

#[test]
fn each_place_that_an_entry_leads_to_is_judged_by_itself() {
    // Nothing is at offset 0 for any reader; a second entry for the same number leads into the header.
    let file = with_objects(&["null"]);
    let previous = forge::open(&file).newest().revision().unwrap().startxref;
    let section = |out: &mut Vec<u8>, offset: usize, previous: usize| {
        let start = out.len();
        let text = format!(
            "xref\n5 1\n{offset:010} 00000 n \ntrailer\n<</Size 6/Root 1 0 R/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n"
        );
        out.extend_from_slice(text.as_bytes());
        start
    };
    let mut one = file.clone();
    let first = section(&mut one, 0, previous);
    assert_eq!(doubts(one.clone()), [] as [&str; 0]);
    section(&mut one, 3, first);
    let found = doubts(one);
    assert!(
        found.iter().any(|doubt| doubt.starts_with("UnreadableObject")),
        "{found:?}"
    );
}

#[test]
fn every_number_beyond_the_size_counts_not_the_highest_alone() {
    let file = with_objects(&["null", "<</A 5 0 R>>"]);
    let file = forge::swapped(&file, "/Size 7", "/Size 5");
    let found = doubts(file);
    assert!(
        found.iter().any(|doubt| doubt.starts_with("NumberBeyondSize")),
        "{found:?}"
    );
}

#[test]
fn a_generation_that_jumps_is_doubt_only_if_something_refers_to_another() {
    let jumped = |last: &str| {
        let file = with_objects(&["(old)", last]);
        let previous = forge::open(&file).newest().revision().unwrap().startxref;
        let (object, mut out) = (file.len(), file);
        out.extend_from_slice(b"5 2 obj\n(new)\nendobj\n");
        let start = out.len();
        let end = format!(
            "xref\n5 1\n{object:010} 00002 n \ntrailer\n<</Size 7/Root 1 0 R/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n"
        );
        out.extend_from_slice(end.as_bytes());
        doubts(out)
    };
    assert_eq!(jumped("<<>>"), [] as [&str; 0]);
    // That the first revision refers to what only the second has is another matter.
    let ahead = jumped("<</A 5 2 R>>");
    assert!(
        ahead.iter().all(|doubt| doubt.starts_with("ReferenceGeneration")),
        "{ahead:?}"
    );
    for stale in ["<</A 5 0 R>>", "[5 2 R 5 0 R]"] {
        let found = jumped(stale);
        assert!(
            found.iter().any(|doubt| doubt.starts_with("GenerationJump")),
            "{stale} {found:?}"
        );
    }
}

/// A file with an object stream of one member, number 5, and an entry that promises number 7 as its second.
fn promising_a_member(member: &str) -> Vec<u8> {
    let members = format!("5 0 {member}");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>>>".to_owned(),
        format!(
            "<</Type/ObjStm/N 1/First 4/Length {}>>stream\n{members}\nendstream",
            members.len()
        ),
    ];
    let mut file = b"%PDF-1.7\n".to_vec();
    let place = |file: &[u8]| u16::try_from(file.len()).unwrap().to_be_bytes();
    let mut rows = vec![0, 0, 0, 0];
    for (number, body) in (1..).zip(&objects) {
        let [high, low] = place(&file);
        rows.extend_from_slice(&[1, high, low, 0]);
        file.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let [high, low] = place(&file);
    rows.extend_from_slice(&[2, 0, 4, 0, 1, high, low, 0, 2, 0, 4, 1]);
    let start = file.len();
    let dictionary = format!("<</Type/XRef/W[1 2 1]/Size 8/Root 1 0 R/Length {}>>", rows.len());
    file.extend_from_slice(format!("6 0 obj\n{dictionary}stream\n").as_bytes());
    file.extend_from_slice(&rows);
    file.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes());
    file
}

#[test]
fn a_member_that_is_not_there_is_doubt_only_if_something_refers_to_it() {
    assert_eq!(doubts(promising_a_member("<<>>")), [] as [&str; 0]);
    let found = doubts(promising_a_member("<</A 7 0 R>>"));
    assert!(
        found.iter().any(|doubt| doubt.starts_with("UnreadableObject")),
        "{found:?}"
    );
}
