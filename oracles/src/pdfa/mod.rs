//! What ISO 19005-2 and -3 (level B) and, where they differ, ISO 19005-4 forbid or demand and a file shows, read through lopdf.
//!
//! Not a validator: which files of veraPDF's corpus it does not tell is listed beside the test.

mod fonts;
mod objects;
mod operators;
mod paint;
mod syntax;
mod xmp;

use std::collections::BTreeSet;

use lopdf::{Document, Object};

use crate::reading::{Reader, dictionary_of, property};

/// A clause of ISO 19005-3 and what breaks it.
pub type Violation = (&'static str, String);

pub(crate) struct Checker<'a> {
    bytes: &'a [u8],
    reader: Reader<'a>,
    found: Vec<Violation>,
}

/// Everything that is wrong with `bytes`, which lopdf reads as `document`.
pub fn violations(bytes: &[u8], document: &Document) -> Vec<Violation> {
    let mut checker = Checker {
        bytes,
        reader: Reader { document },
        found: Vec::new(),
    };
    checker.file();
    checker.catalog();
    checker.output_intents();
    checker.metadata();
    for object in document.objects.values() {
        checker.object(object);
    }
    for (number, page) in document.get_pages() {
        checker.page(number, page);
    }
    checker.associated_files();
    checker.fonts();
    checker.properties();
    checker.operators();
    checker.syntax();
    checker.found
}

impl<'a> std::ops::Deref for Checker<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

impl<'a> Checker<'a> {
    fn fail(&mut self, clause: &'static str, what: impl Into<String>) {
        self.found.push((clause, what.into()));
    }

    fn expect(&mut self, holds: bool, clause: &'static str, what: impl Into<String>) {
        if !holds {
            self.fail(clause, what);
        }
    }

    fn file(&mut self) {
        let header = self.bytes.get(..9).unwrap_or_default();
        let newest = self.part().as_deref() == Some("4");
        let version = if newest {
            header.starts_with(b"%PDF-2.") && header[7].is_ascii_digit()
        } else {
            header.starts_with(b"%PDF-1.") && (b'0'..=b'7').contains(&header[7])
        };
        let ended = header.last().is_some_and(|last| matches!(last, b'\r' | b'\n'));
        self.expect(
            version && ended,
            "6.1.2",
            "the file does not start with %PDF-n.n and an end of line",
        );
        let second = self
            .bytes
            .split(|b| matches!(b, b'\n' | b'\r'))
            .filter(|line| !line.is_empty())
            .nth(1);
        let second = second.unwrap_or_default();
        let binary = second.len() >= 5 && second[0] == b'%' && second[1..5].iter().all(|b| *b > 127);
        self.expect(
            binary,
            "6.1.2",
            "no comment of four bytes above 127 after the header",
        );
        let trailer = &self.document.trailer;
        self.expect(trailer.has(b"ID"), "6.1.3", "the trailer has no /ID");
        self.expect(!trailer.has(b"Encrypt"), "6.1.3", "the trailer has /Encrypt");
        let tail = self.bytes.strip_suffix(b"\n").unwrap_or(self.bytes);
        let tail = tail.strip_suffix(b"\r").unwrap_or(tail);
        self.expect(
            tail.ends_with(b"%%EOF"),
            "6.1.3",
            "something follows the last %%EOF",
        );
        self.expect(self.document.max_id <= 8_388_607, "6.1.13", "too many objects");
    }

    /// The part of ISO 19005 that the metadata claim.
    pub(crate) fn part(&self) -> Option<String> {
        property(&self.packet()?, "pdfaid:part").map(str::to_owned)
    }

    /// What ISO 19005-4 asks for beside what it has in common with the parts before.
    fn part_4(&mut self, packet: &str) {
        // 6.7.3: the year of the edition; F where any file may be embedded (annex A).
        self.expect(
            property(packet, "pdfaid:rev") == Some("2020"),
            "part 4, 6.7.3",
            "pdfaid:rev is not 2020",
        );
        let level = property(packet, "pdfaid:conformance");
        self.expect(
            matches!(level, None | Some("E" | "F")),
            "part 4, 6.7.3",
            format!("pdfaid:conformance is {level:?}"),
        );
        let Some(catalog) = self.root() else { return };
        let information = self.reader.document.trailer.has(b"Info");
        self.expect(
            !information || catalog.has(b"PieceInfo"),
            "part 4, 6.1.3",
            "the trailer has /Info and the catalog no /PieceInfo",
        );
        let version = self.name(catalog, "Version");
        let newest = version.is_none_or(|version| version.starts_with(b"2."));
        self.expect(newest, "part 4, 6.1.2", "/Version of the catalog is not 2.n");
        let files = self
            .dictionary(catalog, "Names")
            .and_then(|names| self.dictionary(names, "EmbeddedFiles"));
        self.expect(
            files.is_some() == (level == Some("F")),
            "part 4, A",
            "embedded files and the claim of level F do not go together",
        );
    }

