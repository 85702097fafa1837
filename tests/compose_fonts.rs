//! Fonts: what may be given, which font sets which character, and that every reader extracts what the page says.
#![cfg(feature = "compose")]

use std::path::Path;
use std::process::Command;

use yinxin::compose::{ComposeError, FontError, FontFile, Fonts, Template, Typeface};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::record::Record;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn vector(name: &str) -> Vec<u8> {
    std::fs::read(root().join("test-vectors/fonts").join(name)).unwrap()
}

/// A page with one paragraph.
fn paragraph(text: &str) -> Template {
    let toml = format!(
        "format = 1\nname = \"t\"\n[page]\nmargin = {{ top = 20, right = 20, bottom = 20, left = 20 }}\n\
         [title]\ntext = \"{{type.name}}\"\nsize = 20\n[[body]]\n[body.paragraph]\ntext = \"{text}\"\nsize = 12\npitch = 20\n"
    );
    Template::from_toml(&toml, &Limits::DEFAULT).unwrap()
}

fn record() -> Record {
    let path = root().join("examples/data/records/residence.json");
    Record::from_json(&std::fs::read(path).unwrap(), &Limits::DEFAULT).unwrap()
}

fn composed(text: &str, fonts: &Fonts) -> Result<Draft, ComposeError> {
    paragraph(text).prepare(fonts)?.compose(&record())
}

/// What a program prints about a draft; `None`, with the reason printed, if it is not installed.
fn asked(program: &str, arguments: &[&str], draft: &Draft, name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fonts-{program}-{name}.pdf"));
    std::fs::write(&path, draft.bytes()).unwrap();
    let path = path.to_str().unwrap();
    let arguments = arguments
        .iter()
        .map(|&argument| if argument == "FILE" { path } else { argument });
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        ),
        Err(error) => {
            println!("skipped: {program} cannot be run ({error})");
            None
        }
    }
}

/// The text that readers extract, without white space.
fn extracted(draft: &Draft, name: &str) -> Vec<(&'static str, String)> {
    let readers: [(&str, &[&str]); 2] = [
        ("pdftotext", &["FILE", "-"]),
        ("mutool", &["draw", "-q", "-F", "text", "-o", "-", "FILE"]),
    ];
    readers
        .into_iter()
        .filter_map(|(program, arguments)| {
            let text = asked(program, arguments, draft, name)?;
            Some((program, text.chars().filter(|c| !c.is_whitespace()).collect()))
        })
        .collect()
}

/// `text` as a reader gives it. mutool before 1.23 gives text that runs to the left as it is drawn, and does not know what is said
/// of a cluster with several glyphs (ISO 32000-2, 14.9.4), so of such text its answer is not asked for. Of Tibetan it gives a joiner
/// without width (U+200C) for each vowel sign, which the letter already stands for.
#[cfg(feature = "shape")]
fn reads_backwards(program: &str, text: &str) -> bool {
    program == "pdftotext" || !text.chars().any(|c| ('\u{600}'..='\u{6FF}').contains(&c))
}

