//! Fonts as ISO 19005-2, 6.2.11 and ISO 14289-1, 7.21 ask for them; the two clauses have the same parts.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Object};
use ttf_parser::{Face, GlyphId};

use crate::reading::{Reader, dictionary_of};
use crate::to_unicode::unicode_map;

/// The CMaps of ISO 32000-1, table 118, that are not Identity.
const PREDEFINED: &str = "GB-EUC-H GB-EUC-V GBpc-EUC-H GBpc-EUC-V GBK-EUC-H GBK-EUC-V GBKp-EUC-H GBKp-EUC-V GBK2K-H GBK2K-V UniGB-UCS2-H \
    UniGB-UCS2-V UniGB-UTF16-H UniGB-UTF16-V B5pc-H B5pc-V HKscs-B5-H HKscs-B5-V ETen-B5-H ETen-B5-V ETenms-B5-H \
    ETenms-B5-V CNS-EUC-H CNS-EUC-V UniCNS-UCS2-H UniCNS-UCS2-V UniCNS-UTF16-H UniCNS-UTF16-V 83pv-RKSJ-H \
    90ms-RKSJ-H 90ms-RKSJ-V 90msp-RKSJ-H 90msp-RKSJ-V 90pv-RKSJ-H Add-RKSJ-H Add-RKSJ-V EUC-H EUC-V Ext-RKSJ-H \
    Ext-RKSJ-V H V UniJIS-UCS2-H UniJIS-UCS2-V UniJIS-UCS2-HW-H UniJIS-UCS2-HW-V UniJIS-UTF16-H UniJIS-UTF16-V \
    KSC-EUC-H KSC-EUC-V KSCms-UHC-H KSCms-UHC-V KSCms-UHC-HW-H KSCms-UHC-HW-V KSCpc-EUC-H UniKS-UCS2-H UniKS-UCS2-V \
    UniKS-UTF16-H UniKS-UTF16-V UniJIS2004-UTF16-H";

/// What each font shows.
#[derive(Default)]
pub struct Uses<'a>(BTreeMap<*const Dictionary, Use<'a>>);

struct Use<'a> {
    font: &'a Dictionary,
    /// Strings that are painted, and whether any is.
    strings: BTreeSet<Vec<u8>>,
    visible: bool,
}

impl<'a> Uses<'a> {
    /// `font` shows `string` in text rendering mode `mode`.
    pub fn add(&mut self, font: &'a Dictionary, string: &[u8], mode: i64) {
        let entry = self.0.entry(font).or_insert_with(|| Use {
            font,
            strings: BTreeSet::new(),
            visible: false,
        });
        entry.visible |= mode != 3;
        entry.strings.insert(string.to_vec());
    }

    /// Takes up what another page shows.
    pub fn join(&mut self, others: Self) {
        for (key, other) in others.0 {
            match self.0.get_mut(&key) {
                Some(entry) => {
                    entry.visible |= other.visible;
                    entry.strings.extend(other.strings);
                }
                None => {
                    self.0.insert(key, other);
                }
            }
        }
    }
}

/// A part of the clause, and what breaks it.
pub type Fault = (&'static str, String);

/// The test of ISO 14289-1 for a part.
pub fn ua_clause(part: &str) -> Option<&'static str> {
    Some(match part {
        "3.1" => "7.21.3.1-t01",
        "3.2" => "7.21.3.2-t01",
        "3.3-1" => "7.21.3.3-t01",
        "3.3-2" => "7.21.3.3-t02",
        "3.3-3" => "7.21.3.3-t03",
        "4.1" => "7.21.4.1-t01",
        "4.2-1" => "7.21.4.2-t01",
        "4.2-2" => "7.21.4.2-t02",
        "5" => "7.21.5-t01",
        "6-2" => "7.21.6-t02",
        "6-3" => "7.21.6-t03",
        "7-1" => "7.21.7-t01",
        "7-2" => "7.21.7-t02",
        "8" => "7.21.8-t01",
        _ => return None,
    })
}

/// The clause of ISO 19005-2 for a part.
pub fn a_clause(part: &str) -> Option<&'static str> {
    Some(match part {
        "3.1" => "6.2.11.3.1",
        "3.2" => "6.2.11.3.2",
        "3.3-1" | "3.3-2" | "3.3-3" => "6.2.11.3.3",
        "4.1" => "6.2.11.4.1",
        "4.2-1" | "4.2-2" => "6.2.11.4.2",
        "5" => "6.2.11.5",
        "6-2" | "6-3" => "6.2.11.6",
        "8" => "6.2.11.8",
        _ => return None,
    })
}

