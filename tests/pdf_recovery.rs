//! Recovery for sealing: each kind of damage is repaired by appending and said, and everything else is refused.
//!
//! The strict reader is the judge; qpdf is asked too, where it is installed.

mod common;
#[path = "common/forge.rs"]
mod forge;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use common::Office;
use forge::{page, seal};
use yinxin::limits::Limits;
use yinxin::pdf::Document;
use yinxin::pdf::recovery::{RecoveryError, Repair, repair};

const CONTENT: &str = "1 0 0 rg 0 0 20 20 re f";

/// The good file that is damaged: catalog 1, pages 2, page 3, content 4.
fn good() -> String {
    let mut file = String::from("%PDF-1.7\n");
    let mut table = String::from("xref\n0 5\n0000000000 65535 f \n");
    for (number, body) in (1..).zip([
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 4 0 R>>".to_owned(),
        format!("<</Length {}>>stream\n{CONTENT}\nendstream", CONTENT.len()),
    ]) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{body}\nendobj\n"));
    }
    let start = file.len();
    format!("{file}{table}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n")
}

/// As [`good`] without its section: what stands before `xref`.
fn body() -> String {
    let file = good();
    file[..file.find("xref").expect("a section")].to_owned()
}

fn swapped(file: &str, from: &str, to: &str) -> String {
    assert_eq!(file.matches(from).count(), 1, "{from}");
    file.replace(from, to)
}

/// Catalog and pages in an object stream, whose section is lost.
fn in_object_stream(header: &str, count: usize) -> String {
    let members = "<</Type/Catalog/Pages 2 0 R>> <</Type/Pages/Kids[3 0 R]/Count 1>>";
    let data = format!("{header}{members}");
    let rest = body();
    let rest = &rest[rest.find("3 0 obj").expect("the page")..];
    format!(
        "%PDF-1.7\n{rest}5 0 obj\n<</Type/ObjStm/N {count}/First {}/Length {}>>stream\n{data}\nendstream\nendobj\n",
        header.len(),
        data.len()
    )
}

/// Name, damaged file, what is to be said, pages.
type Vector = (&'static str, String, Vec<&'static str>, usize);

const SECTION: &str = "cross-reference section rebuilt from 4 objects";
const CATALOG: &str = "object 1 at byte 9: taken as the catalog, which no trailer names";

