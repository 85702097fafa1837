//! Which facts about a file's structure leave no doubt about what it shows.
//!
//! The question is always the same: can two programs, each with a good reason, show two documents through it? Where that can be
//! ruled out, for the kind or for the occurrence at hand, nothing is said; everything else is doubt.
//!
//! Some programs rebuild the cross-reference table from the objects they find as soon as one entry leads to no object of its number
//! (PDFBox looks at every entry that states an offset), and find objects that the true table knows nothing of. So an entry that leads astray
//! is doubt even where nothing refers to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::pdf::references::{References, TRAILER};
use crate::pdf::{Anomaly, AnomalyKind, Dictionary, Document, Entry, Object, Ref, Revision, View};

/// How many objects are looked into more closely. Honest files have a few odd ones; each look may cost a reading of the file.
const LOOKS: usize = 64;

/// What is odd about `document` and can make two programs show two documents.
pub(super) fn doubtful(
    document: &Document<'_>,
    anomalies: &[Anomaly],
    references: &References,
) -> Vec<Anomaly> {
    let mut looked = BTreeMap::new();
    let doubtful = anomalies.iter().filter(|anomaly| {
        let kind = anomaly.kind;
        match anomaly.object {
            _ if harmless(kind) => false,
            None => kind != AnomalyKind::StartxrefDetached || !only_comments(document, anomaly.offset),
            Some(number) => {
                // Whether an object can be read is a matter of the place; the rest, of the object.
                let at = (kind == AnomalyKind::UnreadableObject).then_some(anomaly.offset);
                let place = (kind, number, at);
                if looked.len() >= LOOKS {
                    return true;
                }
                let settled = || settled(document, references, anomaly, number);
                !*looked.entry(place).or_insert_with(settled)
            }
        }
    });
    doubtful.copied().collect()
}

/// Kinds that cannot make two programs show two documents.
fn harmless(kind: AnomalyKind) -> bool {
    matches!(
        kind,
        AnomalyKind::EofMissing
            // Of a free entry alone: nothing can be read through it, whatever its generation.
            | AnomalyKind::GenerationTooLarge
            // Lines divided otherwise, `%%EOF` besides, a longer gap before `endstream`: no
            // reader that finds its section and goes by `/Length` reads another object for them.
            | AnomalyKind::LineLayout
            | AnomalyKind::StrayEof
            | AnomalyKind::StreamEndInexact
            | AnomalyKind::OffsetInexact
            | AnomalyKind::PrevZero
            | AnomalyKind::StartxrefInexact
            | AnomalyKind::XrefEntryWidth
            | AnomalyKind::ZeroOffset
            // What nothing refers to is not shown, and in a sealed revision it is covered; after it, [`changes`](super::changes) looks.
            | AnomalyKind::TrailingBytes
            | AnomalyKind::UnclaimedBytes
    )
}

/// Whether only comments stand between the section that ends at `section_end` and its `startxref`. iText writes its name there.
///
/// A comment is white space (7.2.4), and programs that look for the words below, forwards or backwards, find the true ones as
/// long as the comment does not hold them.
fn only_comments(document: &Document<'_>, section_end: usize) -> bool {
    let closing = document
        .revisions()
        .iter()
        .map(|revision| revision.closing.start)
        .find(|start| *start >= section_end);
    let between = closing.and_then(|closing| document.bytes().get(section_end..closing));
    between.is_some_and(|between| {
        let lines = between.split(|byte| matches!(byte, b'\r' | b'\n'));
        let only = lines
            .map(<[u8]>::trim_ascii_start)
            .all(|line| line.is_empty() || line.starts_with(b"%"));
        let word = |word: &[u8]| between.windows(word.len()).any(|window| window == word);
        let words: [&[u8]; 5] = [b"xref", b"trailer", b"obj", b"stream", b"%%EOF"];
        only && !words.into_iter().any(word)
    })
}

/// Whether every dictionary of object `number` that has a key twice has it with the same plain value, so that it does not
/// matter which one is taken.
fn says_the_same_twice(document: &Document<'_>, number: u32) -> bool {
    document.history(number).all(|(revision, entry)| {
        let Some((view, id)) = defined(document, revision, number, entry) else {
            return true;
        };
        let Ok(Some(indirect)) = view.object(id) else {
            return false;
        };
        let mut same = true;
        each(&indirect.object, |object| {
            if let Some(dictionary) = object.as_dictionary() {
                same &= dictionary
                    .duplicates()
                    .iter()
                    .all(|key| one_value(dictionary, key));
            }
        });
        same
    })
}

