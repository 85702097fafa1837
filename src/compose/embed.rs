//! Subsets of fonts as PDF objects: Type 0 over CIDFontType2 or CIDFontType0C, Identity-H, with ToUnicode (ISO 32000-2, 9.7 and
//! 9.10.3).

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Chunk, Filter, Finish, Name, Rect, Ref, Str};

use super::chain::Fonts;
use super::error::ComposeError;
use super::face::{Face, Metrics, Outlines};
use super::font_error::FontError;
use super::glyph::Glyph;
use super::lines::Placed;
use super::subset::{Subset, Used};
use crate::crypto::DigestAlgorithm;

/// How many objects one embedded font takes.
pub(super) const OBJECTS: i32 = 5;
const IDENTITY: SystemInfo<'_> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// A finished subset: compressed and ready to be written under any object numbers.
pub(super) struct Embedded {
    pub(super) face: usize,
    /// The CID of each of the font's glyphs, as far as they are used; 0 where one is not.
    cids: Vec<u16>,
    used: Vec<Used>,
    name: String,
    metrics: Metrics,
    outlines: Outlines,
    program: Vec<u8>,
    program_length: usize,
    to_unicode: Vec<u8>,
}

impl Embedded {
    /// Makes the font program.
    ///
    /// # Errors
    /// Occurs if the font is too broken for that.
    pub(super) fn new(subset: Subset, fonts: &Fonts) -> Result<Self, ComposeError> {
        let malformed = || ComposeError::Font(FontError::Malformed { index: subset.face });
        let face = fonts.face(subset.face).ok_or_else(malformed)?;
        let program =
            subsetter::subset(face.bytes(), face.number, &subset.remapper).map_err(|_| malformed())?;
        let program = match face.outlines {
            Outlines::TrueType => program,
            // A CIDFontType0C program is the table alone (ISO 32000-2, table 124).
            Outlines::Cff => ttf_parser::RawFace::parse(&program, 0)
                .ok()
                .and_then(|font| font.table(ttf_parser::Tag::from_bytes(b"CFF ")))
                .ok_or_else(malformed)?
                .to_vec(),
        };
        let mut cmap = UnicodeCmap::<u16>::new(Name(b"Adobe-Identity-UCS"), IDENTITY);
        for (cid, used) in (1..).zip(&subset.used) {
            if used.more.is_empty() {
                cmap.pair(cid, used.character);
            } else {
                cmap.pair_with_multiple(cid, [used.character].into_iter().chain(used.more.chars()));
            }
        }
        let mut cids = Vec::new();
        for (cid, glyph) in (0..).zip(subset.remapper.remapped_gids()) {
            let glyph = usize::from(glyph);
            if cids.len() <= glyph {
                cids.resize(glyph + 1, 0);
            }
            if let Some(slot) = cids.get_mut(glyph) {
                *slot = cid;
            }
        }
        Ok(Self {
            face: subset.face,
            cids,
            metrics: face.metrics,
            outlines: face.outlines,
            name: format!("{}+{}", tag(&subset.used, face), face.name),
            used: subset.used,
            program_length: program.len(),
            program: compressed(&program),
            to_unicode: compressed(cmap.finish().as_slice()),
        })
    }

    /// The CID of `glyph`, if it is in this subset and stands for its character and the `silent` ones.
    pub(super) fn cid(&self, glyph: &Glyph, silent: &[Placed]) -> Option<u16> {
        let cid = self
            .cids
            .get(usize::from(glyph.id))
            .copied()
            .filter(|&cid| cid != 0)?;
        let used = self.used.get(usize::from(cid).checked_sub(1)?)?;
        used.is(glyph, silent).then_some(cid)
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
        font.subtype(match self.outlines {
            Outlines::Cff => CidFontType::Type0,
            Outlines::TrueType => CidFontType::Type2,
        });
        font.base_font(name);
        font.system_info(IDENTITY);
        font.font_descriptor(descriptor);
        font.default_width(1000.0);
        if self.outlines == Outlines::TrueType {
            font.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        let mut widths = font.widths();
        for (start, run) in self.width_runs() {
            widths.consecutive(start, run.iter().map(|used| used.width as f32));
        }
        widths.finish();
        font.finish();

        let side = |value: i32| value as f32;
        let [x1, y1, x2, y2] = self.metrics.bounds.map(side);
        let mut font = chunk.font_descriptor(descriptor);
        font.name(name)
            .flags(FontFlags::SYMBOLIC | FontFlags::SERIF)
            .bbox(Rect::new(x1, y1, x2, y2))
            .italic_angle(0.0)
            .ascent(side(self.metrics.ascent))
            .descent(side(self.metrics.descent))
            .cap_height(side(self.metrics.cap_height))
            // Only asked for when a reader must replace the font, which is embedded.
            .stem_v(80.0);
        match self.outlines {
            Outlines::Cff => font.font_file3(program),
            Outlines::TrueType => font.font_file2(program),
        };
        font.finish();

        let mut stream = chunk.stream(program, &self.program);
        stream.filter(Filter::FlateDecode);
        match self.outlines {
            Outlines::Cff => stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C")),
            Outlines::TrueType => stream.pair(
                Name(b"Length1"),
                i32::try_from(self.program_length).unwrap_or(i32::MAX),
            ),
        };
        stream.finish();
        chunk
            .stream(to_unicode, &self.to_unicode)
            .filter(Filter::FlateDecode);
    }

    /// Runs of CIDs whose advance is not the default of 1000.
    fn width_runs(&self) -> Vec<(u16, &[Used])> {
        let mut runs = Vec::new();
        let mut rest = self.used.as_slice();
        let mut cid = 1_u16;
        while !rest.is_empty() {
            let skipped = rest.iter().take_while(|used| used.width == 1000).count();
            let tail = rest.get(skipped..).unwrap_or_default();
            let kept = tail.iter().take_while(|used| used.width != 1000).count();
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
fn tag(used: &[Used], face: &Face) -> String {
    let mut bytes = face.digest.clone();
    for used in used {
        bytes.extend_from_slice(&u32::from(used.character).to_be_bytes());
        bytes.extend_from_slice(used.more.as_bytes());
    }
    let digest = DigestAlgorithm::Sha256.digest(&bytes);
    digest
        .iter()
        .take(6)
        .map(|byte| char::from(b'A' + byte % 26))
        .collect()
}