fn vectors() -> Vec<Vector> {
    let (good, body) = (good(), body());
    let xref = good.find("xref").expect("a section");
    let second = "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 199 199]/Contents 4 0 R>>\nendobj\n";
    let stream = format!("<</Length {}>>stream\n", CONTENT.len());
    vec![
        (
            "startxref_wrong",
            swapped(&good, &format!("startxref\n{xref}"), "startxref\n7"),
            vec![SECTION],
            1,
        ),
        (
            "startxref_missing",
            swapped(&good, &format!("startxref\n{xref}"), ""),
            vec![SECTION],
            1,
        ),
        (
            "xref_keyword_missing",
            swapped(&good, "xref\n0 5\n", "0 5\n"),
            vec![SECTION],
            1,
        ),
        (
            "xref_entry_malformed",
            swapped(&good, "0000000009 00000 n", "00000000x9 00000 n"),
            vec![SECTION],
            1,
        ),
        (
            "xref_cut_off",
            good[..xref + 40].to_owned(),
            vec![SECTION, CATALOG],
            1,
        ),
        ("section_lost", body.clone(), vec![SECTION, CATALOG], 1),
        (
            "trailer_without_root",
            format!("{body}trailer<</Size 5>>"),
            vec![SECTION, CATALOG],
            1,
        ),
        (
            "trailer_dictionary_not_closed",
            format!("{body}trailer<</Size 5/Root 1 0 R"),
            vec![SECTION],
            1,
        ),
        (
            "newest_trailer_leads_nowhere",
            format!("{body}trailer<</Root 1 0 R>>\ntrailer<</Root 9 0 R>>"),
            vec![SECTION],
            1,
        ),
        (
            "catalog_in_the_trailer",
            format!(
                "{}trailer<</Root<</Type/Catalog/Pages 2 0 R>>>>",
                swapped(&body, "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n", "")
            ),
            vec![
                "cross-reference section rebuilt from 3 objects",
                "object 5: the catalog, which stood in the trailer itself",
            ],
            1,
        ),
        (
            "offset_of_the_catalog_wrong",
            swapped(&good, "0000000009 00000 n", "0000000019 00000 n"),
            vec![SECTION],
            1,
        ),
        (
            "offset_of_the_page_wrong",
            swapped(
                &good,
                &format!("{:010} 00000 n", good.find("3 0 obj").unwrap_or(0)),
                "0000000099 00000 n",
            ),
            vec!["object 3 at byte 105: found here, its cross-reference entry led elsewhere"],
            1,
        ),
        (
            "offset_of_the_page_leads_to_another_object",
            swapped(
                &good,
                &format!("{:010} 00000 n", good.find("3 0 obj").unwrap_or(0)),
                "0000000009 00000 n",
            ),
            vec!["object 3 at byte 105: found here, its cross-reference entry led elsewhere"],
            1,
        ),
        (
            "junk_before_the_header",
            format!("junk\n12 0 obj\n{body}"),
            vec![
                SECTION,
                "object 1 at byte 23: taken as the catalog, which no trailer names",
            ],
            1,
        ),
        (
            "length_too_small",
            swapped(&body, &stream, "<</Length 3>>stream\n"),
            vec![
                SECTION,
                CATALOG,
                "object 4 at byte 199: /Length said 3, and the data take 23 bytes",
            ],
            1,
        ),
        (
            "length_beyond_the_file",
            swapped(&body, &stream, "<</Length 3000>>stream\n"),
            vec![
                SECTION,
                CATALOG,
                "object 4 at byte 199: /Length said 3000, and the data take 23 bytes",
            ],
            1,
        ),
        (
            "length_missing",
            swapped(&body, &stream, "<<>>stream\n"),
            vec![
                SECTION,
                CATALOG,
                "object 4 at byte 199: /Length was missing, and the data take 23 bytes",
            ],
            1,
        ),
        (
            "length_in_an_object_that_is_wrong",
            format!(
                "{}5 0 obj 7 endobj\n",
                swapped(&body, &stream, "<</Length 5 0 R>>stream\n")
            ),
            vec![
                "cross-reference section rebuilt from 5 objects",
                CATALOG,
                "object 4 at byte 199: /Length said 7, and the data take 23 bytes",
            ],
            1,
        ),
        (
            "length_in_an_object_that_is_right",
            format!(
                "{}5 0 obj 23 endobj\n",
                swapped(&body, &stream, "<</Length 5 0 R>>stream\n")
            ),
            vec!["cross-reference section rebuilt from 5 objects", CATALOG],
            1,
        ),
        (
            "length_in_an_object_that_is_glued_to_its_end",
            format!(
                "{}5 0 obj 23endobj\n",
                swapped(&body, &stream, "<</Length 5 0 R>>stream\n")
            ),
            vec![
                "cross-reference section rebuilt from 5 objects",
                CATALOG,
                "object 5 at byte 272: the value was malformed and was mended",
            ],
            1,
        ),
        (
            "line_end_after_stream_missing",
            swapped(&body, &stream, &stream.replace('\n', "\r")),
            vec![SECTION, CATALOG, "object 4 at byte 199: no line end after stream"],
            1,
        ),
        (
            "endobj_missing",
            swapped(&body, "/Count 1>>\nendobj", "/Count 1>>\n"),
            vec![SECTION, CATALOG, "object 2 at byte 54: endobj was missing"],
            1,
        ),
        (
            "endstream_missing",
            swapped(&body, "\nendstream", ""),
            vec![
                SECTION,
                CATALOG,
                "object 4 at byte 199: endstream was missing",
                "object 4 at byte 199: /Length said 23, and the data take 23 bytes",
            ],
            1,
        ),
        (
            "file_cut_off_in_a_stream",
            body[..body.find(" re f").expect("the content")].to_owned(),
            vec![
                SECTION,
                CATALOG,
                "object 4 at byte 199: endstream was missing",
                "object 4 at byte 199: /Length said 23, and the data take 18 bytes",
                "object 4 at byte 199: endobj was missing",
            ],
            1,
        ),
        (
            "dictionary_not_closed",
            swapped(&body, "/Count 1>>", "/Count 1"),
            vec![
                SECTION,
                CATALOG,
                "object 2 at byte 54: the value was malformed and was mended",
            ],
            1,
        ),
        (
            "object_lost_in_a_string_without_end",
            format!("{body}5 0 obj (open"),
            vec![
                SECTION,
                CATALOG,
                "object 5 at byte 269: cannot be read and counts as null",
            ],
            1,
        ),
        (
            "two_versions_the_later_counts",
            format!("{body}{second}"),
            vec![
                SECTION,
                CATALOG,
                "object 3 at byte 269: stands 2 times in the file, the last one is used",
            ],
            1,
        ),
        (
            "text_of_objects_in_a_stream_is_no_object",
            format!(
                "{body}5 0 obj <</Length 34>>stream\n1 0 obj <</Type/Catalog>> endobj \n\nendstream endobj"
            ),
            vec!["cross-reference section rebuilt from 5 objects", CATALOG],
            1,
        ),
        (
            "number_too_large_for_readers",
            format!("{body}2147483647 0 obj <<>> endobj"),
            vec![
                SECTION,
                CATALOG,
                "object 2147483647 at byte 269: the number is too large, the object is left out",
            ],
            1,
        ),
        (
            "object_stream_without_section",
            in_object_stream("1 0 2 30 ", 2),
            vec![
                "cross-reference section rebuilt from 5 objects",
                "object 1 at byte 173: taken as the catalog, which no trailer names",
            ],
            1,
        ),
        (
            "object_stream_promises_too_many",
            in_object_stream("1 0 2 30 ", 3),
            vec![
                "cross-reference section rebuilt from 5 objects",
                "object 1 at byte 173: taken out of the damaged object stream 5",
                "object 1 at byte 173: taken as the catalog, which no trailer names",
                "object 2 at byte 173: taken out of the damaged object stream 5",
            ],
            1,
        ),
        (
            "object_stream_is_older_than_the_object",
            format!(
                "{}2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj",
                in_object_stream("1 0 2 30 ", 2)
            ),
            vec![
                "cross-reference section rebuilt from 5 objects",
                "object 1 at byte 173: taken as the catalog, which no trailer names",
            ],
            1,
        ),
        (
            "kid_missing",
            swapped(&good, "/Kids[3 0 R]/Count 1", "/Kids[3 0 R 9 0 R]/Count 2"),
            vec![
                SECTION,
                "object 2 at byte 54: a kid that is no page or leads back is left out",
                "object 2 at byte 54: /Count said 2, and there are 1 pages",
            ],
            1,
        ),
        (
            "kid_leads_back",
            swapped(&good, "/Kids[3 0 R]", "/Kids[3 2 0 R]").replace("[3 2 0 R]", "[3 0 R 2 0 R]"),
            vec![
                SECTION,
                "object 2 at byte 54: a kid that is no page or leads back is left out",
            ],
            1,
        ),
        (
            "kid_in_the_array",
            swapped(
                &good,
                "/Kids[3 0 R]/Count 1",
                "/Kids[3 0 R<</Type/Page/Parent 2 0 R>>]/Count 2",
            ),
            vec![
                SECTION,
                "object 5: a page that stood in the array of kids",
                "object 5: page 2 had no media box and gets that of US Letter",
            ],
            2,
        ),
        (
            "media_box_missing",
            swapped(&body, "/MediaBox[", "/MediaBot["),
            vec![
                SECTION,
                CATALOG,
                "object 3 at byte 105: page 1 had no media box and gets that of US Letter",
            ],
            1,
        ),
        (
            "media_box_malformed",
            swapped(&good, "/MediaBox[0 0 200 200]", "/MediaBox[0 0 200 (0)]"),
            vec![
                "object 3 at byte 105: /MediaBox was malformed and is left out",
                "object 3 at byte 105: page 1 had no media box and gets that of US Letter",
            ],
            1,
        ),
        (
            "rotate_and_unit_malformed",
            swapped(&body, "/Resources<<>>", "/Rotate 45/UserUnit 0"),
            vec![
                SECTION,
                CATALOG,
                "object 3 at byte 105: /Rotate was malformed and is left out",
                "object 3 at byte 105: /UserUnit was malformed and is left out",
            ],
            1,
        ),
        (
            "page_tree_lost",
            swapped(
                &body,
                "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
                "",
            ),
            vec![
                "cross-reference section rebuilt from 3 objects",
                CATALOG,
                "object 2: the page tree was lost, a new one holds the 1 pages of the file in its order",
            ],
            1,
        ),
    ]
}

