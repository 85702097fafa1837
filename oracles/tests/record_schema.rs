//! `docs/record.schema.json` and [`Record::from_json`] agree. The schema cannot say everything: it may accept what the
//! library refuses, for a reason listed here, and never refuse what the library accepts.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::collections::BTreeMap;

use common::read;
use jsonschema::Validator;
use serde_json::{Value, json};
use yinxin::limits::Limits;
use yinxin::record::{CodeError, IdentifierError, Record, RecordError, RecordErrorKind, TextError};

const SAMPLES: [&str; 5] = [
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
];

#[derive(serde::Deserialize)]
struct File {
    vector: Vec<Vector>,
}

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    base: Option<String>,
    #[serde(default)]
    replace: Vec<(String, String)>,
    input: Option<String>,
}

impl Vector {
    fn json(&self) -> String {
        if let Some(input) = &self.input {
            return input.clone();
        }
        let mut text = sample(self.base.as_deref().unwrap());
        for (old, new) in &self.replace {
            assert!(text.contains(old.as_str()), "{}: {old} does not occur", self.name);
            text = text.replacen(old.as_str(), new, 1);
        }
        text
    }
}

fn sample(name: &str) -> String {
    String::from_utf8(read(&format!("examples/data/records/{name}.json"))).unwrap()
}

fn vectors(file: &str) -> Vec<Vector> {
    let text = String::from_utf8(read(&format!("test-vectors/record/{file}.toml"))).unwrap();
    toml::from_str::<File>(&text).unwrap().vector
}

fn schema() -> Validator {
    let schema: Value = serde_json::from_slice(&read("docs/record.schema.json")).unwrap();
    jsonschema::meta::validate(&schema).expect("the schema is one");
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).expect("a schema that compiles")
}

fn record(text: &str) -> Result<Record, RecordError> {
    Record::from_json(text.as_bytes(), &Limits::DEFAULT)
}

/// The rule beyond the schema that an error is about, if it is one.
fn beyond(error: &RecordError, text: &str) -> Option<&'static str> {
    Some(match error.kind() {
        // RFC 3339 has a year 0, which is what `format` means; the calendar of docs/FORMAT.md starts with year 1.
        RecordErrorKind::NotADate if text.contains("\"0000-01-01\"") => "the year 0",
        RecordErrorKind::Code(_) if error.path() == "holder.code" => "the holder's code by its type",
        RecordErrorKind::Code(CodeError::Check { .. }) => "check characters",
        RecordErrorKind::Identifier(
            IdentifierError::Check { .. }
            | IdentifierError::Type(CodeError::Check { .. })
            | IdentifierError::Issuer(CodeError::Check { .. }),
        ) => "check characters of the identifier",
        RecordErrorKind::Disagrees { .. } => "agreement between members",
        RecordErrorKind::Cells { .. } => "a cell for every column",
        RecordErrorKind::Duplicate => "members and labels that occur twice",
        RecordErrorKind::Order => "order of days",
        RecordErrorKind::Text(TextError::Character { .. } | TextError::OuterSpace) => "characters that print",
        RecordErrorKind::Text(TextError::Empty) if error.path() == "decision" => "empty paragraphs",
        RecordErrorKind::TooMany(_) if error.path().is_empty() => "size of the file",
        _ => return None,
    })
}

