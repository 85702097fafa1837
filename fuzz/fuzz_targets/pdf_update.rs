//! The writer after the reader: whatever opens can be appended to. Oracle: what is appended is one revision more, the
//! old ones show what they showed, and what was put is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::pdf::edit::DictionaryEdit;
use yinxin::pdf::update::Update;
use yinxin::pdf::{Anomaly, AnomalyKind, Document, Entry, Object, Ref};

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::DEFAULT;
    limits.pdf_stream_bytes = 1 << 20;
    limits.pdf_decoded_bytes = 8 << 20;
    let Ok(old) = Document::open(data, &limits) else {
        return;
    };
    // Behind a newer section, `startxref` is looked for only so far: then the two are one revision, which has a name, too.
    let detached = |anomaly: &Anomaly| anomaly.kind == AnomalyKind::StartxrefDetached;
    if old.anomalies().iter().any(detached) {
        return;
    }
    let view = old.newest();
    let mut used: Vec<Ref> = Vec::new();
    for number in old
        .revisions()
        .iter()
        .flat_map(|revision| revision.entries.numbers())
    {
        match view.locate(number) {
            Some((_, Entry::Offset { generation, .. })) => used.push(Ref::new(number, generation)),
            Some((_, Entry::InStream { .. })) => used.push(Ref::new(number, 0)),
            _ => {}
        }
    }
    let catalog = view.catalog().expect("a document that opens has a catalog");
    let dictionary = catalog.dictionary().expect("a catalog is a dictionary");
    let mut update = Update::new(&old);
    let added = update.allocate();
    update.put(added, b"[(added)]".to_vec());
    let mut replaced = None;
    if catalog.source.is_none() {
        // Another object may be the stream that the catalog is in, or its length.
        update.put(
            catalog.id,
            DictionaryEdit::new(catalog.raw(), dictionary).finish(),
        );
    } else if old.encryption().is_none() {
        // In an encrypted file it may be what says how to read the others.
        replaced = used
            .get(data.len() % used.len().max(1))
            .copied()
            .filter(|id| *id != catalog.id);
        if let Some(id) = replaced {
            update.put(id, b"[(replaced)]".to_vec());
        }
    }
    let Ok(appended) = update.finish() else {
        return;
    };
    let whole = [data, &appended.bytes].concat();
    // The new revision costs a section and its objects.
    limits.pdf_revisions += 1;
    limits.pdf_objects += 4;
    let new = Document::open(&whole, &limits).expect("an appended file opens");
    assert_eq!(new.revisions().len(), old.revisions().len() + 1);

    let now = new.newest();
    let word = |id: Ref| {
        let found = now.object(id).expect("readable").expect("there");
        let first = found.object.as_array().and_then(<[_]>::first);
        first
            .and_then(Object::as_string)
            .map(|string| string.bytes.to_vec())
    };
    assert_eq!(word(added).as_deref(), Some(b"added".as_slice()));
    if let Some(id) = replaced {
        assert_eq!(word(id).as_deref(), Some(b"replaced".as_slice()));
    }
    assert_eq!(now.catalog().expect("there").object, catalog.object);

    let then = new
        .view(old.revisions().len() - 1)
        .expect("every revision has a view");
    assert!(then.object(added).is_ok_and(|found| found.is_none()));
    for id in used {
        // What reading may cost grows with the file, so a file at that limit gives up at another object.
        let (Ok(Some(before)), Ok(Some(after))) = (view.object(id), then.object(id)) else {
            continue;
        };
        assert_eq!(before.object, after.object, "{id}");
        assert_eq!(before.raw(), after.raw(), "{id}");
    }
});
