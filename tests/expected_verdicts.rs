//! Every verdict that pyHanko's own tests expect of its files and certificate chains: met, or listed with its reason.
//!
//! The corpus is not part of the repository; where it is absent the test says so and passes. What differs stands in the
//! table of `docs/INTEROP.md`, and a row there that no longer differs is a failure as well.

mod common;
#[path = "common/corpus.rs"]
mod corpus;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/pkits.rs"]
mod pkits;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use yinxin::cms::{Padding, SignedData};
use yinxin::limits::Limits;
use yinxin::pdf::Document;
use yinxin::pdf::recovery::repair;
use yinxin::pki::{Certificate, PathQuestion, TrustAnchors};
use yinxin::seal::DocMdp;
use yinxin::time::Time;
use yinxin::verify::{ChangePolicy, Code, Outcome, Report, Severity, Trust, Verifier};

/// Inside the validity of the certificates that signed the corpus.
const PDF_TIME: &str = "2020-11-15T00:00:00Z";
/// What no file of the corpus may take, in a build that is not optimised.
const LONGEST: Duration = Duration::from_secs(10);

/// A line of the corpus' table of expectations.
struct Row {
    /// The file's name, or of a chain the name of the case: what the document calls the row.
    name: String,
    path: String,
    kind: String,
    verdict: String,
}

fn rows(table: &str) -> Vec<Row> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let [path, kind, verdict, source] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("four columns: {line}");
            };
            let name = source
                .split_once("name=")
                .map_or_else(|| path.rsplit('/').next().unwrap(), |(_, name)| name);
            Row {
                name: name.to_owned(),
                path: path.to_owned(),
                kind: kind.to_owned(),
                verdict: verdict.to_owned(),
            }
        })
        .collect()
}

fn time(text: &str) -> Time {
    text.replace("+00:00", "Z").parse().unwrap()
}

