//! What a document claims to conform to, in its XMP metadata (ISO 16684-1), and which device colours its output intent explains.
//!
//! Claims and no more: nothing here validates. The scan knows just enough XML to find a handful of properties and to not find
//! them in comments, processing instructions or CDATA; whatever it does not understand ends it without a claim.

use core::fmt;

use super::error::PdfError;
use super::object::Dictionary;
use super::page::Page;
use super::view::View;

/// What a document's metadata claim it conforms to. Whether that is true, a validator has to say.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Conformance {
    /// The part and level of ISO 19005 (`pdfaid:part`, `pdfaid:conformance`).
    pub pdfa: Option<PdfA>,
    /// The part of ISO 14289 (`pdfuaid:part`), 1 or 2.
    pub pdfua: Option<u8>,
}

/// A part of ISO 19005 and a level within it, printed as `PDF/A-2b`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PdfA {
    /// The part, 1 to 4.
    pub part: u8,
    /// The level in upper case: `A` or `B` in part 1, also `U` in parts 2 and 3, `E`, `F` or none in part 4.
    pub level: Option<char>,
}

impl fmt::Display for PdfA {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PDF/A-{}", self.part)?;
        self.level
            .map_or(Ok(()), |level| write!(f, "{}", level.to_ascii_lowercase()))
    }
}

/// The colour space of an output intent's profile (ISO 32000-2, 14.11.5).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OutputColours {
    /// Four components: what DeviceCMYK means.
    Cmyk,
    /// One component.
    Grey,
    /// Three components: what DeviceRGB means.
    Rgb,
}

impl View<'_, '_> {
    /// What the catalog's metadata (ISO 32000-2, 14.3.2) claim. Nothing, where there are none or they cannot be read as
    /// UTF-8, contradict themselves, or use prefixes other than those that ISO 19005-2, 6.6.4 requires.
    ///
    /// # Errors
    /// As [`object`](Self::object) and [`decode`](Self::decode).
    pub fn conformance(&self) -> Result<Conformance, PdfError> {
        let catalog = self.catalog()?;
        let Some(catalog) = catalog.dictionary() else {
            return Ok(Conformance::default());
        };
        let metadata = self.find(catalog, b"Metadata")?;
        match metadata.as_stream() {
            Some(stream) => Ok(claims(&self.decode(stream)?)),
            None => Ok(Conformance::default()),
        }
    }

    /// The colours of the PDF/A output intent (ISO 19005-2, 6.2.3) that counts for `page`: its own, as part 4 has it, or the
    /// document's. `None` where there is none whose profile says, such as one whose data are damaged.
    ///
    /// # Errors
    /// As [`object`](Self::object), and as [`decode`](Self::decode) where a limit is exceeded.
    pub fn output_colours(&self, page: &Page<'_>) -> Result<Option<OutputColours>, PdfError> {
        let catalog = self.catalog()?;
        for holder in [page.dictionary(), catalog.dictionary()].into_iter().flatten() {
            if let Some(colours) = self.intent_of(holder)? {
                return Ok(Some(colours));
            }
        }
        Ok(None)
    }

    fn intent_of(&self, holder: &Dictionary) -> Result<Option<OutputColours>, PdfError> {
        let intents = self.find(holder, b"OutputIntents")?;
        // Several are allowed where they share one profile; a hundred are a joke.
        for intent in intents.as_array().unwrap_or_default().iter().take(100) {
            let intent = self.resolve(intent)?;
            let Some(intent) = intent.as_dictionary() else {
                continue;
            };
            if !intent.is_name(b"S", b"GTS_PDFA1") {
                continue;
            }
            let profile = self.find(intent, b"DestOutputProfile")?;
            let Some(profile) = profile.as_stream() else {
                continue;
            };
            let profile = match self.decode(profile) {
                Ok(profile) => profile,
                // Such a file is no PDF/A, which is no reason to refuse it whatever is asked.
                Err(error) if error.kind.is_damage() => continue,
                Err(error) => return Err(error),
            };
            // ICC.1:2001-04, 6.1.5: the colour space stands in bytes 16 to 19 of the header.
            let colours = match profile.get(16..20) {
                Some(b"RGB ") => OutputColours::Rgb,
                Some(b"CMYK") => OutputColours::Cmyk,
                Some(b"GRAY") => OutputColours::Grey,
                _ => continue,
            };
            return Ok(Some(colours));
        }
        Ok(None)
    }
}