    fn catalog(&mut self) {
        let Some(catalog) = self.root() else {
            return self.fail("6.1.3", "no catalog");
        };
        for (key, clause) in [
            ("AA", "6.5.2"),
            ("Requirements", "6.11"),
            ("NeedsRendering", "6.4.2"),
        ] {
            self.expect(
                self.find(catalog, key).is_none(),
                clause,
                format!("the catalog has /{key}"),
            );
        }
        if let Some(names) = self.dictionary(catalog, "Names") {
            for (key, clause) in [("JavaScript", "6.5.1"), ("AlternatePresentations", "6.10")] {
                self.expect(
                    self.find(names, key).is_none(),
                    clause,
                    format!("/Names has /{key}"),
                );
            }
        }
        if let Some(permissions) = self.dictionary(catalog, "Perms") {
            let other = permissions
                .iter()
                .any(|(key, _)| key != b"DocMDP" && key != b"UR3");
            self.expect(!other, "6.1.12", "/Perms has more than /UR3 and /DocMDP");
        }
        if let Some(form) = self.dictionary(catalog, "AcroForm") {
            let appearances = self
                .find(form, "NeedAppearances")
                .and_then(|value| value.as_bool().ok());
            self.expect(appearances != Some(true), "6.4.1", "/NeedAppearances is true");
            self.expect(self.find(form, "XFA").is_none(), "6.4.2", "the form has /XFA");
        }
    }

    fn output_intents(&mut self) {
        let intents = self
            .root()
            .and_then(|catalog| self.find(catalog, "OutputIntents"));
        let intents = intents
            .and_then(|intents| intents.as_array().ok())
            .map_or(&[][..], Vec::as_slice);
        let mut profiles = BTreeSet::new();
        for intent in intents {
            let Some(intent) = dictionary_of(self.resolve(intent)) else {
                continue;
            };
            self.expect(
                self.find(intent, "DestOutputProfileRef").is_none(),
                "6.2.3",
                "/DestOutputProfileRef",
            );
            if let Ok(Object::Reference(id)) = intent.get(b"DestOutputProfile") {
                profiles.insert(*id);
            }
            if self.name(intent, "S") != Some(b"GTS_PDFA1") {
                continue;
            }
            let Some(Object::Stream(profile)) = self.find(intent, "DestOutputProfile") else {
                self.fail("6.2.3", "the output intent has no profile");
                continue;
            };
            let data = profile.get_plain_content().unwrap_or_default();
            let components = match data.get(16..20) {
                Some(b"RGB ") => 3,
                Some(b"CMYK") => 4,
                Some(b"GRAY") => 1,
                _ => 0,
            };
            let class = matches!(data.get(12..16), Some(b"prtr" | b"mntr"));
            let version = data.get(8).is_some_and(|version| *version < 5);
            self.expect(
                data.get(36..40) == Some(b"acsp") && class && version,
                "6.2.3",
                "not an ICC profile for output",
            );
            let stated = self.find(&profile.dict, "N").and_then(|n| n.as_i64().ok());
            self.expect(
                stated == Some(components),
                "6.2.4.2",
                "/N of the profile is not its number of components",
            );
        }
        self.expect(
            profiles.len() <= 1,
            "6.2.3",
            "output intents with several profiles",
        );
    }

    /// Whether an output intent makes device colours of `components` mean something.
    pub fn output_components(&self) -> Option<i64> {
        let intents = self.find(self.root()?, "OutputIntents")?.as_array().ok()?;
        let intent = intents
            .iter()
            .filter_map(|intent| dictionary_of(self.resolve(intent)));
        let intent = intent
            .into_iter()
            .find(|intent| self.name(intent, "S") == Some(b"GTS_PDFA1"))?;
        self.find(self.dictionary(intent, "DestOutputProfile")?, "N")?
            .as_i64()
            .ok()
    }

    fn metadata(&mut self) {
        let metadata = self.root().and_then(|catalog| self.find(catalog, "Metadata"));
        let Some(Object::Stream(stream)) = metadata else {
            return self.fail("6.6.2.1", "the catalog has no /Metadata stream");
        };
        let text = stream.get_plain_content().unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let header = text
            .find("<?xpacket")
            .map_or("", |at| &text[at..at + text[at..].find("?>").unwrap_or(0)]);
        for attribute in ["bytes=", "encoding="] {
            self.expect(
                !header.contains(attribute),
                "6.6.2.1",
                format!("the packet header has {attribute}"),
            );
        }
        let part = property(&text, "pdfaid:part");
        if part == Some("1") {
            return self.part_1();
        }
        if part == Some("4") {
            return self.part_4(&text);
        }
        self.expect(
            matches!(part, Some("2" | "3")),
            "6.6.4",
            format!("pdfaid:part is {part:?}"),
        );
        let level = property(&text, "pdfaid:conformance");
        self.expect(
            matches!(level, Some("A" | "B" | "U")),
            "6.6.4",
            format!("pdfaid:conformance is {level:?}"),
        );
    }

