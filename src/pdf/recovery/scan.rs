//! One pass over the bytes of a damaged file: which objects and trailers stand where.
//!
//! What an object contains is stepped over, so that the text of objects in a string or in a stream is not taken for
//! objects. The pass only moves forward, and reading is paid for from one [`Budget`].

use core::ops::Range;
use std::collections::{BTreeMap, VecDeque};

use super::super::error::{PdfError, PdfErrorKind};
use super::super::lexer::{Lexer, is_regular};
use super::super::object::{Dictionary, Object, Ref};
use super::super::parser::{Budget, Parser, header_at, is_boundary};
use super::mend::{self, mentions, object_ends};
use super::{RecoveryError, What};
use crate::limits::Limits;

/// The largest object number of ISO 32000-1, annex C, which many readers hold to.
pub(super) const LARGEST: u32 = 8_388_607;

/// An indirect object as it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: Ref,
    /// Where its number stands: bytes from the start of the file.
    pub(super) at: usize,
    pub(super) value: Value,
    /// The data, if it is a stream.
    pub(super) data: Option<Range<usize>>,
    /// What the stream's `/Length` refers to, if it is a reference.
    pub(super) length: Option<Ref>,
    /// The value, if it is an integer: a `/Length` of another object.
    pub(super) integer: Option<i64>,
    pub(super) kind: Kind,
    /// Why the strict reader refuses it where it stands; empty if it does not.
    pub(super) faults: Vec<What>,
}

/// The text of an object's value; of a stream, of its dictionary.
#[derive(Debug)]
pub(super) enum Value {
    /// As it stands in the file.
    Kept(Range<usize>),
    /// Written anew.
    Mended(Vec<u8>),
}

/// What an object says it is, as far as it matters here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Catalog,
    ObjectStream,
    Page,
    Section,
    Other,
}

impl Kind {
    /// The kind of `object`, whose value or stream dictionary it is.
    pub(super) fn of(object: &Object, stream: bool) -> Self {
        let name = object.as_dictionary().and_then(|d| d.find(b"Type"));
        match (name.and_then(Object::as_name), stream) {
            (Some(b"XRef"), true) => Self::Section,
            (Some(b"ObjStm"), true) => Self::ObjectStream,
            (Some(b"Catalog"), false) => Self::Catalog,
            (Some(b"Page"), false) => Self::Page,
            _ => Self::Other,
        }
    }
}

/// The part of a trailer, or of a cross-reference stream's dictionary, that a new trailer takes over.
#[derive(Debug)]
pub(super) struct Trailer {
    pub(super) root: Option<Root>,
    pub(super) info: Option<Ref>,
    pub(super) identifier: Option<Vec<u8>>,
}

/// What `/Root` is.
#[derive(Debug)]
pub(super) enum Root {
    Object(Ref),
    /// The catalog itself, as PDF syntax, where a reference should be.
    Direct(Vec<u8>),
}

/// All that was found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// In the order of the file.
    pub(super) found: Vec<Found>,
    /// Object headers after which there is no value that can be read.
    pub(super) lost: Vec<(Ref, usize)>,
    /// In the order of the file; of very many, the last.
    pub(super) trailers: VecDeque<Trailer>,
    pub(super) encrypted: bool,
    pub(super) signed: bool,
}