/// The bundled font twice in one collection, the second time under another name.
fn collection() -> Vec<u8> {
    let font = yinxin::font::bundled();
    let header = 12 + 2 * 4;
    let mut second = font.to_vec();
    for (from, to) in [
        (b"NotoSerifSC-Subset".to_vec(), b"NotoSerifSC-Second".to_vec()),
        (utf16("NotoSerifSC-Subset"), utf16("NotoSerifSC-Second")),
    ] {
        while let Some(at) = second.windows(from.len()).position(|window| window == from) {
            second[at..at + to.len()].copy_from_slice(&to);
        }
    }
    let mut out = b"ttcf\0\x01\0\0\0\0\0\x02".to_vec();
    let starts = [header, header + font.len()];
    for start in starts {
        out.extend_from_slice(&u32::try_from(start).unwrap().to_be_bytes());
    }
    for (start, font) in starts.into_iter().zip([font.to_vec(), second]) {
        let mut font = font;
        let tables = usize::from(u16::from_be_bytes([font[4], font[5]]));
        for table in 0..tables {
            let at = 12 + 16 * table + 8;
            let offset =
                u32::from_be_bytes(font[at..at + 4].try_into().unwrap()) + u32::try_from(start).unwrap();
            font[at..at + 4].copy_from_slice(&offset.to_be_bytes());
        }
        out.extend_from_slice(&font);
    }
    out
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[test]
fn face_of_a_collection_is_chosen_by_number_or_name_and_never_guessed() {
    let bytes = collection();
    let error = Fonts::builder()
        .typeface(Typeface::Song, bytes.clone())
        .build()
        .unwrap_err();
    let names = ["NotoSerifSC-Subset", "NotoSerifSC-Second"]
        .map(String::from)
        .to_vec();
    assert_eq!(error, FontError::Member { index: 0, names });
    for font in [
        FontFile::new(bytes.clone()).face(1),
        FontFile::new(bytes.clone()).named("NotoSerifSC-Second"),
    ] {
        let fonts = Fonts::builder().typeface(Typeface::Song, font).build().unwrap();
        let draft = composed("滨海市", &fonts).unwrap();
        if let Some(list) = asked("pdffonts", &["FILE"], &draft, "collection") {
            assert!(list.contains("NotoSerifSC-Second"), "{list}");
        }
    }
    for font in [
        FontFile::new(bytes.clone()).face(2),
        FontFile::new(bytes).named("Another"),
    ] {
        let error = Fonts::builder().fallback(font).build().unwrap_err();
        assert!(matches!(error, FontError::Member { index: 1, .. }), "{error}");
    }
}

#[test]
fn variable_font_is_refused_with_the_remedy() {
    let error = Fonts::new(vec![vector("variable.ttf")]).unwrap_err();
    assert_eq!(error, FontError::Variable { index: 0 });
    assert!(error.to_string().contains("static instance"), "{error}");
}

#[test]
fn font_that_forbids_embedding_is_refused() {
    for (bits, allowed) in [
        (0, true),
        (4, true),
        (8, true),
        (2, false),
        (0x100, false),
        (0x200, false),
    ] {
        let mut font = vector("low.ttf");
        let tables = usize::from(u16::from_be_bytes([font[4], font[5]]));
        let entry = (0..tables)
            .map(|table| 12 + 16 * table)
            .find(|&at| &font[at..at + 4] == b"OS/2")
            .unwrap();
        let offset = u32::from_be_bytes(font[entry + 8..entry + 12].try_into().unwrap()) as usize;
        font[offset + 8..offset + 10].copy_from_slice(&u16::to_be_bytes(bits));
        let expected = if allowed {
            None
        } else {
            Some(FontError::Restricted { index: 0 })
        };
        assert_eq!(Fonts::new(vec![font]).err(), expected, "{bits:#x}");
    }
}

#[test]
fn any_font_cut_short_or_changed_is_refused_or_set_without_a_panic() {
    for name in ["cff.otf", "low.ttf"] {
        let font = vector(name);
        let mut state = 1_u32;
        for round in 0..400 {
            let mut bytes = font.clone();
            if round % 4 == 0 {
                bytes.truncate(round * font.len() / 400);
            }
            for _ in 0..4 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let length = bytes.len().max(1);
                if let Some(byte) = bytes.get_mut((state >> 8) as usize % length) {
                    *byte = (state >> 24) as u8;
                }
            }
            if let Ok(fonts) = Fonts::new(vec![bytes, yinxin::font::bundled().to_vec()]) {
                let _ = composed("滨海市公安局，印信AB12", &fonts);
            }
        }
    }
}

