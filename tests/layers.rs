//! Each promise of `docs/ARCHITECTURE.md` about the shape of `src` that a text search can keep:
//! imports point down, the core reaches for nothing outside its arguments, files stay readable.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the bottom up, with their modules. A module imports from lower layers only.
const LAYERS: &[&[&str]] = &[
    &["asn1", "cbor", "crypto", "error", "font", "limits", "time"],
    &["cms", "cose", "pdf", "record", "symbol"],
    &["authority", "pki"],
    &["draft", "impression", "payload", "terms"],
    &["compose", "inspect", "seal", "verify"],
    &["copy", "filing", "handover", "whole"],
    &["net", "register"],
];

/// Modules of one layer that may import each other all the same: (importers, imported). Errors, limits and time are
/// everybody's; a key is DER; an authority list is made of certificates; a package begins with a
/// verification record.
const SAME_LAYER: &[(&[&str], &[&str])] = &[
    (&["asn1", "cbor", "crypto", "font"], &["error", "limits", "time"]),
    (&["crypto"], &["asn1"]),
    (&["authority"], &["pki"]),
    (&["handover"], &["filing"]),
];

/// What the core never reaches for: bytes, time and randomness are arguments.
const FORBIDDEN: &[(&str, &str)] = &[
    ("std::fs", "the core opens no file: take bytes"),
    ("std::net", "the core opens no socket: take bytes"),
    ("std::process", "the core starts no program"),
    ("std::env", "the core reads no environment: take arguments"),
    ("SystemTime::now", "the core reads no clock: take a `Time`"),
    ("Instant::now", "the core reads no clock"),
    ("now_utc", "the core reads no clock: take a `Time`"),
];

/// The edge, and what it reaches for: asking authorities over the network takes sockets, the clock to know when to stop waiting, and a
/// folder to keep what was fetched; the register puts finished files in their places.
const EDGE: &[(&str, &[&str])] = &[
    (
        "src/net",
        &["std::fs", "std::net", "SystemTime::now", "Instant::now"],
    ),
    ("src/register/shelf", &["std::fs"]),
    ("src/register/shelf.rs", &["std::fs"]),
];

const LONGEST_FILE: usize = 800;

/// One line of `src` that is code: comments are cut off, and what stands under `#[cfg(test)]` is left out.
struct Line<'a> {
    number: usize,
    code: &'a str,
}

