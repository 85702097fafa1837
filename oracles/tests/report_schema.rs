//! `docs/report.schema.json` describes every member of every report, and accepts what the library writes.

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/common/forge.rs"]
mod forge;
#[path = "../../tests/common/verdicts.rs"]
mod verdicts;

use common::read;
use jsonschema::Validator;
use serde_json::{Value, json};
use verdicts::{Verdict, all, kept};
use yinxin::verify::{Code, SubIndication};

fn schema() -> Value {
    serde_json::from_slice(&read("docs/report.schema.json")).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::meta::validate(schema).expect("the schema is one of draft 2020-12");
    jsonschema::validator_for(schema).unwrap()
}

/// The schema with every object closed: then a member that it does not describe is an error. Published it is open, for members
/// may be added.
fn closed(mut schema: Value) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Object(object) => {
                if object.contains_key("properties") && object.get("type") == Some(&json!("object")) {
                    object.insert("additionalProperties".into(), false.into());
                }
                object.values_mut().for_each(close);
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    close(&mut schema);
    schema
}

fn faults(validator: &Validator, report: &Value) -> Vec<String> {
    let fault = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(report).map(fault).collect()
}

#[test]
fn schema_describes_every_member_of_every_report() {
    let (open, closed) = (validator(&schema()), validator(&closed(schema())));
    for Verdict { name, report, .. } in all() {
        let report = serde_json::to_value(&report).unwrap();
        assert_eq!(faults(&open, &report), [""; 0], "{name}");
        assert_eq!(faults(&closed, &report), [""; 0], "{name}");
    }
}

#[test]
fn schema_refuses_what_a_report_never_says() {
    let open = validator(&schema());
    let verdicts = kept();
    let report = |name: &str| {
        let verdict = verdicts.iter().find(|verdict| verdict.name == name).unwrap();
        serde_json::to_value(&verdict.report).unwrap()
    };
    let with = |mut report: Value, pointer: &str, value: Value| {
        *report.pointer_mut(pointer).unwrap() = value;
        report
    };
    let (good, bad) = (report("authentic"), report("altered"));
    assert!(open.is_valid(&good) && open.is_valid(&bad));
    let mut without_record = good.clone();
    without_record.as_object_mut().unwrap().remove("record");
    let mut saying = bad.clone();
    saying["fields"] = json!([]);
    for (what, report) in [
        (
            "a pair the standard does not have",
            with(bad.clone(), "/sub_indication", json!("NO_POE")),
        ),
        (
            "a failure without a reason",
            with(bad.clone(), "/sub_indication", json!("")),
        ),
        (
            "an authentic file that did not pass",
            with(good.clone(), "/indication", json!("INDETERMINATE")),
        ),
        (
            "a refused file that passed",
            with(
                with(bad.clone(), "/indication", json!("TOTAL-PASSED")),
                "/sub_indication",
                json!(""),
            ),
        ),
        (
            "a seal with such a pair",
            with(
                good.clone(),
                "/signatures/0/sub_indication",
                json!("HASH_FAILURE"),
            ),
        ),
        ("an authentic file without a record", without_record),
        ("a refused file that says something", saying),
        (
            "a step that went otherwise",
            with(good.clone(), "/steps/0/result", json!("skipped")),
        ),
        ("another schema", with(good.clone(), "/schema", json!(2))),
        (
            "a time that is none",
            with(good.clone(), "/at", json!("yesterday")),
        ),
    ] {
        assert!(!open.is_valid(&report), "{what}");
    }
}

#[test]
fn schema_knows_every_sub_indication_and_every_code() {
    let schema = schema();
    let known = |pointer: &str| -> Vec<String> {
        serde_json::from_value(schema.pointer(pointer).unwrap().clone()).unwrap()
    };
    let expected: Vec<&str> = core::iter::once("")
        .chain(SubIndication::ALL.iter().map(|sub| sub.name()))
        .collect();
    for place in [
        "/properties/sub_indication/enum",
        "/$defs/finding/properties/sub_indication/enum",
        "/$defs/signature/properties/sub_indication/enum",
    ] {
        assert_eq!(known(place), expected, "{place}");
    }
    let finding = json!({ "$ref": "#/$defs/finding", "$defs": schema["$defs"] });
    let finding = validator(&finding);
    for code in Code::ALL {
        let example = json!({
            "code": code.name(), "severity": code.severity(), "object": "", "evidence": "",
            "sub_indication": code.sub_indication().map_or("", |sub| sub.name()),
            "en": code.english(), "zh": code.chinese(),
            "remedy_en": code.remedy(), "remedy_zh": code.remedy_chinese(),
        });
        assert_eq!(faults(&finding, &example), [""; 0], "{}", code.name());
    }
}
