//! Values and indirect objects, with spans (ISO 32000-2, 7.3).

use core::cell::Cell;
use core::ops::Range;

use super::error::{AnomalyKind, PdfError, PdfErrorKind};
use super::lexer::{Lexer, is_regular, is_white};
use super::memory::{Held, Memory, allocation};
use super::object::{BODY, Dictionary, DictionaryEntry, Object, Ref, Str, Stream};

/// Depth beyond which we never go, whatever the caller's limit says: parsing is recursive, and stacks are small.
const DEPTH: usize = 256;

/// Bytes of memory of an allocation beyond what is asked for, at most.
const ALLOCATION: usize = 32;

/// Bytes of memory of an entry of a dictionary, with its place in the index of a large one.
const ENTRY: usize = size_of::<DictionaryEntry>() + size_of::<u32>();

/// What reading one file may still cost. Objects can overlap (a string may hold the text of a thousand objects, each
/// with an entry of its own), so the sum of all parsing is bounded, not only each object.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: Cell<usize>,
    pub(super) memory: Memory,
}

impl Budget {
    /// The allowance for a file of `length` bytes.
    pub(super) fn new(length: usize) -> Self {
        let budget = Self {
            bytes: Cell::new(1 << 20),
            memory: Memory::new(length),
        };
        budget.extend(length);
        budget
    }

    /// Allows for `length` more bytes, decoded from a stream. Honest readers read a byte a few times at most.
    pub(super) fn extend(&self, length: usize) {
        self.bytes
            .set(self.bytes.get().saturating_add(length.saturating_mul(8)));
    }

    /// Pays for `length` bytes that were read.
    pub(super) fn pay(&self, length: usize) -> Result<(), PdfErrorKind> {
        let left = self.bytes.get().checked_sub(length);
        self.bytes.set(left.unwrap_or(0));
        left.map(drop).ok_or(PdfErrorKind::TooMuchWork)
    }
}

/// A value as it stands in the file or in a decoded object stream.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) object: Object,
    /// Bytes from the start of the input.
    pub(super) span: Range<usize>,
    /// What is odd about it, and where: bytes from the start of the input.
    pub(super) oddities: Vec<(AnomalyKind, usize)>,
    /// The memory it takes.
    pub(super) held: Held,
}

/// An indirect object as it stands in the file.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) id: Ref,
    pub(super) object: Object,
    /// The value: from its first byte to after its last, `endstream` included.
    pub(super) source: Range<usize>,
    /// From the object number to after `endobj`.
    pub(super) span: Range<usize>,
    /// What `/Length` refers to, if it is a reference.
    pub(super) length: Option<Ref>,
    /// What is odd about it, and where: bytes from the start of the file.
    pub(super) oddities: Vec<(AnomalyKind, usize)>,
    /// The memory it takes.
    pub(super) held: Held,
}

/// Reads values from `bytes` and charges `budget`.
pub(super) struct Parser<'b> {
    pub(super) lexer: Lexer<'b>,
    /// Where spans count from.
    origin: usize,
    budget: &'b Budget,
    depth: usize,
    /// Bytes of memory the value being read may still take.
    room: usize,
}

impl<'b> Parser<'b> {
    /// A parser at `position` of `bytes`, spans counting from the first value read.
    pub(super) fn new(bytes: &'b [u8], position: usize, depth: usize, budget: &'b Budget) -> Self {
        Self {
            lexer: Lexer::new(bytes, position),
            origin: position,
            budget,
            depth: depth.min(DEPTH),
            room: 0,
        }
    }

    /// The next value, after white space, and where it stands: bytes from the start of the input. Spans inside it
    /// count from its own start. It is not to be kept: the memory it takes is not counted any more.
    pub(super) fn outer_value(&mut self) -> Result<(Object, Range<usize>), PdfError> {
        self.counted_value().map(|value| (value.object, value.span))
    }