/// Everything that is wrong with the fonts in use.
pub fn violations<'a>(reader: Reader<'a>, uses: &Uses<'a>) -> Vec<Fault> {
    let mut checker = Fonts {
        reader,
        found: vec![],
    };
    for used in uses.0.values() {
        checker.font(used);
    }
    checker.found
}

struct Fonts<'a> {
    reader: Reader<'a>,
    found: Vec<Fault>,
}

impl<'a> Fonts<'a> {
    fn expect(&mut self, holds: bool, part: &'static str, what: impl Into<String>) {
        if !holds {
            self.found.push((part, what.into()));
        }
    }

    fn font(&mut self, used: &Use<'a>) {
        let font = used.font;
        let kind = self.reader.name(font, "Subtype").unwrap_or_default();
        self.unicode(used, kind);
        match kind {
            b"Type3" => {}
            b"Type0" => {
                let descendant = self.reader.list(font, "DescendantFonts").first().copied();
                let Some(descendant) = descendant.and_then(|one| dictionary_of(self.reader.resolve(one)))
                else {
                    return self.expect(false, "3.1", "a composite font without descendant");
                };
                self.cmap(font, descendant);
                let program = self.program(descendant, used.visible);
                if self.reader.name(descendant, "Subtype") == Some(b"CIDFontType2") && program.is_some() {
                    let map = self.reader.find(descendant, "CIDToGIDMap");
                    let good = match map {
                        Some(Object::Stream(_)) => true,
                        Some(Object::Name(name)) => name == b"Identity",
                        _ => false,
                    };
                    self.expect(good, "3.2", "a CIDFontType2 without a good /CIDToGIDMap");
                }
                self.composite(used, descendant, program.as_deref());
            }
            _ => {
                let program = self.program(font, used.visible);
                self.simple(used, kind, program.as_deref());
            }
        }
    }

    /// The font program, if it is embedded.
    fn program(&mut self, font: &'a Dictionary, visible: bool) -> Option<Vec<u8>> {
        let descriptor = self.reader.dictionary(font, "FontDescriptor");
        let stream = descriptor.and_then(|descriptor| {
            ["FontFile", "FontFile2", "FontFile3"]
                .into_iter()
                .find_map(|key| self.reader.find(descriptor, key)?.as_stream().ok())
        });
        self.expect(stream.is_some() || !visible, "4.1", "a font is not embedded");
        stream?.get_plain_content().ok()
    }

