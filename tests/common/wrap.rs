//! Signature wrapping: the bytes that a seal covers moved apart, and the attacker's section between them. Part of `edit.rs`.

use std::collections::BTreeMap;

use yinxin::pdf::update::stream_body;
use yinxin::pdf::{Entry, Object, Ref};

use crate::forge::{self, Anatomy, Change};

/// `file` with everything that stood behind the gap at its end, and in its place the objects of its last revision once more, as
/// changed by `changes`, with a table where the moved tail says that its own section stands.
///
/// `inside` follows the hex string in the signature dictionary, where `{moved}` and `{rest}` stand for the place and the length of
/// the tail. The hex string gives up its padding for all this. The newest section of the file must be a table.
pub fn wrapped(file: &[u8], hex: &str, inside: &str, changes: &BTreeMap<u32, Change>) -> Vec<u8> {
    // The numbers have a fixed width: the second time the place of the tail is known.
    let (_, moved) = with_tail_at(file, hex, inside, changes, 0);
    with_tail_at(file, hex, inside, changes, moved).0
}

fn with_tail_at(
    file: &[u8],
    hex: &str,
    inside: &str,
    changes: &BTreeMap<u32, Change>,
    moved: usize,
) -> (Vec<u8>, usize) {
    let parts = Anatomy::of(file);
    let (hole, document) = (&parts.contents, forge::open(file));
    let view = document.newest();
    let revision = view.revision().unwrap();
    assert!(parts.startxref > hole.end, "the section stands behind the gap");
    let rest = &file[hole.end..parts.covered];
    let inside = inside
        .replace("{moved}", &format!("{moved:08}"))
        .replace("{rest}", &format!("{:08}", rest.len()));
    let mut out = file[..hole.start].to_vec();
    out.extend_from_slice(format!("<{hex}>{inside}>>\nendobj\n").as_bytes());

    let mut rows = BTreeMap::new();
    let mut put = |out: &mut Vec<u8>, number: u32, body: &[u8]| {
        rows.insert(number, out.len());
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(b"\nendobj\n");
    };
    let mut kept = vec![];
    for (number, entry) in revision.entries.iter() {
        match entry {
            Entry::Offset { offset, .. } if offset < hole.start => kept.push((number, offset)),
            Entry::Offset { .. } | Entry::InStream { .. } if !changes.contains_key(&number) => {
                let object = view.object(Ref::new(number, 0)).unwrap().unwrap();
                put(&mut out, number, object.raw());
            }
            _ => {}
        }
    }
    for (number, change) in changes {
        let body = match change {
            Change::Body(body) => body.clone().into_bytes(),
            Change::Stream(entries, data) => stream_body(entries.as_bytes(), data, false),
            _ => panic!("a wrapped object is a body or a stream"),
        };
        put(&mut out, *number, &body);
    }
    rows.extend(
        kept.into_iter()
            .filter(|(number, _)| !changes.contains_key(number)),
    );

    assert!(
        out.len() <= parts.startxref,
        "no room in the padding: {}",
        out.len()
    );
    out.resize(parts.startxref, b'\n');
    let mut table = String::from("xref\n");
    for (number, offset) in &rows {
        table.push_str(&format!("{number} 1\n{offset:010} 00000 n \n"));
    }
    let size = rows.keys().max().unwrap().max(&parts.next) + 1;
    let previous = revision
        .trailer
        .find(b"Prev")
        .and_then(Object::as_integer)
        .unwrap();
    let root = parts.catalog.number;
    table.push_str(&format!(
        "trailer\n<</Size {size}/Root {root} 0 R/Prev {previous}>>\n"
    ));
    out.extend_from_slice(table.as_bytes());
    let moved = out.len();
    out.extend_from_slice(rest);
    (out, moved)
}
