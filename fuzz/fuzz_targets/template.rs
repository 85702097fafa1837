//! A template from a department's designer. Oracle: a template that was read has a stable hash.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::compose::Template;
use yinxin::limits::Limits;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    if let Ok(template) = Template::from_toml(text, &Limits::DEFAULT) {
        assert!(
            Template::from_toml(text, &Limits::DEFAULT).is_ok_and(|again| again.hash() == template.hash())
        );
    }
});
