//! Attacks on sealed files: every family of the catalogue of published attacks, done by code to files sealed here and to files
//! signed by pyHanko. None may be accepted, and each must be refused for the reason that it is refused for.
//!
//! The families are data (`vector.rs` has the keys). `scripts/attacks` writes the files out and asks other programs about them;
//! `docs/ATTACKS.md` has the list and their answers.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/edit.rs"]
mod edit;
#[path = "../common/forge.rs"]
mod forge;
#[path = "../common/processor.rs"]
mod processor;

mod bases;
mod cost;
mod vector;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use bases::Bases;
use common::{at, pem};
use edit::{Names, apply};
use vector::{Expect, Family, Variant, families};
use yinxin::verify::{ChangePolicy, Code, Outcome, Report, Trust, Verifier};

/// The variants that the suite must at least have, each done to several files.
const LEAST: usize = 500;

/// A verifier for each policy: the roots of the test keys are its trust.
fn policies() -> Vec<(&'static str, Verifier)> {
    let trust = Trust::new().roots(pem("root")).certificates(pem("intermediate"));
    let named = [
        ("seal", ChangePolicy::Seal),
        ("pades", ChangePolicy::Pades),
        ("acrobat", ChangePolicy::Acrobat),
    ];
    let with = |(name, policy)| (name, Verifier::new(trust.clone()).policy(policy));
    named.into_iter().map(with).collect()
}

/// One file: a variant done to one base in one form.
struct Case<'v> {
    family: &'v str,
    variant: &'v Variant,
    /// `variant`, or `variant-form` if it is done in several.
    name: String,
    base: String,
    file: Vec<u8>,
}

fn cases<'v>(bases: &Bases, families: &'v [(String, Family)]) -> Vec<Case<'v>> {
    let mut cases = vec![];
    for (family, content) in families {
        for variant in &content.variant {
            let chosen = bases.chosen(&variant.bases, &variant.before);
            assert!(!chosen.is_empty(), "{family}/{}: no base fits", variant.name);
            for form in &variant.forms {
                let name = match variant.forms.len() {
                    1 => variant.name.clone(),
                    _ => format!("{}-{}", variant.name, kebab(&format!("{form:?}"))),
                };
                for (base, sealed) in &chosen {
                    let (names, mut file) = (Names::of(sealed, true), sealed.clone());
                    for edit in &variant.edit {
                        apply(&names, &mut file, edit, *form, &|name| bases.file(name));
                    }
                    let (name, base) = (name.clone(), base.clone());
                    cases.push(Case {
                        family,
                        variant,
                        name,
                        base,
                        file,
                    });
                }
            }
        }
    }
    cases
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// What is wrong with the verdict, if anything.
fn fault(case: &Case<'_>, policy: &str, report: &Report) -> Option<String> {
    let variant = case.variant;
    let found: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| finding.code.name())
        .collect();
    let said = || {
        let findings = report.findings.iter().map(ToString::to_string);
        format!(
            "{:?}: {}",
            report.outcome,
            findings.collect::<Vec<_>>().join("; ")
        )
    };
    let governed = variant.policies.is_empty() || variant.policies.iter().any(|name| name == policy);
    let expect = if governed {
        variant.expect
    } else {
        Expect::NotAuthentic
    };
    if variant.expect == Expect::Authentic && !governed {
        return None;
    }
    if !expect.is(report.outcome) || report.authentic().is_ok() != (expect == Expect::Authentic) {
        return Some(format!("expected {expect:?}, found {}", said()));
    }
    let missing = variant.codes.iter().any(|code| !found.contains(&code.as_str()));
    // Of two signatures, the one that is not attacked may have the more useful finding.
    let leads = !variant.lead
        || case.base.ends_with("lta")
        || variant.codes.first().map(String::as_str) == found.first().copied();
    if expect != Expect::Authentic && (missing || !leads) {
        return Some(format!("expected {:?}, found {}", variant.codes, said()));
    }
    None
}

#[derive(Default)]
struct Row {
    variants: BTreeSet<String>,
    files: usize,
    refused: usize,
    controls: usize,
    codes: BTreeMap<&'static str, usize>,
}

