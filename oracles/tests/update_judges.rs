//! What other programs see of an appended revision: qpdf, MuPDF, Poppler and pyHanko, on files of every style and ending.
//!
//! A program that is absent is named and left out.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use yinxin::limits::Limits;
use yinxin::pdf::update::{Update, stream_body};
use yinxin::pdf::{Document, Ref, Style};

const OLD: &str = "BT /F1 12 Tf 20 50 Td (before) Tj ET";
const NEW: &str = "BT /F1 12 Tf 20 50 Td (afterwards) Tj ET";
const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>";

/// One page with a text. Object 5, its font, is in an object stream where the style has one; 6 has generation 2, and
/// 8 is free with generation 3.
struct Page {
    style: Style,
    junk: &'static str,
    /// What stands before the section, where `startxref` points some bytes too early.
    inexact: usize,
    end: &'static str,
    /// Whether the table of a hybrid file lists the hidden object as a free one, as the example of 7.5.8.4 does, or not at
    /// all, as Word does.
    called_free: bool,
}

impl Page {
    fn of(style: Style) -> Self {
        Self {
            style,
            junk: "",
            inexact: 0,
            end: "\n%%EOF\n",
            called_free: false,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = format!("{}%PDF-1.6\n%\u{e9}\u{e9}\n", self.junk).into_bytes();
        let mut at = [0; 10];
        let content = stream_body(b"", OLD.as_bytes(), false);
        let member = format!("5 0 {FONT}");
        let holder = stream_body(b"/Type/ObjStm/N 1/First 4", member.as_bytes(), true);
        let (font, holder) = match self.style {
            Style::Table => (FONT.as_bytes(), b"null".as_slice()),
            _ => (b"".as_slice(), holder.as_slice()),
        };
        let bodies: [(usize, &[u8]); 7] = [
            (1, b"<</Type/Catalog/Pages 2 0 R/Test[6 2 R 8 3 R]>>"),
            (2, b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 200 100]>>"),
            (
                3,
                b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            ),
            (4, &content),
            (5, font),
            (6, b"(two)"),
            (7, holder),
        ];
        for (number, body) in bodies {
            if !body.is_empty() {
                at[number] = file.len() - self.junk.len();
                let generation = if number == 6 { 2 } else { 0 };
                file.extend(format!("{number} {generation} obj\n").bytes());
                file.extend_from_slice(body);
                file.extend_from_slice(b"\nendobj\n");
            }
        }
        file.extend("\n".repeat(self.inexact).bytes());
        let mut section = file.len() - self.junk.len();
        if self.style != Style::Table {
            at[9] = section;
            let mut rows = Vec::new();
            let all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
            let numbers = if self.style == Style::Stream {
                &all[..]
            } else {
                &[5, 9]
            };
            for number in numbers {
                let (kind, second, third) = match number {
                    0 => (0, 8, 65535),
                    5 => (2, 7, 0),
                    8 => (0, 0, 3),
                    6 => (1, at[6], 2),
                    other => (1, at[*other], 0_u16),
                };
                rows.push(kind);
                rows.extend(u32::try_from(second).unwrap().to_be_bytes());
                rows.extend(third.to_be_bytes());
            }
            let index = if self.style == Style::Stream {
                "0 10"
            } else {
                "5 1 9 1"
            };
            let entries = format!("/Type/XRef/W[1 4 2]/Index[{index}]/Size 10/Root 1 0 R");
            file.extend_from_slice(b"9 0 obj\n");
            file.extend(stream_body(entries.as_bytes(), &rows, true));
            file.extend_from_slice(b"\nendobj\n");
        }
        if self.style != Style::Stream {
            let hidden = self.style == Style::Hybrid;
            let extra = if hidden {
                format!("/XRefStm {section}")
            } else {
                String::new()
            };
            section = file.len() - self.junk.len();
            let line = |at: usize, generation: u16, kind: char| format!("{at:010} {generation:05} {kind} \n");
            let called_free = hidden && self.called_free;
            let start = if hidden && !called_free { "0 5" } else { "0 9" };
            let mut table = format!(
                "xref\n{start}\n{}",
                line(if called_free { 5 } else { 8 }, 65535, 'f')
            );
            for number in 1..9 {
                table.push_str(&match number {
                    5 if called_free => line(8, 0, 'f'),
                    5 if hidden => "6 3\n".to_owned(),
                    8 => line(0, 3, 'f'),
                    6 => line(at[6], 2, 'n'),
                    other => line(at[other], 0, 'n'),
                });
            }
            let size = if hidden { 10 } else { 9 };
            file.extend(format!("{table}trailer\n<</Size {size}/Root 1 0 R{extra}>>\n").bytes());
        }
        file.extend(format!("startxref\n{}", section - self.inexact).bytes());
        file.extend(self.end.bytes());
        file
    }
}

/// Replaces the text, the font if `font`, the objects of generation 2 and 3, and adds `/Info`; `numbered` says whether the
/// file still has the numbers of [`Page`].
fn update(old: &[u8], numbered: bool, font: bool) -> Vec<u8> {
    let document = Document::open(old, &Limits::DEFAULT).unwrap();
    let view = document.newest();
    let page = view.pages().unwrap()[0].id;
    let page = view.object(page).unwrap().unwrap();
    let entries = page.dictionary().unwrap();
    let content = entries
        .find(b"Contents")
        .and_then(yinxin::pdf::Object::as_reference)
        .unwrap();
    let mut update = Update::new(&document);
    update.put(content, stream_body(b"", NEW.as_bytes(), true));
    if font {
        let resources = view.find(entries, b"Resources").unwrap();
        let fonts = view.find(resources.as_dictionary().unwrap(), b"Font").unwrap();
        let font = fonts
            .as_dictionary()
            .unwrap()
            .find(b"F1")
            .and_then(yinxin::pdf::Object::as_reference)
            .unwrap();
        update.put(font, FONT.replace("Helvetica", "Courier").into_bytes());
    }
    if numbered {
        update.put(Ref::new(6, 2), b"(three)".to_vec());
        update.put(Ref::new(8, 3), b"(four)".to_vec());
    }
    let info = update.allocate();
    update.put(info, b"<</Title(appended)>>".to_vec());
    update.set_trailer(b"Info", info.to_string().as_bytes()).unwrap();
    [old, &update.finish().unwrap().bytes].concat()
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a program says, or `None` if it is not there.
fn run(program: &str, arguments: &[&str]) -> Option<(bool, String, String)> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    ))
}

