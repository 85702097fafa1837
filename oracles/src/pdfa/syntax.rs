//! How the bytes are written: clauses 6.1.4, 6.1.6, 6.1.7.1 and 6.1.9, which no parsed object shows.

use lopdf::Object;
use lopdf::xref::XrefEntry;

use super::Checker;

const EOL: [u8; 2] = [b'\r', b'\n'];

impl Checker<'_> {
    pub(super) fn syntax(&mut self) {
        self.cross_references();
        let document = self.reader.document;
        for (number, entry) in &document.reference_table.entries {
            if let XrefEntry::Normal { offset, generation } = entry {
                let object = document.objects.get(&(*number, *generation));
                self.indirect(usize::try_from(*offset).unwrap_or(usize::MAX), object);
            }
        }
    }

    fn indirect(&mut self, start: usize, object: Option<&Object>) {
        let bytes = self.bytes;
        // An offset may name white space before the object.
        let white = bytes
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace());
        let start = start.saturating_add(white.count());
        let Some(text) = bytes.get(start..) else { return };
        let digits = |at: usize| {
            text[at.min(text.len())..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        let first = digits(0);
        let second = digits(first + 1);
        let at = first + 1 + second;
        let spaced = first > 0
            && second > 0
            && text.get(first) == Some(&b' ')
            && text.get(at..at + 4) == Some(b" obj")
            && text.get(at + 4).is_some_and(|next| EOL.contains(next));
        let before = start == 0 || EOL.contains(&bytes[start - 1]);
        self.expect(
            spaced && before,
            "6.1.9",
            format!("the object at {start} does not begin as it should"),
        );
        let mut rest = start + at + 4;
        if let Some(Object::Stream(stream)) = object
            && let Some(word) = text.windows(6).position(|window| window == b"stream")
        {
            // The data begin after the end of the line; a lone carriage return ends none here.
            let mut data = start + word + 6;
            data += usize::from(bytes.get(data) == Some(&b'\r'));
            data += usize::from(bytes.get(data) == Some(&b'\n'));
            let lead = &bytes[..data.min(bytes.len())];
            let good = lead.ends_with(b"stream\n") || lead.ends_with(b"stream\r\n");
            self.expect(
                good,
                "6.1.7.1",
                format!("no end of line after `stream` at {data}"),
            );
            self.hexadecimal(bytes.get(rest..data).unwrap_or_default());
            let length = self.integer(&stream.dict, "Length");
            let end = length.and_then(|length| data.checked_add(usize::try_from(length).ok()?));
            let tail = end.and_then(|end| bytes.get(end..)).unwrap_or_default();
            let trimmed = tail
                .strip_prefix(b"\r\n")
                .or_else(|| tail.strip_prefix(b"\n"))
                .or_else(|| tail.strip_prefix(b"\r"));
            let good = trimmed.is_some_and(|tail| tail.starts_with(b"endstream"));
            self.expect(
                good,
                "6.1.7.1",
                format!("/Length of the stream at {data} is not its length"),
            );
            rest = end.unwrap_or(data);
        }
        let tail = bytes.get(rest..).unwrap_or_default();
        let Some(end) = tail.windows(6).position(|window| window == b"endobj") else {
            return;
        };
        if !matches!(object, Some(Object::Stream(_))) {
            self.hexadecimal(&tail[..end]);
        }
        let before = end > 0 && EOL.contains(&tail[end - 1]);
        let after = tail.get(end + 6).is_none_or(|next| EOL.contains(next));
        self.expect(
            before && after,
            "6.1.9",
            format!("`endobj` of the object at {start} has no line of its own"),
        );
    }

    /// Hexadecimal strings have an even number of digits and nothing else but white space.
    pub(super) fn hexadecimal(&mut self, text: &[u8]) {
        let (mut at, mut depth) = (0, 0_usize);
        while let Some(byte) = text.get(at) {
            match byte {
                b'\\' => at += 1,
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'<' if depth == 0 && text.get(at + 1) == Some(&b'<') => at += 1,
                b'<' if depth == 0 => {
                    let inside: Vec<u8> = text[at + 1..]
                        .iter()
                        .copied()
                        .take_while(|b| *b != b'>')
                        .collect();
                    at += inside.len() + 1;
                    let digits = inside.iter().filter(|b| b.is_ascii_hexdigit()).count();
                    let white = inside
                        .iter()
                        .filter(|b| b.is_ascii_whitespace() || **b == 0)
                        .count();
                    self.expect(
                        digits % 2 == 0 && digits + white == inside.len(),
                        "6.1.6",
                        "a hexadecimal string of odd length or with other characters",
                    );
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// `xref`, one end of line, two numbers with one space between, one end of line.
    fn cross_references(&mut self) {
        let table = self.reader.document.xref_start;
        let Some(rest) = self
            .bytes
            .get(table..)
            .and_then(|text| text.strip_prefix(b"xref"))
        else {
            return;
        };
        let line = rest
            .strip_prefix(b"\r\n")
            .or_else(|| rest.strip_prefix(b"\n"))
            .or_else(|| rest.strip_prefix(b"\r"))
            .unwrap_or(b"x");
        let header: Vec<u8> = line.iter().copied().take_while(|b| !EOL.contains(b)).collect();
        let mut parts = header.trim_ascii_end().split(|b| *b == b' ');
        let numbers = [parts.next(), parts.next()]
            .iter()
            .all(|part| part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit)));
        self.expect(
            numbers && parts.next().is_none(),
            "6.1.4",
            "the cross-reference section does not begin as it should",
        );
    }
}
