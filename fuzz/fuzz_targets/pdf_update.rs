//! The writer after the reader: whatever opens can be appended to. Oracle: what is appended is one revision more, the
//! old ones show what they showed, and what was put is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::limits::Limits;
use yinxin::pdf::update::Update;
use yinxin::pdf::{Document, Entry, Ref};

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::DEFAULT;
    limits.pdf_stream_bytes = 1 << 20;
    limits.pdf_decoded_bytes = 8 << 20;
    let Ok(old) = Document::open(data, &limits) else {
        return;
    };
    let view = old.newest();
    let mut used: Vec<Ref> = Vec::new();
    for number in old
        .revisions()
        .iter()
        .flat_map(|revision| revision.entries.keys())
    {
        match view.locate(*number) {
            Some((_, Entry::Offset { generation, .. })) => used.push(Ref::new(*number, generation)),
            Some((_, Entry::InStream { .. })) => used.push(Ref::new(*number, 0)),
            _ => {}
        }
    }
    let root = view
        .trailer()
        .find(b"Root")
        .and_then(yinxin::pdf::Object::as_reference);
    let replaced = used
        .get(data.len() % used.len().max(1))
        .filter(|id| Some(**id) != root);

    let mut update = Update::new(&old);
    let added = update.allocate();
    update.put(added, b"[(added)]".to_vec());
    if let Some(id) = replaced {
        update.put(*id, b"[(replaced)]".to_vec());
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
    let raw = |id: Ref| {
        now.object(id)
            .map(|found| found.map(|found| found.raw().to_vec()))
    };
    assert_eq!(raw(added), Ok(Some(b"[(added)]".to_vec())));
    if let Some(id) = replaced {
        assert_eq!(raw(*id), Ok(Some(b"[(replaced)]".to_vec())));
    }
    let then = new
        .view(old.revisions().len() - 1)
        .expect("every revision has a view");
    assert!(then.object(added).is_ok_and(|found| found.is_none()));
    for id in used {
        // A file that exhausts what reading may cost gives up at another object when it is longer.
        let (Ok(Some(before)), Ok(Some(after))) = (view.object(id), then.object(id)) else {
            continue;
        };
        assert_eq!(before.object, after.object, "{id}");
        assert_eq!(before.raw(), after.raw(), "{id}");
    }
});
