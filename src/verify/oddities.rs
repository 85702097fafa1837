//! Which facts about a file's structure leave no doubt about what it shows.
//!
//! The question is always the same: can two programs, each with a good reason, show two documents through it? Where that can be
//! ruled out, for the kind or for the occurrence at hand, nothing is said; everything else is doubt.
//!
//! Some programs rebuild the cross-reference table from the objects they find as soon as one entry leads to no object of its number
//! (PDFBox looks at every entry that states an offset), and find objects that the true table knows nothing of. So an entry that leads astray
//! is doubt even where nothing refers to it.

use std::collections::BTreeMap;

use crate::limits::Limits;
use crate::pdf::{Anomaly, AnomalyKind, Dictionary, Document, Entry, Object, Ref, Revision, View};

/// What is odd about `document` and can make two programs show two documents.
pub(super) fn doubtful(document: &Document<'_>, anomalies: &[Anomaly], limits: &Limits) -> Vec<Anomaly> {
    let mut references = None;
    let doubtful = anomalies.iter().filter(|anomaly| {
        if harmless(anomaly.kind) {
            return false;
        }
        let Some(number) = anomaly.object else {
            return !(anomaly.kind == AnomalyKind::StartxrefDetached
                && only_comments(document, anomaly.offset));
        };
        match anomaly.kind {
            AnomalyKind::DuplicateKey => !says_the_same_twice(document, number),
            AnomalyKind::GenerationJump | AnomalyKind::NumberBeyondSize | AnomalyKind::UnreadableObject => {
                let references =
                    references.get_or_insert_with(|| References::to(document, anomalies, limits));
                !references.settle(document, anomaly, number)
            }
            _ => true,
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
    let generation = match entry {
        Entry::Offset { generation, .. } => generation,
        Entry::InStream { .. } => 0,
        Entry::Free { .. } => return None,
    };
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

/// With which generations the objects that something is odd about are referred to, from anywhere in any revision.
struct References {
    /// By number: the generations; complete only if `all` is.
    generations: BTreeMap<u32, Vec<u16>>,
    /// Whether everything could be read, so that there is no other reference.
    all: bool,
}

impl References {
    /// Reads the whole file once.
    fn to(document: &Document<'_>, anomalies: &[Anomaly], limits: &Limits) -> Self {
        let odd = anomalies.iter().filter_map(|anomaly| anomaly.object);
        let odd = odd.chain(document.revisions().iter().flat_map(beyond_size));
        let mut found = Self {
            generations: odd.map(|number| (number, vec![])).collect(),
            all: true,
        };
        let mut left = limits.pdf_objects;
        for (index, revision) in document.revisions().iter().enumerate() {
            found.trailer(&revision.trailer);
            for (number, entry) in &revision.entries {
                let Some((view, id)) = defined(document, index, number, entry) else {
                    continue;
                };
                // The stream that holds an object is as good as referred to.
                if let Entry::InStream { container, .. } = entry {
                    found.add(Ref::new(container, 0));
                }
                let Some(rest) = left.checked_sub(1) else {
                    found.all = false;
                    return found;
                };
                left = rest;
                match view.object(id) {
                    Ok(Some(indirect)) => each(&indirect.object, |object| {
                        if let Object::Reference(id) = object {
                            found.add(*id);
                        }
                    }),
                    Ok(None) => {}
                    // What cannot be read may refer to anything, unless it is among those in question.
                    Err(_) => found.all &= found.generations.contains_key(&number),
                }
            }
        }
        found
    }

    fn trailer(&mut self, trailer: &Dictionary) {
        for entry in trailer.entries() {
            each(&entry.value, |object| {
                if let Object::Reference(id) = object {
                    self.add(*id);
                }
            });
        }
    }

    fn add(&mut self, id: Ref) {
        if let Some(generations) = self.generations.get_mut(&id.number)
            && !generations.contains(&id.generation)
        {
            generations.push(id.generation);
        }
    }

    /// Whether `anomaly`, of object `number`, makes no difference.
    fn settle(&self, document: &Document<'_>, anomaly: &Anomaly, number: u32) -> bool {
        let Some(generations) = self.generations.get(&number) else {
            return false;
        };
        let last = document.history(number).next_back().map(|(_, entry)| entry);
        match anomaly.kind {
            // Whoever refers to the number means its last owner, so that it does not matter who counts generations.
            AnomalyKind::GenerationJump => {
                let own = match last {
                    Some(Entry::Offset { generation, .. }) => generation,
                    Some(Entry::InStream { .. }) => 0,
                    Some(Entry::Free { .. }) | None => return false,
                };
                self.all && generations.iter().all(|generation| *generation == own)
            }
            // Objects that programs may ignore (7.5.5), and that nobody asks for. Only the highest is reported.
            AnomalyKind::NumberBeyondSize => {
                let mut beyond = document.revisions().iter().flat_map(beyond_size);
                let unused = |number: u32| self.generations.get(&number).is_some_and(Vec::is_empty);
                self.all && generations.is_empty() && beyond.all(unused)
            }
            // An offset of zero is none, for every reader (Skia, and so Google Docs, writes it for numbers it does not use). In an object
            // stream nobody looks who is not sent there. For other entries with an offset see the module.
            AnomalyKind::UnreadableObject => {
                let mut said = document.history(number).map(|(_, entry)| entry);
                said.all(|entry| match entry {
                    Entry::Free { .. } => true,
                    Entry::Offset { offset, .. } => offset == 0 || offset != anomaly.offset,
                    Entry::InStream { .. } => self.all && generations.is_empty(),
                })
            }
            _ => false,
        }
    }
}
