//! Records: the samples of the pilot, and vectors kept as data in `test-vectors/record`.

use yinxin::limits::Limits;
use yinxin::record::Record;

#[path = "common/vectors.rs"]
mod vectors;

use vectors::vectors;

const SAMPLES: [&str; 6] = [
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
    "joint-licence",
];

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/examples/data/records/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn samples_come_back_from_json_and_cbor_unchanged() {
    for name in SAMPLES {
        let json = sample(name);
        let record = Record::from_json(&json, &Limits::DEFAULT).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            record.to_json() + "\n",
            String::from_utf8(json).unwrap(),
            "{name}"
        );
        let cbor = record.to_cbor();
        assert_eq!(
            Record::from_cbor(&cbor, &Limits::DEFAULT).as_ref(),
            Ok(&record),
            "{name}"
        );
        assert!(record.sample(), "{name}: the pilot's records are samples");
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    base: Option<String>,
    #[serde(default)]
    replace: Vec<(String, String)>,
    input: Option<String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    says: String,
}

impl Vector {
    fn json(&self) -> Vec<u8> {
        if let Some(input) = &self.input {
            return input.clone().into_bytes();
        }
        let mut text = String::from_utf8(sample(self.base.as_deref().unwrap())).unwrap();
        for (old, new) in &self.replace {
            assert!(text.contains(old.as_str()), "{old} does not occur");
            text = text.replacen(old.as_str(), new, 1);
        }
        text.into_bytes()
    }
}

#[test]
fn invalid_records_are_refused_by_the_member_at_fault() {
    for (name, vector) in vectors::<Vector>("record/invalid", 80) {
        let Err(error) = Record::from_json(&vector.json(), &Limits::DEFAULT) else {
            panic!("{name}: accepted");
        };
        assert_eq!(error.path(), vector.path, "{name}: {error}");
        assert!(error.to_string().contains(&vector.says), "{name}: {error}");
    }
}

#[test]
fn records_at_the_edge_are_accepted_and_come_back() {
    for (name, vector) in vectors::<Vector>("record/valid", 10) {
        let record = Record::from_json(&vector.json(), &Limits::DEFAULT);
        let record = record.unwrap_or_else(|error| panic!("{name}: {error}"));
        let again = Record::from_json(record.to_json().as_bytes(), &Limits::DEFAULT);
        assert_eq!(again.as_ref(), Ok(&record), "{name}");
        assert_eq!(
            Record::from_cbor(&record.to_cbor(), &Limits::DEFAULT),
            Ok(record),
            "{name}"
        );
    }
}

#[test]
fn a_record_is_of_the_second_version_if_and_only_if_several_issue_it() {
    let bytes = |name: &str| {
        let record = Record::from_json(&sample(name), &Limits::DEFAULT).unwrap();
        record.to_cbor()
    };
    // A map of so many pairs, and the version under key 0.
    for (name, version) in [("food-licence", 1), ("joint-licence", 2)] {
        let mut bytes = bytes(name);
        assert_eq!(bytes[1..3], [0, version], "{name}");
        bytes[2] = 3 - version;
        let error = Record::from_cbor(&bytes, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.path(), "version", "{name}");
    }
}

#[test]
fn lengths_are_counted_in_characters_up_to_the_limit() {
    let json = String::from_utf8(sample("employment")).unwrap();
    let with =
        |old: &str, new: String| Record::from_json(json.replacen(old, &new, 1).as_bytes(), &Limits::DEFAULT);
    for (old, most) in [("就业登记", 200), ("大学本科", 1000)] {
        assert!(with(old, "滨".repeat(most)).is_ok(), "{old}");
        assert!(with(old, "滨".repeat(most + 1)).is_err(), "{old}");
    }
    let decision = |most| {
        with(
            "\"issued\"",
            format!("\"decision\": \"{}\", \"issued\"", "滨".repeat(most)),
        )
    };
    assert!(decision(4000).is_ok());
    assert_eq!(decision(4001).unwrap_err().path(), "decision");
    let field = |n| format!("{{\"label\": \"{n}\", \"value\": \"1\"}}, ");
    let many = |most| {
        with(
            "\"fields\": [",
            format!("\"fields\": [{}", (10..most).map(field).collect::<String>()),
        )
    };
    assert!(many(64).is_ok());
    assert_eq!(many(65).unwrap_err().path(), "fields");
    let mut small = Limits::DEFAULT;
    small.record_bytes = json.len() - 1;
    assert!(Record::from_json(json.as_bytes(), &small).is_err());
}