#[test]
fn no_attack_is_accepted_and_each_is_refused_for_its_own_reason() {
    let (families, bases) = (families(), Bases::make());
    let mut table: BTreeMap<&str, Row> = BTreeMap::new();
    let (mut wrong, mut pending, mut costs) = (vec![], vec![], cost::Costs::default());
    let cases = cases(&bases, &families);
    let policies = policies();
    // Pending variants of which no case fails.
    let mut stale: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (family, content) in &families {
        let names = content.variant.iter().filter(|variant| variant.pending.is_some());
        stale.extend(names.map(|variant| (family.as_str(), variant.name.as_str())));
    }
    for case in &cases {
        let row = table.entry(case.family).or_default();
        if case.variant.expect != Expect::Authentic {
            row.variants.insert(case.name.clone());
            row.files += 1;
        }
        let mut refused = true;
        let key = (case.family, case.variant.name.as_str());
        for (policy, verifier) in &policies {
            let what = format!("{}/{} of {} under {policy}", case.family, case.name, case.base);
            let report = costs.measured(&what, || verifier.verify_pdf(&case.file, at()));
            let fault = fault(case, policy, &report);
            refused &= report.outcome != Outcome::Authentic;
            if let Some(lead) = report
                .findings
                .first()
                .filter(|_| case.variant.expect != Expect::Authentic)
            {
                *row.codes.entry(lead.code.name()).or_default() += 1;
            }
            match (fault, &case.variant.pending) {
                (Some(fault), None) => wrong.push(format!("{what}: {fault}")),
                (Some(fault), Some(why)) => {
                    stale.remove(&key);
                    pending.push(format!("{what}: {why}: {fault}"));
                }
                (None, _) => {}
            }
        }
        match case.variant.expect {
            Expect::Authentic => row.controls += usize::from(!refused),
            _ => row.refused += usize::from(refused),
        }
    }
    println!("{}", drawn(&table));
    println!("{costs}");
    println!("{} verdicts pending{}", pending.len(), listed(&pending));
    assert!(
        wrong.is_empty(),
        "{} verdicts wrong{}",
        wrong.len(),
        listed(&wrong)
    );
    assert!(stale.is_empty(), "no longer pending: {stale:?}");
    let over = costs.over();
    assert!(
        over.is_empty(),
        "over the bounds of time or memory{}",
        listed(&over)
    );
    let variants: usize = table.values().map(|row| row.variants.len()).sum();
    assert!(variants >= LEAST, "{variants} variants");
}

fn listed(lines: &[String]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| format!("{text}\n  {line}"))
}

fn drawn(table: &BTreeMap<&str, Row>) -> String {
    let mut out = format!(
        "{:<26} {:>8} {:>6} {:>8} {:>8}  led by\n",
        "family", "variants", "files", "refused", "controls"
    );
    let mut sums = [0; 4];
    for (family, row) in table {
        let numbers = [row.variants.len(), row.files, row.refused, row.controls];
        let codes: Vec<String> = row
            .codes
            .iter()
            .map(|(code, count)| format!("{code} {count}"))
            .collect();
        let [variants, files, refused, controls] = numbers;
        let codes = codes.join(", ");
        writeln!(
            out,
            "{family:<26} {variants:>8} {files:>6} {refused:>8} {controls:>8}  {codes}"
        )
        .unwrap();
        sums.iter_mut()
            .zip(numbers)
            .for_each(|(sum, number)| *sum += number);
    }
    let [variants, files, refused, controls] = sums;
    writeln!(
        out,
        "{:<26} {variants:>8} {files:>6} {refused:>8} {controls:>8}",
        "all"
    )
    .unwrap();
    out
}

/// The machinery must not be what is refused.
#[test]
fn what_is_attacked_is_authentic_before_it_is_attacked() {
    let bases = Bases::make();
    let names: Vec<&str> = bases.iter().map(|(name, _)| name).collect();
    assert!(names.len() >= 17, "{names:?}");
    for (name, file) in bases.iter() {
        for (policy, verifier) in policies() {
            let report = verifier.verify_pdf(file, at());
            assert_eq!(
                report.outcome,
                Outcome::Authentic,
                "{name} under {policy}: {:#?}",
                report.findings
            );
        }
    }
}

#[test]
fn vectors_say_what_they_are() {
    let page = String::from_utf8(common::read("docs/ATTACKS.md")).unwrap();
    for (family, content) in families() {
        assert!(
            page.contains(&format!("attacks/{family}.toml")),
            "docs/ATTACKS.md lacks {family}"
        );
        assert!(
            !content.family.is_empty() && !content.source.is_empty(),
            "{family}"
        );
        let mut names = BTreeSet::new();
        for variant in &content.variant {
            let name = format!("{family}/{}", variant.name);
            assert!(names.insert(&variant.name), "{name} twice");
            assert!(!variant.clause.is_empty() && !variant.why.is_empty(), "{name}");
            let known = |code: &String| Code::ALL.iter().any(|known| known.name() == code);
            assert!(variant.codes.iter().all(known), "{name}: {:?}", variant.codes);
            let is_control = variant.expect == Expect::Authentic;
            assert!(
                is_control || !variant.codes.is_empty(),
                "{name} states no finding"
            );
        }
    }
}

/// With `YINXIN_ATTACKS` naming a folder, the files go there, with a table of what they are.
#[test]
fn attacks_can_be_written_out() {
    let Some(folder) = std::env::var_os("YINXIN_ATTACKS").map(PathBuf::from) else {
        println!("skipped: YINXIN_ATTACKS names no folder to write the files to");
        return;
    };
    let (families, bases) = (families(), Bases::make());
    let mut table = String::from("file\tfamily\tvariant\tbase\texpected\n");
    for (name, file) in bases.iter() {
        fs::write(folder.join(format!("base__{name}.pdf")), file).unwrap();
        writeln!(table, "base__{name}.pdf\tbase\tbase\t{name}\tAuthentic").unwrap();
    }
    for case in cases(&bases, &families) {
        let Case {
            family, name, base, ..
        } = &case;
        let file = format!("{family}__{name}__{base}.pdf");
        writeln!(
            table,
            "{file}\t{family}\t{name}\t{base}\t{:?}",
            case.variant.expect
        )
        .unwrap();
        fs::write(folder.join(file), &case.file).unwrap();
    }
    fs::write(folder.join("attacks.tsv"), table).unwrap();
}
