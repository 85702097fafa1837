//! What comes back over HTTP from a time-stamping authority, and requests to responders about certificates in it. Oracle: a token
//! lies inside the answer, and what is accepted once is accepted again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::asn1::Oid;
use yinxin::cms::{TimeStampInfo, TimeStampRequest};
use yinxin::crypto::DigestAlgorithm;
use yinxin::limits::Limits;
use yinxin::pki::{OcspRequest, check_token, token_certificates};

fuzz_target!(|data: &[u8]| {
    let limits = Limits::DEFAULT;
    let _ = TimeStampInfo::parse(data);
    // The seeds are answers about these bytes.
    let digest = DigestAlgorithm::Sha256;
    let imprint = digest.digest(b"seed");
    let plain = TimeStampRequest::new(digest, &imprint);
    let narrow = plain
        .clone()
        .nonce(0x0102_0304_0506_0708)
        .policy(Oid::new(&[0x2a, 3]));
    let _ = narrow.token(data, &limits);
    if let Ok(token) = plain.token(data, &limits) {
        assert!(
            data.as_ptr_range().contains(&token.as_ptr()),
            "the token is not the one received"
        );
        assert!(
            plain.accept(token, &limits).is_ok(),
            "accepted once and not again"
        );
        let _ = check_token(token, digest, &imprint, &limits);
    }
    let Ok((authority, others)) = token_certificates(data, &limits) else {
        return;
    };
    for one in others.iter().chain([&authority]) {
        let addresses = [one.ocsp_addresses(), one.issuer_addresses(), one.crl_addresses()].concat();
        assert!(
            addresses
                .iter()
                .all(|address| address.bytes().all(|b| b.is_ascii_graphic()))
        );
        let _ = OcspRequest::new(&authority, one).to_der();
    }
});