    /// What ISO 19005-1 forbids and the later parts do not, of the things that sealing might bring along.
    fn part_1(&mut self) {
        for object in self.document.objects.values() {
            let Some(dictionary) = dictionary_of(object) else {
                continue;
            };
            let kind = self.name(dictionary, "Type");
            self.expect(
                !matches!(kind, Some(b"XRef" | b"ObjStm")),
                "part 1, 6.1.4",
                "compressed cross-references or objects",
            );
            let group = self.dictionary(dictionary, "Group");
            let blended = group.is_some_and(|group| self.name(group, "S") == Some(b"Transparency"));
            self.expect(!blended, "part 1, 6.4", "a transparency group");
            let mask = self.find(dictionary, "SMask");
            let masked = mask.is_some_and(|mask| mask.as_name().ok() != Some(b"None"));
            self.expect(!masked, "part 1, 6.4", "a soft mask");
            let known = !matches!(
                self.name(dictionary, "Subtype"),
                Some(b"FileAttachment" | b"Sound" | b"Movie")
            );
            self.expect(known, "part 1, 6.5.2", "an annotation of a forbidden type");
        }
        let pages: Vec<_> = self.document.page_iter().collect();
        for id in pages {
            let Ok(page) = self.document.get_dictionary(id) else {
                continue;
            };
            let blends = self.paint(page).blends;
            self.expect(!blends, "part 1, 6.4", "something is blended");
        }
    }

    fn page(&mut self, number: u32, id: lopdf::ObjectId) {
        let Ok(page) = self.document.get_dictionary(id) else {
            return;
        };
        for (key, clause) in [("AA", "6.5.2"), ("PresSteps", "6.10")] {
            self.expect(
                !page.has(key.as_bytes()),
                clause,
                format!("page {number} has /{key}"),
            );
        }
        let paint = self.paint(page);
        let explained = self.output_components();
        for (used, name, good) in [
            (paint.grey, "DeviceGray", explained.is_some()),
            (paint.rgb, "DeviceRGB", explained == Some(3)),
            (paint.cmyk, "DeviceCMYK", explained == Some(4)),
        ] {
            self.expect(
                !used || good,
                "6.2.4.3",
                format!("page {number} paints in {name}, which nothing explains"),
            );
        }
        // Without an output intent, what is blended on the page needs a colour space of its own.
        let group = self.dictionary(page, "Group");
        let space = group.and_then(|group| self.find(group, "CS"));
        self.expect(
            !paint.blends || explained.is_some() || space.is_some(),
            "6.2.10",
            format!("page {number} is blended in no colour space"),
        );
    }

    fn associated_files(&mut self) {
        let associated = self.root().and_then(|catalog| self.find(catalog, "AF"));
        let associated = associated
            .and_then(|files| files.as_array().ok())
            .map_or(&[][..], Vec::as_slice);
        let listed: BTreeSet<_> = associated
            .iter()
            .filter_map(|file| file.as_reference().ok())
            .collect();
        const RELATIONS: [&[u8]; 5] = [b"Source", b"Data", b"Alternative", b"Supplement", b"Unspecified"];
        for (id, object) in &self.document.objects {
            let Object::Dictionary(file) = object else {
                continue;
            };
            let Some(embedded) = self.dictionary(file, "EF") else {
                continue;
            };
            for key in ["F", "UF"] {
                self.expect(
                    self.find(file, key).is_some(),
                    "6.8",
                    format!("a file specification has no /{key}"),
                );
            }
            let relation = self.name(file, "AFRelationship").unwrap_or_default();
            self.expect(
                RELATIONS.contains(&relation),
                "6.8",
                "a file specification has no known /AFRelationship",
            );
            let elsewhere = self.document.objects.iter().any(|(other, object)| {
                self.document.catalog().ok() != dictionary_of(object)
                    && other != id
                    && dictionary_of(object).is_some_and(|dictionary| dictionary.has(b"AF"))
            });
            self.expect(
                listed.contains(id) || elsewhere,
                "6.8",
                "an embedded file is associated with nothing",
            );
            if let Some(Object::Stream(stream)) = self.find(embedded, "F") {
                let content = stream.get_plain_content().unwrap_or_default();
                let allowed = self.part().as_deref() != Some("2") || content.starts_with(b"%PDF-");
                self.expect(allowed, "6.8", "part 2, and an embedded file is no PDF");
                let kind = self.name(&stream.dict, "Subtype");
                let mime = kind.is_some_and(|kind| kind.contains(&b'/'));
                self.expect(mime, "6.8", "an embedded file has no media type");
            }
        }
    }
}
