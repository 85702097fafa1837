//! Pages set element by element, for a document whose places depend on what it has to say; templates have theirs fixed.

use super::chain::Fonts;
use super::conformance::Conformance;
use super::error::ComposeError;
use super::flow::baseline;
use super::lines::{Fill, Glyph, Line, Part, break_lines, glyphs, single_line};
use super::marks;
use super::output::{Matter, Moment, write_pages};
use super::page::{ArtifactKind, Mark, NodeId, Page, Role, Run, SealPlace, Sheet, Tree};
use super::picture::Gallery;
use super::template::Piece;
use super::units::{em, in_em};
use crate::crypto::DigestAlgorithm;
use crate::draft::Draft;
use crate::symbol::Symbol;
use crate::time::Time;

pub(crate) use super::output::Attachment;
pub(crate) use super::units::{Length, mm};
pub(crate) use pdf_writer::types::AssociationKind as Relation;

/// How a text is set: its size, and whether it is bold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Style {
    /// Thousandths of a point.
    pub(crate) size: Length,
    pub(crate) bold: bool,
}

impl Style {
    pub(crate) const fn plain(size: Length) -> Self {
        Self { size, bold: false }
    }

    pub(crate) const fn bold(size: Length) -> Self {
        Self { size, bold: true }
    }
}

/// Text divided into the lines it is set in.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    style: Style,
    lines: Vec<Line>,
}

impl Lines {
    pub(crate) fn count(&self) -> Length {
        Length::try_from(self.lines.len()).unwrap_or(Length::MAX)
    }

    /// The width of the longest line.
    pub(crate) fn width(&self) -> Length {
        let widths = self.lines.iter().map(|line| em(line.width, self.style.size));
        widths.max().unwrap_or(0)
    }
}

/// An A4 page on which everything finds its place, and those before it. Lengths are thousandths of a point from the lower left
/// corner.
pub(crate) struct Leaf<'f> {
    fonts: &'f Fonts,
    /// The pages that are done.
    before: Vec<Vec<Mark>>,
    marks: Vec<Mark>,
    tree: Tree,
    seal: Option<SealPlace>,
}

/// What a leaf is beside what stands on it.
pub(crate) struct LeafMatter<'a> {
    pub(crate) title: &'a str,
    pub(crate) creator: &'a str,
    pub(crate) at: Time,
    /// The files that travel in it, by rising name.
    pub(crate) attached: &'a [Attachment<'a>],
}

impl<'f> Leaf<'f> {
    pub(crate) const WIDTH: Length = mm(210);
    pub(crate) const HEIGHT: Length = mm(297);

    pub(crate) fn new(fonts: &'f Fonts) -> Self {
        Self {
            fonts,
            before: vec![],
            marks: vec![],
            tree: Tree::new(),
            seal: None,
        }
    }