    fn cmap(&mut self, font: &'a Dictionary, descendant: &'a Dictionary) {
        match self.reader.find(font, "Encoding") {
            Some(Object::Name(name)) => {
                let name = String::from_utf8_lossy(name).into_owned();
                let known = is_predefined(&name);
                self.expect(
                    known,
                    "3.3-1",
                    format!("the CMap {name} is neither predefined nor embedded"),
                );
            }
            Some(Object::Stream(map)) => {
                let text = map.get_plain_content().unwrap_or_default();
                let text = String::from_utf8_lossy(&text).into_owned();
                let inner = text
                    .split_once("/WMode")
                    .and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<i64>().ok())
                    .unwrap_or(0);
                let outer = self.reader.integer(&map.dict, "WMode").unwrap_or(0);
                self.expect(
                    inner == outer,
                    "3.3-2",
                    "/WMode of the CMap and of its dictionary differ",
                );
                if let Some(base) = self.reader.find(&map.dict, "UseCMap") {
                    let name = base.as_name().or_else(|_| {
                        base.as_stream()
                            .and_then(|stream| stream.dict.get(b"CMapName").and_then(Object::as_name))
                    });
                    let name = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
                    let known = is_predefined(&name);
                    self.expect(known, "3.3-3", format!("a CMap refers to {name}"));
                }
                let systems = self
                    .reader
                    .dictionary(descendant, "CIDSystemInfo")
                    .zip(self.reader.dictionary(&map.dict, "CIDSystemInfo"));
                if let Some((own, map)) = systems {
                    for key in ["Registry", "Ordering"] {
                        let text = |system| self.reader.find(system, key).and_then(|text| text.as_str().ok());
                        let same = text(own) == text(map);
                        self.expect(same, "3.1", format!("/{key} of font and CMap differ"));
                    }
                    let number = |system| self.reader.integer(system, "Supplement").unwrap_or(0);
                    let covers = number(own) <= number(map);
                    self.expect(covers, "3.1", "/Supplement of the font is above that of the CMap");
                }
            }
            _ => self.expect(false, "3.3-1", "a composite font without /Encoding"),
        }
    }

    fn composite(&mut self, used: &Use<'a>, descendant: &'a Dictionary, program: Option<&[u8]>) {
        if self.reader.name(used.font, "Encoding") != Some(b"Identity-H") {
            return;
        }
        let cids: BTreeSet<u16> = used
            .strings
            .iter()
            .flat_map(|string| string.chunks_exact(2))
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        let Some(program) = program else { return };
        let open_type = Face::parse(program, 0).ok();
        let bare = ttf_parser::cff::Table::parse(program);
        let map = match self.reader.find(descendant, "CIDToGIDMap") {
            Some(Object::Stream(map)) => map.get_plain_content().ok(),
            _ => None,
        };
        let (glyphs, scale) = match (&open_type, &bare) {
            (Some(face), _) => (face.number_of_glyphs(), 1000.0 / f64::from(face.units_per_em())),
            (None, Some(table)) => (table.number_of_glyphs(), f64::from(table.matrix().sx) * 1000.0),
            (None, None) => return,
        };
        let default = self.reader.integer(descendant, "DW").unwrap_or(1000);
        let widths = self.widths(descendant);
        for cid in cids {
            let glyph = match (&map, &open_type, &bare) {
                (Some(map), ..) => {
                    let at = usize::from(cid) * 2;
                    map.get(at..at + 2)
                        .map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
                }
                (None, None, Some(table)) => (0..glyphs)
                    .find(|glyph| table.glyph_cid(GlyphId(*glyph)).unwrap_or(*glyph) == cid)
                    .unwrap_or(0),
                _ => cid,
            };
            self.expect(
                glyph != 0 && glyph < glyphs,
                if glyph < glyphs { "8" } else { "4.1" },
                format!("CID {cid} is shown as glyph {glyph} of {glyphs}"),
            );
            let advance = match (&open_type, &bare) {
                (Some(face), _) => face.glyph_hor_advance(GlyphId(glyph)),
                (None, Some(table)) => table.glyph_width(GlyphId(glyph)),
                (None, None) => None,
            };
            let stated = widths.get(&cid).copied().unwrap_or(default as f64);
            if let Some(advance) = advance {
                let real = f64::from(advance) * scale;
                self.expect(
                    (real - stated).abs() <= 1.0,
                    "5",
                    format!("CID {cid} is {real} wide and said to be {stated}"),
                );
            }
        }
        // A set must be complete for the whole program (6.2.11.4.2 has no such words as "used").
        let descriptor = self.reader.dictionary(descendant, "FontDescriptor");
        if let Some(Object::Stream(set)) = descriptor.and_then(|one| self.reader.find(one, "CIDSet")) {
            let set = set.get_plain_content().unwrap_or_default();
            let complete = (1..glyphs).all(|glyph| {
                let cid = match (&open_type, &bare) {
                    (None, Some(table)) => table.glyph_cid(GlyphId(glyph)).unwrap_or(glyph),
                    _ => glyph,
                };
                set.get(usize::from(cid / 8))
                    .is_some_and(|byte| byte & (0x80 >> (cid % 8)) != 0)
            });
            self.expect(complete, "4.2-2", "/CIDSet lacks glyphs of the program");
        }
    }

    /// `/W` (ISO 32000-1, 9.7.4.3).
    fn widths(&self, descendant: &'a Dictionary) -> BTreeMap<u16, f64> {
        let mut widths = BTreeMap::new();
        let items = self.reader.list(descendant, "W");
        let number = |object: &'a Object| self.reader.resolve(object).as_float().ok().map(f64::from);
        let mut at = 0;
        while let Some(first) = items.get(at).and_then(|first| number(first)) {
            match items.get(at + 1).map(|next| self.reader.resolve(next)) {
                Some(Object::Array(list)) => {
                    for (offset, width) in list.iter().enumerate() {
                        widths.insert(first as u16 + offset as u16, number(width).unwrap_or(0.0));
                    }
                    at += 2;
                }
                Some(_) => {
                    let last = number(items[at + 1]).unwrap_or(0.0);
                    let width = items.get(at + 2).and_then(|width| number(width)).unwrap_or(0.0);
                    for cid in first as u16..=last as u16 {
                        widths.insert(cid, width);
                    }
                    at += 3;
                }
                None => break,
            }
        }
        widths
    }

    fn simple(&mut self, used: &Use<'a>, kind: &[u8], program: Option<&[u8]>) {
        let font = used.font;
        let descriptor = self.reader.dictionary(font, "FontDescriptor");
        let flags = descriptor
            .and_then(|one| self.reader.integer(one, "Flags"))
            .unwrap_or(0);
        let symbolic = flags & 4 != 0;
        let encoding = self.reader.find(font, "Encoding");
        let unicode = program
            .and_then(|program| Face::parse(program, 0).ok())
            .is_some_and(|face| {
                face.tables().cmap.is_some_and(|cmap| {
                    cmap.subtables.into_iter().any(|table| {
                        table.platform_id == ttf_parser::PlatformId::Windows && table.encoding_id == 1
                    })
                })
            });
        if kind == b"TrueType" {
            let base = match encoding {
                Some(Object::Name(name)) => Some(name.as_slice()),
                Some(Object::Dictionary(own)) => self.reader.name(own, "BaseEncoding"),
                _ => None,
            };
            let named = matches!(base, Some(b"MacRomanEncoding" | b"WinAnsiEncoding"));
            if symbolic {
                self.expect(
                    encoding.is_none(),
                    "6-3",
                    "a symbolic TrueType font with /Encoding",
                );
            } else {
                self.expect(named, "6-2", "a TrueType font in no known encoding");
                if let Some(Object::Dictionary(own)) = encoding
                    && own.has(b"Differences")
                {
                    self.expect(unicode, "6-2", "differences, and no Unicode cmap to find them by");
                }
            }
        }
        let Some(face) = program.and_then(|program| Face::parse(program, 0).ok()) else {
            return;
        };
        let first = self.reader.integer(font, "FirstChar").unwrap_or(0);
        let widths = self.reader.list(font, "Widths");
        let differences = matches!(encoding, Some(Object::Dictionary(_)));
        let scale = 1000.0 / f64::from(face.units_per_em());
        let codes: BTreeSet<u8> = used.strings.iter().flatten().copied().collect();
        for code in codes {
            let glyph = if symbolic {
                face.tables().cmap.and_then(|cmap| {
                    cmap.subtables.into_iter().find_map(|table| {
                        let code = u32::from(code);
                        table
                            .glyph_index(code)
                            .or_else(|| table.glyph_index(0xF000 + code))
                    })
                })
            } else if code.is_ascii() && !differences && unicode {
                face.glyph_index(char::from(code))
            } else {
                continue;
            };
            let Some(glyph) = glyph else {
                // A symbolic font may have its glyphs under other codes.
                self.expect(symbolic, "8", format!("code {code} has no glyph"));
                continue;
            };
            let at = i64::from(code) - first;
            let stated = usize::try_from(at).ok().and_then(|at| widths.get(at));
            let stated = stated.and_then(|width| self.reader.resolve(width).as_float().ok());
            if let (Some(stated), Some(advance)) = (stated, face.glyph_hor_advance(glyph)) {
                let (stated, real) = (f64::from(stated), f64::from(advance) * scale);
                self.expect(
                    (real - stated).abs() <= 1.0,
                    "5",
                    format!("code {code} is {real} wide and said to be {stated}"),
                );
            }
        }
    }

    /// Whether the characters of the font are those of a collection whose Unicode values are published.
    fn collection(&self, font: &'a Dictionary) -> bool {
        let descendant = self.reader.list(font, "DescendantFonts").first().copied();
        let system = descendant
            .and_then(|one| dictionary_of(self.reader.resolve(one)))
            .and_then(|one| self.reader.dictionary(one, "CIDSystemInfo"));
        let text = |key| system.and_then(|system| self.reader.text(system, key));
        text("Registry") == Some(b"Adobe")
            && matches!(text("Ordering"), Some(b"GB1" | b"CNS1" | b"Japan1" | b"Korea1"))
    }

    /// Every code has a Unicode value, and none of the values says nothing.
    fn unicode(&mut self, used: &Use<'a>, kind: &[u8]) {
        let map = match self.reader.find(used.font, "ToUnicode") {
            Some(Object::Stream(map)) => map.get_plain_content().ok(),
            _ => None,
        };
        let Some(map) = map else {
            let encoding = self.reader.find(used.font, "Encoding");
            let derived = match kind {
                b"Type0" => {
                    let named = encoding
                        .and_then(|encoding| encoding.as_name().ok())
                        .is_some_and(|name| !name.starts_with(b"Identity"));
                    named || self.collection(used.font)
                }
                _ => encoding.is_some() || kind == b"Type1" || kind == b"MMType1",
            };
            return self.expect(derived, "7-1", "a font without /ToUnicode");
        };
        let map = unicode_map(&map);
        let width = if kind == b"Type0" { 2 } else { 1 };
        for string in &used.strings {
            for code in string.chunks(width) {
                let code = code.iter().fold(0_u32, |code, byte| code << 8 | u32::from(*byte));
                match map.get(&code) {
                    None => self.expect(false, "7-1", format!("code {code} has no Unicode value")),
                    Some(text) => {
                        let empty = text.iter().any(|unit| matches!(unit, 0 | 0xFEFF | 0xFFFE));
                        self.expect(!empty, "7-2", format!("code {code} is said to be {text:X?}"));
                    }
                }
            }
        }
    }
}

fn is_predefined(name: &str) -> bool {
    name.starts_with("Identity-") || PREDEFINED.split(' ').any(|known| known == name)
}