/// The properties looked for: prefix and name as they must be written, and the namespace of the prefix.
const PDFA: (&[u8], &[u8]) = (b"xmlns:pdfaid", b"http://www.aiim.org/pdfa/ns/id/");
const PDFUA: (&[u8], &[u8]) = (b"xmlns:pdfuaid", b"http://www.aiim.org/pdfua/ns/id/");
const NAMES: [&[u8]; 5] = [
    PDFA.0,
    PDFUA.0,
    b"pdfaid:part",
    b"pdfaid:conformance",
    b"pdfuaid:part",
];

/// What the XMP packet `xml` claims.
fn claims(xml: &[u8]) -> Conformance {
    let Some(values) = properties(xml) else {
        return Conformance::default();
    };
    let value = |name: &[u8]| {
        let index = NAMES.iter().position(|known| *known == name)?;
        values.get(index).copied().flatten()
    };
    let bound = |(prefix, namespace): (&[u8], &[u8])| value(prefix) == Some(namespace);
    let digit = |name: &[u8], parts: core::ops::RangeInclusive<u8>| match value(name) {
        Some([digit]) => digit.checked_sub(b'0').filter(|part| parts.contains(part)),
        _ => None,
    };
    let pdfa = digit(b"pdfaid:part", 1..=4)
        .filter(|_| bound(PDFA))
        .and_then(|part| {
            let level = match value(b"pdfaid:conformance") {
                None => None,
                // Some producers write it in lower case. Their claim is as good, or as bad, as in upper case.
                Some([level]) => Some(char::from(level.to_ascii_uppercase())),
                Some(_) => return None,
            };
            let known = match part {
                1 => matches!(level, Some('A' | 'B')),
                4 => matches!(level, None | Some('E' | 'F')),
                _ => matches!(level, Some('A' | 'B' | 'U')),
            };
            known.then_some(PdfA { part, level })
        });
    let pdfua = digit(b"pdfuaid:part", 1..=2).filter(|_| bound(PDFUA));
    Conformance { pdfa, pdfua }
}

/// The values of [`NAMES`], written as attributes or as elements; `None` if this is not XML as XMP has it or says two things.
fn properties(xml: &[u8]) -> Option<[Option<&[u8]>; NAMES.len()]> {
    let mut values = [None; NAMES.len()];
    let mut found = |name: &[u8], value| match NAMES.iter().position(|known| *known == name) {
        None => Some(()),
        Some(index) => {
            let slot = values.get_mut(index)?;
            (slot.is_none() || *slot == Some(value)).then(|| *slot = Some(value))
        }
    };
    let mut rest = xml;
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = rest.get(at + 1..)?;
        if let Some(comment) = rest.strip_prefix(b"!--") {
            rest = after(comment, b"-->")?;
        } else if let Some(text) = rest.strip_prefix(b"![CDATA[") {
            rest = after(text, b"]]>")?;
        } else if let Some(instruction) = rest.strip_prefix(b"?") {
            rest = after(instruction, b"?>")?;
        } else if rest.starts_with(b"/") {
            rest = after(rest, b">")?;
        } else {
            // An end inside a tag, or `<!DOCTYPE`, whose entities could mean anything, is no name and ends the scan.
            let (name, mut tag) = name(rest)?;
            let mut empty = false;
            loop {
                tag = tag.trim_ascii_start();
                if let Some(end) = tag.strip_prefix(b">") {
                    tag = end;
                    break;
                }
                if let Some(end) = tag.strip_prefix(b"/>") {
                    (tag, empty) = (end, true);
                    break;
                }
                let (key, after_key) = self::name(tag)?;
                let value = after_key
                    .trim_ascii_start()
                    .strip_prefix(b"=")?
                    .trim_ascii_start();
                let quote = value
                    .first()
                    .copied()
                    .filter(|quote| matches!(quote, b'"' | b'\''))?;
                let value = value.get(1..)?;
                let end = value.iter().position(|byte| *byte == quote)?;
                found(key, value.get(..end)?.trim_ascii())?;
                tag = value.get(end + 1..)?;
            }
            if !empty && NAMES.contains(&name) {
                let end = tag.iter().position(|byte| *byte == b'<')?;
                found(name, tag.get(..end)?.trim_ascii())?;
            }
            rest = tag;
        }
    }
    Some(values)
}

/// A name at the start of `text`, and what follows it.
fn name(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let letter =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.' | 0x80..);
    let end = text.iter().position(|byte| !letter(byte))?;
    (end > 0).then(|| text.split_at(end))
}

/// What follows the first `end` in `text`.
fn after<'a>(text: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    let at = text.windows(end.len()).position(|window| window == end)?;
    text.get(at + end.len()..)
}

