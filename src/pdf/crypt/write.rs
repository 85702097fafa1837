//! Encrypting what an update writes (ISO 32000-2, 7.6.3): strings and stream data of new text, and nothing that is kept.

use core::ops::Range;
use std::collections::BTreeSet;

use super::cipher::Cipher;
use super::dictionary::Method;
use super::{Encryption, crypt_name, is_hex_string, is_signature};
use crate::pdf::body::Body;
use crate::pdf::lexer::Lexer;
use crate::pdf::object::{Dictionary, Object, Ref};
use crate::pdf::parser::{Budget, Parser};
use crate::pdf::update::write_hex;

/// Values of an object to be written are nested no deeper.
const DEPTH: usize = 256;

impl Encryption {
    /// The text of `body` as it is written for the object `id`, and where its kept parts are in it. `None` if the body is not
    /// one value, or a stream without a direct `/Length`.
    pub(in crate::pdf) fn encrypt(&self, id: Ref, body: &Body) -> Option<(Vec<u8>, Vec<Range<usize>>)> {
        let text = body.text();
        let budget = Budget::new(text.len());
        let mut parser = Parser::new(text, 0, DEPTH, &budget);
        let (object, value) = parser.outer_value().ok()?;
        if self.is_plain(id, &object) {
            return Some(body.spliced(&[]));
        }
        let signatures = signature_values(&object, value.start);
        let strings = Cipher::new(self.standard.strings, &self.key, id);
        let mut splices: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
        let mut place = 0u64;
        for (range, bytes) in strings_in(text.get(..value.end)?, value.start)? {
            place += 1;
            let plain = signatures.contains(&range.start);
            if plain || self.standard.strings == Method::Identity || body.keeps(range.start) {
                continue;
            }
            let mut written = Vec::new();
            write_hex(&mut written, &strings.encrypt(&self.key, id, place, &bytes)?);
            splices.push((range, written));
        }
        let mut lexer = parser.lexer;
        lexer.skip_white();
        if let Object::Dictionary(dictionary) = &object
            && lexer.keyword(b"stream")
        {
            let _ = lexer.take(b"\r\n") || lexer.take(b"\n");
            let length = dictionary.entry(b"Length")?;
            let size = usize::try_from(length.value.as_integer()?).ok()?;
            let data = lexer.position..lexer.position.checked_add(size)?;
            let plain = text.get(data.clone())?;
            let method = self.method(dictionary, direct_crypt(dictionary)).ok()?;
            if method != Method::Identity && !body.keeps(data.start) {
                let cipher = Cipher::new(method, &self.key, id);
                let written = cipher.encrypt(&self.key, id, 0, plain)?;
                let span = value.start + length.span.start..value.start + length.span.end;
                splices.push((span, written.len().to_string().into_bytes()));
                splices.push((data, written));
            }
        } else if lexer.position != text.len() {
            return None;
        }
        splices.sort_by_key(|(range, _)| range.start);
        Some(body.spliced(&splices))
    }
}

/// The strings in `text`, which is one well-formed value from `start` on: where each stands and what it says.
fn strings_in(text: &[u8], start: usize) -> Option<Vec<(Range<usize>, Vec<u8>)>> {
    let mut lexer = Lexer::new(text, start);
    let mut strings = Vec::new();
    loop {
        lexer.skip_white();
        let start = lexer.position;
        let Some(byte) = lexer.peek() else {
            return Some(strings);
        };
        lexer.position += 1;
        let string = match byte {
            b'(' => lexer.literal_string().ok()?,
            b'<' if !lexer.take(b"<") => lexer.hex_string().ok()?,
            _ => continue,
        };
        strings.push((start..lexer.position, string.bytes));
    }
}

/// Where the values of signatures start, which the reader takes as they are.
fn signature_values(object: &Object, start: usize) -> BTreeSet<usize> {
    let mut values = BTreeSet::new();
    let mut stack = vec![object];
    while let Some(object) = stack.pop() {
        match object {
            Object::Array(items) => stack.extend(items),
            Object::Dictionary(dictionary) => {
                let contents = dictionary
                    .entries()
                    .iter()
                    .filter(|entry| entry.key == b"Contents");
                if is_signature(dictionary) {
                    let plain = contents.filter(|entry| is_hex_string(&entry.value));
                    values.extend(plain.map(|entry| start.saturating_add(entry.span.start)));
                }
                stack.extend(dictionary.entries().iter().map(|entry| &entry.value));
            }
            _ => {}
        }
    }
    values
}

/// The name in the `/Crypt` filter of a stream, if that comes first and all is direct.
fn direct_crypt(dictionary: &Dictionary) -> Option<&[u8]> {
    let first = |key: &[u8]| match dictionary.find(key)? {
        Object::Array(items) => items.first(),
        one => Some(one),
    };
    if first(b"Filter")?.as_name() != Some(b"Crypt") {
        return None;
    }
    Some(crypt_name(first(b"DecodeParms").and_then(Object::as_dictionary)))
}
