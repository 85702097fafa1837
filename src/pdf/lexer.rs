//! Tokens of ISO 32000-2, 7.2 and 7.3. Every step moves forward, so lexing is linear in the bytes read.

use super::error::{PdfError, PdfErrorKind};
use super::name::Name;
use super::object::{Object, Real, Ref, Str};

/// White space of 7.2.3, table 1.
pub(super) fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

/// Delimiters of 7.2.3, table 2, with the braces of PostScript functions.
pub(super) fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

/// Everything else: what names, numbers and keywords are made of.
pub(super) fn is_regular(byte: u8) -> bool {
    !is_white(byte) && !is_delimiter(byte)
}

/// The value of a hexadecimal digit.
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// A position in bytes from which tokens are taken.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'b> {
    bytes: &'b [u8],
    /// Bytes from the start; never past the end.
    pub(super) position: usize,
    /// Where the first name stands whose spelling readers may understand in different ways.
    pub(super) odd_name: Option<usize>,
}

impl<'b> Lexer<'b> {
    pub(super) fn new(bytes: &'b [u8], position: usize) -> Self {
        Self {
            bytes,
            position: position.min(bytes.len()),
            odd_name: None,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    pub(super) fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    pub(super) fn error(&self, kind: PdfErrorKind) -> PdfError {
        PdfError::new(kind, self.position)
    }

    /// Moves over white space only.
    pub(super) fn skip_blank(&mut self) {
        while self.peek().is_some_and(is_white) {
            self.position += 1;
        }
    }

    /// Moves over white space and comments.
    pub(super) fn skip_white(&mut self) {
        loop {
            self.skip_blank();
            if self.peek() != Some(b'%') {
                return;
            }
            while self.peek().is_some_and(|b| b != b'\n' && b != b'\r') {
                self.position += 1;
            }
        }
    }

    /// Moves over `text` if it is next, whatever follows it.
    pub(super) fn take(&mut self, text: &[u8]) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.position += text.len();
        }
        found
    }

    /// Moves over the keyword `word` if it is next and is not the beginning of a longer word.
    pub(super) fn keyword(&mut self, word: &[u8]) -> bool {
        let found =
            self.rest().starts_with(word) && !self.rest().get(word.len()).copied().is_some_and(is_regular);
        if found {
            self.position += word.len();
        }
        found
    }

    /// Moves over one end of line: CR LF, LF or CR.
    pub(super) fn end_of_line(&mut self) -> bool {
        self.take(b"\r\n") || self.take(b"\n") || self.take(b"\r")
    }

    /// Digits without a sign, at most `width` of them after leading zeros, not followed by a regular byte. Does not move if there are none.
    pub(super) fn digits(&mut self, width: usize) -> Option<u64> {
        let mut value = 0u64;
        let mut significant = 0;
        let mut count = 0;
        for byte in self.rest() {
            match byte {
                b'0' if value == 0 => count += 1,
                b'0'..=b'9' if significant < width => {
                    value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
                    significant += 1;
                    count += 1;
                }
                b if is_regular(*b) => return None,
                _ => break,
            }
        }
        if count == 0 {
            return None;
        }
        self.position += count;
        Some(value)
    }

    /// The rest of a name after its slash, `#xx` decoded (7.3.5). A `#` without two digits stands for itself.
    pub(super) fn name(&mut self) -> Name {
        let rest = self.rest();
        let length = rest.iter().position(|b| !is_regular(*b)).unwrap_or(rest.len());
        let raw = rest.get(..length).unwrap_or_default();
        let start = self.position;
        self.position += length;
        if !raw.contains(&b'#') {
            return raw.into();
        }
        let mut name = Vec::with_capacity(length);
        let mut i = 0;
        while let Some(&byte) = raw.get(i) {
            let high = raw.get(i + 1).copied().and_then(hex_digit);
            let low = raw.get(i + 2).copied().and_then(hex_digit);
            match (byte, high, low) {
                (b'#', Some(high), Some(low)) => {
                    if (high, low) == (0, 0) {
                        self.odd_name.get_or_insert(start);
                    }
                    name.push(high << 4 | low);
                    i += 3;
                }
                _ => {
                    if byte == b'#' {
                        self.odd_name.get_or_insert(start);
                    }
                    name.push(byte);
                    i += 1;
                }
            }
        }
        name.as_slice().into()
    }

