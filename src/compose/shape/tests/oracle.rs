//! The same glyphs in the same places as HarfBuzz, through the Python package `uharfbuzz`.

use std::process::Command;

use super::*;

/// Words of letters, certificates and offices; among them every letter that Uyghur has beside Arabic and Persian.
const WORDS: &[(&str, &str)] = &[
    ("ug", "ئا"),
    ("ug", "ئە"),
    ("ug", "ئېلان"),
    ("ug", "ئۆي"),
    ("ug", "ئۈچۈن"),
    ("ug", "ئۇيغۇر"),
    ("ug", "ئوقۇغۇچى"),
    ("ug", "ئىسپاتنامە"),
    ("ug", "خاتىرىسى"),
    ("ug", "قىلمىش"),
    ("ug", "جۇڭخۇا"),
    ("ug", "خەلق"),
    ("ug", "جۇمھۇرىيىتى"),
    ("ug", "ھۆججەت"),
    ("ug", "ۋاقتى"),
    ("ug", "پۇقرا"),
    ("ug", "چېسلا"),
    ("ug", "گۇۋاھنامە"),
    ("ug", "ژۇرنال"),
    ("ug", "سالاھىيىتى"),
    ("ug", "يىلى، ئاينىڭ"),
    ("bo", "ཉེས་ཁྲིམས"),
    ("bo", "ཟིན་ཐོ་མེད་པའི"),
    ("bo", "བསྒྲུབས"),
    ("bo", "རྒྱ་མཚོ"),
    ("bo", "སྤྱི་ཚོགས"),
    ("bo", "གཞུང་།"),
    ("bo", "༢༠༣༠ལོ"),
    ("bo", "ཨོཾ་མ་ཎི"),
    ("bo", "ཕྱག་རྡོར"),
];

const SCRIPT: &str = r#"
import sys
try:
    import uharfbuzz as hb
except ImportError:
    sys.exit(3)
fonts = {"bo": sys.argv[1], "ug": sys.argv[2]}
faces = {key: hb.Font(hb.Face(hb.Blob.from_file_path(path))) for key, path in fonts.items()}
for line in sys.stdin.buffer.read().decode().splitlines():
    language, text = line.split("\t")
    buffer = hb.Buffer()
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
    buffer.add_str(text)
    buffer.direction = "rtl" if language == "ug" else "ltr"
    buffer.script = "Arab" if language == "ug" else "Tibt"
    buffer.language = language
    hb.shape(faces[language], buffer)
    pen, out = 0, []
    for info, at in zip(buffer.glyph_infos, buffer.glyph_positions):
        out.append((info.codepoint, pen + at.x_offset, at.y_offset))
        pen += at.x_advance
    print(" ".join(f"{g},{x},{y}" for g, x, y in sorted(out)), pen)
"#;

/// Glyphs with the places they are drawn at, and where the pen ends.
fn ours(text: &str, language: &str) -> String {
    let line = single_line(&set(text, language));
    let mut pen = 0;
    let mut out = Vec::new();
    for placed in line
        .glyphs
        .iter()
        .filter(|placed| placed.glyph.part != Part::Silent)
    {
        let glyph = placed.glyph;
        pen += placed.before;
        out.push((glyph.id, pen + i32::from(glyph.offset.0), glyph.offset.1));
        pen += glyph.advance;
    }
    out.sort_unstable();
    let list: Vec<String> = out.iter().map(|(id, x, y)| format!("{id},{x},{y}")).collect();
    format!("{} {pen}", list.join(" "))
}

#[test]
fn glyphs_and_places_are_those_of_harfbuzz() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/venv/bin/python");
    let python = if python.exists() { python } else { "python3".into() };
    let input: String = WORDS
        .iter()
        .map(|(language, text)| format!("{language}\t{text}\n"))
        .collect();
    let started = Command::new(&python)
        .arg("-c")
        .arg(SCRIPT)
        .arg(root.join("assets/fonts/NotoSerifTibetan-Subset.ttf"))
        .arg(root.join("assets/fonts/NotoNaskhArabic-Subset.ttf"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return println!("skipped: {} cannot be run ({error})", python.display()),
    };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.code() == Some(3) {
        return println!("skipped: uharfbuzz is not installed (pip install uharfbuzz)");
    }
    assert!(output.status.success());
    let theirs = String::from_utf8(output.stdout).unwrap();
    assert_eq!(theirs.lines().count(), WORDS.len());
    for ((language, text), theirs) in WORDS.iter().zip(theirs.lines()) {
        assert_eq!(ours(text, language), theirs, "{language} {text}");
    }
}
