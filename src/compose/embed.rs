//! Subsets of fonts as PDF objects: Type 0 over CIDFontType2, Identity-H, with ToUnicode (ISO 32000-2, 9.7 and 9.10.3).

use std::collections::BTreeMap;
use std::sync::Arc;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Filter, Finish, Name, Rect, Ref, Str};
use subsetter::GlyphRemapper;

use super::error::ComposeError;
use super::face::{FontError, Fonts, Metrics};
use super::lines::Glyph;
use crate::crypto::DigestAlgorithm;

/// How many objects one embedded font takes.
pub(super) const OBJECTS: i32 = 5;
const IDENTITY: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The glyphs that a text uses of one font; CIDs are given out in the order of first use.
pub(super) struct Subset {
    face: usize,
    remapper: GlyphRemapper,
    /// What each CID stands for and its advance, from CID 1.
    used: Vec<(char, i32)>,
}

/// A finished subset: compressed and ready to be written under any object numbers.
pub(super) struct Embedded {
    pub(super) face: usize,
    remapper: GlyphRemapper,
    name: String,
    metrics: Metrics,
    widths: Vec<i32>,
    program: Vec<u8>,
    program_length: usize,
    to_unicode: Vec<u8>,
}

impl Subset {
    pub(super) fn new(face: usize) -> Self {
        Self {
            face,
            remapper: GlyphRemapper::new(),
            used: Vec::new(),
        }
    }

    /// The CID of `glyph`.
    pub(super) fn cid(&mut self, glyph: Glyph) -> u16 {
        let cid = self.remapper.remap(glyph.id);
        if usize::from(cid) > self.used.len() {
            self.used.push((glyph.character, glyph.advance));
        }
        cid
    }

    pub(super) fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    pub(super) fn finish(self, fonts: &Fonts) -> Result<Embedded, ComposeError> {
        let malformed = || ComposeError::Font(FontError::Malformed { index: self.face });
        let face = fonts.face(self.face).ok_or_else(malformed)?;
        let program = subsetter::subset(face.data.bytes(), 0, &self.remapper).map_err(|_| malformed())?;
        let name = format!("{}+{}", tag(&self.used, &face.digest), face.name);
        let mut cmap = UnicodeCmap::<u16>::new(Name(b"Adobe-Identity-UCS"), IDENTITY);
        for (cid, &(character, _)) in (1..).zip(&self.used) {
            cmap.pair(cid, character);
        }
        Ok(Embedded {
            face: self.face,
            metrics: face.metrics,
            name,
            widths: self.used.iter().map(|&(_, advance)| advance).collect(),
            program_length: program.len(),
            program: compressed(&program),
            to_unicode: compressed(cmap.finish().as_slice()),
            remapper: self.remapper,
        })
    }
}

impl Embedded {
    /// The CID of the font's glyph `id`, if it is in this subset.
    pub(super) fn cid(&self, id: u16) -> Option<u16> {
        self.remapper.get(id)
    }

