//! Composing: every built-in page comes out, the same each time and everywhere, with nothing lost.
#![cfg(feature = "compose")]

use std::path::{Path, PathBuf};
use std::process::Command;

use yinxin::compose::{BUILTIN, ComposeError, Conformance, FontError, Fonts, Picture, Template};
use yinxin::crypto::DigestAlgorithm;
use yinxin::draft::{Draft, DraftError};
use yinxin::limits::Limits;
use yinxin::pdf::Document;
use yinxin::record::Record;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn json(name: &str) -> serde_json::Value {
    let path = root().join(format!("examples/data/records/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn record(json: &serde_json::Value) -> Record {
    Record::from_json(json.to_string().as_bytes(), &Limits::DEFAULT).unwrap()
}

fn composed(name: &str) -> Draft {
    composed_with(name, &Fonts::bundled())
}

fn composed_with(name: &str, fonts: &Fonts) -> Draft {
    let prepared = builtin(name).prepare(fonts).unwrap();
    prepared.compose_with(&record(&json(name)), &pictures()).unwrap()
}

/// What the sample records name.
fn pictures() -> Vec<Picture> {
    let folder = root().join("examples/data/pictures");
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| Picture::read(&std::fs::read(file.unwrap().path()).unwrap(), &Limits::DEFAULT).unwrap())
        .collect()
}

fn builtin(name: &str) -> Template {
    Template::builtin(name).unwrap()
}

/// A page with one paragraph.
fn paragraph(text: &str) -> Template {
    let toml = format!(
        "format = 1\nname = \"t\"\n[page]\nmargin = {{ top = 20, right = 20, bottom = 20, left = 20 }}\n\
         [title]\ntext = \"{{type.name}}\"\nsize = 20\n[[body]]\n[body.paragraph]\ntext = \"{text}\"\nsize = 12\npitch = 20\n"
    );
    Template::from_toml(&toml, &Limits::DEFAULT).unwrap()
}

/// Runs a tool on a file; `None`, with the reason printed, if it is not installed.
fn tool(program: &str, arguments: &[&str], bytes: &[u8], name: &str) -> Option<(bool, String)> {
    let path: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{program}-{name}.pdf"));
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap().to_owned();
    let arguments = arguments.iter().map(|&argument| {
        if argument == "FILE" {
            path.as_str()
        } else {
            argument
        }
    });
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some((
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )),
        Err(error) => {
            println!("skipped: {program} cannot be run ({error})");
            None
        }
    }
}

/// Text without the white space that an extractor puts between lines.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn every_sample_record_composes_and_its_slots_can_be_read_back() {
    for name in BUILTIN {
        let draft = composed(name);
        assert!(
            draft.slots().code.is_some() && draft.slots().seals.len() == 1,
            "{name}"
        );
        let opened = Draft::open(draft.bytes().to_vec(), &Limits::DEFAULT).unwrap();
        assert_eq!(opened, draft, "{name}");
        assert_eq!(
            draft.slots().seals[0].name,
            json(name)["issuer"]["name"],
            "{name}"
        );
    }
}

#[test]
fn draft_carries_its_record_unchanged() {
    for name in BUILTIN {
        let record = record(&json(name));
        let draft = composed(name);
        assert_eq!(
            draft.record_bytes(&Limits::DEFAULT).unwrap(),
            record.to_cbor(),
            "{name}"
        );
    }
}

#[test]
fn same_input_gives_the_same_bytes_in_any_thread_and_with_any_store() {
    let expected: Vec<Draft> = BUILTIN.iter().map(|name| composed(name)).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| BUILTIN.iter().map(|name| composed(name)).collect::<Vec<_>>()))
            .collect();
        for worker in workers {
            assert!(worker.join().unwrap() == expected);
        }
    });
    let fresh = Fonts::new(vec![yinxin::font::bundled().to_vec()]).unwrap();
    for (name, draft) in BUILTIN.iter().zip(&expected) {
        let prepared = builtin(name).prepare(&fresh).unwrap();
        for _ in 0..2 {
            assert!(
                prepared.compose_with(&record(&json(name)), &pictures()).unwrap() == *draft,
                "{name}"
            );
        }
    }
}