/// The lines of `text` that are about trouble, without the name of the file and without offsets.
fn complaints(text: &str, path: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| {
        let line = line.to_lowercase();
        ["warn", "error", "repair", "syntax", "invalid"]
            .iter()
            .any(|word| line.contains(word))
            && !line.contains("no syntax or stream encoding errors")
    });
    let bare = |line: &str| {
        line.replace(path, "")
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .collect()
    };
    lines.map(bare).collect()
}

/// Asks each program about both files, and panics with everything that is new or wrong.
fn judge(name: &str, old: &Path, new: &Path, numbered: bool, absent: &mut Vec<&'static str>) -> Vec<String> {
    let [old, new] = [old, new].map(|path| path.to_str().unwrap());
    let mut wrong = Vec::new();
    let programs: [(&'static str, &[&str]); 3] =
        [("qpdf", &["--check"]), ("mutool", &["show"]), ("pdftotext", &[])];
    for (program, first) in programs {
        let ask = |path: &str, last: &[&str]| run(program, &[first, &[path], last].concat());
        let last: &[&str] = match program {
            "mutool" => &["trailer/Info/Title"],
            "pdftotext" => &["-"],
            _ => &[],
        };
        let Some((passed, said, complained)) = ask(new, last) else {
            absent.push(program);
            continue;
        };
        let (passed_before, said_before, complained_before) = ask(old, last).unwrap();
        let before = complaints(&(said_before.clone() + &complained_before), old);
        let now = complaints(&(said.clone() + &complained), new);
        let added: Vec<_> = now.into_iter().filter(|line| !before.contains(line)).collect();
        // Poppler cannot see an object that the table calls free, be it in a stream besides; nor could it before.
        let blind = program == "pdftotext" && name.contains("called free");
        if !blind && (!added.is_empty() || (passed_before && !passed)) {
            wrong.push(format!("{name}: {program}: {added:?}"));
        }
        let fits = match program {
            // MuPDF repairs whatever does not begin with the header, and a repaired file of streams has no /Info.
            "mutool" if name.contains("first") => complained.contains("cannot recognize version marker"),
            "mutool" => said.contains("appended"),
            "pdftotext" if blind => !said_before.contains("before"),
            "pdftotext" => {
                said.contains("afterwards") && !said.contains("before") && said_before.contains("before")
            }
            _ => true,
        };
        if !fits {
            wrong.push(format!("{name}: {program} sees {said:?}"));
        }
    }
    if numbered {
        for (object, value) in [("6,2", "(three)"), ("8,3", "(four)")] {
            if let Some((_, said, complained)) = run("qpdf", &[&format!("--show-object={object}"), new])
                && said.trim() != value
            {
                wrong.push(format!("{name}: qpdf sees {object} as {said:?} {complained}"));
            }
        }
    }
    wrong
}

/// How pyHanko sees files: the number of revisions, the title, the font, and the content of the first page, a line each.
const PYHANKO: &str = r#"
import sys
from pyhanko.pdf_utils.reader import PdfFileReader
for path in sys.argv[1:]:
    try:
        with open(path, "rb") as file:
            reader = PdfFileReader(file, strict=False)
            page = reader.root["/Pages"]["/Kids"][0]
            font = page["/Resources"]["/Font"]["/F1"]["/BaseFont"]
            print(reader.xrefs.total_revisions, reader.trailer["/Info"]["/Title"], font, page["/Contents"].data.decode())
    except Exception as error:
        print(type(error).__name__, error)
"#;

#[test]
fn other_programs_see_the_appended_revision_and_complain_of_nothing_new() {
    let folder = Folder(std::env::temp_dir().join(format!("yinxin-judges-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let mut files: Vec<(String, Vec<u8>, bool)> = Vec::new();
    for style in [Style::Table, Style::Stream, Style::Hybrid] {
        for (what, junk) in [
            ("as it should be", ""),
            ("blank line first", "\n"),
            ("header of a mail first", "X: y\r\n\r\n"),
        ] {
            let page = Page {
                junk,
                ..Page::of(style)
            };
            files.push((format!("{style:?}, {what}"), page.bytes(), true));
        }
        for end in [
            "\n%%EOF",
            "\r%%EOF\r",
            "\r\n%%EOF\r\n",
            "\n%%EOF\n\n\n\n",
            "\n%%EOF\n\0\0\0",
            "\n%%EOF\n<html>",
            "\n%%EOF\n% x",
        ] {
            let page = Page {
                end,
                ..Page::of(style)
            };
            files.push((format!("{style:?}, end {end:?}"), page.bytes(), true));
        }
        let page = Page {
            inexact: 1,
            ..Page::of(style)
        };
        files.push((format!("{style:?}, startxref too early"), page.bytes(), true));
    }
    for _ in 0..2 {
        let page = Page {
            called_free: true,
            ..Page::of(Style::Hybrid)
        };
        files.push(("Hybrid, hidden object called free".to_owned(), page.bytes(), true));
    }
    let plain = folder.0.join("plain.pdf");
    fs::write(&plain, Page::of(Style::Table).bytes()).unwrap();
    for how in [
        &["--linearize"][..],
        &["--linearize", "--object-streams=generate"],
        &["--qdf"],
    ] {
        let other = folder.0.join("other.pdf");
        let paths = [plain.to_str().unwrap(), other.to_str().unwrap()];
        match run("qpdf", &[how, &["--static-id"], &paths].concat()) {
            Some((passed, _, complained)) => {
                assert!(passed, "{complained}");
                files.push((format!("qpdf {how:?}"), fs::read(&other).unwrap(), false));
            }
            None => println!("skipped: qpdf is not there to write {how:?}"),
        }
    }

    let (mut absent, mut wrong, mut paths) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (name, old, numbered)) in files.iter().enumerate() {
        let before = Document::open(old, &Limits::DEFAULT).unwrap();
        let mut new = update(old, *numbered, false);
        // A second revision on top of the first, so that a chain of our own is judged too; and one revision that leaves
        // the font where it is, which in a hybrid file is where old readers do not look.
        if at % 2 == 1 {
            new = update(&new, *numbered, true);
        }
        let after = Document::open(&new, &Limits::DEFAULT).unwrap();
        assert_eq!(
            after.revisions().len(),
            before.revisions().len() + 1 + at % 2,
            "{name}"
        );
        let [old_path, new_path] = [("old", old), ("new", &new)].map(|(which, bytes)| {
            let path = folder.0.join(format!("{at}-{which}.pdf"));
            fs::write(&path, bytes).unwrap();
            path
        });
        wrong.extend(judge(name, &old_path, &new_path, *numbered, &mut absent));
        paths.push(new_path);
    }
    let python = common::path("target/venv/bin/python");
    match Command::new(&python).arg("-c").arg(PYHANKO).args(&paths).output() {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(said.lines().count(), files.len(), "{said}");
            for (at, (line, (name, ..))) in said.lines().zip(&files).enumerate() {
                // The two sections of a linearised file are two revisions to pyHanko.
                let font = if at % 2 == 1 { "Courier" } else { "Helvetica" };
                let expected = format!("{} appended /{font} {NEW}", 2 + at % 2);
                let linearised = format!("{} appended /{font} {NEW}", 3 + at % 2);
                // It refuses whatever does not begin with the header.
                let refused = name.contains("first") && line == "PdfReadError Illegal PDF header";
                if line != expected && !refused && !(name.contains("linearize") && line == linearised) {
                    wrong.push(format!("{name}: pyHanko sees {line}"));
                }
            }
        }
        _ => println!("skipped: no pyHanko in {}", python.display()),
    }
    absent.sort_unstable();
    absent.dedup();
    for program in absent {
        println!("skipped: {program} is not there");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} files", files.len());
}