    /// `text` with every character that cannot be shown written as its number: those that no font here has, and those that
    /// have no look of their own or turn the reading direction. At most `most` characters of it.
    pub(crate) fn shown(&self, text: &str, most: usize) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars().take(most) {
            let hostile = c.is_control()
                || marks::is_direction_control(c)
                || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
            if hostile || self.fonts.find(c).is_none() {
                out.push_str(&format!("<U+{:04X}>", u32::from(c)));
            } else {
                out.push(c);
            }
        }
        if text.chars().nth(most).is_some() {
            out.push('…');
        }
        out
    }

    /// `text`, fit to be shown, in at most `most` lines of `measure`; what does not fit is cut off and an ellipsis says so.
    pub(crate) fn lines(&self, text: &str, style: Style, measure: Length, most: usize) -> Lines {
        // No page holds more, and a hostile text must not cost more.
        let all = self.glyphs(&self.shown(text, 2_000));
        let measure = in_em(measure, style.size);
        let divided = |glyphs: &[Glyph]| break_lines(glyphs, measure, 0, Fill::Ragged);
        let mut lines = divided(&all);
        if lines.len() > most {
            let ellipsis = self.glyphs("…");
            let cut = |kept: usize| {
                // Not within a cluster.
                let starts = |at: &usize| all.get(*at).is_none_or(|glyph| glyph.part == Part::First);
                let kept = (0..=kept).rev().find(starts).unwrap_or(0);
                let head = all.get(..kept).unwrap_or_default();
                divided(&[head, &ellipsis].concat())
            };
            // The longest beginning that fits with the ellipsis: more characters never take fewer lines.
            let (mut fits, mut over) = (0, all.len());
            while fits + 1 < over {
                let middle = fits + (over - fits) / 2;
                if cut(middle).len() <= most {
                    fits = middle;
                } else {
                    over = middle;
                }
            }
            lines = cut(fits);
        }
        Lines { style, lines }
    }

    /// One line of text that is known to be short, such as a label.
    pub(crate) fn line(&self, text: &str, style: Style) -> Lines {
        let glyphs = self.glyphs(&self.shown(text, 200));
        Lines {
            style,
            lines: vec![single_line(&glyphs)],
        }
    }

    fn glyphs(&self, text: &str) -> Vec<Glyph> {
        // Only characters that a font has are left; those that this build cannot join are written as their numbers.
        let set = |text: &str| glyphs(self.fonts, &[Piece::literal(text)], "leaf");
        set(text)
            .or_else(|_| {
                let numbered = text.chars().map(|c| match marks::is_shaped(c) {
                    true => format!("<U+{:04X}>", u32::from(c)),
                    false => c.to_string(),
                });
                set(&numbered.collect::<String>())
            })
            .unwrap_or_default()
    }

    /// Draws `lines` from `top` downwards, `pitch` from one to the next.
    pub(crate) fn put(&mut self, lines: Lines, x: Length, top: Length, pitch: Length) {
        // The first text of a leaf is its title.
        let role = if self.tree.nodes().len() == 1 {
            Role::H1
        } else {
            Role::P
        };
        let node = self.tree.add(role, NodeId::DOCUMENT);
        self.draw(Mark::Open(node), lines, x, top, pitch);
    }

    /// Draws `lines` as what every page repeats below its text.
    pub(crate) fn foot(&mut self, lines: Lines, x: Length, top: Length, pitch: Length) {
        self.draw(Mark::Artifact(ArtifactKind::Footer), lines, x, top, pitch);
    }

    fn draw(&mut self, bracket: Mark, lines: Lines, x: Length, top: Length, pitch: Length) {
        let Style { size, bold } = lines.style;
        let mut top = top;
        self.marks.push(bracket);
        for line in lines.lines {
            self.marks.push(Mark::Text(Run {
                x,
                y: baseline(top, size, pitch),
                size,
                bold,
                line,
                actual: None,
            }));
            top = top.saturating_sub(pitch);
        }
        self.marks.push(Mark::Close);
    }

    /// Fills a rectangle; `x` and `y` are its lower left corner.
    pub(crate) fn fill(&mut self, x: Length, y: Length, width: Length, height: Length) {
        self.marks.push(Mark::Artifact(ArtifactKind::Layout));
        self.marks.push(Mark::Fill { x, y, width, height });
        self.marks.push(Mark::Close);
    }

    /// Draws `symbol` with its quiet zone, its lower left corner at `x` and `y`; a reader who cannot see it is told `alt`.
    pub(crate) fn symbol(&mut self, symbol: &Symbol, x: Length, y: Length, module: Length, alt: &str) {
        let node = self.tree.add(Role::Figure, NodeId::DOCUMENT);
        if let Some(node) = self.tree.node_mut(node) {
            node.alt = Some(alt.into());
        }
        let modules = Length::try_from(symbol.form_side()).unwrap_or(Length::MAX);
        self.marks.push(Mark::Open(node));
        self.marks.push(Mark::Symbol {
            content: symbol.form_content(),
            x,
            y,
            module,
            side: module.saturating_mul(modules),
        });
        self.marks.push(Mark::Close);
    }

    /// Goes on with an empty page.
    pub(crate) fn turn(&mut self) {
        self.before.push(core::mem::take(&mut self.marks));
    }

    /// What follows is drawn in this colour: red, green, blue in thousandths.
    pub(crate) fn colour(&mut self, colour: [i32; 3]) {
        self.marks.push(Mark::Colour(colour));
    }

    /// Reserves the place of the seal of `name` by its centre.
    pub(crate) fn seal_place(&mut self, name: &str, x: Length, y: Length) {
        self.seal = Some(SealPlace {
            page: self.before.len(),
            name: name.to_owned(),
            x,
            y,
            field: None,
        });
    }

    /// The pages as a draft: PDF/A-3b if files are attached, or else PDF/A-2b.
    ///
    /// # Errors
    /// Occurs if a font cannot be made into a subset.
    pub(crate) fn finish(self, matter: &LeafMatter<'_>) -> Result<Draft, ComposeError> {
        let conformance = match matter.attached {
            [] => Conformance::A2b,
            _ => Conformance::A3b,
        };
        let fonts = self.fonts.digest();
        let page = |marks| Page {
            width: Self::WIDTH,
            height: Self::HEIGHT,
            marks,
        };
        let last = core::iter::once(self.marks);
        let sheet = Sheet {
            pages: self.before.into_iter().chain(last).map(page).collect(),
            tree: self.tree,
            code: None,
            seals: self.seal.into_iter().collect(),
        };
        let identifier = |content: &[u8]| {
            let mut all = b"yinxin leaf 2\0".to_vec();
            all.extend_from_slice(&fonts);
            all.extend_from_slice(&DigestAlgorithm::Sha256.digest(content));
            for attached in matter.attached {
                all.extend_from_slice(attached.bytes);
            }
            let mut digest = DigestAlgorithm::Sha256.digest(&all);
            digest.truncate(16);
            digest
        };
        let matter = Matter {
            title: matter.title,
            creator: matter.creator,
            language: "zh-CN",
            conformance,
            date: Moment::of_time(matter.at),
            template: None,
            frequent: &[],
            backdrop: None,
            attached: matter.attached,
            identifier: &identifier,
            code_side: None,
            gallery: Gallery::default(),
        };
        write_pages(&matter, self.fonts, &sheet)
    }
}