    /// An integer, a real, or `number generation R`.
    pub(super) fn number_or_reference(&mut self) -> Result<Object, PdfError> {
        let start = self.position;
        let rest = self.rest();
        let length = rest.iter().position(|b| !is_regular(*b)).unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        let bad = PdfError::new(PdfErrorKind::BadNumber, start);
        self.position += length;
        if text.iter().all(u8::is_ascii_digit)
            && let Some(id) = self.reference_after(text)
        {
            return Ok(Object::Reference(id));
        }
        let (sign, unsigned) = match text.split_first() {
            Some((sign @ (b'+' | b'-'), unsigned)) => (*sign, unsigned),
            _ => (b'+', text),
        };
        let points = unsigned.iter().filter(|b| **b == b'.').count();
        let digits = unsigned.iter().filter(|b| b.is_ascii_digit()).count();
        if digits == 0 || points > 1 || digits + points != unsigned.len() {
            return Err(bad);
        }
        if points == 0 {
            let mut value = Some(0i64);
            for byte in unsigned {
                let digit = i64::from(byte - b'0');
                value = value.and_then(|v| v.checked_mul(10)).and_then(|v| {
                    if sign == b'-' {
                        v.checked_sub(digit)
                    } else {
                        v.checked_add(digit)
                    }
                });
            }
            if let Some(value) = value {
                return Ok(Object::Integer(value));
            }
        }
        Real::new(text).map(Object::Real).ok_or(bad)
    }

    /// Having read the digits `number`: the reference, if ` generation R` follows. Otherwise does not move.
    fn reference_after(&mut self, number: &[u8]) -> Option<Ref> {
        let mut ahead = self.clone();
        // A comment parts tokens as white space does (7.2.4).
        let apart = |b: u8| is_white(b) || b == b'%';
        if !ahead.peek().is_some_and(apart) {
            return None;
        }
        ahead.skip_white();
        let generation = u16::try_from(ahead.digits(5)?).ok()?;
        if !ahead.peek().is_some_and(apart) {
            return None;
        }
        ahead.skip_white();
        if !ahead.keyword(b"R") {
            return None;
        }
        let mut digits = Lexer::new(number, 0);
        let number = u32::try_from(digits.digits(10)?).ok()?;
        self.position = ahead.position;
        Some(Ref::new(number, generation))
    }

    /// The rest of a hexadecimal string after its `<` (7.3.4.3).
    pub(super) fn hex_string(&mut self) -> Result<Str, PdfError> {
        let mut bytes = Vec::new();
        let mut high = None;
        loop {
            let byte = self
                .peek()
                .ok_or_else(|| self.error(PdfErrorKind::UnexpectedEnd))?;
            match (hex_digit(byte), high) {
                (Some(digit), None) => high = Some(digit),
                (Some(digit), Some(first)) => {
                    bytes.push(first << 4 | digit);
                    high = None;
                }
                (None, _) if is_white(byte) => {}
                (None, last) if byte == b'>' => {
                    bytes.extend(last.map(|digit: u8| digit << 4));
                    self.position += 1;
                    bytes.shrink_to_fit();
                    return Ok(Str { bytes, hex: true });
                }
                (None, _) => return Err(self.error(PdfErrorKind::BadHexString)),
            }
            self.position += 1;
        }
    }

    /// The rest of a literal string after its `(` (7.3.4.2). Nested parentheses are counted, not recursed into.
    pub(super) fn literal_string(&mut self) -> Result<Str, PdfError> {
        let mut bytes = Vec::new();
        let mut open = 1usize;
        loop {
            let byte = self
                .peek()
                .ok_or_else(|| self.error(PdfErrorKind::UnexpectedEnd))?;
            self.position += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        bytes.shrink_to_fit();
                        return Ok(Str { bytes, hex: false });
                    }
                }
                b'\\' => {
                    bytes.extend(self.escape()?);
                    continue;
                }
                // An end of line inside a string counts as one line feed, however it is written.
                b'\r' => {
                    self.take(b"\n");
                    bytes.push(b'\n');
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
    }