    /// As [`outer_value`](Self::outer_value), with what it takes.
    pub(super) fn counted_value(&mut self) -> Result<Value, PdfError> {
        self.lexer.skip_white();
        let start = self.lexer.position;
        self.origin = start;
        // What is read is paid for afterwards, so once nothing is left nothing must be read.
        self.budget.pay(1).map_err(|kind| self.lexer.error(kind))?;
        let room = self.budget.memory.room();
        self.room = room;
        let value = self.value(self.depth);
        self.budget
            .pay(self.lexer.position - start)
            .map_err(|kind| self.lexer.error(kind))?;
        Ok(Value {
            object: value?,
            span: start..self.lexer.position,
            oddities: self
                .lexer
                .odd_name
                .take()
                .map(|at| (AnomalyKind::NameEscape, at))
                .into_iter()
                .collect(),
            held: self.budget.memory.hold(room.saturating_sub(self.room)),
        })
    }

    /// Takes `bytes` of memory for the value being read.
    fn take(&mut self, bytes: usize) -> Result<(), PdfError> {
        let left = self.room.checked_sub(bytes);
        self.room = left.ok_or_else(|| self.lexer.error(PdfErrorKind::TooMuchMemory))?;
        Ok(())
    }

    /// The indirect object at exactly this position. `length` finds the integer that `/Length` refers to.
    pub(super) fn indirect(
        &mut self,
        length: impl FnOnce(Ref) -> Result<usize, PdfError>,
    ) -> Result<Parsed, PdfError> {
        let start = self.lexer.position;
        let id = self
            .header()
            .ok_or_else(|| PdfError::new(PdfErrorKind::BadObjectHeader, start))?;
        let value = self.counted_value()?;
        let (object, mut source) = (value.object, value.span);
        let mut parsed = Parsed {
            id,
            object: Object::Null,
            source: source.clone(),
            span: start..start,
            length: None,
            oddities: value.oddities,
            held: value.held,
        };
        self.lexer.skip_white();
        parsed.object = match object {
            Object::Dictionary(dictionary) if self.lexer.keyword(b"stream") => {
                let at = self.lexer.position;
                let bad = || PdfError::new(PdfErrorKind::BadStream, at);
                let size = match dictionary.find(b"Length") {
                    Some(Object::Integer(size)) => usize::try_from(*size).map_err(|_| bad())?,
                    Some(Object::Reference(id)) => {
                        parsed.length = Some(*id);
                        length(*id)?
                    }
                    _ => return Err(bad()),
                };
                // A lone CR is not allowed here (7.3.8.1): the next byte could be data or the other half of the line end.
                if !self.lexer.take(b"\r\n") && !self.lexer.take(b"\n") {
                    return Err(bad());
                }
                let first = self.lexer.position;
                let end = first.checked_add(size).ok_or_else(bad)?;
                if self.lexer.rest().len() < size {
                    return Err(bad());
                }
                self.lexer.position = end;
                // One line end, which is not data, should stand here (7.3.8.1), and by some producers none does.
                self.lexer.end_of_line();
                if self.lexer.peek().is_some_and(is_white) {
                    parsed.oddities.push((AnomalyKind::StreamEndInexact, end));
                }
                self.lexer.skip_blank();
                if !self.lexer.keyword(b"endstream") {
                    return Err(PdfError::new(PdfErrorKind::BadStream, end));
                }
                source.end = self.lexer.position;
                self.lexer.skip_white();
                Object::Stream(Box::new(Stream::new(dictionary, first..end, id)))
            }
            other => other,
        };
        if !self.lexer.keyword(b"endobj") {
            return Err(self.lexer.error(PdfErrorKind::NoEndobj));
        }
        parsed.source = source;
        parsed.span = start..self.lexer.position;
        Ok(parsed)
    }

    /// `number generation obj`, if it is next.
    pub(super) fn header(&mut self) -> Option<Ref> {
        let number = u32::try_from(self.lexer.digits(10)?).ok()?;
        self.lexer.skip_white();
        let generation = u16::try_from(self.lexer.digits(5)?).ok()?;
        self.lexer.skip_white();
        // No delimiter is needed after `obj`, and some producers write `obj<<` or even `obj12`; the latter is refused.
        (self.lexer.keyword(b"obj")).then_some(Ref { number, generation })
    }

