//! The operators of a content stream (ISO 32000-2, 7.8.2), one after the other, as words: what they paint is for the caller to
//! follow.

use super::lexer::{Lexer, is_regular, is_white};

/// An operand. Arrays and dictionaries are taken apart: their items follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// A name without its slash.
    Name(Vec<u8>),
    /// A number.
    Number(f64),
    /// The bytes of a string.
    Text(Vec<u8>),
}

/// Reads a content stream. Work and memory are linear in its length.
pub(crate) struct Operations<'b> {
    lexer: Lexer<'b>,
    /// The operands of the operator that was read last.
    operands: Vec<Operand>,
    /// Whether something was met that two readers may take apart in two ways.
    odd: bool,
}

impl<'b> Operations<'b> {
    pub(crate) fn new(content: &'b [u8]) -> Self {
        Self {
            lexer: Lexer::new(content, 0),
            operands: vec![],
            odd: false,
        }
    }

    /// The next operator. An inline image is one operator, `BI`.
    pub(crate) fn next(&mut self) -> Option<&'b [u8]> {
        self.operands.clear();
        loop {
            self.lexer.skip_white();
            let rest = self.lexer.rest();
            let first = *rest.first()?;
            match first {
                b'/' => {
                    self.lexer.position += 1;
                    let name = self.lexer.name();
                    self.operands.push(Operand::Name(name.to_vec()));
                }
                b'(' => {
                    self.lexer.position += 1;
                    match self.lexer.literal_string() {
                        Ok(text) => self.operands.push(Operand::Text(text.bytes)),
                        Err(_) => self.odd = true,
                    }
                }
                b'<' if rest.get(1) != Some(&b'<') => {
                    self.lexer.position += 1;
                    match self.lexer.hex_string() {
                        Ok(text) => self.operands.push(Operand::Text(text.bytes)),
                        Err(_) => self.odd = true,
                    }
                }
                b'[' | b']' => self.lexer.position += 1,
                b'<' => self.lexer.position += 2,
                b'>' if rest.get(1) == Some(&b'>') => self.lexer.position += 2,
                _ if is_regular(first) => {
                    let length = rest.iter().position(|b| !is_regular(*b)).unwrap_or(rest.len());
                    let word = rest.get(..length).unwrap_or_default();
                    self.lexer.position += length;
                    if matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.') {
                        match number(word) {
                            Some(number) => self.operands.push(Operand::Number(number)),
                            None => self.odd = true,
                        }
                    } else if matches!(word, b"true" | b"false" | b"null") {
                        // Operands that no operator here is told by.
                    } else {
                        if word == b"BI" {
                            self.inline_image();
                        }
                        return Some(word);
                    }
                }
                _ => {
                    self.odd = true;
                    self.lexer.position += 1;
                }
            }
        }
    }

    /// The operands of the operator that [`next`](Self::next) gave last.
    pub(crate) fn operands(&self) -> &[Operand] {
        &self.operands
    }

    /// The last operand, if it is a name: that of `Do`, `gs` or `BDC`.
    pub(crate) fn name(&self) -> Option<&[u8]> {
        match self.operands.last() {
            Some(Operand::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// The operands, if they are exactly `N` numbers.
    pub(crate) fn numbers<const N: usize>(&self) -> Option<[f64; N]> {
        let numbers = self.operands.iter().map(|operand| match operand {
            Operand::Number(number) => Some(*number),
            _ => None,
        });
        numbers.collect::<Option<Vec<f64>>>()?.try_into().ok()
    }

    /// Whether something was met that two readers may take apart in two ways: bytes that are no token, or the data of an
    /// inline image, whose end is found by guessing (8.9.7).
    pub(crate) fn odd(&self) -> bool {
        self.odd
    }

    /// Moves past the `EI` of an inline image.
    fn inline_image(&mut self) {
        self.odd = true;
        let rest = self.lexer.rest();
        let end = rest.windows(4).position(|bytes| match bytes {
            [before, b'E', b'I', after] => is_white(*before) && is_white(*after),
            _ => false,
        });
        self.lexer.position += end.map_or(rest.len(), |end| end + 3);
    }
}

fn number(word: &[u8]) -> Option<f64> {
    let digits = word.iter().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.'));
    let text = core::str::from_utf8(word).ok().filter(|_| digits)?;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(content: &[u8]) -> (Vec<(String, usize)>, bool) {
        let mut operations = Operations::new(content);
        let mut found = vec![];
        while let Some(operator) = operations.next() {
            let name = String::from_utf8_lossy(operator).into_owned();
            found.push((name, operations.operands().len()));
        }
        (found, operations.odd())
    }

    #[test]
    fn operators_have_the_operands_before_them() {
        let (found, odd) = all(b"q 1 0 0 1 5 -.5 cm/Code Do Q%c\n[(a)-3<41>]TJ /Span<</MCID 0>>BDC T* (x)'");
        let expected = [
            ("q", 0),
            ("cm", 6),
            ("Do", 1),
            ("Q", 0),
            ("TJ", 3),
            ("BDC", 3),
            ("T*", 0),
            ("'", 1),
        ];
        assert_eq!(found, expected.map(|(name, count)| (name.to_owned(), count)));
        assert!(!odd);
    }

    #[test]
    fn a_string_that_looks_like_operators_is_a_string() {
        let (found, _) = all(b"(/Code Do) Tj");
        assert_eq!(found, [("Tj".to_owned(), 1)]);
    }

    #[test]
    fn an_inline_image_is_one_operator_and_odd() {
        let (found, odd) = all(b"q BI /W 1 /H 1 ID /Code Do EI Q");
        assert_eq!(
            found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["q", "BI", "Q"]
        );
        assert!(odd);
    }

    #[test]
    fn bytes_that_are_no_token_are_odd_and_end() {
        for content in [&b"1 0 0 } Do"[..], b"(open", b"<4G> Tj", b"1.2.3 w", b"--1 w"] {
            assert!(all(content).1, "{content:?}");
        }
    }
}