#[test]
fn what_the_library_accepts_the_schema_accepts() {
    let schema = schema();
    let texts = SAMPLES.iter().map(|name| ((*name).to_owned(), sample(name)));
    let vectors = vectors("valid");
    let texts = texts.chain(vectors.iter().map(|vector| (vector.name.clone(), vector.json())));
    for (name, text) in texts {
        let record = record(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for text in [text, record.to_json()] {
            let value: Value = serde_json::from_str(&text).unwrap();
            let errors: Vec<_> = schema
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{name}: the schema refuses it: {errors:?}");
        }
    }
}

/// Every vector the library refuses is refused by the schema as well, unless the rule is one a schema cannot say.
#[test]
fn what_only_the_library_refuses_breaks_a_rule_beyond_the_schema() {
    let schema = schema();
    let mut reasons = BTreeMap::<&str, usize>::new();
    let (mut by_both, mut unexplained) = (0, Vec::new());
    for vector in vectors("invalid") {
        let text = vector.json();
        let error = record(&text).expect_err(&vector.name);
        let Ok(value) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        match (schema.is_valid(&value), beyond(&error, &text)) {
            (false, _) => by_both += 1,
            (true, Some(reason)) => *reasons.entry(reason).or_default() += 1,
            (true, None) => unexplained.push(format!("{}: {error}", vector.name)),
        }
    }
    println!("{by_both} refused by both; by the library alone: {reasons:#?}");
    assert!(
        unexplained.is_empty(),
        "the schema could say so: {unexplained:#?}"
    );
    assert!(by_both >= 20, "{by_both}");
    // Each of these classes has a vector; one that has none any more is stale.
    for reason in [
        "a cell for every column",
        "agreement between members",
        "characters that print",
        "check characters",
        "check characters of the identifier",
        "empty paragraphs",
        "members and labels that occur twice",
        "order of days",
        "the holder's code by its type",
    ] {
        assert!(reasons.contains_key(reason), "no vector is refused for: {reason}");
    }
}

/// Members removed, added, retyped, lengthened and shortened, everywhere in every sample.
#[test]
fn changed_samples_are_never_accepted_against_the_schema() {
    let schema = schema();
    let (mut accepted, mut refused, mut alone) = (0, 0, BTreeMap::<String, usize>::new());
    for name in SAMPLES {
        let base: Value = serde_json::from_str(&sample(name)).unwrap();
        let mut pointers = Vec::new();
        collect(&base, String::new(), &mut pointers);
        for pointer in &pointers {
            for changed in changes(&base, pointer) {
                let text = changed.to_string();
                let valid = schema.is_valid(&changed);
                match record(&text) {
                    Ok(_) => {
                        accepted += 1;
                        assert!(valid, "{name}{pointer}: accepted against the schema: {text}");
                    }
                    Err(_) if !valid => refused += 1,
                    Err(error) => {
                        let reason = beyond(&error, &text);
                        let reason =
                            reason.unwrap_or_else(|| panic!("{name}{pointer}: schema lacks: {error}"));
                        *alone.entry(reason.to_owned()).or_default() += 1;
                    }
                }
            }
        }
    }
    println!("{accepted} accepted by both, {refused} refused by both, by the library alone: {alone:#?}");
    assert!(alone.contains_key("the year 0"), "stale exception");
    assert!(accepted > 100 && refused > 1000, "{accepted} {refused}");
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                collect(value, format!("{pointer}/{key}"), pointers);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate().take(2) {
                collect(value, format!("{pointer}/{at}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(pointer);
}

fn changes(base: &Value, pointer: &str) -> Vec<Value> {
    let mut replacements = vec![
        Value::Null,
        json!(true),
        json!(false),
        json!(1),
        json!(-1.5),
        json!(""),
        json!("x"),
        json!("A".repeat(64)),
        json!([]),
        json!({}),
        json!("2030-02-29"),
        json!("2028-02-29"),
        json!("0000-01-01"),
        json!("2030-6-1"),
        json!("2030-06-01 "),
        json!("２０３０-06-01"),
        json!("\u{1F600}"),
        json!("a\nb"),
        json!("𠮷".repeat(128)),
        json!("𠮷".repeat(129)),
        json!("𠮷".repeat(200)),
        json!("𠮷".repeat(201)),
        json!("字".repeat(1000)),
        json!("字".repeat(1001)),
        json!("字".repeat(4000)),
        json!("字".repeat(4001)),
        json!("9".repeat(21)),
        json!("111"),
        json!("E12345678"),
    ];
    let here = base.pointer(pointer).unwrap();
    match here {
        Value::String(text) => {
            let cut: String = text.chars().skip(1).collect();
            replacements.extend([
                json!(cut),
                json!(format!("{text}0")),
                json!(format!("{text}\n")),
                json!(format!(" {text}")),
                json!(text.to_lowercase()),
                json!(text.to_uppercase()),
            ]);
        }
        Value::Object(members) => {
            for key in members.keys() {
                let mut fewer = members.clone();
                fewer.remove(key);
                replacements.push(Value::Object(fewer));
            }
            for value in [json!("x"), Value::Null] {
                let mut more = members.clone();
                more.insert("unknown".into(), value);
                replacements.push(Value::Object(more));
            }
        }
        Value::Array(items) => {
            for count in [63, 64, 65] {
                let field = |at| json!({ "label": format!("label {at}"), "value": "value" });
                replacements.push((0..count).map(field).collect());
            }
            replacements.push(items.iter().chain(items).cloned().collect());
            replacements.push(items.iter().take(1).cloned().collect());
        }
        _ => {}
    }
    let replace = |value| {
        let mut changed = base.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    replacements.into_iter().map(replace).collect()
}