fn one_value(dictionary: &Dictionary, key: &[u8]) -> bool {
    let entries = dictionary.entries().iter();
    let mut values = entries
        .filter(|entry| &*entry.key == key)
        .map(|entry| &entry.value);
    let plain = |value: &Object| {
        matches!(
            value,
            Object::Boolean(_) | Object::Integer(_) | Object::Name(_) | Object::Reference(_)
        )
    };
    values
        .next()
        .is_some_and(|first| plain(first) && values.all(|other| other == first))
}

/// The view in which `entry` of `revision` counts, and the object it defines there.
fn defined<'d, 'f>(
    document: &'d Document<'f>,
    revision: usize,
    number: u32,
    entry: Entry,
) -> Option<(View<'d, 'f>, Ref)> {
    let generation = generation_of(entry)?;
    Some((document.view(revision)?, Ref::new(number, generation)))
}

/// Visits `root` and everything directly in it. The reader bounds how deep values are nested and how many there are.
fn each<'o>(root: &'o Object, mut visit: impl FnMut(&'o Object)) {
    let mut stack = vec![root];
    while let Some(object) = stack.pop() {
        visit(object);
        match object {
            Object::Array(items) => stack.extend(items.iter()),
            _ => {
                let dictionary = object.as_dictionary();
                stack.extend(
                    dictionary
                        .into_iter()
                        .flat_map(|d| d.entries().iter().map(|e| &e.value)),
                );
            }
        }
    }
}

/// The numbers in `revision` that are not below its `/Size`.
fn beyond_size(revision: &Revision) -> impl Iterator<Item = u32> {
    let size = revision
        .trailer
        .find(b"Size")
        .and_then(Object::as_integer)
        .unwrap_or(0);
    let numbers = revision.entries.iter().rev().map(|(number, _)| number);
    numbers.take_while(move |number| i64::from(*number) >= size)
}

/// Whether `anomaly`, of object `number`, makes no difference because of who refers to the object.
fn settled(document: &Document<'_>, references: &References, anomaly: &Anomaly, number: u32) -> bool {
    let unused = |number: u32| references.is_complete() && references.holders(number).next().is_none();
    match anomaly.kind {
        AnomalyKind::DuplicateKey => says_the_same_twice(document, number),
        // Whoever refers to the number means its last owner, so that it does not matter who counts generations.
        AnomalyKind::GenerationJump => {
            let last = document.history(number).next_back().map(|(_, entry)| entry);
            let own = last.and_then(generation_of);
            let mut holders = references.holders(number);
            references.is_complete()
                && own.is_some_and(|own| {
                    holders.all(|holder| refers_only_to(document, holder, Ref::new(number, own)))
                })
        }
        // Objects that programs may ignore (7.5.5), and that nobody asks for. Only the highest is reported.
        AnomalyKind::NumberBeyondSize => {
            let revisions = || document.revisions().iter();
            let entries = revisions().flat_map(|revision| revision.entries.iter());
            // What lies in a stream refers to it.
            let containers: BTreeSet<u32> = entries
                .filter_map(|(_, entry)| match entry {
                    Entry::InStream { container, .. } => Some(container),
                    _ => None,
                })
                .collect();
            let mut beyond = revisions().flat_map(beyond_size);
            beyond.all(|number| unused(number) && !containers.contains(&number))
        }
        // An offset of zero is none, for every reader (Skia, and so Google Docs, writes it for numbers it does not use). In an
        // object stream nobody looks who is not sent there. For other entries with an offset see the module.
        AnomalyKind::UnreadableObject => {
            let mut said = document.history(number).map(|(_, entry)| entry);
            said.all(|entry| match entry {
                Entry::Free { .. } => true,
                Entry::Offset { offset, .. } => offset == 0 || offset != anomaly.offset,
                Entry::InStream { .. } => unused(number),
            })
        }
        _ => false,
    }
}

fn generation_of(entry: Entry) -> Option<u16> {
    match entry {
        Entry::Offset { generation, .. } => Some(generation),
        Entry::InStream { .. } => Some(0),
        Entry::Free { .. } => None,
    }
}

/// Whether every reference in object `holder`, in all its revisions, that has the number of `id` has its generation, too.
fn refers_only_to(document: &Document<'_>, holder: u32, id: Ref) -> bool {
    let agrees = |object: &Object| {
        let mut agrees = true;
        each(object, |object| {
            if let Object::Reference(other) = object {
                agrees &= other.number != id.number || *other == id;
            }
        });
        agrees
    };
    if holder == TRAILER {
        let mut values = document
            .revisions()
            .iter()
            .flat_map(|revision| revision.trailer.entries());
        return values.all(|entry| agrees(&entry.value));
    }
    document.history(holder).all(|(revision, entry)| {
        let Some((view, holder)) = defined(document, revision, holder, entry) else {
            return true;
        };
        matches!(view.object(holder), Ok(Some(indirect)) if agrees(&indirect.object))
    })
}
