//! An OCSP response from anybody. Oracle: an authority that did not sign it never signed it, and no response is good for everybody.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, OcspResponse};

const STRANGER: &str = include_str!("../../test-vectors/keys/other-root.cert.pem");

fuzz_target!(|data: &[u8]| {
    let Ok(response) = OcspResponse::from_der(data, &Limits::DEFAULT) else {
        return;
    };
    assert_eq!(
        response.der(),
        data,
        "the response is not kept as it was received"
    );
    assert!(!response.echoes(&[]), "an empty nonce was taken");
    let stranger = Certificate::from_pem_many(STRANGER).expect("a committed certificate");
    for certificate in stranger.iter().chain(response.certificates()) {
        let _ = (
            response.about(certificate, certificate),
            response.names_responder(certificate),
        );
    }
    for certificate in &stranger {
        assert!(
            response.verify_signed_by(certificate).is_err(),
            "a response was forged"
        );
    }
});
