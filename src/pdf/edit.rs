//! Changing entries of a dictionary while every other byte stays as it is.
//!
//! A later revision that rewrites an object should differ from the earlier one in what changed and in nothing else:
//! re-serialising turns `612` into `612.0`, and a verifier must then ask what else was touched.

use core::fmt;
use core::ops::Range;
use std::collections::BTreeMap;

use super::body::Body;
use super::lexer::is_regular;
use super::object::Dictionary;

/// The path of an edit does not lead to a direct dictionary, or its source does not fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EditError {
    /// The key at which the path ends, without slash.
    pub key: Vec<u8>,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{} is no direct dictionary", self.key.escape_ascii())
    }
}

impl core::error::Error for EditError {}

/// Edits to the source of one indirect object (its value) that is a dictionary or a stream.
///
/// ```
/// use yinxin::limits::Limits;
/// use yinxin::pdf::{Document, edit::DictionaryEdit};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let file = b"%PDF-1.7\n1 0 obj <</Type/Catalog /Pages 2 0 R % kept\n>> endobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n\
/// # trailer <</Size 2/Root 1 0 R>>\nstartxref\n63\n%%EOF\n";
/// let document = Document::open(file, &Limits::DEFAULT)?;
/// let catalog = document.newest().catalog()?;
/// let dictionary = catalog.dictionary().ok_or("a catalog is a dictionary")?;
/// let edited = DictionaryEdit::new(catalog.raw(), dictionary).set(b"Lang", b"(zh-CN)").finish();
/// assert_eq!(edited.text(), b"<</Type/Catalog /Pages 2 0 R % kept\n/Lang (zh-CN)>>");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct DictionaryEdit<'o> {
    raw: &'o [u8],
    dictionary: &'o Dictionary,
    /// What to put in place of which bytes. Insertions stand at one place and are ordered by key.
    splices: BTreeMap<(usize, Vec<u8>), Splice>,
}

#[derive(Clone, Debug)]
struct Splice {
    range: Range<usize>,
    text: Body,
}

impl<'o> DictionaryEdit<'o> {
    /// Edits to `raw`, the source of an indirect object, in which `dictionary` is the dictionary. Where that says that its
    /// strings are encrypted, what is not edited is kept as it is ([`Body::kept`]).
    #[must_use]
    pub fn new(raw: &'o [u8], dictionary: &'o Dictionary) -> Self {
        Self {
            raw,
            dictionary,
            splices: BTreeMap::new(),
        }
    }

    /// Gives `key` (without slash) the value `raw_value` (PDF syntax). Of an entry that exists only the value's bytes
    /// are replaced; a new one is added at the end. Should the key occur more than once, one entry remains.
    pub fn set(&mut self, key: &[u8], raw_value: impl Into<Body>) -> &mut Self {
        self.set_entry(self.dictionary, key, raw_value.into());
        self
    }

    /// Removes `key` (without slash) and its value, if present.
    pub fn remove(&mut self, key: &[u8]) -> &mut Self {
        self.remove_entry(self.dictionary, key);
        self
    }

    /// As [`set`](Self::set), in the direct dictionary that the keys of `path` lead to.
    ///
    /// # Errors
    /// Occurs if a key of `path` is absent or its value is not a direct dictionary. Set it as a whole then.
    pub fn set_in(
        &mut self,
        path: &[&[u8]],
        key: &[u8],
        raw_value: impl Into<Body>,
    ) -> Result<&mut Self, EditError> {
        self.set_entry(self.nested(path)?, key, raw_value.into());
        Ok(self)
    }

    /// As [`remove`](Self::remove), in the direct dictionary that the keys of `path` lead to.
    ///
    /// # Errors
    /// Occurs if a key of `path` is absent or its value is not a direct dictionary.
    pub fn remove_in(&mut self, path: &[&[u8]], key: &[u8]) -> Result<&mut Self, EditError> {
        self.remove_entry(self.nested(path)?, key);
        Ok(self)
    }

    /// The edited source. Do not set a value and, besides, something inside it: the outer value wins.
    #[must_use]
    pub fn finish(&self) -> Body {
        let added = self.splices.values().map(|splice| splice.text.text().len());
        let mut output = Body::with_capacity(added.sum::<usize>().saturating_add(self.raw.len()));
        let mut at = 0;
        for splice in self.splices.values() {
            if splice.range.start < at {
                continue;
            }
            self.copy(at..splice.range.start, &mut output);
            output.append(&splice.text);
            at = splice.range.end;
        }
        self.copy(at..self.raw.len(), &mut output);
        output
    }

