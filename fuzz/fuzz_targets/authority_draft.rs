//! An authority list as TOML, from another department, and a set of roots. Oracles: what is built can be read and says what the draft
//! says; a list differs from itself in nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::authority::{AuthorityList, ListDraft, ListFile, RootsDraft};
use yinxin::limits::Limits;

fuzz_target!(|data: &[u8]| {
    let limits = &Limits::DEFAULT;
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(draft) = toml::from_str::<RootsDraft>(text)
        && let Ok(file) = draft.file()
    {
        assert_eq!(
            ListFile::parse(&file.to_bytes(), limits).as_ref(),
            Ok(&file),
            "a set of roots does not come back"
        );
    }
    let Ok(draft) = toml::from_str::<ListDraft>(text) else {
        return;
    };
    let again = toml::to_string(&draft).expect("a draft that was read");
    assert_eq!(
        toml::from_str(&again).as_ref(),
        Ok(&draft),
        "a draft does not come back"
    );
    let Ok(file) = draft.file() else { return };
    let list = AuthorityList::dangerous_unverified(&file, limits).expect("a list that was built");
    assert_eq!(
        (list.name(), list.issuers().len()),
        (draft.name.as_str(), draft.issuers.len())
    );
    for issuer in &draft.issuers {
        for certificate in &issuer.certificates {
            let (listed, _) = list
                .by_certificate(certificate.certificate.der())
                .expect("a certificate that was listed");
            assert_eq!(*listed.code(), issuer.code);
        }
    }
    assert!(list.differences(&list).is_empty(), "a list differs from itself");
});
