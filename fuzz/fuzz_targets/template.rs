//! A template from a department's designer, and what it does with a record. Oracle: a template that was read has a stable hash,
//! what it composes is a draft, and the same again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use yinxin::compose::{Fonts, Template};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::record::Record;

static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::bundled);

/// One with fields, one with a table.
static RECORDS: LazyLock<[Record; 2]> = LazyLock::new(|| {
    [
        include_bytes!("../../examples/data/records/residence.json").as_slice(),
        include_bytes!("../../examples/data/records/register.json"),
    ]
    .map(|json| Record::from_json(json, &Limits::DEFAULT).expect("a sample"))
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let Ok(template) = Template::from_toml(text, &Limits::DEFAULT) else {
        return;
    };
    assert!(Template::from_toml(text, &Limits::DEFAULT).is_ok_and(|again| again.hash() == template.hash()));
    for warning in template.warnings(&FONTS) {
        assert!(warning.line > 0 && warning.column > 0);
    }
    let Ok(prepared) = template.prepare(&FONTS) else {
        return;
    };
    for record in RECORDS.iter() {
        if let Ok(draft) = prepared.compose(record) {
            assert!(Draft::open(draft.bytes().to_vec(), &Limits::DEFAULT).is_ok());
            assert!(prepared.compose(record).is_ok_and(|again| again == draft));
        }
    }
});