#[test]
fn imports_point_down() {
    let mut faults = Vec::new();
    let mut imports = 0;
    for (path, text) in sources() {
        // lib.rs only declares modules and re-exports.
        let Some(module) = module_of(&path) else { continue };
        let Some(layer) = layer_of(&module) else {
            faults.push(format!(
                "{}:1: module `{module}` stands in no layer",
                path.display()
            ));
            continue;
        };
        for (number, target) in imported_modules(&text) {
            imports += 1;
            let rule = match layer_of(&target) {
                None => format!("`crate::{target}` stands in no layer"),
                Some(_) if target == module => continue,
                Some(other) if other < layer => continue,
                Some(_) if may_import_sideways(&module, &target) => continue,
                Some(other) if other == layer => {
                    format!("`{module}` and `{target}` stand in one layer ({})", layer + 1)
                }
                Some(other) => {
                    format!(
                        "`{module}` (layer {}) imports `{target}` (layer {})",
                        layer + 1,
                        other + 1
                    )
                }
            };
            faults.push(format!("{}:{number}: {rule}; imports point down", path.display()));
        }
    }
    assert!(imports > 0, "no import was found: the search is broken");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn core_reaches_for_nothing_outside_its_arguments() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        for line in code_lines(&text) {
            for (word, rule) in FORBIDDEN {
                let permitted = EDGE
                    .iter()
                    .any(|(place, words)| path.starts_with(place) && words.contains(word));
                if line.code.contains(word) && !permitted {
                    faults.push(format!("{}:{}: `{word}`: {rule}", path.display(), line.number));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Whoever verifies must read what everybody reads: damage is repaired before sealing, by appending, or not at all.
#[test]
fn only_the_reader_of_damaged_files_knows_recovery() {
    let mut known = 0;
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let own = path.starts_with("src/pdf/recovery");
        let declares = path == Path::new("src/pdf/mod.rs");
        for line in code_lines(&text) {
            let named = line.code.contains("recovery");
            known += usize::from(named && declares);
            if named && !own && !declares {
                faults.push(format!(
                    "{}:{}: names `recovery`; read strictly",
                    path.display(),
                    line.number
                ));
            }
        }
    }
    assert_eq!(
        known, 1,
        "src/pdf/mod.rs declares the module, and nothing else uses it"
    );
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn files_hold_one_idea() {
    let long: Vec<String> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .map(|(path, lines)| {
            format!(
                "{}:{lines}: over {LONGEST_FILE} lines; split by responsibility",
                path.display()
            )
        })
        .collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn unsafe_code_is_forbidden() {
    let manifest: toml::Table = read(Path::new("Cargo.toml")).parse().expect("Cargo.toml is TOML");
    let level = &manifest["workspace"]["lints"]["rust"]["unsafe_code"];
    assert_eq!(
        level.as_str(),
        Some("forbid"),
        "Cargo.toml: [workspace.lints.rust] unsafe_code"
    );
    assert_eq!(
        manifest["lints"]["workspace"].as_bool(),
        Some(true),
        "Cargo.toml: [lints] workspace"
    );
}

#[test]
fn every_module_stands_in_a_layer_once() {
    let mut declared: Vec<String> = read(Path::new("src/lib.rs"))
        .lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("pub mod ")
                .or_else(|| line.trim().strip_prefix("mod "))
        })
        .filter_map(|rest| rest.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    declared.retain(|module| module != "manual");
    declared.sort();
    let mut layered: Vec<String> = LAYERS.concat().iter().map(|m| (*m).to_owned()).collect();
    layered.sort();
    assert_eq!(
        declared, layered,
        "src/lib.rs and the layers of tests/layers.rs name the same modules"
    );
}

#[test]
fn search_sees_what_it_must_see() {
    let text = "use crate::{\n    pdf::Document,\n    verify::{Report, Finding},\n};\n// crate::seal\nfn f() { crate::cms::parse(\"crate::x //\") }\n\
                pub(in crate::pdf) fn g() {}\n#[cfg(test)]\nmod tests {\n    use crate::compose;\n}\nuse crate::pki as p;\n";
    let found: Vec<(usize, String)> = imported_modules(text);
    let found: Vec<(usize, &str)> = found.iter().map(|(n, m)| (*n, m.as_str())).collect();
    assert_eq!(
        found,
        [
            (1, "pdf"),
            (1, "verify"),
            (6, "cms"),
            (6, "x"),
            (7, "pdf"),
            (12, "pki")
        ]
    );
}

#[test]
fn only_declared_test_files_are_left_out() {
    let text = "#[cfg(test)]\nmod tests;\n#[cfg(test)]\npub(crate) mod samples;\nmod open;\n#[cfg(test)]\nmod inline {\n}\n";
    let of = |path: &str| test_modules(Path::new(path), text);
    assert_eq!(
        of("src/pdf/mod.rs"),
        [Path::new("src/pdf/tests"), Path::new("src/pdf/samples")]
    );
    assert_eq!(
        of("src/pdf/open.rs"),
        [Path::new("src/pdf/open/tests"), Path::new("src/pdf/open/samples")]
    );
}

/// Every Rust file under `src` that is not a test, as (path from the root of the crate, text), sorted.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let short = path.strip_prefix(root).expect("below the root").to_owned();
                let text = read(&short);
                files.push((short, text));
            }
        }
    }
    let tests: Vec<PathBuf> = files
        .iter()
        .flat_map(|(path, text)| test_modules(path, text))
        .collect();
    files.retain(|(path, _)| {
        !tests
            .iter()
            .any(|test| *path == test.with_extension("rs") || path.starts_with(test))
    });
    files.sort();
    assert!(files.len() > 10, "only {} files under src", files.len());
    files
}

