//! The terms of an annotated copy. Oracle: they have one encoding, and can be told in every language.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::terms::Terms;

fuzz_target!(|data: &[u8]| {
    if let Ok(terms) = Terms::from_cbor(data, &Limits::DEFAULT) {
        assert_eq!(terms.to_cbor(), data, "the same terms, two encodings");
        assert!(!terms.sentences().0.is_empty() && terms.fields().len() > 9);
        assert!(terms.is_for(&terms.recipient));
        let _ = terms.permitted_type();
    }
});
