//! Object streams: every object in one is listed once, and lies apart from the others (ISO 32000-2, 7.5.7).

use core::ops::Range;
use std::collections::BTreeMap;

use super::super::document::CHAIN;
use super::super::entries::Entry;
use super::super::error::{AnomalyKind, PdfError, PdfErrorKind};
use super::super::lexer::Lexer;
use super::super::object::{Object, Ref};
use super::super::object_stream::ObjectStream;
use super::Audit;

/// An entry that leads into the object stream at `offset`.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Member {
    offset: usize,
    index: u32,
    number: u32,
}

impl Audit<'_, '_> {
    /// The entries that lead into object streams, by stream.
    pub(super) fn members(&mut self) -> Vec<Member> {
        let mut members = Vec::new();
        for (i, revision) in self.document.revisions().iter().enumerate() {
            for (number, entry) in &revision.entries {
                let Entry::InStream { container, index } = entry else {
                    continue;
                };
                match self.document.locate(i, container) {
                    Some((
                        _,
                        Entry::Offset {
                            offset,
                            generation: 0,
                        },
                    )) => {
                        let id = Ref::new(container, 0);
                        self.streams
                            .entry(offset)
                            .or_insert((u32::try_from(i).unwrap_or(u32::MAX), id));
                        members.push(Member {
                            offset,
                            index,
                            number,
                        });
                    }
                    _ => self.note(AnomalyKind::UnreadableObject, 0, Some(number)),
                }
            }
        }
        members.sort_unstable();
        members.dedup();
        members
    }

    /// Reads every object stream once, and every object in it that an entry leads to.
    pub(super) fn object_streams(&mut self, members: &[Member]) -> Result<(), PdfError> {
        for (offset, (revision, id)) in core::mem::take(&mut self.streams) {
            let from = members.partition_point(|member| member.offset < offset);
            let to = members.partition_point(|member| member.offset <= offset);
            let listed = members.get(from..to).unwrap_or_default();
            let revision = revision as usize;
            let holder = self.document.at_offset(revision, id, offset, CHAIN);
            let decoded = holder.and_then(|holder| match &holder.object {
                Object::Stream(stream) => self.document.object_stream(revision, stream, CHAIN),
                _ => Err(PdfError::new(PdfErrorKind::BadObjectStream, offset)),
            });
            match decoded {
                Ok(stream) => self.object_stream(&stream, listed, offset, revision, id)?,
                Err(error) => {
                    self.unreadable(error, offset, id.number)?;
                    for member in listed {
                        self.note(AnomalyKind::UnreadableObject, offset, Some(member.number));
                    }
                }
            }
        }
        Ok(())
    }

    fn object_stream(
        &mut self,
        stream: &ObjectStream,
        listed: &[Member],
        offset: usize,
        revision: usize,
        id: Ref,
    ) -> Result<(), PdfError> {
        if stream.unchecked {
            self.note(AnomalyKind::ChecksumWrong, offset, Some(id.number));
        }
        let mut taken: Vec<Range<usize>> = Vec::new();
        taken.push(0..stream.header_end());
        let mut known = listed.iter().peekable();
        for (index, (number, _)) in (0u32..).zip(stream.members()) {
            let mut lists = false;
            while let Some(member) = known.next_if(|member| member.index <= index) {
                lists |= member.number == *number;
                if member.number != *number {
                    self.note(AnomalyKind::WrongObject, offset, Some(member.number));
                }
            }
            if !lists {
                self.note(AnomalyKind::UnlistedMember, offset, Some(*number));
            }
            match self.document.parse_member(stream, *number, index, offset) {
                Ok(value) => {
                    for (kind, _) in &value.oddities {
                        self.note(*kind, offset, Some(*number));
                    }
                    self.values(&value.object, revision, offset, Some(*number));
                    taken.push(value.span);
                }
                Err(error) => self.unreadable(error, offset, *number)?,
            }
        }
        for member in known {
            self.note(AnomalyKind::UnreadableObject, offset, Some(member.number));
        }
        let mut numbers: Vec<u32> = stream.members().iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        for pair in numbers.windows(2) {
            if let [a, b] = pair
                && a == b
            {
                self.note(AnomalyKind::DuplicateMember, offset, Some(*a));
            }
        }
        taken.sort_unstable_by_key(|span| (span.start, span.end));
        let mut covered = 0;
        let mut gaps = false;
        for span in taken
            .into_iter()
            .chain(core::iter::once(stream.data().len()..stream.data().len()))
        {
            if span.start < covered {
                self.note(AnomalyKind::OverlappingObjects, offset, Some(id.number));
            }
            let between = stream.data().get(covered..span.start).unwrap_or_default();
            // qpdf says in comments which member comes next.
            let mut lexer = Lexer::new(between, 0);
            lexer.skip_white();
            gaps |= lexer.peek().is_some();
            covered = covered.max(span.end);
        }
        if gaps {
            self.note(AnomalyKind::UnclaimedBytes, offset, Some(id.number));
        }
        Ok(())
    }

    /// `/Extends` must lead to another object stream, and never back (7.5.7).
    pub(super) fn extensions(&mut self) {
        let extends = core::mem::take(&mut self.extends);
        // 1: on the way now; 2: known to end.
        let mut state: BTreeMap<u32, u8> = BTreeMap::new();
        for start in extends.keys() {
            let mut path = Vec::new();
            let mut at = *start;
            loop {
                let next = match extends.get(&at) {
                    Some(Some(next)) => next,
                    Some(None) => break,
                    None => {
                        self.note(AnomalyKind::BadExtends, 0, path.last().copied());
                        break;
                    }
                };
                match state.insert(at, 1) {
                    Some(1) => {
                        self.note(AnomalyKind::BadExtends, 0, Some(at));
                        break;
                    }
                    Some(_) => break,
                    None => {}
                }
                path.push(at);
                at = *next;
            }
            state.extend(path.into_iter().map(|number| (number, 2)));
        }
    }
}