#[test]
fn rare_character_of_a_name_is_set_from_a_fallback_font_or_refused_by_name() {
    let name = "张镕喆犇㙍䶮𬭎";
    assert!(Fonts::bundled().borrowed(Typeface::Song, name).is_empty());
    let draft = composed(name, &Fonts::bundled()).unwrap();
    for (program, text) in extracted(&draft, "rare") {
        assert!(text.contains(name), "{program}: {text}");
    }

    let rarer = "李\u{2CCCD}\u{2CB4F}";
    let error = composed(rarer, &Fonts::bundled()).unwrap_err();
    assert!(error.to_string().contains("U+2CCCD"), "{error}");
    let fonts = Fonts::builder().fallback(vector("cff.otf")).build().unwrap();
    let draft = composed(rarer, &fonts).unwrap();
    for (program, text) in extracted(&draft, "rarer") {
        assert!(text.contains(rarer), "{program}: {text}");
    }
    let borrowed: Vec<_> = fonts
        .borrowed(Typeface::Song, rarer)
        .into_iter()
        .map(|b| (b.character, b.font))
        .collect();
    let from = || Some("YinxinTest-Cff".to_owned());
    assert_eq!(borrowed, [('\u{2CCCD}', from()), ('\u{2CB4F}', from())]);
}

#[test]
fn cff_font_is_embedded_as_a_cid_font_and_drawn() {
    let fonts = Fonts::builder()
        .typeface(Typeface::Song, vector("cff.otf"))
        .build()
        .unwrap();
    let draft = composed("滨海市公安局，AB12", &fonts).unwrap();
    if let Some(list) = asked("pdffonts", &["FILE"], &draft, "cff") {
        let font = list
            .lines()
            .find(|line| line.contains("YinxinTest-Cff"))
            .unwrap_or_else(|| panic!("{list}"));
        assert!(
            font.contains("CID Type 0C") && font.contains("Identity-H       yes yes yes"),
            "{font}"
        );
    }
    for (program, text) in extracted(&draft, "cff") {
        assert!(text.contains("滨海市公安局，AB12"), "{program}: {text}");
    }
    if let Some(says) = asked("qpdf", &["--check", "FILE"], &draft, "cff") {
        assert!(
            !says.contains("WARNING") && says.contains("No syntax or stream encoding errors"),
            "{says}"
        );
    }
}

#[test]
fn typeface_that_nobody_gave_is_answered_for_by_the_bundled_font_and_says_so() {
    let fonts = Fonts::builder()
        .typeface(Typeface::Hei, vector("low.ttf"))
        .build()
        .unwrap();
    assert!(fonts.has_typeface(Typeface::Hei) && !fonts.has_typeface(Typeface::Kai));
    let names = |typeface, text| -> Vec<Option<String>> {
        fonts
            .borrowed(typeface, text)
            .into_iter()
            .map(|borrowed| borrowed.font)
            .collect()
    };
    let bundled = || Some("NotoSerifSC-Subset".to_owned());
    assert_eq!(names(Typeface::Hei, "滨海市甲滨"), [bundled()]);
    assert_eq!(names(Typeface::Kai, "滨海"), [bundled(), bundled()]);
    assert_eq!(names(Typeface::Song, "滨海"), []);
    assert_eq!(names(Typeface::Song, "\u{2CCCD}"), [None]);
}

#[test]
fn characters_that_share_a_glyph_are_extracted_as_what_they_are() {
    // A Kangxi radical and the character it looks like; a space that joins and one that does not.
    let text = "一⼀二⼆一";
    let font = yinxin::font::bundled();
    let face = ttf_parser::Face::parse(font, 0).unwrap();
    if face.glyph_index('⼀').is_none() {
        println!("the bundled font has no radicals: two private-use characters stand in");
        let glyph = face.glyph_index('容').unwrap().0;
        let fonts = Fonts::builder()
            .private_use('\u{E001}', font.to_vec(), glyph, "⿰氵容")
            .private_use('\u{E002}', font.to_vec(), glyph, "⿰木容")
            .build()
            .unwrap();
        let draft = composed("容\u{E001}容\u{E002}容", &fonts).unwrap();
        for (program, extracted) in extracted(&draft, "shared") {
            assert!(extracted.contains("容⿰氵容容⿰木容容"), "{program}: {extracted}");
        }
        return;
    }
    let draft = composed(text, &Fonts::bundled()).unwrap();
    for (program, extracted) in extracted(&draft, "shared") {
        assert!(extracted.contains(text), "{program}: {extracted}");
    }
}

