//! A revocation list from anybody. Oracle: what is listed is found, and an authority that did not sign it never signed it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, Crl};

const STRANGER: &str = include_str!("../../test-vectors/keys/other-root.cert.pem");

fuzz_target!(|data: &[u8]| {
    let Ok(crl) = Crl::from_der(data, &Limits::DEFAULT) else {
        return;
    };
    assert_eq!(crl.der(), data, "the list is not kept as it was received");
    assert!(crl.is_empty() || !crl.is_delta(), "a delta list was indexed");
    let stranger = Certificate::from_pem_many(STRANGER).expect("a committed certificate");
    for certificate in &stranger {
        let _ = crl.entry(certificate);
        assert!(crl.verify_signed_by(certificate).is_err(), "a list was forged");
    }
});
