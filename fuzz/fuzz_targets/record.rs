//! A record as JSON or CBOR. Oracle: both forms of one record say the same, and CBOR has one encoding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::record::Record;

fuzz_target!(|data: &[u8]| {
    let limits = &Limits::DEFAULT;
    if let Ok(record) = Record::from_cbor(data, limits) {
        assert_eq!(record.to_cbor(), data, "one record, two encodings");
    }
    if let Ok(record) = Record::from_json(data, limits) {
        let cbor = record.to_cbor();
        assert!(Record::from_cbor(&cbor, limits).is_ok_and(|again| again.to_json() == record.to_json()));
        assert!(
            Record::from_json(record.to_json().as_bytes(), limits).is_ok_and(|again| again.to_cbor() == cbor)
        );
    }
});
