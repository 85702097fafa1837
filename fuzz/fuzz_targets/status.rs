//! A status list from anybody. Oracle: every entry it says it has can be looked up and none beyond, and what is written from what was
//! read says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::cose::status::{StatusDraft, StatusList};
use yinxin::crypto::SignatureAlgorithm;
use yinxin::limits::Limits;

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::DEFAULT;
    limits.status_bytes = 1 << 20;
    let Ok(list) = StatusList::parse(data, &limits) else {
        return;
    };
    let length = u32::try_from(list.len()).expect("at most eight million entries");
    assert!(list.status(length).is_none(), "an entry beyond the end");
    assert!(
        length == 0 || list.status(length - 1).is_some(),
        "the last entry is missing"
    );
    let draft = StatusDraft::after(&list, list.issued());
    let unsigned = draft
        .unsigned(SignatureAlgorithm::Ed25519, &[0; 8])
        .expect("a list that was read");
    let token = unsigned.finish(&[0; 64]).expect("a token");
    let again = StatusList::parse(&token, &limits).expect("a list that was written");
    assert_eq!(
        StatusDraft::after(&again, list.issued()),
        draft,
        "the list changed"
    );
});