/// The modules in files of their own that `path` declares under `#[cfg(test)]`, as paths without an extension.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let folder = match path.file_name().and_then(|name| name.to_str()) {
        Some("lib.rs" | "mod.rs") => path.parent().expect("below src").to_owned(),
        _ => path.with_extension(""),
    };
    text.split("#[cfg(test)]")
        .skip(1)
        .filter_map(|rest| {
            rest.trim_start()
                .trim_start_matches("pub(crate) ")
                .strip_prefix("mod ")
        })
        .filter_map(|rest| rest.lines().next()?.strip_suffix(';'))
        .map(|name| folder.join(name))
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// `src/pdf/open.rs` and `src/pdf.rs` belong to `pdf`; `src/lib.rs` to none.
fn module_of(path: &Path) -> Option<String> {
    let first = path.components().nth(1)?.as_os_str().to_str()?;
    let module = first.strip_suffix(".rs").unwrap_or(first);
    (module != "lib" && module != "manual").then(|| module.to_owned())
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn may_import_sideways(module: &str, target: &str) -> bool {
    SAME_LAYER
        .iter()
        .any(|(importers, imported)| importers.contains(&module) && imported.contains(&target))
}

/// Lines without comments, up to blocks under `#[cfg(test)]` (their items may look anywhere).
fn code_lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    // Indentation of a `#[cfg(test)]` whose item is being left out. rustfmt closes the item at the same indentation.
    let mut skipping: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if let Some(depth) = skipping {
            let closed =
                indent == depth && (line.trim_start().starts_with('}') || line.trim_end().ends_with(';'));
            if closed {
                skipping = None;
            }
            continue;
        }
        if ["#[cfg(test)]", "#[cfg(all(test"]
            .iter()
            .any(|test| line.trim_start().starts_with(test))
        {
            skipping = Some(indent);
            continue;
        }
        lines.push(Line {
            number: index + 1,
            code: without_comment(line),
        });
    }
    lines
}

/// The line up to `//`; a `//` inside a string literal does not count.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    let bytes = line.as_bytes();
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            // A quote as a character literal ('"') opens nothing.
            b'"' if i > 0 && bytes[i - 1] == b'\'' => {}
            b'"' => quoted = !quoted,
            b'/' if !quoted && bytes.get(i + 1) == Some(&b'/') => return &line[..i],
            _ => {}
        }
    }
    line
}

/// (line, module) for every `crate::module` and every member of `use crate::{..}`.
fn imported_modules(text: &str) -> Vec<(usize, String)> {
    let lines = code_lines(text);
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        for (start, _) in line.code.match_indices("crate::") {
            let before = line.code[..start].chars().next_back();
            // `$crate::` counts; `my_crate::` does not.
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &line.code[start + "crate::".len()..];
            if rest.starts_with('{') {
                let group: String = std::iter::once(rest)
                    .chain(lines[at + 1..].iter().map(|l| l.code))
                    .collect();
                found.extend(members(&group).into_iter().map(|module| (line.number, module)));
            } else {
                found.extend(identifier(rest).map(|module| (line.number, module)));
            }
        }
    }
    found
}

/// First path segments inside a brace group that `text` starts with: `{a::b, c::{d, e}}` has `a` and `c`.
fn members(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut expects = false;
    for (i, c) in text.char_indices() {
        match c {
            '{' => {
                depth += 1;
                expects = depth == 1;
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            ',' => expects = depth == 1,
            c if c.is_whitespace() => {}
            _ if expects => {
                found.extend(identifier(&text[i..]));
                expects = false;
            }
            _ => {}
        }
    }
    found
}

/// A module name at the start of `text`; types and macros re-exported at the root are not modules.
fn identifier(text: &str) -> Option<String> {
    let name: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let module = name.chars().next().is_some_and(char::is_lowercase) && name != "self";
    module.then_some(name)
}
