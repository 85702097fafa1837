//! Every finding has its page in `docs/FINDINGS.md`, and the page says what the library says.
//!
//! `YINXIN_BLESS=1 cargo test --test findings` writes the file anew after the catalogue was changed on purpose.

use std::fmt::Write as _;

use yinxin::verify::{Code, Severity};

const HEAD: &str = "\
# Findings

What the verifier can say, one section a code, most useful first: of several findings in a report the one that stands earlier here leads it.
A code's meaning never changes; new codes may be added. `stamp verify --json` gives the codes; the sentences below are the ones it prints.

*Fatal* findings make the outcome `NotAuthentic`, a *doubt* makes it `Indeterminate`, a *note* changes nothing.
The sub-indication is that of EN 319 102-1, clause 5; a dash where the standard has none.

本文件列出核验程序可能给出的全部结论代码。*Fatal* 表示不予采信，*Doubt* 表示无法判定，*Note* 仅供参考。
";

fn page() -> String {
    let mut out = HEAD.to_owned();
    for code in Code::ALL {
        let severity = match code.severity() {
            Severity::Fatal => "Fatal",
            Severity::Doubt => "Doubt",
            Severity::Note => "Note",
        };
        let sub = code.sub_indication().map_or("-", |sub| sub.name());
        let _ = write!(
            out,
            "\n## {}\n{severity}, {sub}\n\n- {}. *{}.*\n- {}。*{}。*\n",
            code.name(),
            code.english(),
            code.remedy(),
            code.chinese(),
            code.remedy_chinese(),
        );
    }
    out
}

#[test]
fn every_code_has_its_page() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FINDINGS.md");
    let expected = page();
    if std::env::var_os("YINXIN_BLESS").is_some() {
        std::fs::write(path, &expected).expect("docs/FINDINGS.md can be written");
    }
    let found = std::fs::read_to_string(path).expect("docs/FINDINGS.md exists");
    assert!(
        found == expected,
        "docs/FINDINGS.md differs from the catalogue; see the head of tests/findings.rs"
    );
}