/// Every sample in every language of its template and every part of PDF/A, with the names by which they are recorded.
fn golden() -> Vec<(String, Draft)> {
    let folder = root().join("test-vectors/template/golden");
    let mut drafts = Vec::new();
    for name in BUILTIN {
        let bytes = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
        let record = Record::from_json(&bytes, &Limits::DEFAULT).unwrap();
        let template = builtin(name);
        for (index, language) in template.languages().iter().enumerate() {
            if needs_shaping(language) && !cfg!(feature = "shape") {
                println!("skipped: {name} in {language} (feature shape is off)");
                continue;
            }
            let suffix = if index == 0 {
                String::new()
            } else {
                format!(".{language}")
            };
            let spoken = template.in_language(language).unwrap();
            let prepared = spoken.prepare(&Fonts::bundled()).unwrap();
            for (conformance, part) in [
                (Conformance::A3b, ""),
                (Conformance::A2b, ".A-2b"),
                (Conformance::A4f, ".A-4f"),
            ] {
                let prepared = prepared.clone().conforming_to(conformance);
                let draft = prepared.compose_with(&record, &pictures());
                drafts.push((format!("{name}{suffix}{part}"), draft.unwrap()));
            }
        }
    }
    drafts
}

/// Tibetan and Uyghur are set by builds with the feature `shape` only.
fn needs_shaping(language: &str) -> bool {
    matches!(language, "bo" | "ug")
}

/// Machines must agree, not only runs. Whoever changes these bytes on purpose raises `ENGINE` in `src/compose/output.rs`
/// and writes the digests that this test prints into the file. The drafts are left for `scripts/golden`, which looks at them.
#[test]
fn drafts_are_the_bytes_recorded_for_this_engine() {
    let left = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    let _ = std::fs::remove_dir_all(&left);
    std::fs::create_dir_all(&left).unwrap();
    let found: String = golden()
        .iter()
        .map(|(name, draft)| {
            std::fs::write(left.join(format!("{name}.pdf")), draft.bytes()).unwrap();
            let digest = DigestAlgorithm::Sha256.digest(draft.bytes());
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}  {name}\n")
        })
        .collect();
    let folder = root().join("test-vectors/template/golden");
    let expected = std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let expected: String = expected
        .lines()
        .filter(|line| cfg!(feature = "shape") || !line.split('.').any(needs_shaping))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(found, expected, "found:\n{found}");
}

/// PDF/A-2 takes no attached files of other formats (ISO 19005-2, 6.8); everything else of a draft is there.
#[test]
fn a_draft_of_part_2_carries_no_record_and_says_so() {
    for name in BUILTIN {
        let prepared = builtin(name).prepare(&Fonts::bundled()).unwrap();
        let record = record(&json(name));
        let prepared = prepared.conforming_to(Conformance::A2b);
        let draft = prepared.compose_with(&record, &pictures()).unwrap();
        assert_eq!(
            draft.record_bytes(&Limits::DEFAULT).unwrap_err(),
            DraftError::NoRecord,
            "{name}"
        );
        let opened = Draft::open(draft.bytes().to_vec(), &Limits::DEFAULT).unwrap();
        assert_eq!(opened, draft, "{name}");
        assert!(
            draft.slots().code.is_some() && !draft.slots().seals.is_empty(),
            "{name}"
        );
    }
}

/// ISO 19005-4, 6.1.2 and 6.7.3.
#[test]
fn a_draft_of_part_4_is_pdf_2_and_carries_its_record() {
    for name in BUILTIN {
        let prepared = builtin(name).prepare(&Fonts::bundled()).unwrap();
        let record = record(&json(name));
        let prepared = prepared.conforming_to(Conformance::A4f);
        let draft = prepared.compose_with(&record, &pictures()).unwrap();
        assert!(draft.bytes().starts_with(b"%PDF-2.0\n"), "{name}");
        assert_eq!(
            draft.record_bytes(&Limits::DEFAULT).unwrap(),
            record.to_cbor(),
            "{name}"
        );
    }
}

/// Sealing puts its widget into an element of the structure that the draft has ready (ISO 14289-1, 7.18.4).
#[test]
fn every_seal_place_has_an_element_of_its_own() {
    for (name, draft) in golden() {
        let mut numbers: Vec<u32> = draft
            .slots()
            .seals
            .iter()
            .map(|seal| seal.element.as_ref().expect(&name).number)
            .collect();
        let count = numbers.len();
        numbers.dedup();
        assert!(count > 0 && numbers.len() == count, "{name}");
    }
}

/// What a screen reader says in the order of the structure, beside what is printed.
#[test]
fn structure_reads_what_the_page_shows() {
    // The parts of PDF/A differ in what is around the pages.
    let same = |name: &str| name.ends_with(".A-2b") || name.ends_with(".A-4f");
    for (name, draft) in golden().into_iter().filter(|(name, _)| !same(name)) {
        let Some((true, text)) = tool("pdfinfo", &["-struct-text", "FILE"], draft.bytes(), &name) else {
            return;
        };
        let spoken: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"'))
            .collect();
        let spoken = dense(&spoken.concat());
        let shown = tool("pdftotext", &["-raw", "FILE", "-"], draft.bytes(), &name);
        let shown = dense(&shown.expect("comes with pdfinfo").1);
        // Headers, footers and repeated heads are shown and not said; nothing is said that is not shown.
        // Poppler takes the text of the structure from the glyphs one by one, without the `/ActualText` of shaped clusters.
        if !name.split('.').any(needs_shaping) {
            for character in spoken.chars() {
                assert!(shown.contains(character), "{name}: {character:?} of {spoken}");
            }
        }
        let base = name.split('.').next().unwrap_or_default();
        let issuer = json(base)["issuer"]["name"].as_str().unwrap().to_owned();
        assert!(
            spoken.contains(&dense(&issuer)),
            "{name}: the issuer is not in {spoken}"
        );
        assert!(text.contains("Document") && text.contains("H1"), "{name}");
    }
}