    /// Writes the [`OBJECTS`] objects of the font from number `first` on; `first` is the font.
    #[expect(
        clippy::cast_precision_loss,
        reason = "thousandths of an em are small whole numbers"
    )]
    pub(super) fn write(&self, chunk: &mut Chunk, first: Ref) {
        let at = |offset: i32| Ref::new(first.get() + offset);
        let (cid, descriptor, program, to_unicode) = (at(1), at(2), at(3), at(4));
        let name = Name(self.name.as_bytes());
        chunk
            .type0_font(first)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(to_unicode);

        let mut font = chunk.cid_font(cid);
        font.subtype(CidFontType::Type2);
        font.base_font(name);
        font.system_info(IDENTITY);
        font.font_descriptor(descriptor);
        font.default_width(1000.0);
        font.cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = font.widths();
        for (start, run) in self.width_runs() {
            widths.consecutive(start, run.iter().map(|&width| width as f32));
        }
        widths.finish();
        font.finish();

        let side = |value: i32| value as f32;
        let [x1, y1, x2, y2] = self.metrics.bounds.map(side);
        chunk
            .font_descriptor(descriptor)
            .name(name)
            .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
            .bbox(Rect::new(x1, y1, x2, y2))
            .italic_angle(0.0)
            .ascent(side(self.metrics.ascent))
            .descent(side(self.metrics.descent))
            .cap_height(side(self.metrics.cap_height))
            // Only asked for when a reader must replace the font, which is embedded.
            .stem_v(80.0)
            .font_file2(program);

        let mut stream = chunk.stream(program, &self.program);
        stream.filter(Filter::FlateDecode);
        stream.pair(
            Name(b"Length1"),
            i32::try_from(self.program_length).unwrap_or(i32::MAX),
        );
        stream.finish();
        chunk
            .stream(to_unicode, &self.to_unicode)
            .filter(Filter::FlateDecode);
    }

    /// Runs of CIDs whose advance is not the default of 1000.
    fn width_runs(&self) -> Vec<(u16, &[i32])> {
        let mut runs = Vec::new();
        let mut rest = self.widths.as_slice();
        let mut cid = 1_u16;
        while !rest.is_empty() {
            let skipped = rest.iter().take_while(|&&width| width == 1000).count();
            let tail = rest.get(skipped..).unwrap_or_default();
            let kept = tail.iter().take_while(|&&width| width != 1000).count();
            let (run, tail) = tail.split_at(kept);
            let start = cid.saturating_add(u16::try_from(skipped).unwrap_or(u16::MAX));
            if !run.is_empty() {
                runs.push((start, run));
            }
            cid = start.saturating_add(u16::try_from(kept).unwrap_or(u16::MAX));
            rest = tail;
        }
        runs
    }
}

/// Level 1: on glyph outlines higher levels cost three times as much for a tenth fewer bytes.
pub(super) fn compressed(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 1)
}

/// Six capital letters that differ between subsets (ISO 32000-2, 9.9.2).
fn tag(used: &[(char, i32)], face: &[u8]) -> String {
    let mut bytes = face.to_vec();
    for (character, _) in used {
        bytes.extend_from_slice(&u32::from(*character).to_be_bytes());
    }
    let digest = DigestAlgorithm::Sha256.digest(&bytes);
    digest
        .iter()
        .take(6)
        .map(|byte| char::from(b'A' + byte % 26))
        .collect()
}

/// The subsets of one document: the template's, if there is one, and one per font for what only the document brings.
pub(super) struct Subsets {
    frequent: Option<Arc<Embedded>>,
    own: BTreeMap<usize, Subset>,
}

impl Subsets {
    pub(super) fn new(frequent: Option<Arc<Embedded>>) -> Self {
        Self {
            frequent,
            own: BTreeMap::new(),
        }
    }

    /// Which font resource (0 for the template's, 1 + font for the others) and which CID.
    pub(super) fn place(&mut self, glyph: Glyph) -> (usize, u16) {
        if let Some(frequent) = &self.frequent
            && glyph.face == frequent.face
            && let Some(cid) = frequent.cid(glyph.id)
        {
            return (0, cid);
        }
        let subset = self
            .own
            .entry(glyph.face)
            .or_insert_with(|| Subset::new(glyph.face));
        (glyph.face + 1, subset.cid(glyph))
    }

    /// The finished subsets with the numbers of their resources, in order.
    pub(super) fn finish(self, fonts: &Fonts) -> Result<Vec<(usize, Arc<Embedded>)>, ComposeError> {
        let mut finished: Vec<_> = self.frequent.into_iter().map(|frequent| (0, frequent)).collect();
        for (face, subset) in self.own {
            if !subset.is_empty() {
                finished.push((face + 1, Arc::new(subset.finish(fonts)?)));
            }
        }
        Ok(finished)
    }
}