#[test]
fn private_use_character_needs_an_explicit_map() {
    let error = composed("王\u{E815}", &Fonts::bundled()).unwrap_err();
    assert!(error.to_string().contains("U+E815"), "{error}");
    let font = || yinxin::font::bundled().to_vec();
    let bad = [
        ('王', 5, "x"),
        ('\u{E815}', 0, "x"),
        ('\u{E815}', u16::MAX, "x"),
        ('\u{E815}', 5, ""),
        ('\u{E815}', 5, "\u{E000}"),
    ];
    for (character, glyph, text) in bad {
        let error = Fonts::builder()
            .private_use(character, font(), glyph, text)
            .build()
            .unwrap_err();
        assert_eq!(error, FontError::PrivateUse { character });
    }
}

#[cfg(not(feature = "shape"))]
#[test]
fn script_that_cannot_be_shaped_is_refused_by_name() {
    let error = composed("བོད", &Fonts::bundled()).unwrap_err();
    assert!(
        matches!(error, ComposeError::MissingGlyph { character: 'བ', .. }),
        "{error}"
    );
}

#[cfg(feature = "shape")]
#[test]
fn shaped_text_is_extracted_in_reading_order() {
    let fonts = Fonts::bundled();
    for (name, text) in [
        ("ug", "جىنايى قىلمىش خاتىرىسى يوق"),
        ("bo", "ཉེས་ཁྲིམས་ཟིན་ཐོ་མེད་པའི་ར་སྤྲོད། བསྒྲུབས་པའི་དཔང་ཡིག"),
        ("mixed", "申请人（ئالىم تۇرسۇن）于2030年"),
    ] {
        let draft = composed(text, &fonts).unwrap();
        // pdftotext makes up its own mind about where brackets between two directions belong.
        let text = text
            .strip_prefix("申请人（")
            .map_or(text, |tail| tail.split('）').next().unwrap_or(tail));
        let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for (program, extracted) in extracted(&draft, name) {
            if reads_backwards(program, text) {
                let plain = extracted.replace(['\u{200C}', '\u{202A}', '\u{202B}', '\u{202C}'], "");
                assert!(plain.contains(&dense), "{program} {name}: {extracted}");
            }
        }
    }
}

#[test]
fn letter_is_set_and_extracted_in_every_language_it_has() {
    let path = root().join("examples/data/records/no-record-letter.json");
    let record = Record::from_json(&std::fs::read(path).unwrap(), &Limits::DEFAULT).unwrap();
    let template = Template::builtin("no-record-letter").unwrap();
    let said = [
        (
            "zh-CN",
            "经查询本机关的记录，截至2030年5月20日，未发现有犯罪记录。",
        ),
        ("zh-TW", "經查詢本機關的紀錄"),
        ("en", "no criminal record of 林若溪"),
        ("bo", "ཉེས་ཁྲིམས་ཟིན་ཐོ་མེད་པའི་ར་སྤྲོད་ཡིག"),
        ("ug", "خاتىرىلىرىنى تەكشۈرگەندە"),
    ];
    for (language, text) in said {
        let needs_shaping = matches!(language, "bo" | "ug");
        let template = template.in_language(language).unwrap();
        let draft = template
            .prepare(&Fonts::bundled())
            .and_then(|template| template.compose(&record));
        if needs_shaping && !cfg!(feature = "shape") {
            let error = draft.unwrap_err();
            assert!(
                matches!(error, ComposeError::MissingGlyph { .. }),
                "{language}: {error}"
            );
            continue;
        }
        let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for (program, extracted) in extracted(&draft.unwrap(), &format!("letter-{language}")) {
            let plain = extracted.replace(['\u{200C}', '\u{202A}', '\u{202B}', '\u{202C}'], "");
            if language != "ug" || program == "pdftotext" {
                assert!(plain.contains(&dense), "{program} {language}: {extracted}");
            }
        }
    }
}
