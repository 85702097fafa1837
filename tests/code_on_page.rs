//! The code on a sealed page, drawn at the resolution of an office scanner, says what was issued: to our reader and to zxing-cpp,
//! which shares nothing with it.
//!
//! Ed25519 signs without chance, so the codes are the same in every run: of those that another signature gives, a decoder does not read
//! one in some hundreds at every size.
#![cfg(all(feature = "compose", feature = "seal", feature = "scan"))]

mod common;
#[path = "common/pixels.rs"]
mod pixels;
#[path = "common/second.rs"]
mod second;

use common::Office;
use pixels::Pixels;
use yinxin::limits::Limits;
use yinxin::symbol::read::read_luma;

#[test]
fn code_on_every_sample_is_read_by_two_decoders() {
    for name in yinxin::compose::BUILTIN {
        if !common::path(&format!("examples/data/records/{name}.json")).exists() {
            continue;
        }
        let sealed = Office::with_key("ed25519").issue(name);
        let text = sealed.code_text().unwrap().to_owned();
        let pages = Pixels::of_pdf(&sealed.into_bytes(), 200.0);
        let mut seen = vec![];
        for (number, page) in pages.iter().enumerate() {
            let texts = read_luma(page.width, page.height, &page.luma, &Limits::DEFAULT).unwrap_or_default();
            if let Some(second) = second::texts(&format!("{name}-{number}"), page) {
                assert_eq!(
                    second,
                    texts.iter().cloned().collect(),
                    "{name}, page {}",
                    number + 1
                );
            }
            seen.extend(texts);
        }
        assert_eq!(seen, [text], "{name}");
    }
}