/// Roots that the signature containers of `file` bring along: the corpus has its test authorities nowhere else.
fn roots_in(file: &[u8]) -> Vec<Certificate> {
    const CONTENTS: &[u8] = b"/Contents";
    let mut roots: Vec<Certificate> = vec![];
    let mut rest = file;
    while let Some(at) = rest.windows(CONTENTS.len()).position(|window| window == CONTENTS) {
        rest = &rest[at + CONTENTS.len()..];
        let text = rest.trim_ascii_start();
        let Some(end) = text.iter().position(|byte| *byte == b'>') else {
            continue;
        };
        let digits: Vec<u8> = text[..end]
            .iter()
            .skip(1)
            .filter_map(|byte| char::from(*byte).to_digit(16))
            .map(|digit| u8::try_from(digit).unwrap())
            .collect();
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect();
        let Ok(padding) = Padding::of(&bytes) else {
            continue;
        };
        let Ok(signed) = SignedData::parse(&bytes[..padding.object], &Limits::DEFAULT) else {
            continue;
        };
        let own = signed
            .certificates
            .iter()
            .filter_map(|der| Certificate::try_from(*der).ok());
        for root in own.filter(Certificate::self_issued) {
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
    }
    roots
}

fn judged(file: &[u8]) -> Report {
    let verifier = Verifier::new(Trust::new().roots(roots_in(file))).policy(ChangePolicy::Pades);
    verifier.verify_pdf(file, time(PDF_TIME))
}

/// The outcome and its leading reason, as the document writes them.
fn said(report: &Report) -> String {
    let lead = report
        .findings
        .iter()
        .find(|finding| finding.code.severity() > Severity::Note);
    let lead = lead.map_or_else(String::new, |finding| format!(", {}", finding.code.name()));
    format!("{:?}{lead}", report.outcome)
}

/// Whether only the chain is in the way: of such a file the corpus says nothing that was not met.
fn only_of_trust(report: &Report) -> bool {
    report
        .findings
        .iter()
        .filter(|finding| finding.code.severity() > Severity::Note)
        .all(|finding| finding.code == Code::TrustMissing || finding.code.name().starts_with("chain."))
}

/// Nothing if the verdict on a file is met, else what is said instead.
fn difference_of_file(row: &Row, file: &[u8]) -> Option<String> {
    let report = judged(file);
    let word = row.verdict.split([';', ' ', ':']).next().unwrap();
    let met = match word {
        "VALID" => report.outcome == Outcome::Authentic,
        "NOT_VALID" => report.outcome != Outcome::Authentic && !only_of_trust(&report),
        "INTEGRITY_VALID" => report.outcome == Outcome::Authentic || only_of_trust(&report),
        // to have come back is all that is asked; what is damaged is never authentic
        "NO_HANG" | "PARSE_ERROR_NO_CRASH" => report.outcome != Outcome::Authentic,
        // strict: what the reader refuses or the audit names, a doubt for the verifier; lenient: what it reads all the
        // same, or repairs before sealing
        "OPENS" => match Document::open(file, &Limits::DEFAULT) {
            Ok(document) => {
                let tells = || document.audit().is_ok_and(|odd| !odd.is_empty());
                if row.verdict.contains("strict mode error") && !tells() {
                    return Some("opened, and nothing is odd about it".to_owned());
                }
                true
            }
            Err(error) if repair(file, &Limits::DEFAULT).is_err() => {
                return Some(format!("not opened: {error}"));
            }
            Err(_) => true,
        },
        other => panic!("{}: no rule for {other}", row.name),
    };
    (!met).then(|| said(&report))
}

/// Certificate chains as the corpus describes them: by name, what stands beside the certificate, and when.
struct Chains {
    cases: BTreeMap<String, serde_json::Value>,
    folder: PathBuf,
}

impl Chains {
    fn load(folder: PathBuf, list: &str) -> Self {
        let list = fs::read(folder.join(list)).unwrap_or_else(|error| panic!("{list}: {error}"));
        let cases: Vec<serde_json::Value> = serde_json::from_slice(&list).unwrap();
        let cases = cases
            .into_iter()
            .map(|case| (case["name"].as_str().unwrap().to_owned(), case));
        Self {
            cases: cases.collect(),
            folder,
        }
    }

    fn certificate(&self, name: &str) -> Result<Certificate, String> {
        let bytes = ["", "certs"]
            .iter()
            .find_map(|folder| fs::read(self.folder.join(folder).join(name)).ok())
            .unwrap_or_else(|| panic!("{name} is not there"));
        if bytes.starts_with(b"-----") {
            let many = Certificate::from_pem_many(&String::from_utf8(bytes).unwrap());
            return many
                .map(|mut many| many.remove(0))
                .map_err(|error| error.to_string());
        }
        Certificate::try_from(bytes.as_slice()).map_err(|error| error.to_string())
    }

    fn case(&self, row: &Row) -> &serde_json::Value {
        self.cases
            .get(&row.name)
            .unwrap_or_else(|| panic!("no case {}", row.name))
    }

    /// Nothing if the verdict on a case of PKITS is met, else what is said instead.
    fn difference_of_pkits(&self, row: &Row) -> Option<String> {
        let found = pkits::outcome(&self.folder, self.case(row)).map(|_| ());
        difference_of_chain(row, found)
    }

    /// The same of a chain that is asked about without evidence of revocation.
    fn difference(&self, row: &Row) -> Option<String> {
        let case = self.case(row);
        let between: Vec<Certificate> = case["other_certs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| self.certificate(name.as_str().unwrap()).ok())
            .collect();
        let root = case["root"].as_str().unwrap();
        let moment = time(case["moment"].as_str().unwrap());
        let found = self.certificate(root).and_then(|root| {
            let leaf = self.certificate(case["cert"].as_str().unwrap())?;
            let anchors = TrustAnchors::new(vec![root]);
            PathQuestion::new(&between, &anchors, moment)
                .find(&leaf)
                .map_err(|error| error.reason.to_string())
        });
        difference_of_chain(row, found.map(|_| ()))
    }
}

fn difference_of_chain(row: &Row, found: Result<(), String>) -> Option<String> {
    match (found, row.verdict.starts_with("CHAIN_VALID")) {
        (Ok(()), true) | (Err(_), false) => None,
        (Ok(()), false) => Some("path found".to_owned()),
        (Err(error), true) => Some(error),
    }
}

/// The rows of the document's table called `table`: name, and what is said here. Every one of them has a reason.
fn listed(table: &str) -> BTreeMap<String, String> {
    let document = fs::read_to_string(common::path("docs/INTEROP.md")).unwrap();
    let begin = format!("<!-- {table} -->");
    let (_, rest) = document
        .split_once(&begin)
        .unwrap_or_else(|| panic!("docs/INTEROP.md: no {begin}"));
    rest.split("<!-- end -->")
        .next()
        .unwrap()
        .lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|--") && !line.starts_with("| name"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [name, _, here, why] = cells[..] else {
                panic!("docs/INTEROP.md: four cells: {line}");
            };
            assert!(!why.is_empty(), "docs/INTEROP.md: {name}: no reason");
            (name.trim_matches('`').to_owned(), here.to_owned())
        })
        .collect()
}

