//! Whoever would like another past.

use yinxin::limits::Limits;
use yinxin::register::{AuditEntry, Head, export_trail, trail_entries, verify_trail};

use super::Told;

/// The trail with somebody else in its third entry.
pub fn entry(trail: &[u8]) -> Told<Vec<u8>> {
    rewritten(trail, false)
}

/// The same, and the hashes in all that follow made to fit: the trail is in order again.
pub fn rest(trail: &[u8]) -> Told<Vec<u8>> {
    rewritten(trail, true)
}

fn rewritten(trail: &[u8], rest: bool) -> Told<Vec<u8>> {
    let (mut entries, mut head): (Vec<Vec<u8>>, Head) = (vec![], Head::NONE);
    let export = |entries: &[Vec<u8>]| export_trail(entries.iter().map(Vec::as_slice));
    for bytes in trail_entries(trail) {
        let mut entry = AuditEntry::from_bytes(bytes?, &Limits::DEFAULT)?;
        if entry.sequence == 3 {
            entry.actor = "望潮街道办 临时人员".into();
        }
        if rest {
            entry.previous = head.hash;
        }
        entries.push(entry.to_bytes());
        if rest {
            head = verify_trail(&export(&entries), None, &Limits::DEFAULT)?;
        }
    }
    Ok(export(&entries))
}
