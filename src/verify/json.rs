//! The report as JSON: `docs/report.schema.json` describes every member.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::facts::SealFacts;
use super::report::Report;
use super::step::StepFacts;

/// Raised when a member changes its meaning or goes; new members may come at any time.
const SCHEMA: u32 = 1;

/// JSON as `docs/report.schema.json` describes it; `record` and `fields` only if authentic.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("schema", &SCHEMA)?;
        out.serialize_entry("engine", super::ENGINE)?;
        out.serialize_entry("outcome", &self.outcome)?;
        out.serialize_entry("indication", &self.indication())?;
        out.serialize_entry(
            "sub_indication",
            self.sub_indication().map_or("", super::SubIndication::name),
        )?;
        out.serialize_entry("at", &self.at)?;
        out.serialize_entry("length", &self.length)?;
        out.serialize_entry("revisions", &self.revisions)?;
        out.serialize_entry("policy", &self.policy)?;
        out.serialize_entry("carrier", &self.carrier)?;
        let steps: Vec<Explained> = self.steps.iter().map(Explained).collect();
        out.serialize_entry("answers", &self.answers())?;
        out.serialize_entry("holder", &self.holder)?;
        out.serialize_entry("status", &self.status)?;
        out.serialize_entry("steps", &steps)?;
        out.serialize_entry("findings", &self.findings)?;
        let seals: Vec<Judged> = self.seals.iter().map(Judged).collect();
        out.serialize_entry("signatures", &seals)?;
        out.serialize_entry("required", &self.required)?;
        out.serialize_entry("list", &self.list)?;
        if let Some((english, chinese)) = self.copy_sentences() {
            out.serialize_entry("copy", &BTreeMap::from([("en", english), ("zh", chinese)]))?;
        }
        if let Ok(authentic) = self.authentic() {
            let record: Option<serde_json::Value> = authentic
                .record()
                .and_then(|record| serde_json::from_str(&record.to_json()).ok());
            out.serialize_entry("record", &record)?;
            out.serialize_entry("fields", &authentic.fields())?;
        }
        out.end()
    }
}

/// A step with its words.
struct Explained<'a>(&'a StepFacts);

impl Serialize for Explained<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(4))?;
        out.serialize_entry("step", &self.0.step)?;
        out.serialize_entry("result", &self.0.result)?;
        out.serialize_entry("en", self.0.step.english())?;
        out.serialize_entry("zh", self.0.step.chinese())?;
        out.end()
    }
}

/// The facts of a seal with what EN 319 102-1 calls them.
struct Judged<'a>(&'a SealFacts);

impl Serialize for Judged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Flat<'a> {
            #[serde(flatten)]
            facts: &'a SealFacts,
            indication: super::Indication,
            sub_indication: &'static str,
        }
        let (indication, sub) = self.0.verdict();
        Flat {
            facts: self.0,
            indication,
            sub_indication: sub.map_or("", super::SubIndication::name),
        }
        .serialize(serializer)
    }
}