/// Scans `bytes` from the header on.
///
/// # Errors
/// Occurs if a limit is exceeded.
pub(super) fn scan(bytes: &[u8], header: usize, limits: &Limits) -> Result<Scan, RecoveryError> {
    let lengths = BTreeMap::new();
    let first = Scanner::new(bytes, limits, &lengths).run(header)?;
    let integers = first.found.iter().filter_map(|f| Some((f.id, f.integer?)));
    let lengths: BTreeMap<Ref, i64> = integers.collect();
    if !first.found.iter().any(|f| f.length.is_some()) {
        return Ok(first);
    }
    // Lengths may stand after the streams that refer to them: only now can those be tried.
    drop(first);
    Scanner::new(bytes, limits, &lengths).run(header)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    lengths: &'a BTreeMap<Ref, i64>,
    budget: Budget,
    scan: Scan,
    endstream: Finder,
    endobj: Finder,
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8], limits: &'a Limits, lengths: &'a BTreeMap<Ref, i64>) -> Self {
        Self {
            bytes,
            limits,
            lengths,
            budget: Budget::new(bytes.len()),
            scan: Scan::default(),
            endstream: Finder::new(b"endstream"),
            endobj: Finder::new(b"endobj"),
        }
    }

    fn run(mut self, header: usize) -> Result<Scan, RecoveryError> {
        self.scan.signed = find(self.bytes, b"/ByteRange", header).is_some();
        let mut at = header;
        while let Some(byte) = self.bytes.get(at).copied() {
            at = match byte {
                b'%' if self.starts(at, b"%%EOF") => at.saturating_add(5),
                b'%' => self.line_end(at),
                b'0'..=b'9' if self.token_starts(at) => self.number(at)?,
                b't' if self.token_starts(at) && self.starts(at, b"trailer") => {
                    self.trailer(at.saturating_add(7))?
                }
                _ => at.saturating_add(1),
            };
        }
        Ok(self.scan)
    }

    fn starts(&self, at: usize, word: &[u8]) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(word))
    }

    /// Whether a token can start here; also directly after `endobj`, which some producers do not separate.
    fn token_starts(&self, at: usize) -> bool {
        is_boundary(self.bytes, at) || self.bytes.get(..at).is_some_and(|b| b.ends_with(b"endobj"))
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let length = rest.iter().position(|b| matches!(b, b'\n' | b'\r'));
        at.saturating_add(length.unwrap_or(rest.len()))
    }

    /// A number at the top level: an object, if a header follows. Returns where to go on.
    fn number(&mut self, at: usize) -> Result<usize, RecoveryError> {
        let Some(id) = header_at(self.bytes, at).filter(|id| id.number > 0) else {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let length = rest.iter().position(|b| !is_regular(*b)).unwrap_or(rest.len());
            return Ok(at.saturating_add(length));
        };
        let known = self.scan.found.len().saturating_add(self.scan.lost.len());
        if known >= self.limits.pdf_objects {
            return Err(PdfError::new(PdfErrorKind::TooManyObjects, at).into());
        }
        self.object(id, at)
    }

    fn object(&mut self, id: Ref, at: usize) -> Result<usize, RecoveryError> {
        let depth = self.limits.depth;
        let lengths = self.lengths;
        let strict = Parser::new(self.bytes, at, depth, &self.budget).indirect(|length| {
            let known = lengths.get(&length).and_then(|l| usize::try_from(*l).ok());
            known.ok_or(PdfError::new(PdfErrorKind::BadStream, at))
        });
        match strict {
            Ok(parsed) => {
                let (object, text) = match parsed.object {
                    Object::Stream(stream) => {
                        let text = stream.dictionary.span().len();
                        (Object::Stream(stream), text)
                    }
                    other => (other, parsed.source.len()),
                };
                let text = parsed.source.start..parsed.source.start.saturating_add(text);
                let data = object.as_stream().map(|stream| stream.data.clone());
                self.note(id, at, &object, Value::Kept(text), data, Vec::new());
                Ok(parsed.span.end)
            }
            Err(e) if e.kind == PdfErrorKind::TooMuchWork => Err(e.into()),
            Err(_) => self.damaged(id, at),
        }
    }

    /// An object that the strict reader refuses.
    fn damaged(&mut self, id: Ref, at: usize) -> Result<usize, RecoveryError> {
        let mut parser = Parser::new(self.bytes, at, self.limits.depth, &self.budget);
        parser.header();
        let after_header = parser.lexer.position;
        let mut faults = Vec::new();
        let (object, value, end) = match parser.outer_value() {
            Ok((object, span)) => (object, Value::Kept(span.clone()), span.end),
            Err(e) if e.kind == PdfErrorKind::TooMuchWork => return Err(e.into()),
            Err(_) => {
                let mended = mend::value(self.bytes, after_header, self.limits.depth, &self.budget)
                    .map_err(|kind| PdfError::new(kind, at))?;
                let Some(mended) = mended else {
                    self.scan.lost.push((id, at));
                    return Ok(after_header);
                };
                let Ok((object, _)) =
                    Parser::new(&mended.text, 0, self.limits.depth, &self.budget).outer_value()
                else {
                    self.scan.lost.push((id, at));
                    return Ok(after_header);
                };
                faults.push(What::Value);
                (object, Value::Mended(mended.text), mended.end)
            }
        };
        let mut lexer = Lexer::new(self.bytes, end);
        lexer.skip_white();
        let mut data = None;
        if let Some(dictionary) = object.as_dictionary()
            && lexer.take(b"stream")
        {
            let range = self.data(&mut lexer, dictionary, &mut faults)?;
            data = Some(range);
            lexer.skip_white();
        }
        if !lexer.take(b"endobj") {
            faults.push(What::Endobj);
        }
        if faults.is_empty() {
            // Something the strict reader refuses without one of the names above, such as a word glued to `endobj`.
            faults.push(What::Endobj);
        }
        let end = lexer.position.max(after_header);
        self.note(id, at, &object, value, data, faults);
        Ok(end)
    }

    /// The data of a stream, from after the word `stream`. Leaves `lexer` after `endstream`.
    fn data(
        &mut self,
        lexer: &mut Lexer<'_>,
        dictionary: &Dictionary,
        faults: &mut Vec<What>,
    ) -> Result<Range<usize>, RecoveryError> {
        let after = lexer.position;
        if !lexer.take(b"\r\n") && !lexer.take(b"\n") {
            while lexer.peek() == Some(b' ') {
                lexer.position += 1;
            }
            lexer.end_of_line();
            faults.push(What::StreamLine);
        }
        let start = lexer.position;
        let written = match dictionary.find(b"Length") {
            Some(Object::Integer(length)) => Some(*length),
            Some(Object::Reference(id)) => self.lengths.get(id).copied(),
            _ => None,
        };
        if let Some(end) = written.and_then(|l| start.checked_add(usize::try_from(l).ok()?)) {
            let mut there = Lexer::new(self.bytes, end);
            there.skip_blank();
            if end <= self.bytes.len() && there.take(b"endstream") {
                lexer.position = there.position;
                return Ok(start..end);
            }
        }
        let pay = |kind| RecoveryError::from(PdfError::new(kind, after));
        let endstream = self
            .endstream
            .next(self.bytes, start, &self.budget)
            .map_err(pay)?;
        let endobj = self.endobj.next(self.bytes, start, &self.budget).map_err(pay)?;
        let over = |at: usize| {
            let mut lexer = Lexer::new(self.bytes, at.saturating_add(6));
            lexer.skip_white();
            object_ends(self.bytes, lexer.position)
        };
        let end = match (endstream, endobj) {
            (Some(end), Some(first)) if first < end && over(first) => (first, false),
            (Some(end), _) => (end, true),
            (None, Some(first)) if over(first) => (first, false),
            _ => (self.bytes.len(), false),
        };
        let (word, closed) = end;
        lexer.position = word;
        if closed {
            lexer.take(b"endstream");
        } else {
            faults.push(What::Endstream);
        }
        let data = self.bytes.get(start..word).unwrap_or_default();
        // The line end before the word is not part of the data (7.3.8.1).
        let line = [&b"\r\n"[..], b"\n", b"\r"];
        let line = line
            .iter()
            .find(|end| data.ends_with(end))
            .map_or(0, |end| end.len());
        let end = if closed || endobj == Some(word) {
            word.saturating_sub(line)
        } else {
            word
        };
        faults.push(What::Length {
            written,
            data: end.saturating_sub(start),
        });
        Ok(start..end)
    }

    fn note(
        &mut self,
        id: Ref,
        at: usize,
        object: &Object,
        value: Value,
        data: Option<Range<usize>>,
        faults: Vec<What>,
    ) {
        let dictionary = object.as_dictionary();
        let kind = Kind::of(object, data.is_some());
        if let Some(dictionary) = dictionary {
            if kind == Kind::Section {
                self.take_over(dictionary, self.text(&value).to_vec());
            }
            // What an encryption dictionary looks like, should the trailer that names it be lost.
            let has = |key: &[u8]| dictionary.find(key).is_some_and(|v| v.as_string().is_some());
            self.scan.encrypted |= dictionary.is_name(b"Filter", b"Standard") && has(b"O") && has(b"U");
        }
        self.scan.signed |= mentions(object, b"ByteRange");
        self.scan.found.push(Found {
            id,
            at,
            length: match dictionary.and_then(|d| d.find(b"Length")) {
                Some(Object::Reference(id)) if data.is_some() => Some(*id),
                _ => None,
            },
            integer: object.as_integer(),
            value,
            data,
            kind,
            faults,
        });
    }

    fn text<'v>(&'v self, value: &'v Value) -> &'v [u8] {
        match value {
            Value::Kept(range) => self.bytes.get(range.clone()).unwrap_or_default(),
            Value::Mended(text) => text,
        }
    }

    /// The trailer dictionary at `at`, after the word. Returns where to go on.
    fn trailer(&mut self, at: usize) -> Result<usize, RecoveryError> {
        let mut parser = Parser::new(self.bytes, at, self.limits.depth, &self.budget);
        let (object, text, end) = match parser.outer_value() {
            Ok((object, span)) => {
                let text = self.bytes.get(span.clone()).unwrap_or_default().to_vec();
                (Some(object), text, span.end)
            }
            Err(e) if e.kind == PdfErrorKind::TooMuchWork => return Err(e.into()),
            Err(_) => match mend::value(self.bytes, at, self.limits.depth, &self.budget)
                .map_err(|kind| PdfError::new(kind, at))?
            {
                None => (None, Vec::new(), at),
                Some(mended) => {
                    let mut parser = Parser::new(&mended.text, 0, self.limits.depth, &self.budget);
                    (
                        parser.outer_value().ok().map(|(object, _)| object),
                        mended.text,
                        mended.end,
                    )
                }
            },
        };
        if let Some(Object::Dictionary(dictionary)) = &object {
            self.take_over(dictionary, text);
        }
        Ok(end.max(at))
    }

    fn take_over(&mut self, dictionary: &Dictionary, text: Vec<u8>) {
        self.scan.encrypted |= dictionary.find(b"Encrypt").is_some_and(|o| !o.is_null());
        if self.scan.trailers.len() >= self.limits.pdf_revisions {
            self.scan.trailers.pop_front();
        }
        let first = dictionary
            .find(b"ID")
            .and_then(Object::as_array)
            .and_then(<[Object]>::first);
        self.scan.trailers.push_back(Trailer {
            root: dictionary.entry(b"Root").and_then(|entry| match &entry.value {
                Object::Reference(id) => Some(Root::Object(*id)),
                Object::Dictionary(_) => Some(Root::Direct(text.get(entry.span.clone())?.to_vec())),
                _ => None,
            }),
            info: dictionary.find(b"Info").and_then(Object::as_reference),
            identifier: first.and_then(Object::as_string).map(|s| s.bytes.clone()),
        });
    }
}

/// Where a word stands next. Asked with rising positions, it looks at every byte once.
#[derive(Debug)]
struct Finder {
    word: &'static [u8],
    /// The answer for every position from `from` on up to the answer itself.
    known: Option<(usize, Option<usize>)>,
}

impl Finder {
    fn new(word: &'static [u8]) -> Self {
        Self { word, known: None }
    }

    fn next(&mut self, bytes: &[u8], from: usize, budget: &Budget) -> Result<Option<usize>, PdfErrorKind> {
        if let Some((since, answer)) = self.known
            && from >= since
            && answer.is_none_or(|at| at >= from)
        {
            return Ok(answer);
        }
        let answer = find(bytes, self.word, from);
        budget.pay(answer.unwrap_or(bytes.len()).saturating_sub(from))?;
        self.known = Some((from, answer));
        Ok(answer)
    }
}

/// Where `word` stands first from `from` on.
pub(super) fn find(bytes: &[u8], word: &[u8], from: usize) -> Option<usize> {
    let first = *word.first()?;
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        at = at.checked_add(rest.iter().position(|b| *b == first)?)?;
        if bytes.get(at..)?.starts_with(word) {
            return Some(at);
        }
        at = at.checked_add(1)?;
    }
}
