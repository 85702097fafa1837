//! A malformed value, written again so that the strict reader accepts it.
//!
//! Tokens are copied as they stand. What is no token of 7.2 and 7.3 becomes `null` (a malformed number 0), what is left
//! open is closed where the object ends, a key without a value gets `null`. Nothing else is guessed.

use super::super::lexer::{Lexer, hex_digit, is_delimiter, is_regular};
use super::super::object::Object;
use super::super::parser::{Budget, header_at, is_boundary};
use super::super::{PdfErrorKind, edit::write_name};

/// A value written anew, and where reading it stopped.
#[derive(Debug)]
pub(super) struct Mended {
    pub(super) text: Vec<u8>,
    /// After the last byte of the old value.
    pub(super) end: usize,
}

/// The words at which an object ends, whether or not its value did.
const ENDS: [&[u8]; 6] = [
    b"endobj",
    b"endstream",
    b"stream",
    b"startxref",
    b"trailer",
    b"xref",
];

/// The array or dictionary that is open, and for a dictionary whether a value is due.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Open {
    Array,
    Key,
    Value,
}

/// Whether a word stands at `position` that no value contains: the object is over.
pub(super) fn object_ends(bytes: &[u8], position: usize) -> bool {
    let lexer = Lexer::new(bytes, position);
    let rest = lexer.rest();
    // `endobj5 0 obj` and `endstreamendobj` are seen, so what follows the word does not matter.
    rest.is_empty()
        || ENDS.iter().any(|word| rest.starts_with(word))
        || is_boundary(bytes, position) && header_at(bytes, position).is_some()
}

/// The value at `position`, mended. `None` if there is none, it is nested deeper than `depth`, or a string of it has no
/// end.
///
/// # Errors
/// `TooMuchWork` occurs if `budget` does not allow for the bytes read and written.
pub(super) fn value(
    bytes: &[u8],
    position: usize,
    depth: usize,
    budget: &Budget,
) -> Result<Option<Mended>, PdfErrorKind> {
    let mut lexer = Lexer::new(bytes, position);
    let mut text = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut end = position;
    let whole = loop {
        lexer.skip_white();
        if object_ends(bytes, lexer.position) {
            break !text.is_empty();
        }
        let Some(token) = token(&mut lexer) else {
            break false;
        };
        end = lexer.position;
        match token {
            Token::Open(kind) => {
                if open.len() >= depth {
                    break false;
                }
                // A dictionary where a key should be is left out with its brackets; its entries are read as the outer's.
                if open.last() != Some(&Open::Key) {
                    due(&mut open);
                    text.extend_from_slice(if kind == Open::Array { b"[" } else { b"<<" });
                    open.push(kind);
                }
            }
            Token::Close(kind) => close(&mut open, &mut text, kind),
            Token::Name(name) => {
                match open.last_mut() {
                    Some(state @ Open::Key) => *state = Open::Value,
                    _ => due(&mut open),
                }
                write_name(&mut text, &name);
            }
            Token::Other(other) => {
                // Where a key is due, anything else is dropped.
                if open.last() != Some(&Open::Key) {
                    due(&mut open);
                    text.push(b' ');
                    text.extend_from_slice(&other);
                }
            }
        }
        if open.is_empty() && !text.is_empty() {
            break true;
        }
    };
    while let Some(last) = open.last().copied() {
        close(
            &mut open,
            &mut text,
            if last == Open::Array {
                Open::Array
            } else {
                Open::Key
            },
        );
    }
    budget.pay(lexer.position.saturating_sub(position).saturating_add(text.len()))?;
    Ok(whole.then_some(Mended { text, end }))
}

/// A value was written: in a dictionary, a key is due next.
fn due(open: &mut [Open]) {
    if let Some(state @ Open::Value) = open.last_mut() {
        *state = Open::Key;
    }
}

/// Closes the innermost array or dictionary of `kind` and everything in it; does nothing if none is open.
fn close(open: &mut Vec<Open>, text: &mut Vec<u8>, kind: Open) {
    let matches = |state: &Open| (*state == Open::Array) == (kind == Open::Array);
    if !open.iter().any(matches) {
        return;
    }
    while let Some(state) = open.pop() {
        text.extend_from_slice(match state {
            Open::Array => b"]",
            Open::Key => b">>",
            Open::Value => b" null>>",
        });
        if matches(&state) {
            break;
        }
    }
    due(open);
}

enum Token {
    Open(Open),
    Close(Open),
    Name(Vec<u8>),
    /// A value, as it is to be written.
    Other(Vec<u8>),
}