#[cfg(test)]
mod tests {
    use super::super::builder::Builder;
    use super::*;

    const NS: &str = "xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\"";

    fn claim(inner: &str) -> Option<String> {
        let xml = format!(
            "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x='adobe:ns:meta/'>\
             <rdf:RDF>{inner}</rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>   "
        );
        claims(xml.as_bytes()).pdfa.map(|claim| claim.to_string())
    }

    #[test]
    fn attributes_and_elements_claim_alike() {
        for (inner, expected) in [
            (
                format!("<rdf:Description {NS} pdfaid:part='2' pdfaid:conformance = \"B\"/>"),
                "PDF/A-2b",
            ),
            (
                format!(
                    "<rdf:Description rdf:about=\"\" {NS}><pdfaid:part> 3 </pdfaid:part>\n<pdfaid:conformance>U</pdfaid:conformance></rdf:Description>"
                ),
                "PDF/A-3u",
            ),
            (
                format!("<d {NS} pdfaid:part=\"1\" pdfaid:conformance=\"a\"></d>"),
                "PDF/A-1a",
            ),
            (
                format!("<d {NS} pdfaid:part=\"4\" pdfaid:rev=\"2020\"></d>"),
                "PDF/A-4",
            ),
            (
                format!("<d {NS} pdfaid:part=\"4\" pdfaid:conformance=\"F\"></d>"),
                "PDF/A-4f",
            ),
            (
                format!("<d {NS} pdfaid:part='2' pdfaid:conformance='B'/><e {NS} pdfaid:part='2'/>"),
                "PDF/A-2b",
            ),
        ] {
            assert_eq!(claim(&inner).as_deref(), Some(expected), "{inner}");
        }
    }

    #[test]
    fn what_is_no_claim_is_none() {
        for inner in [
            String::new(),
            format!("<d {NS} pdfaid:conformance='B'/>"),
            format!("<d {NS} pdfaid:part='2'/>"),
            format!("<d {NS} pdfaid:part='5' pdfaid:conformance='B'/>"),
            format!("<d {NS} pdfaid:part='1' pdfaid:conformance='U'/>"),
            format!("<d {NS} pdfaid:part='22' pdfaid:conformance='B'/>"),
            // another namespace, or none
            "<d xmlns:pdfaid='http://example.org/' pdfaid:part='2' pdfaid:conformance='B'/>".to_owned(),
            "<d pdfaid:part='2' pdfaid:conformance='B'/>".to_owned(),
            // two answers
            format!("<d {NS} pdfaid:part='2' pdfaid:conformance='B'/><d pdfaid:part='3'/>"),
            // not markup
            format!("<!-- <d {NS} pdfaid:part='2' pdfaid:conformance='B'/> -->"),
            format!("<![CDATA[<d {NS} pdfaid:part='2' pdfaid:conformance='B'/>]]>"),
            format!("<e v=\"<d {NS} pdfaid:part='2' pdfaid:conformance='B'/>\"/>"),
            // not whole
            format!("<d {NS} pdfaid:part='2' pdfaid:conformance='B'"),
            format!("<!DOCTYPE x [<!ENTITY p '2'>]><d {NS} pdfaid:part='2' pdfaid:conformance='B'/>"),
        ] {
            assert_eq!(claim(&inner), None, "{inner}");
        }
    }

    #[test]
    fn universal_accessibility_is_a_claim_of_its_own() {
        let xml = b"<d xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\"><pdfuaid:part>1</pdfuaid:part></d>";
        assert_eq!(
            claims(xml),
            Conformance {
                pdfa: None,
                pdfua: Some(1)
            }
        );
    }

    #[test]
    fn a_profile_that_cannot_be_decoded_says_nothing_about_colours() {
        let header = [&[0; 16], b"RGB ".as_slice()].concat();
        let packed = super::super::flate::deflate(&header);
        let colours = |data: &[u8]| {
            let file = Builder::new()
                .object(
                    1,
                    "<</Type/Catalog/Pages 2 0 R/OutputIntents[<</S/GTS_PDFA1/DestOutputProfile 4 0 R>>]>>",
                )
                .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
                .object(3, "<</Type/Page/Parent 2 0 R>>")
                .stream(4, "/N 3/Filter/FlateDecode", data)
                .table("/Size 5/Root 1 0 R");
            let document = file.open();
            let view = document.newest();
            view.output_colours(&view.pages().unwrap()[0]).unwrap()
        };
        assert_eq!(colours(&packed), Some(OutputColours::Rgb));
        assert_eq!(colours(b"no deflate data at all"), None);
    }
}
