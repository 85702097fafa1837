//! A damaged PDF from anybody, to be repaired for sealing. Oracle: what was repaired is read by the strict reader, has
//! pages, and needs no second repair of its sections; what was appended is the same every time and not much.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::pdf::Document;
use yinxin::pdf::recovery::{What, repair};

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::DEFAULT;
    limits.pdf_stream_bytes = 1 << 20;
    limits.pdf_decoded_bytes = 8 << 20;
    let Ok(repaired) = repair(data, &limits) else {
        return;
    };
    assert_eq!(
        repair(data, &limits).as_ref(),
        Ok(&repaired),
        "two repairs of one file"
    );
    assert!(!repaired.rebuilt.is_empty(), "a repair that says nothing");
    let whole = [data, &repaired.appended].concat();
    let document = Document::open(&whole, &limits).expect("a repaired file opens");
    assert!(
        !document
            .newest()
            .pages()
            .expect("a repaired file has a page tree")
            .is_empty()
    );
    assert!(
        whole.len() <= data.len() * 64 + (9 << 20),
        "the repair is much larger than the file"
    );
    if let Ok(again) = repair(&whole, &limits) {
        let section = |one: &yinxin::pdf::recovery::Rebuilt| matches!(one.what, What::Section { .. });
        assert!(
            !again.rebuilt.iter().any(section),
            "a repaired file's section is rebuilt"
        );
    }
});