/// Whether qpdf finds neither errors nor warnings; `None` if it cannot be run.
fn qpdf_accepts(name: &str, file: &[u8]) -> Option<bool> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pdf_recovery");
    fs::create_dir_all(&folder).expect("a folder for the test");
    let path = folder.join(format!("{name}.pdf"));
    fs::write(&path, file).expect("a writable folder");
    let output = Command::new("qpdf").arg("--check").arg(&path).output().ok()?;
    if !output.status.success() {
        eprintln!("{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Some(output.status.success())
}

fn said(repair: &Repair) -> Vec<String> {
    repair.rebuilt.iter().map(ToString::to_string).collect()
}

#[test]
fn each_kind_of_damage_is_repaired_by_appending_and_said() {
    let limits = &Limits::DEFAULT;
    let office = Office::with_key("ed25519");
    let mut asked = 0;
    for (name, file, expected, pages) in vectors() {
        let file = file.as_bytes();
        let strictly = Document::open(file, limits).and_then(|d| d.newest().pages().map(|p| p.len()));
        let told_apart = ["kid_missing", "kid_leads_back", "kid_in_the_array"];
        if !told_apart.contains(&name) {
            assert!(strictly.is_err(), "{name}: not damaged");
        }
        let repaired = repair(file, limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(said(&repaired), expected, "{name}");
        assert_eq!(
            repair(file, limits).as_ref(),
            Ok(&repaired),
            "{name}: not deterministic"
        );
        let whole = [file, &repaired.appended].concat();
        let document = Document::open(&whole, limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        let view = document.newest();
        let found = view.pages().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(found.len(), pages, "{name}");
        let contents = found[0]
            .dictionary()
            .and_then(|d| d.find(b"Contents"))
            .expect(name);
        let contents = view.resolve(contents).expect(name);
        let data = view.decode(contents.as_stream().expect(name)).expect(name);
        assert!(
            !data.is_empty() && CONTENT.as_bytes().starts_with(&data),
            "{name}"
        );
        assert_eq!(
            repair(&whole, limits),
            Err(RecoveryError::NotDamaged),
            "{name}: repaired twice"
        );
        if let Some(clean) = qpdf_accepts(name, &whole) {
            assert!(clean, "{name}: qpdf complains");
            asked += 1;
        }
        let sealed = seal(&office, whole.clone(), None);
        assert!(sealed.starts_with(&whole), "{name}");
        assert!(Document::open(&sealed, limits).is_ok(), "{name}");
        if let Some(clean) = qpdf_accepts(&format!("{name}-sealed"), &sealed) {
            assert!(clean, "{name}: qpdf complains after sealing");
        }
    }
    if asked == 0 {
        eprintln!("skipped: the comparison with qpdf, which cannot be run");
    }
}

#[test]
fn what_is_sound_signed_encrypted_or_hopeless_is_refused_by_kind() {
    let (good, body) = (good(), body());
    let signed = format!("{body}5 0 obj <</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>> endobj");
    let spelled = signed.replace("/ByteRange", "/Byte#52ange");
    for (name, file, error) in [
        ("sound", good.clone(), RecoveryError::NotDamaged),
        ("signed", signed, RecoveryError::Signed),
        (
            "signed_with_the_name_spelled_otherwise",
            spelled,
            RecoveryError::Signed,
        ),
        (
            "signed_in_an_object_stream",
            in_object_stream("1 0 2 30 ", 2).replace(
                "/Type/Pages/Kids[3 0 R]/Count 1",
                "/Type/Pages/Byte#52ange[1 2 3] ",
            ),
            RecoveryError::Signed,
        ),
        (
            "encrypted",
            format!("{body}trailer<</Root 1 0 R/Encrypt 5 0 R>>"),
            RecoveryError::Encrypted,
        ),
        (
            "encrypted_and_the_trailer_lost",
            format!("{body}5 0 obj <</Filter/Standard/V 1/R 2/O(o)/U(u)>> endobj"),
            RecoveryError::Encrypted,
        ),
        (
            "header_missing",
            swapped(&body, "%PDF-1.7", ""),
            RecoveryError::NoHeader,
        ),
        (
            "catalog_missing",
            swapped(&body, "/Type/Catalog", "/Type/Cat"),
            RecoveryError::NoCatalog,
        ),
        (
            "no_page",
            swapped(
                &body,
                "/Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 4 0 R",
                "",
            ),
            RecoveryError::NoPages,
        ),
        ("empty", String::new(), RecoveryError::NoHeader),
        ("header_only", "%PDF-1.7\n".to_owned(), RecoveryError::NoCatalog),
    ] {
        assert_eq!(repair(file.as_bytes(), &Limits::DEFAULT), Err(error), "{name}");
    }
}

#[test]
fn a_sealed_file_that_was_damaged_is_never_repaired() {
    let sealed = seal(&Office::with_key("ed25519"), page(200, 200, CONTENT), None);
    assert_eq!(repair(&sealed, &Limits::DEFAULT), Err(RecoveryError::NotDamaged));
    let cut = &sealed[..sealed.len() - 20];
    assert_eq!(repair(cut, &Limits::DEFAULT), Err(RecoveryError::Signed));
}

#[test]
fn a_repaired_file_is_sealed_and_verified_by_the_strict_reader_alone() {
    let office = Office::with_key("p256");
    let damaged = body().into_bytes();
    assert!(yinxin::draft::Draft::open(damaged.clone(), &Limits::DEFAULT).is_err());
    let repaired = repair(&damaged, &Limits::DEFAULT).expect("a repair");
    let whole = [damaged, repaired.appended].concat();
    let sealed = seal(&office, whole.clone(), Some(yinxin::seal::DocMdp::NoChanges));
    let report = office.verifier().verify_pdf(&sealed, common::at());
    let [one] = report.seals.as_slice() else {
        panic!("one seal: {:?}", report.findings)
    };
    assert!(one.intact && one.trusted, "{:?}", report.findings);
    // The damage is in front of all to see: one revision up to the repair, one for the seal.
    let document = Document::open(&sealed, &Limits::DEFAULT).expect("a sealed file");
    assert_eq!(document.revisions().len(), 2);
    assert_eq!(document.revisions()[0].span, 0..whole.len());
}

#[test]
fn hostile_files_cost_time_in_proportion_to_their_size() {
    let times = |text: &str, count: usize| format!("%PDF-1.7\n{}", text.repeat(count)).into_bytes();
    let streams = times("1 0 obj <</Length 9>>stream\n", 60_000);
    let shared_kids = {
        let kids = "9 0 R ".repeat(20_000);
        let nodes: String = (10..3_000)
            .map(|n| format!("{n} 0 obj <</Type/Pages/Kids 5 0 R>> endobj\n"))
            .collect();
        let all: String = (10..3_000).map(|n| format!("{n} 0 R ")).collect();
        format!("%PDF-1.7\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[{all}]>> endobj\n5 0 obj [{kids}] endobj\n{nodes}").into_bytes()
    };
    // A fifth of a second each on an idle machine; minutes if anything were quadratic.
    for (name, file) in [
        ("streams_without_end", streams),
        ("strings_without_end", times("1 0 obj (", 150_000)),
        ("dictionaries_without_end", times("1 0 obj <</A", 120_000)),
        ("headers", times("1 0 obj ", 200_000)),
        ("numbers", times("1 ", 800_000)),
        (
            "blanks",
            times("1                                                  ", 30_000),
        ),
        (
            "arrays_in_arrays",
            times("1 0 obj [[[[[[[[[[[[[[[[[[[[[[[[[[[[", 40_000),
        ),
        ("trailers", times("trailer<</Root 1 0 R>>", 70_000)),
        ("trailers_with_strings_without_end", times("trailer(", 200_000)),
        (
            "ends_of_objects",
            times("endobj 1 0 obj<<>>stream\nendobj x ", 50_000),
        ),
        ("hexadecimal_strings_without_end", times("1 0 obj <41 ", 120_000)),
        ("comments", times("1 0 obj %", 170_000)),
        ("kids_shared_by_many_nodes", shared_kids),
    ] {
        let start = Instant::now();
        let outcome = repair(&file, &Limits::DEFAULT);
        let spent = start.elapsed();
        assert!(
            spent < Duration::from_secs(30),
            "{name}: {spent:?} for {} bytes: {outcome:?}",
            file.len()
        );
        if let Ok(repaired) = outcome {
            assert!(repaired.appended.len() < 8 * file.len() + 4096, "{name}");
        }
    }
}

#[test]
fn limits_bound_what_is_looked_at() {
    let body = body();
    let mut few = Limits::DEFAULT;
    few.pdf_objects = 3;
    let error = repair(body.as_bytes(), &few).expect_err("a limit");
    assert!(
        error.to_string().contains("more objects than the limit"),
        "{error}"
    );
}
