//! An authority list from anybody. Oracle: without a pinned root nothing is ever accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::authority::AuthorityList;
use yinxin::limits::Limits;
use yinxin::pki::Certificate;

fuzz_target!(|data: &[u8]| {
    let limits = &Limits::DEFAULT;
    assert!(
        AuthorityList::open(data, &[], limits).is_err(),
        "a list without a root was accepted"
    );
    // With the root that it carries itself, the search gets past the signature of the seeds.
    let Ok(der) = AuthorityList::embedded_root(data, limits) else {
        return;
    };
    let Ok(root) = Certificate::try_from(der.as_slice()) else {
        return;
    };
    if let Ok(list) = AuthorityList::open(data, &[root], limits) {
        for issuer in list.issuers() {
            for certificate in issuer.certificates() {
                assert!(
                    list.by_certificate(certificate.der()).is_some(),
                    "a listed certificate is not found"
                );
            }
        }
    }
});