/// Every byte of a binary record, changed in every bit: refused, or another record, never the same one.
#[test]
fn no_two_encodings_give_the_same_record() {
    let record = Record::from_json(&sample("residence"), &Limits::DEFAULT).unwrap();
    let cbor = record.to_cbor();
    for at in 0..cbor.len() {
        for bit in 0..8 {
            let mut other = cbor.clone();
            other[at] ^= 1 << bit;
            if let Ok(read) = Record::from_cbor(&other, &Limits::DEFAULT) {
                assert_eq!(read.to_cbor(), other, "byte {at} bit {bit}");
            }
        }
        assert!(Record::from_cbor(&cbor[..at], &Limits::DEFAULT).is_err());
    }
    assert!(Record::from_cbor(&[cbor.as_slice(), &[0]].concat(), &Limits::DEFAULT).is_err());
}

/// The schema names the members, and the limits, that the code has: leaving out a required one, or adding one the schema
/// does not list, is refused by the code too.
#[test]
fn schema_and_code_name_the_same_members_and_limits() {
    let path = format!("{}/docs/record.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut full: serde_json::Value = serde_json::from_slice(&sample("residence")).unwrap();
    full["tables"] = serde_json::json!([{ "label": "附表", "columns": ["a"], "rows": [["1"]] }]);
    full["joint"] =
        serde_json::json!({ "issuers": [{ "name": "滨海市水务局", "code": "11109900MB2A10621T" }] });
    full["pictures"] =
        serde_json::json!([{ "label": "照片", "type": "image/png", "sha256": "0".repeat(64) }]);
    let read = |value: &serde_json::Value| Record::from_json(value.to_string().as_bytes(), &Limits::DEFAULT);
    let mut named: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    named.sort();
    let mut present: Vec<&String> = full.as_object().unwrap().keys().collect();
    present.sort();
    assert_eq!(named, present, "every member is there once");
    let required: Vec<&str> = schema["required"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect();
    for member in named {
        let mut without = full.clone();
        without.as_object_mut().unwrap().remove(member);
        assert_eq!(
            read(&without).is_err(),
            required.contains(&member.as_str()),
            "{member}"
        );
        for inner in schema["properties"][member]["required"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let mut without = full.clone();
            without[member]
                .as_object_mut()
                .unwrap()
                .remove(inner.as_str().unwrap());
            let path = format!("{member}.{}", inner.as_str().unwrap());
            assert_eq!(read(&without).unwrap_err().path(), path);
        }
    }
    let at = |pointer: &str| usize::try_from(schema.pointer(pointer).unwrap().as_u64().unwrap()).unwrap();
    assert_eq!(at("/$defs/name/maxLength"), yinxin::record::NAME_CHARACTERS);
    assert_eq!(
        at("/properties/number/maxLength"),
        yinxin::record::NUMBER_CHARACTERS
    );
    assert_eq!(
        at("/properties/decision/maxLength"),
        yinxin::record::DECISION_CHARACTERS
    );
    assert_eq!(at("/properties/fields/maxItems"), yinxin::record::FIELDS);
    assert_eq!(at("/properties/tables/maxItems"), yinxin::record::TABLES);
    assert_eq!(at("/properties/pictures/maxItems"), yinxin::record::PICTURES);
    let table = |of: &str| at(&format!("/properties/tables/items/properties/{of}"));
    assert_eq!(table("columns/maxItems"), yinxin::record::COLUMNS);
    assert_eq!(table("rows/maxItems"), yinxin::record::ROWS);
    let cell = "rows/items/items/maxLength";
    assert_eq!(table(cell), yinxin::record::CELL_CHARACTERS);
    let value = "/properties/fields/items/properties/value/maxLength";
    assert_eq!(at(value), yinxin::record::VALUE_CHARACTERS);
}

#[test]
fn errors_of_the_binary_form_name_the_member() {
    let cbor = Record::from_json(&sample("employment"), &Limits::DEFAULT)
        .unwrap()
        .to_cbor();
    let hex: String = cbor.iter().map(|byte| format!("{byte:02x}")).collect();
    let with = |old: &str, new: &str| {
        assert_eq!(hex.find(old).map(|at| at % 2), Some(0), "{old}");
        let text = hex.replacen(old, new, 1);
        let bytes: Vec<u8> = (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect();
        Record::from_cbor(&bytes, &Limits::DEFAULT).unwrap_err()
    };
    for (old, new, said) in [
        (
            "aa0001",
            "aa0002",
            "version: format version not known; this library reads versions 1 and 2",
        ),
        ("aa0001", "a9", "version: missing"),
        ("0cf5", "0cf4", "sample: not true"),
        ("0cf5", "10f5", "16: no such member"),
        // What is said of several issuers is of the second version.
        (
            "0cf5",
            "0ff5",
            "version: format version not known; this library reads versions 1 and 2",
        ),
        ("0cf5", "0df5", "tables: not an array that is not empty"),
        ("0cf5", "20f5", "-1: no such member"),
        ("aa0001", "bf0001", "record: cbor length is indefinite"),
    ] {
        let error = with(old, new).to_string();
        assert!(error.starts_with(said), "{old} -> {new}: {error}");
    }
}

/// A register of 5,000 rows of 8 cells fits in the default limits in both forms, and is read in linear time.
#[test]
fn long_tables_are_records_up_to_the_limit() {
    let json = String::from_utf8(sample("employment")).unwrap();
    let with = |rows: usize, cells: usize| {
        let heads: Vec<String> = (0..cells).map(|at| format!("\"列{at}\"")).collect();
        let row = format!("[{}]", vec!["\"滨海市海晏信息技术\""; cells].join(","));
        let rows = vec![row; rows].join(",");
        let table = format!(
            "\"tables\": [{{\"label\": \"名册\", \"columns\": [{}], \"rows\": [{rows}]}}], \"issued\"",
            heads.join(",")
        );
        Record::from_json(
            json.replacen("\"issued\"", &table, 1).as_bytes(),
            &Limits::DEFAULT,
        )
    };
    let record = with(5_000, 8).unwrap();
    assert_eq!(record.tables()[0].rows.len(), 5_000);
    let again = Record::from_json(record.to_json().as_bytes(), &Limits::DEFAULT);
    assert_eq!(again.as_ref(), Ok(&record));
    assert_eq!(Record::from_cbor(&record.to_cbor(), &Limits::DEFAULT), Ok(record));
    assert_eq!(with(10_001, 2).unwrap_err().path(), "tables[0].rows");
    let error = with(6_300, 32).unwrap_err();
    assert!(error.path() == "" || error.path() == "tables", "{error}");
}

/// An empty list of tables would be a second encoding of the same record.
#[test]
fn binary_form_leaves_out_empty_lists() {
    let record = Record::from_json(&sample("employment"), &Limits::DEFAULT).unwrap();
    let mut cbor = record.to_cbor();
    // One more pair at the end of the map: its head counts the pairs in the low bits.
    cbor[0] += 1;
    for (key, name) in [(13, "tables"), (14, "pictures")] {
        let more = [cbor.as_slice(), &[key, 0x80]].concat();
        let error = Record::from_cbor(&more, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.path(), name, "{error}");
    }
    let picture = [
        &cbor[..],
        &[14, 0x81, 0x83, 0x61, b'a', 0x69],
        b"image/png",
        &[0x41, 0],
    ]
    .concat();
    let error = Record::from_cbor(&picture, &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.path(), "pictures[0]", "{error}");
}
