//! The demo's verdicts: what was expected of each, the table for people, the report for programs.

use std::collections::BTreeMap;

use serde::Serialize;
use yinxin::time::Time;
use yinxin::verify::{Code, Outcome, Report};

use crate::output::say;
use crate::table::Table;

/// One verdict beside the expected one.
#[derive(Serialize)]
pub struct Row {
    /// What was judged, relative to the output folder.
    pub file: String,
    /// What had been done to it.
    pub done: String,
    pub outcome: Outcome,
    /// The leading finding; empty if there is none.
    pub finding: &'static str,
    pub expected_outcome: Outcome,
    /// The finding that must lead; empty if any may, as for genuine files.
    pub expected_finding: &'static str,
    pub as_expected: bool,
}

/// All verdicts of one run.
#[derive(Default)]
pub struct Verdicts {
    rows: Vec<Row>,
}

impl Verdicts {
    /// Compares `report` with the verdict it must be; without `code`, any leading finding will do.
    pub fn add(&mut self, file: String, done: &str, report: &Report, outcome: Outcome, code: Option<Code>) {
        let leading = report.findings.first().map(|finding| finding.code);
        let as_expected = report.outcome == outcome && (code.is_none() || code == leading);
        self.rows.push(Row {
            file,
            done: done.to_owned(),
            outcome: report.outcome,
            finding: leading.map_or("", Code::name),
            expected_outcome: outcome,
            expected_finding: code.map_or("", Code::name),
            as_expected,
        });
    }

    /// The verdicts that are not as expected.
    pub fn surprises(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.as_expected)
    }

    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.outcome == outcome).count()
    }

    /// Prints all rows.
    pub fn print(&self) {
        let mut table = Table::new(&["file", "what was done", "verdict", "leading finding", "expected?"]);
        for row in &self.rows {
            let expected = if row.as_expected {
                "yes".to_owned()
            } else {
                format!("NO: {}", row.wanted())
            };
            table.row(vec![
                row.file.clone(),
                row.done.clone(),
                word(row.outcome).to_owned(),
                row.finding.to_owned(),
                expected,
            ]);
        }
        for line in table.lines() {
            say!("{line}");
        }
    }

    /// One JSON object, one verdict a line.
    pub fn json(&self, at: Time, root_sha256: &str, drafts: &BTreeMap<&str, String>) -> String {
        let line = |row: &Row| serde_json::to_string(row).unwrap_or_default();
        let rows: Vec<String> = self.rows.iter().map(line).collect();
        format!(
            "{{\"schema\":1,\"at\":\"{at}\",\"root_sha256\":\"{root_sha256}\",\n\"drafts_sha256\":{},\n\"verdicts\":[\n{}\n]}}\n",
            serde_json::to_string(drafts).unwrap_or_default(),
            rows.join(",\n")
        )
    }
}

impl Row {
    /// The expected verdict in words.
    pub fn wanted(&self) -> String {
        format!("{} {}", word(self.expected_outcome), self.expected_finding)
            .trim_end()
            .to_owned()
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Authentic => "authentic 可信",
        Outcome::NotAuthentic => "NOT authentic 不可信",
        Outcome::Indeterminate => "cannot tell 无法判定",
    }
}