    fn copy(&self, range: Range<usize>, output: &mut Body) {
        let source = self.raw.get(range).unwrap_or_default();
        let copy = |text: &mut Vec<u8>| text.extend_from_slice(source);
        match self.dictionary.is_encrypted() {
            true => output.write_kept(copy),
            false => output.write(copy),
        };
    }

    fn nested(&self, path: &[&[u8]]) -> Result<&'o Dictionary, EditError> {
        let mut dictionary = self.dictionary;
        for key in path {
            dictionary = match dictionary.find(key) {
                Some(super::Object::Dictionary(inner)) => inner,
                _ => return Err(EditError { key: key.to_vec() }),
            };
        }
        Ok(dictionary)
    }

    fn set_entry(&mut self, dictionary: &'o Dictionary, key: &[u8], raw_value: Body) {
        // `/Key` directly before a value that begins like a name continues would be a longer key.
        let needs_space = raw_value.text().first().copied().is_some_and(is_regular);
        let Some(entry) = dictionary.entry(key) else {
            let place = dictionary.span().end.saturating_sub(2);
            let mut text = Body::with_capacity(key.len().saturating_add(raw_value.text().len()) + 2);
            text.write(|text| {
                write_name(text, key);
                text.push(b' ');
            });
            text.append(&raw_value);
            return self.splice(place..place, key, text);
        };
        let mut text = Body::default();
        if needs_space && entry.span.start == entry.key_span.end {
            text.push(b" ");
        }
        text.push(raw_value);
        let (kept, range) = (entry.key_span.start, entry.span.clone());
        self.splices.remove(&(kept, key.to_vec()));
        self.splice(range, key, text);
        self.drop_entries(dictionary, key, Some(kept));
    }

    fn remove_entry(&mut self, dictionary: &'o Dictionary, key: &[u8]) {
        let place = dictionary.span().end.saturating_sub(2);
        self.splices.remove(&(place, key.to_vec()));
        self.drop_entries(dictionary, key, None);
    }

    fn drop_entries(&mut self, dictionary: &'o Dictionary, key: &[u8], kept: Option<usize>) {
        for entry in dictionary.entries() {
            if entry.key == key && Some(entry.key_span.start) != kept {
                self.splices.remove(&(entry.span.start, key.to_vec()));
                self.splice(entry.key_span.start..entry.span.end, key, Body::default());
            }
        }
    }

    fn splice(&mut self, range: Range<usize>, key: &[u8], text: Body) {
        self.splices
            .insert((range.start, key.to_vec()), Splice { range, text });
    }
}

/// The value of `key` in `dictionary`, whose source is in `raw`, as it stands: to be written into the same object again.
#[must_use]
pub fn value_body(raw: &[u8], dictionary: &Dictionary, key: &[u8]) -> Option<Body> {
    let text = raw.get(dictionary.entry(key)?.span.clone())?;
    Some(Body::copied(text, dictionary.is_encrypted()))
}

/// The array source `array` (`[...]`) with `item` (PDF syntax) added at its end; `None` if it is no array.
#[must_use]
pub fn array_push(array: impl Into<Body>, item: impl Into<Body>) -> Option<Body> {
    let mut output: Body = array.into();
    if !output.text().starts_with(b"[") || !output.pop(b']') {
        return None;
    }
    if output.text().len() > 1 {
        output.push(b" ");
    }
    output.push(item).push(b"]");
    Some(output)
}

