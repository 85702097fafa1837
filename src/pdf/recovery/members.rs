//! The objects of an object stream, read as far as they can be (ISO 32000-2, 7.5.7).

use core::ops::Range;

use super::super::error::{PdfError, PdfErrorKind};
use super::super::filter;
use super::super::lexer::Lexer;
use super::super::object::Object;
use super::super::parser::{Budget, Parser};
use super::RecoveryError;
use super::mend::{self, mentions};
use super::scan::{Found, Kind, Value};
use crate::limits::Limits;

/// A decoded object stream.
#[derive(Debug)]
pub(super) struct Container {
    /// Its object number.
    pub(super) number: u32,
    /// Where it stands: bytes from the start of the file.
    pub(super) at: usize,
    pub(super) data: Vec<u8>,
    pub(super) members: Vec<Member>,
    pub(super) signed: bool,
}

/// An object in it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) number: u32,
    /// Its value; `Kept` counts from the start of the decoded data.
    pub(super) value: Value,
    pub(super) integer: Option<i64>,
    pub(super) kind: Kind,
    /// Whether the strict reader finds it in its place.
    pub(super) sound: bool,
}

/// Reads the object stream `found`, whose value is `text` and whose encoded data are `raw`. `None` if the data do not
/// decode, or have no header at all.
///
/// # Errors
/// Occurs if a limit is exceeded.
pub(super) fn read(
    found: &Found,
    text: &[u8],
    raw: &[u8],
    limits: &Limits,
    budget: &Budget,
    left: usize,
) -> Result<Option<Container>, RecoveryError> {
    let too_much = |kind| RecoveryError::from(PdfError::new(kind, found.at));
    let Ok((object, _)) = Parser::new(text, 0, limits.depth, budget).outer_value() else {
        return Ok(None);
    };
    let Some(dictionary) = object.as_dictionary() else {
        return Ok(None);
    };
    let decoded = filter::filters(dictionary, |object| Ok(object.clone()))
        .map_err(|e| e.kind)
        .and_then(|filters| filter::decode(raw, &filters, left.min(limits.pdf_stream_bytes)));
    let data = match decoded {
        Ok(decoded) => decoded.data,
        Err(kind @ PdfErrorKind::TooMuchDecoded) => return Err(too_much(kind)),
        Err(_) => return Ok(None),
    };
    budget.extend(data.len());
    let integer = |key: &[u8]| {
        let value = dictionary.find(key).and_then(Object::as_integer);
        value.and_then(|v| usize::try_from(v).ok())
    };
    let Some(first) = integer(b"First").filter(|first| *first <= data.len()) else {
        return Ok(None);
    };
    let pairs = pairs(data.get(..first).unwrap_or_default());
    // The strict reader wants as many pairs as `/N` says; those after them it does not see.
    let count = integer(b"N").filter(|n| *n <= pairs.len());
    if pairs.len() > limits.pdf_objects {
        return Err(too_much(PdfErrorKind::TooManyObjects));
    }
    let mut container = Container {
        number: found.id.number,
        at: found.at,
        data: Vec::new(),
        members: Vec::new(),
        signed: false,
    };
    let fits = |offset: usize| first.checked_add(offset).filter(|p| *p <= data.len());
    let header = count.filter(|n| pairs.iter().take(*n).all(|(_, offset)| fits(*offset).is_some()));
    for (index, (number, offset)) in pairs.into_iter().enumerate() {
        let listed = header.is_some_and(|n| index < n);
        let member = match fits(offset) {
            Some(position) => member(&data, number, position, listed, limits, budget)?,
            None => Lost,
        };
        if let Read(member, signed) = member {
            container.signed |= signed;
            container.members.push(member);
        } else {
            // Keeps the places of those after it.
            container.members.push(Member {
                number: 0,
                value: Value::Mended(Vec::new()),
                integer: None,
                kind: Kind::Other,
                sound: false,
            });
        }
    }
    container.data = data;
    Ok(Some(container))
}

enum Outcome {
    Read(Member, bool),
    Lost,
}
use Outcome::{Lost, Read};

/// The pairs of number and offset at the beginning of `header`.
fn pairs(header: &[u8]) -> Vec<(u32, usize)> {
    let mut lexer = Lexer::new(header, 0);
    let mut pairs = Vec::new();
    loop {
        lexer.skip_white();
        let number = lexer.digits(10).and_then(|n| u32::try_from(n).ok());
        lexer.skip_white();
        let offset = lexer.digits(10).and_then(|n| usize::try_from(n).ok());
        let (Some(number), Some(offset)) = (number, offset) else {
            return pairs;
        };
        pairs.push((number, offset));
    }
}

fn member(
    data: &[u8],
    number: u32,
    position: usize,
    listed: bool,
    limits: &Limits,
    budget: &Budget,
) -> Result<Outcome, RecoveryError> {
    let read = |text: &[u8], position| -> Result<Option<(Object, Range<usize>)>, RecoveryError> {
        match Parser::new(text, position, limits.depth, budget).outer_value() {
            Ok(read) => Ok(Some(read)),
            Err(e) if e.kind == PdfErrorKind::TooMuchWork => Err(e.into()),
            Err(_) => Ok(None),
        }
    };
    let (object, value, end) = match read(data, position)? {
        Some((object, range)) => (object, Value::Kept(range.clone()), range.end),
        None => {
            let mended = mend::value(data, position, limits.depth, budget)
                .map_err(|kind| PdfError::new(kind, position))?;
            let Some(mended) = mended else { return Ok(Lost) };
            let Some((object, _)) = read(&mended.text, 0)? else {
                return Ok(Lost);
            };
            (object, Value::Mended(mended.text), mended.end)
        }
    };
    let rest = data.get(end..).unwrap_or_default();
    // A stream cannot stand in an object stream (7.5.7): without its data the dictionary would be another object.
    if rest.trim_ascii_start().starts_with(b"stream") {
        return Ok(Lost);
    }
    let signed = mentions(&object, b"ByteRange");
    let member = Member {
        number,
        sound: listed && matches!(value, Value::Kept(_)),
        value,
        integer: object.as_integer(),
        kind: Kind::of(&object, false),
    };
    Ok(Read(member, signed))
}
