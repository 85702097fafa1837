//! What stands in /Contents, and the certificates in it. Oracle: everything that was read lies inside the input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::cms::SignedData;
use yinxin::limits::Limits;
use yinxin::pki::Certificate;

fuzz_target!(|data: &[u8]| {
    let _ = Certificate::try_from(data);
    let Ok(signed) = SignedData::parse(data, &Limits::DEFAULT) else {
        return;
    };
    for certificate in &signed.certificates {
        let _ = Certificate::try_from(*certificate);
    }
    for signer in &signed.signer_infos {
        if let Some(attributes) = &signer.signed_attributes {
            assert!(
                attributes.bytes_to_hash().len() <= data.len(),
                "more signed bytes than there are"
            );
        }
    }
});
