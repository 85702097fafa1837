//! An audit trail from anybody, as an exported file and as one entry. Oracles: what is read has one encoding; a trail that verifies
//! is its own anchor, and not with a byte less.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::register::{AuditEntry, verify_trail};

fuzz_target!(|data: &[u8]| {
    let limits = &Limits::DEFAULT;
    if let Ok(entry) = AuditEntry::from_bytes(data, limits) {
        assert_eq!(entry.to_bytes(), data, "an entry has two encodings");
    }
    if let Ok(head) = verify_trail(data, None, limits) {
        assert_eq!(verify_trail(data, Some(&head), limits), Ok(head));
        if let Some((_, shorter)) = data.split_last() {
            assert!(
                verify_trail(shorter, Some(&head), limits).is_err(),
                "a cut trail has the same head"
            );
        }
    }
});