#[test]
fn missing_glyph_names_the_character_and_the_member() {
    let mut json = json("residence");
    json["fields"][4]["value"] = "滨海市\u{2CCCD}路".into();
    let error = builtin("residence").compose(&record(&json)).unwrap_err();
    match &error {
        ComposeError::MissingGlyph {
            character, member, ..
        } => {
            assert_eq!(
                (*character, member.as_deref()),
                ('\u{2CCCD}', Some("fields[4].value"))
            );
        }
        other => panic!("{other}"),
    }
    assert!(error.to_string().contains("U+2CCCD"), "{error}");
}

#[test]
fn missing_glyph_of_the_template_names_its_element() {
    let error = paragraph("\u{2CCCD}")
        .compose(&record(&json("residence")))
        .unwrap_err();
    assert!(
        matches!(&error, ComposeError::MissingGlyph { member: None, element, .. } if element == "body[0] paragraph"),
        "{error}"
    );
}

#[test]
fn missing_member_is_an_error_unless_it_has_a_fallback() {
    let record = record(&json("employment"));
    assert_eq!(
        paragraph("{valid.to}").compose(&record).unwrap_err(),
        ComposeError::MissingMember {
            element: "body[0] paragraph".into(),
            member: "valid.to".into()
        }
    );
    paragraph("{valid.to|长期}").compose(&record).unwrap();
}

#[test]
fn text_that_does_not_fit_is_an_error_that_names_the_element() {
    let mut json = json("residence");
    json["type"]["name"] = "居住登记证明".repeat(6).into();
    let error = builtin("residence").compose(&record(&json)).unwrap_err();
    assert!(
        matches!(&error, ComposeError::Overflow { element, .. } if element == "title"),
        "{error}"
    );
}

#[test]
fn licence_that_needs_a_second_page_is_an_error_that_names_the_element() {
    let mut json = json("food-licence");
    json["fields"][3]["value"] = "预包装食品销售、散装食品销售、".repeat(60).into();
    let error = builtin("food-licence").compose(&record(&json)).unwrap_err();
    assert!(
        matches!(&error, ComposeError::Overflow { element, over_mm } if element.starts_with("body[0] table") && *over_mm > 0),
        "{error}"
    );
}

#[test]
fn template_errors_have_line_and_column() {
    let folder = root().join("test-vectors/template/reject");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        let mut expected = text
            .lines()
            .take(3)
            .map(|line| line.split_once(": ").map_or("", |(_, rest)| rest));
        let (at, says) = (expected.next().unwrap(), expected.next().unwrap());
        let error = Template::from_toml(&text, &Limits::DEFAULT).unwrap_err();
        assert_eq!(
            format!("{}:{}", error.line, error.column),
            at,
            "{}: {error}",
            path.display()
        );
        assert!(error.message.contains(says), "{}: {error}", path.display());
        count += 1;
    }
    assert!(count >= 9, "the vectors are missing");
}

#[test]
fn template_longer_than_the_limit_is_refused() {
    let mut limits = Limits::DEFAULT;
    limits.template_bytes = 10;
    assert!(Template::from_toml("format = 1\nname = \"t\"", &limits).is_err());
}

#[test]
fn unusable_fonts_are_refused() {
    assert_eq!(Fonts::new(Vec::new()).unwrap_err(), FontError::Empty);
    assert_eq!(
        Fonts::new(vec![b"no font".to_vec()]).unwrap_err(),
        FontError::Malformed { index: 0 }
    );
}

#[test]
fn draft_is_one_revision_with_one_unbroken_table() {
    for name in BUILTIN {
        let draft = composed(name);
        let text = String::from_utf8_lossy(draft.bytes());
        assert!(text.starts_with("%PDF-1.7\n%"), "{name}");
        let document = Document::open(draft.bytes(), &Limits::DEFAULT).unwrap();
        assert_eq!(
            (document.revisions().len(), document.anomalies()),
            (1, [].as_slice()),
            "{name}"
        );
        let table = text.rsplit("\nxref\n").next().unwrap();
        let size = document.newest().next_object_number();
        assert!(table.starts_with(&format!("0 {size}\n")), "{name}");
        assert!(document.newest().trailer().find(b"ID").is_some(), "{name}");
    }
}

