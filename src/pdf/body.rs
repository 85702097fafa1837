//! The text of an object to be written, and which parts of it stand in the file already.

use core::ops::Range;
use std::sync::Arc;

/// PDF syntax for the value of one object.
///
/// In an encrypted file the strings and stream data of what is new are encrypted when it is written; what is *kept* is
/// written as it is: ciphertext copied from the same object, or the value of a signature. Plain bytes are new: write
/// `update.put(id, b"(text)")`.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Stands in place of `text`: what many bodies have in common and is not copied before it is written.
    shared: Option<Arc<[u8]>>,
    text: Vec<u8>,
    /// In order, not empty, not overlapping.
    kept: Vec<Range<usize>>,
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        (self.text(), &self.kept) == (other.text(), &other.kept)
    }
}

impl Eq for Body {}

impl Body {
    /// Text that is written as it is. It begins and ends between tokens.
    #[must_use]
    pub fn kept(text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        let all = 0..text.len();
        let kept = if all.is_empty() { vec![] } else { vec![all] };
        Self {
            text,
            kept,
            shared: None,
        }
    }

    /// Text that many bodies have in common, none of it kept.
    #[cfg(any(feature = "seal", test))]
    pub(crate) fn shared(text: Arc<[u8]>) -> Self {
        Self {
            shared: Some(text),
            ..Self::default()
        }
    }

    /// The text to be changed.
    fn own(&mut self) -> &mut Vec<u8> {
        if let Some(shared) = self.shared.take() {
            self.text = shared.to_vec();
        }
        &mut self.text
    }

    /// Text copied from the object that is written: kept if it is encrypted there.
    pub(super) fn copied(text: &[u8], encrypted: bool) -> Self {
        if encrypted {
            Self::kept(text)
        } else {
            Self::from(text)
        }
    }

    /// Adds `more` at the end.
    pub fn push(&mut self, more: impl Into<Self>) -> &mut Self {
        self.append(&more.into());
        self
    }

    /// Adds a copy of `more` at the end.
    pub(super) fn append(&mut self, more: &Self) {
        let start = self.text().len();
        let shifted =
            |range: &Range<usize>| start.saturating_add(range.start)..start.saturating_add(range.end);
        self.kept.extend(more.kept.iter().map(shifted));
        self.own().extend_from_slice(more.text());
    }

    /// Adds at the end what `write` adds to the text, none of it kept.
    pub(crate) fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        write(self.own());
        self
    }

    /// As [`write`](Self::write), all of it kept.
    pub(crate) fn write_kept(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        let text = self.own();
        let start = text.len();
        write(text);
        let end = text.len();
        if start < end {
            self.kept.push(start..end);
        }
        self
    }

    /// An empty text with room for `length` bytes.
    pub(crate) fn with_capacity(length: usize) -> Self {
        Self {
            text: Vec::with_capacity(length),
            ..Self::default()
        }
    }

    /// Takes `last` from the end, if it stands there.
    pub(super) fn pop(&mut self, last: u8) -> bool {
        if self.text().last() != Some(&last) {
            return false;
        }
        let text = self.own();
        text.pop();
        let end = text.len();
        if let Some(range) = self.kept.last_mut() {
            range.end = range.end.min(end);
        }
        self.kept.pop_if(|range| Range::is_empty(range));
        true
    }

    /// The text, not encrypted.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        self.shared.as_deref().unwrap_or(&self.text)
    }

    /// The parts of the text that are written as they are.
    pub(super) fn kept_ranges(&self) -> &[Range<usize>] {
        &self.kept
    }

    /// Whether the byte at `position` of the text is kept.
    pub(super) fn keeps(&self, position: usize) -> bool {
        let after = self.kept.partition_point(|range| range.end <= position);
        self.kept
            .get(after)
            .is_some_and(|range| range.contains(&position))
    }

    /// The text with `splices` (in order, between the kept parts) put in, and where the kept parts are then.
    pub(super) fn spliced(&self, splices: &[(Range<usize>, Vec<u8>)]) -> (Vec<u8>, Vec<Range<usize>>) {
        let mut output =
            Vec::with_capacity(self.text().len() + splices.iter().map(|s| s.1.len()).sum::<usize>());
        let mut kept = Vec::with_capacity(self.kept.len());
        let mut waiting = self.kept.iter().peekable();
        let mut at = 0;
        let end = self.text().len();
        for (range, new) in splices
            .iter()
            .map(|(r, n)| (r.clone(), n.as_slice()))
            .chain([(end..end, &[][..])])
        {
            while let Some(part) = waiting.next_if(|part| part.end <= range.start) {
                let shifted = |place: usize| output.len() + (place - at.min(place));
                kept.push(shifted(part.start)..shifted(part.end));
            }
            output.extend_from_slice(self.text().get(at..range.start).unwrap_or_default());
            output.extend_from_slice(new);
            at = range.end;
        }
        (output, kept)
    }
}

impl<T: AsRef<[u8]> + ?Sized> From<&T> for Body {
    fn from(text: &T) -> Self {
        Self::from(text.as_ref().to_vec())
    }
}

impl From<Vec<u8>> for Body {
    fn from(text: Vec<u8>) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_copied_when_it_is_changed() {
        let text: Arc<[u8]> = Arc::from(&b"<<>>"[..]);
        let shared = Body::shared(Arc::clone(&text));
        let mut changed = shared.clone();
        assert!(changed.pop(b'>'));
        changed.push(b" ").push(&b">"[..]);
        assert_eq!((shared.text(), changed.text()), (&b"<<>>"[..], &b"<<> >"[..]));
        assert_eq!((shared, Arc::strong_count(&text)), (Body::from(b"<<>>"), 2));
    }

    #[test]
    fn kept_parts_are_found_again_after_others_grow_or_shrink() {
        let mut body = Body::from(b"<<(a)");
        body.push(Body::kept(b"<00>"))
            .push(b"(b)")
            .push(Body::kept(b"(k)"))
            .push(b">>");
        assert_eq!(body.text(), b"<<(a)<00>(b)(k)>>");
        assert!(!body.keeps(4) && body.keeps(5) && body.keeps(8) && !body.keeps(9) && body.keeps(12));
        let splices = [(2..5, b"<616161>".to_vec()), (9..12, b"".to_vec())];
        let (text, kept) = body.spliced(&splices);
        assert_eq!(text, b"<<<616161><00>(k)>>");
        let parts: Vec<_> = kept.into_iter().map(|range| &text[range]).collect();
        assert_eq!(parts, [&b"<00>"[..], b"(k)"]);
        assert_eq!(
            body.spliced(&[]),
            (body.text().to_vec(), body.kept_ranges().to_vec())
        );
    }
}