/// Appends `/name`, everything a name cannot hold written as `#xx` (7.3.5).
pub fn write_name(output: &mut Vec<u8>, name: &[u8]) {
    output.push(b'/');
    for byte in name {
        if is_regular(*byte) && byte.is_ascii_graphic() && *byte != b'#' {
            output.push(*byte);
        } else {
            output.extend(format!("#{byte:02X}").bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Object;
    use super::super::parser::{Budget, Parser};
    use super::*;

    fn edit(raw: &str, change: impl FnOnce(&mut DictionaryEdit<'_>)) -> String {
        let budget = Budget::new(raw.len());
        let (object, range) = Parser::new(raw.as_bytes(), 0, 9, &budget).outer_value().unwrap();
        let Object::Dictionary(dictionary) = object else {
            panic!("no dictionary")
        };
        assert_eq!(range, 0..dictionary.span().end);
        let mut edit = DictionaryEdit::new(raw.as_bytes(), &dictionary);
        change(&mut edit);
        let text = String::from_utf8(edit.finish().text().to_vec()).unwrap();
        let outcome = Parser::new(text.as_bytes(), 0, 9, &budget).outer_value();
        assert!(outcome.is_ok(), "{text}");
        text
    }

    #[test]
    fn everything_not_touched_is_copied_byte_for_byte() {
        let raw = "<< /A 612.000 %x\n/B(s)/C[1  2]\r\n/D<</E/F>>>>";
        assert_eq!(edit(raw, |_| {}), raw);
        assert_eq!(
            edit(raw, |e| {
                e.set(b"A", b"1 0 R");
            }),
            raw.replace("612.000", "1 0 R")
        );
        assert_eq!(
            edit(raw, |e| {
                e.set(b"N", b"1");
            }),
            raw.replace("/F>>>>", "/F>>/N 1>>")
        );
        assert_eq!(
            edit(raw, |e| {
                e.remove(b"C");
            }),
            raw.replace("/C[1  2]", "")
        );
        assert_eq!(
            edit(raw, |e| {
                e.set_in(&[b"D"], b"E", b"7").unwrap();
            }),
            raw.replace("/E/F", "/E 7")
        );
    }

    #[test]
    fn a_value_never_melts_into_its_key() {
        assert_eq!(
            edit("<</B(s)>>", |e| {
                e.set(b"B", b"12");
            }),
            "<</B 12>>"
        );
        assert_eq!(
            edit("<</B(s)>>", |e| {
                e.set(b"B", b"<12>");
            }),
            "<</B<12>>>"
        );
    }

    #[test]
    fn the_last_change_of_a_key_counts() {
        assert_eq!(
            edit("<</A 1>>", |e| {
                e.set(b"A", b"2").set(b"A", b"3");
            }),
            "<</A 3>>"
        );
        assert_eq!(
            edit("<</A 1>>", |e| {
                e.set(b"N", b"2").set(b"N", b"3");
            }),
            "<</A 1/N 3>>"
        );
        assert_eq!(
            edit("<</A 1>>", |e| {
                e.set(b"N", b"2").remove(b"N");
            }),
            "<</A 1>>"
        );
        assert_eq!(
            edit("<</A 1>>", |e| {
                e.set(b"A", b"2").remove(b"A");
            }),
            "<<>>"
        );
        assert_eq!(
            edit("<</A 1>>", |e| {
                e.remove(b"A").set(b"A", b"2");
            }),
            "<</A 2>>"
        );
    }

    #[test]
    fn duplicate_keys_become_one() {
        assert_eq!(
            edit("<</A 1/B 2/A 3>>", |e| {
                e.set(b"A", b"4");
            }),
            "<</B 2/A 4>>"
        );
        assert_eq!(
            edit("<</A 1/B 2/A 3>>", |e| {
                e.remove(b"A");
            }),
            "<</B 2>>"
        );
    }

    #[test]
    fn a_path_through_something_else_is_refused() {
        let budget = Budget::new(99);
        let raw = b"<</A 1>>";
        let (object, _) = Parser::new(raw, 0, 9, &budget).outer_value().unwrap();
        let mut edit = DictionaryEdit::new(raw, object.as_dictionary().unwrap());
        assert_eq!(
            edit.set_in(&[b"A"], b"x", b"1").unwrap_err().to_string(),
            "/A is no direct dictionary"
        );
    }

    #[test]
    fn names_and_arrays_are_written_so_that_they_read_back() {
        let mut name = Vec::new();
        write_name(&mut name, b"A b#(\xe5");
        assert_eq!(name, b"/A#20b#23#28#E5");
        assert_eq!(array_push(b"[1 0 R]", b"2 0 R").unwrap().text(), b"[1 0 R 2 0 R]");
        assert_eq!(array_push(b"[]", b"2 0 R").unwrap().text(), b"[2 0 R]");
        assert_eq!(array_push(b"1 0 R", b"2 0 R"), None);
    }
}