    /// What follows a backslash in a literal string; `None` for a line continuation.
    fn escape(&mut self) -> Result<Option<u8>, PdfError> {
        let byte = self
            .peek()
            .ok_or_else(|| self.error(PdfErrorKind::UnexpectedEnd))?;
        if self.end_of_line() {
            return Ok(None);
        }
        self.position += 1;
        Ok(Some(match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 0x0C,
            b'0'..=b'7' => {
                let mut code = u16::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else {
                        break;
                    };
                    code = code << 3 | u16::from(digit - b'0');
                    self.position += 1;
                }
                // High-order overflow is ignored, 7.3.4.2.
                code.to_le_bytes()[0]
            }
            other => other,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &[u8]) -> Result<Object, PdfErrorKind> {
        Lexer::new(text, 0).number_or_reference().map_err(|e| e.kind)
    }

    #[test]
    fn numbers_and_references_are_told_apart() {
        assert_eq!(number(b"12 0 R"), Ok(Object::Reference(Ref::new(12, 0))));
        assert_eq!(number(b"12 0 RG"), Ok(Object::Integer(12)));
        assert_eq!(number(b"12 0"), Ok(Object::Integer(12)));
        assert_eq!(number(b"12 0R"), Ok(Object::Integer(12)));
        assert_eq!(number(b"12 65536 R"), Ok(Object::Integer(12)));
        assert_eq!(number(b"12%c\n0%\r%d\nR"), Ok(Object::Reference(Ref::new(12, 0))));
        assert_eq!(
            number(b"000000000012 000000 R"),
            Ok(Object::Reference(Ref::new(12, 0)))
        );
        assert_eq!(number(b"4294967296 0 R"), Ok(Object::Integer(4_294_967_296)));
        assert_eq!(number(b"+12 0 R"), Ok(Object::Integer(12)));
        assert_eq!(number(b"-9223372036854775808"), Ok(Object::Integer(i64::MIN)));
        assert_eq!(number(b"9223372036854775808").map(|o| o.as_integer()), Ok(None));
        for (text, value) in [
            (&b"4."[..], 4.0),
            (b"-.002", -0.002),
            (b"+17.5", 17.5),
            (b".5", 0.5),
        ] {
            assert_eq!(number(text).map(|o| o.as_number()), Ok(Some(value)));
        }
        for text in [&b"--5"[..], b".", b"-", b"+", b"1e5", b"1.2.3", b"5-3", b"0x1"] {
            assert_eq!(number(text), Err(PdfErrorKind::BadNumber), "{text:?}");
        }
    }

    #[test]
    fn literal_string_escapes_follow_the_standard() {
        let mut lexer = Lexer::new(b"a(b)\\)\\n\\053\\0539\\7\\q\\\r\nx\r\ny) rest", 0);
        let string = lexer.literal_string().unwrap();
        assert_eq!(string.bytes, b"a(b))\n++9\x07qx\ny");
        assert_eq!(lexer.rest(), b" rest");
        assert!(Lexer::new(b"open (", 0).literal_string().is_err());
    }

    #[test]
    fn hex_string_pads_an_odd_digit_and_refuses_letters() {
        assert_eq!(
            Lexer::new(b"4E6f 7>", 0).hex_string().unwrap().bytes,
            b"\x4e\x6f\x70"
        );
        assert_eq!(
            Lexer::new(b"4G>", 0).hex_string().unwrap_err(),
            PdfError::new(PdfErrorKind::BadHexString, 1)
        );
    }

    #[test]
    fn name_decodes_number_signs() {
        assert_eq!(Lexer::new(b"A#42#zz/B", 0).name(), b"AB#zz");
        assert_eq!(Lexer::new(b" ", 0).name(), b"");
    }
}