/// The next token; `None` if it is a string without end.
fn token(lexer: &mut Lexer<'_>) -> Option<Token> {
    let (rest, start) = (lexer.rest(), lexer.position);
    let raw = |lexer: &Lexer<'_>| {
        let length = rest.len().saturating_sub(lexer.rest().len());
        Token::Other(rest.get(..length).unwrap_or_default().to_vec())
    };
    if lexer.take(b"<<") {
        return Some(Token::Open(Open::Key));
    }
    if lexer.take(b">>") {
        return Some(Token::Close(Open::Key));
    }
    let first = lexer.peek()?;
    let length = rest.iter().position(|b| !is_regular(*b)).unwrap_or(rest.len());
    let word = rest.get(..length).unwrap_or_default();
    // `412endobj` is a number of which other readers know the end too.
    let mut alone = word;
    while let Some(shorter) = alone
        .strip_suffix(b"endobj")
        .filter(|shorter| !shorter.is_empty())
    {
        alone = shorter;
    }
    if alone.len() < word.len() {
        lexer.position = start.saturating_add(alone.len());
        return token(&mut Lexer::new(alone, 0));
    }
    lexer.position += 1;
    match first {
        b'[' => Some(Token::Open(Open::Array)),
        b']' => Some(Token::Close(Open::Array)),
        b'/' => Some(Token::Name(lexer.name().to_vec())),
        b'(' => {
            lexer.literal_string().ok()?;
            Some(raw(lexer))
        }
        b'<' => {
            // Up to the next delimiter at most: what lies behind it is read once only.
            let length = rest.iter().skip(1).position(|b| is_delimiter(*b));
            let length = length.map_or(rest.len(), |length| length.saturating_add(1));
            lexer.position = start.saturating_add(length);
            lexer.take(b">");
            let digits = rest.get(1..length).unwrap_or_default();
            let digits = digits.iter().copied().filter(|b| hex_digit(*b).is_some());
            Some(Token::Other(
                [b"<".to_vec(), digits.collect(), b">".to_vec()].concat(),
            ))
        }
        b'0'..=b'9' | b'+' | b'-' | b'.' => {
            lexer.position -= 1;
            Some(match lexer.number_or_reference() {
                Ok(_) => raw(lexer),
                Err(_) => Token::Other(b"0".to_vec()),
            })
        }
        first if is_regular(first) => {
            lexer.position = start.saturating_add(length);
            let known = matches!(word, b"true" | b"false" | b"null");
            Some(Token::Other(if known { word.to_vec() } else { b"null".to_vec() }))
        }
        // A delimiter without meaning here: a lone `>`, `)`, a brace.
        _ => Some(Token::Other(b"null".to_vec())),
    }
}

/// Whether any dictionary inside `object` has `key`.
pub(super) fn mentions(object: &Object, key: &[u8]) -> bool {
    match object {
        Object::Array(items) => items.iter().any(|item| mentions(item, key)),
        _ => object.as_dictionary().is_some_and(|dictionary| {
            let mut entries = dictionary.entries().iter();
            entries.any(|entry| entry.key == key || mentions(&entry.value, key))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> Option<String> {
        let budget = Budget::new(text.len());
        let mended = value(text.as_bytes(), 0, 8, &budget).unwrap()?;
        let mut parser = super::super::super::parser::Parser::new(&mended.text, 0, 9, &budget);
        let (_, span) = parser.outer_value().unwrap();
        assert_eq!(span.end, mended.text.len());
        Some(String::from_utf8(mended.text).unwrap())
    }

    #[test]
    fn tokens_are_kept_and_only_what_is_malformed_changes() {
        for (old, new) in [
            ("<</A 1/B[1 2 Q]/C(x)>>", "<</A 1/B[ 1 2 null]/C (x)>>"),
            ("<</A>>", "<</A null>>"),
            ("<</A 1 endobj", "<</A 1>>"),
            ("<</A [1 2 >> endobj", "<</A[ 1 2]>>"),
            ("<</A <</B 1>> 2 0 obj<<>>", "<</A<</B 1>>>>"),
            ("<</A --5/B 1.2.3>>", "<</A 0/B 0>>"),
            ("<</A <9 zG0>/B garbage>>", "<</A <90>/B null>>"),
            ("<</A <41/B 1>>", "<</A <41>/B 1>>"),
            ("412endobj", " 412"),
            ("nullendobj", " null"),
            ("7endobjendobj", " 7"),
            ("[1 0 R/Aendobj", "[ 1 0 R/Aendobj]"),
            ("<</A 1 2 3/B 4>>", "<</A 1/B 4>>"),
            ("[1 2]]", "[ 1 2]"),
            ("[<</A [1 ]>> } /B#20C", "[<</A[ 1]>> null/B#20C]"),
        ] {
            assert_eq!(mended(old).as_deref(), Some(new), "{old}");
        }
    }

    #[test]
    fn what_has_no_value_or_a_string_without_end_is_lost() {
        for lost in ["", "endobj", "<</A (open>>", "[[[[[[[[[1]]]]]]]]]"] {
            assert_eq!(mended(lost), None, "{lost}");
        }
    }
}