#[test]
fn contradictory_slots_are_refused() {
    let draft = composed("residence");
    let code = draft.slots().code.clone().unwrap();
    let find = format!("/Form {} 0 R", code.form);
    // Object 3 is the page: a reference of the same length to something that is no form.
    let at = draft
        .bytes()
        .windows(find.len())
        .position(|window| window == find.as_bytes())
        .unwrap();
    let mut bytes = draft.into_bytes();
    bytes[at..at + find.len()]
        .copy_from_slice(format!("/Form {:>width$} 0 R", 3, width = find.len() - 10).as_bytes());
    assert_eq!(
        Draft::open(bytes, &Limits::DEFAULT).unwrap_err(),
        DraftError::Slots("/Code /Form")
    );
}

#[test]
fn two_attached_records_are_refused() {
    let draft = composed("residence");
    let text = draft.bytes().to_vec();
    let at = text.windows(4).position(|window| window == b"/AF[").unwrap();
    let entry: Vec<u8> = text[at..]
        .iter()
        .copied()
        .take_while(|&byte| byte != b']')
        .collect();
    let doubled = [&entry[..], b" ", &entry[4..], b"]"].concat();
    // The catalog comes first: what follows moves, so the file is opened through an appended catalog instead.
    let document = Document::open(draft.bytes(), &Limits::DEFAULT).unwrap();
    let catalog = document.newest().catalog().unwrap();
    let mut edit = yinxin::pdf::edit::DictionaryEdit::new(catalog.raw(), catalog.dictionary().unwrap());
    edit.set(b"AF", &doubled[3..]);
    let mut update = yinxin::pdf::update::Update::new(&document);
    update.put(catalog.id, edit.finish());
    let bytes = [draft.bytes(), &update.finish().unwrap().bytes].concat();
    let draft = Draft::open(bytes, &Limits::DEFAULT).unwrap();
    assert_eq!(
        draft.record_bytes(&Limits::DEFAULT).unwrap_err(),
        DraftError::ManyRecords
    );
}

#[test]
fn page_says_sample_if_and_only_if_the_record_does() {
    let mut json = json("food-licence");
    let Some((_, text)) = tool(
        "pdftotext",
        &["FILE", "-"],
        composed("food-licence").bytes(),
        "sample",
    ) else {
        return;
    };
    assert!(text.contains("样例 SAMPLE"), "{text}");
    json.as_object_mut().unwrap().remove("sample");
    let real = builtin("food-licence").compose(&record(&json)).unwrap();
    let Some((_, text)) = tool("pdftotext", &["FILE", "-"], real.bytes(), "real") else {
        return;
    };
    assert!(
        !text.contains("SAMPLE") && text.contains("食品经营许可证"),
        "{text}"
    );
}

#[test]
fn every_field_and_the_decision_can_be_extracted() {
    // Those print fields in their own way, over several pages; see `compose_flow`.
    let own = ["application-form", "no-record-letter", "official-document"];
    for name in BUILTIN.iter().filter(|name| !own.contains(name)) {
        let record = record(&json(name));
        let draft = composed(name);
        let Some((_, text)) = tool("pdftotext", &["-raw", "FILE", "-"], draft.bytes(), name) else {
            return;
        };
        let text = dense(&text);
        let fields = record
            .fields()
            .iter()
            .flat_map(|field| [&field.label, &field.value]);
        for wanted in fields.chain([&record.kind().name, &record.issuer().name]) {
            assert!(text.contains(&dense(wanted)), "{name}: {wanted} is not in {text}");
        }
        // The licence does not print the decision; the record that is attached has it.
        if let Some(decision) = record.decision().filter(|_| *name != "food-licence") {
            assert!(
                text.contains(&dense(decision)),
                "{name}: the decision is not in {text}"
            );
        }
    }
}

#[test]
fn qpdf_finds_nothing_wrong() {
    for name in BUILTIN {
        let Some((ok, text)) = tool("qpdf", &["--check", "FILE"], composed(name).bytes(), name) else {
            return;
        };
        assert!(ok && !text.contains("WARNING"), "{name}: {text}");
    }
}

#[test]
fn every_font_is_embedded_and_has_unicode() {
    for name in BUILTIN {
        let Some((_, text)) = tool("pdffonts", &["FILE"], composed(name).bytes(), name) else {
            return;
        };
        let fonts: Vec<&str> = text.lines().skip(2).collect();
        assert!(!fonts.is_empty(), "{name}: {text}");
        for font in fonts {
            assert!(font.contains("Identity-H       yes yes yes"), "{name}: {font}");
        }
    }
}
