//! The text of a scanned code, ours or another's. Oracle: what was read as claims is written as the same claims.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::inspect::inspect;
use yinxin::limits::Limits;
use yinxin::payload::{self, Payload, SignedPayload};
use yinxin::time::Time;

fuzz_target!(|data: &[u8]| {
    let limits = &Limits::DEFAULT;
    if let Ok(claims) = Payload::decode_claims(data, limits) {
        assert_eq!(claims.encode_claims(), data, "one payload, two encodings");
    }
    let _ = SignedPayload::parse(data, limits);
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(cose) = payload::decode_text(text, limits) {
        let _ = SignedPayload::parse(&cose, limits);
    }
    if let Ok(at) = Time::from_unix(1_900_000_000) {
        let _ = inspect(text, &[], at, limits);
    }
});