#[test]
fn every_expected_verdict_is_met_or_its_difference_is_listed() {
    let corpus = corpus::root();
    let Ok(table) = fs::read_to_string(corpus.join("EXPECTED.tsv")) else {
        println!("skipped: {} is not there", corpus.display());
        return;
    };
    let fixtures = corpus.join("pyhanko/pkgs/pyhanko-certvalidator/tests/fixtures");
    let pkits = Chains::load(fixtures.join("nist_pkits"), "pkits.json");
    let ocsp = Chains::load(fixtures.join("openssl-ocsp"), "openssl-ocsp.json");
    let mut document = listed("differences");
    let (mut met, mut differ, mut wrong) = (0, 0, vec![]);
    for row in rows(&table) {
        let began = Instant::now();
        let difference = match row.kind.split(':').next().unwrap() {
            "pkits-chain" => pkits.difference_of_pkits(&row),
            "ocsp-chain" => ocsp.difference(&row),
            _ => difference_of_file(&row, &fs::read(corpus.join(&row.path)).unwrap()),
        };
        if began.elapsed() > LONGEST {
            wrong.push(format!("{}: took {:?}", row.name, began.elapsed()));
        }
        let expected = row.verdict.split(": {").next().unwrap();
        match (difference, document.remove(&row.name)) {
            (None, None) => met += 1,
            (Some(here), Some(listed)) if here == listed => differ += 1,
            (Some(here), Some(listed)) => wrong.push(format!("{}: {here}, listed is {listed}", row.name)),
            (Some(here), None) => {
                wrong.push(format!("not listed: | `{}` | {expected} | {here} | |", row.name));
            }
            (None, Some(_)) => wrong.push(format!("{}: is met, take it off the list", row.name)),
        }
    }
    wrong.extend(
        document
            .into_keys()
            .map(|name| format!("{name}: listed, but no row of the corpus")),
    );
    println!("{met} verdicts met, {differ} differ for a reason given");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(met > 200, "{met}");
}

/// Whether the bytes name a signed range.
fn is_signed(file: &[u8]) -> bool {
    file.windows(10).any(|window| window == b"/ByteRange")
}

#[test]
fn every_other_signed_file_gets_the_verdict_that_the_document_explains() {
    let corpus = corpus::root();
    let Ok(table) = fs::read_to_string(corpus.join("EXPECTED.tsv")) else {
        println!("skipped: {} is not there", corpus.display());
        return;
    };
    let expected: Vec<PathBuf> = rows(&table)
        .into_iter()
        .map(|row| corpus.join(row.path))
        .collect();
    let mut found = BTreeMap::new();
    for path in corpus::files(&corpus, &["pdf"])
        .iter()
        .filter(|path| !expected.contains(path))
    {
        let file = fs::read(path).unwrap();
        if is_signed(&file) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            found.insert(name, said(&judged(&file)));
        }
    }
    assert_eq!(found, listed("others"));
}

#[test]
fn the_rules_for_a_verdict_can_say_no() {
    let row = |verdict: &str| Row {
        name: String::new(),
        path: String::new(),
        kind: String::new(),
        verdict: verdict.to_owned(),
    };
    let bytes = forge::seal(
        &common::Office::with_key("p256"),
        forge::page(200, 200, "0 0 20 20 re f"),
        Some(DocMdp::NoChanges),
    );
    // its root is not in its container, so it is whole and of unknown origin
    assert!(judged(&bytes).outcome != Outcome::Authentic && only_of_trust(&judged(&bytes)));
    assert!(difference_of_file(&row("VALID"), &bytes).is_some());
    assert!(difference_of_file(&row("NOT_VALID"), &bytes).is_some());
    assert_eq!(difference_of_file(&row("INTEGRITY_VALID"), &bytes), None);
    let mut changed = bytes.clone();
    changed[7] ^= 1;
    assert_eq!(difference_of_file(&row("NOT_VALID"), &changed), None);
    assert!(difference_of_file(&row("INTEGRITY_VALID"), &changed).is_some());
    assert!(difference_of_file(&row("OPENS lenient"), b"not a PDF").is_some());
}
