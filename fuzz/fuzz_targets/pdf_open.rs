//! A PDF from anybody: open it and look at every object of every revision. Oracle: the revisions partition the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::pdf::mutable::{Look, MOST_FACTS};
use yinxin::pdf::{Document, Entry, Object, Ref};

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::DEFAULT;
    limits.pdf_stream_bytes = 1 << 20;
    limits.pdf_decoded_bytes = 8 << 20;
    let Ok(document) = Document::open(data, &limits) else {
        return;
    };
    let mut end = 0;
    for (index, revision) in document.revisions().iter().enumerate() {
        assert!(
            revision.span.start >= end && revision.span.end <= data.len(),
            "revisions overlap"
        );
        end = revision.span.end;
        let view = document.view(index).expect("every revision has a view");
        for (number, entry) in &revision.entries {
            let generation = if let Entry::Offset { generation, .. } = entry {
                generation
            } else {
                0
            };
            let Ok(Some(found)) = view.object(Ref::new(number, generation)) else {
                continue;
            };
            if let Object::Stream(stream) = &found.object {
                let _ = view.decode(stream);
            }
        }
        let _ = view.pages();
        for look in [Look::Shown, Look::Whole] {
            let facts = view.mutable(look).unwrap_or_default();
            assert!(facts.len() <= MOST_FACTS, "more facts than are kept");
        }
    }
});