    fn value(&mut self, depth: usize) -> Result<Object, PdfError> {
        let Some(byte) = self.lexer.peek() else {
            return Err(self.lexer.error(PdfErrorKind::UnexpectedEnd));
        };
        let start = self.lexer.position;
        match byte {
            b'/' => {
                self.lexer.position += 1;
                let name = self.lexer.name();
                self.take(name.heap())?;
                Ok(Object::Name(name))
            }
            b'(' => {
                self.lexer.position += 1;
                let string = self.lexer.literal_string()?;
                self.string(string)
            }
            b'<' => {
                self.lexer.position += 1;
                if self.lexer.take(b"<") {
                    return self
                        .dictionary(start, self.deeper(depth)?)
                        .map(Object::Dictionary);
                }
                let string = self.lexer.hex_string()?;
                self.string(string)
            }
            b'[' => {
                self.lexer.position += 1;
                self.array(self.deeper(depth)?).map(Object::Array)
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => {
                let number = self.lexer.number_or_reference()?;
                if let Object::Real(real) = &number {
                    self.take(allocation(real.text().len()))?;
                }
                Ok(number)
            }
            _ if self.lexer.keyword(b"true") => Ok(Object::Boolean(true)),
            _ if self.lexer.keyword(b"false") => Ok(Object::Boolean(false)),
            _ if self.lexer.keyword(b"null") => Ok(Object::Null),
            _ => Err(self.lexer.error(PdfErrorKind::BadKeyword)),
        }
    }

    fn string(&mut self, string: Str) -> Result<Object, PdfError> {
        self.take(allocation(size_of::<Str>()).saturating_add(allocation(string.bytes.len())))?;
        Ok(Object::String(Box::new(string)))
    }

    fn deeper(&self, depth: usize) -> Result<usize, PdfError> {
        depth
            .checked_sub(1)
            .ok_or_else(|| self.lexer.error(PdfErrorKind::TooDeep))
    }

    fn array(&mut self, depth: usize) -> Result<Box<[Object]>, PdfError> {
        let mut items = Vec::new();
        loop {
            self.lexer.skip_white();
            if self.lexer.take(b"]") {
                self.take(ALLOCATION)?;
                return Ok(items.into_boxed_slice());
            }
            self.take(size_of::<Object>())?;
            items.push(self.value(depth)?);
        }
    }

    fn dictionary(&mut self, start: usize, depth: usize) -> Result<Dictionary, PdfError> {
        let mut entries = Vec::new();
        loop {
            self.lexer.skip_white();
            if self.lexer.take(b">>") {
                self.take(BODY)?;
                return Ok(Dictionary::new(entries, self.relative(start)));
            }
            let key_start = self.lexer.position;
            if !self.lexer.take(b"/") {
                return Err(self.lexer.error(match self.lexer.peek() {
                    Some(_) => PdfErrorKind::BadDictionary,
                    None => PdfErrorKind::UnexpectedEnd,
                }));
            }
            let key = self.lexer.name();
            self.take(ENTRY.saturating_add(key.heap()))?;
            let key_span = self.relative(key_start);
            self.lexer.skip_white();
            let value_start = self.lexer.position;
            if self.lexer.peek() == Some(b'>') {
                return Err(self.lexer.error(PdfErrorKind::BadDictionary));
            }
            let value = self.value(depth)?;
            entries.push(DictionaryEntry {
                key,
                key_span,
                value,
                span: self.relative(value_start),
            });
        }
    }

    fn relative(&self, start: usize) -> Range<usize> {
        start.saturating_sub(self.origin)..self.lexer.position.saturating_sub(self.origin)
    }
}

/// Whether `number generation obj` stands at exactly `position`: which object, without reading it.
pub(super) fn header_at(bytes: &[u8], position: usize) -> Option<Ref> {
    let budget = Budget::new(0);
    Parser::new(bytes, position, 0, &budget).header()
}

/// Whether the byte before `position` ends a token, so that a token can start there.
pub(super) fn is_boundary(bytes: &[u8], position: usize) -> bool {
    let before = position.checked_sub(1).and_then(|i| bytes.get(i));
    !before.copied().is_some_and(is_regular)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Parsed, PdfErrorKind> {
        let budget = Budget::new(bytes.len());
        Parser::new(bytes, 0, 8, &budget)
            .indirect(|_| Ok(3))
            .map_err(|e| e.kind)
    }

    #[test]
    fn spans_are_relative_to_the_value_and_cover_the_token_exactly() {
        let bytes = b"7 0 obj % c\n <</Contents <00> /Sub<</ByteRange [0 1 2 3]>>>>endobj";
        let parsed = parse(bytes).unwrap();
        let source = &bytes[parsed.source.clone()];
        let dictionary = parsed.object.as_dictionary().unwrap();
        assert_eq!(dictionary.span(), 0..source.len());
        let contents = dictionary.entry(b"Contents").unwrap();
        assert_eq!(&source[contents.span.clone()], b"<00>");
        assert_eq!(&source[contents.key_span.clone()], b"/Contents");
        let sub = dictionary.find(b"Sub").and_then(Object::as_dictionary).unwrap();
        assert_eq!(&source[sub.span()], b"<</ByteRange [0 1 2 3]>>");
        assert_eq!(
            &source[sub.entry(b"ByteRange").unwrap().span.clone()],
            b"[0 1 2 3]"
        );
    }

    #[test]
    fn stream_data_are_exactly_length_bytes() {
        let bytes = b"1 0 obj<</Length 3>>stream\r\nabc\nendstream endobj";
        let Object::Stream(stream) = parse(bytes).unwrap().object else {
            panic!("no stream")
        };
        assert_eq!(&bytes[stream.data], b"abc");
        assert_eq!(
            parse(b"1 0 obj<</Length 9 0 R>>stream\nabcendstream endobj")
                .unwrap()
                .length,
            Some(Ref::new(9, 0))
        );
        for bad in [
            &b"1 0 obj<</Length 2>>stream\nabc\nendstream endobj"[..],
            b"1 0 obj<</Length 4>>stream\nabc\nendstreem endobj",
            b"1 0 obj<</Length 400>>stream\nabc\nendstream endobj",
            b"1 0 obj<</Length -1>>stream\nabc\nendstream endobj",
            b"1 0 obj<</Length 3>>stream\rabc\nendstream endobj",
            b"1 0 obj<<>>stream\nabc\nendstream endobj",
        ] {
            assert_eq!(
                parse(bad).unwrap_err(),
                PdfErrorKind::BadStream,
                "{}",
                bad.escape_ascii()
            );
        }
    }

    #[test]
    fn malformed_objects_are_refused_by_kind() {
        for (bytes, kind) in [
            (&b"1 0 obj<</A>>endobj"[..], PdfErrorKind::BadDictionary),
            (b"1 0 obj<<A 1>>endobj", PdfErrorKind::BadDictionary),
            (b"1 0 obj<</A 1", PdfErrorKind::UnexpectedEnd),
            (b"1 0 obj[1 2", PdfErrorKind::UnexpectedEnd),
            (b"1 0 obj[1 2}", PdfErrorKind::BadKeyword),
            (b"1 0 obj(x) endobjx", PdfErrorKind::NoEndobj),
            (b"1 0 obj nil endobj", PdfErrorKind::BadKeyword),
            (b"1 0 ob 1 endobj", PdfErrorKind::BadObjectHeader),
            (b"-1 0 obj 1 endobj", PdfErrorKind::BadObjectHeader),
            (b"1 0 obj[[[[[[[[[1]]]]]]]]]endobj", PdfErrorKind::TooDeep),
        ] {
            assert_eq!(parse(bytes).unwrap_err(), kind, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn overlapping_objects_exhaust_the_budget_instead_of_the_clock() {
        let mut bytes = b"1 0 obj (".repeat(1000);
        bytes.extend([b')'; 1000]);
        let budget = Budget::new(bytes.len());
        let mut kinds = Vec::new();
        for round in 0..100_000 {
            let at = round % 1000 * 9;
            match Parser::new(&bytes, at, 8, &budget).indirect(|_| Ok(0)) {
                Err(e) if e.kind == PdfErrorKind::TooMuchWork => return,
                Err(e) => kinds.push(e.kind),
                Ok(_) => {}
            }
        }
        panic!("budget not exhausted: {}", kinds.len());
    }
}
