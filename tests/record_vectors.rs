//! Records: the samples of the pilot, and vectors kept as data in `test-vectors/record`.

use yinxin::limits::Limits;
use yinxin::record::Record;

const SAMPLES: [&str; 5] = [
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
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
