//! Authority lists, sets of roots and a verifier's memory from anybody. Oracle: without a pinned root that signed nothing is accepted,
//! and what is read is written as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::authority::{AuthorityList, ListFile, Memory, Roots};
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::time::Time;

const STRANGER: &str = include_str!("../../test-vectors/authority/stranger.pem");

fuzz_target!(|data: &[u8]| {
    let limits = &Limits::DEFAULT;
    let now = Time::from_unix(1_907_000_000).expect("a time");
    let stranger = Certificate::from_pem_many(STRANGER).expect("a certificate");
    let stranger = Roots::any_of(stranger).expect("a root");
    assert!(
        AuthorityList::open(data, &stranger, &mut Memory::new(now), limits).is_err(),
        "a list by nobody was accepted"
    );
    if let Ok(memory) = Memory::resume(data, now, limits) {
        let again = Memory::resume(&memory.to_bytes(), now, limits);
        assert_eq!(again.as_ref(), Ok(&memory), "a memory does not come back");
    }
    let Ok(file) = ListFile::parse(data, limits) else {
        return;
    };
    assert_eq!(file.to_bytes(), data, "a file has two encodings");
    let _ = Roots::open(data, limits);
    if let Ok(list) = AuthorityList::dangerous_unverified(&file, limits) {
        for issuer in list.issuers() {
            for certificate in issuer.certificates() {
                assert!(
                    list.by_certificate(certificate.der()).is_some(),
                    "a listed certificate is not found"
                );
            }
        }
    }
    // With the roots that it carries itself, the search gets past the signatures of the seeds.
    let Ok(roots) = file.embedded_roots(limits) else {
        return;
    };
    let threshold = roots.len();
    let Ok(roots) = Roots::new(roots, threshold) else {
        return;
    };
    let mut memory = Memory::new(now);
    if let Ok(mut list) = AuthorityList::open(data, &roots, &mut memory, limits) {
        let again = Memory::resume(&memory.to_bytes(), now, limits);
        assert_eq!(again.as_ref(), Ok(&memory), "a memory does not come back");
        let _ = list.open_sublist(data, &mut memory, limits);
    }
});
