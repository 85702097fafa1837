//! The codes of a set on A4 pages: a file on paper, to be photographed or scanned.
//!
//! How many codes a page has follows from the print rule. A part of the usual size (616 bytes) makes a symbol of version 20-M:
//! 97 modules and twice 4 of quiet zone, 105 in all, which at 0.38 mm are 39.9 mm. Printers leave 10 mm of each edge blank, so
//! the page has 190 x 277 mm; 4 symbols are 160 mm wide and a fifth would reach 199.5 mm. Below the heading and above the foot are
//! 238 mm, in which 5 rows of symbol and caption (39.9 + 4 mm) take 220 mm and 6 would take 263 mm. That makes 20 codes a page,
//! and what is left of the height makes the modules larger: (238 / 5 - 4) / 105 = 0.415 mm. A camera that sees the whole page
//! needs 4 pixels a module, 210 / 0.415 x 4 = 2,024 pixels over the short side: a photograph of 6 megapixels.

use core::fmt;

use super::chain::Fonts;
use super::error::ComposeError;
use super::leaf::{Leaf, LeafMatter, Length, Style, mm};
use crate::crypto::DigestAlgorithm;
use crate::draft::Draft;
use crate::limits::Limits;
use crate::payload::{SetError, SplitRule, split};
use crate::symbol::{PrintRule, Symbol, SymbolError};
use crate::time::Time;

/// Blank on every side: office printers leave up to 6 mm.
const MARGIN: Length = mm(10);
/// From the upper margin to the first row of codes.
const HEAD: Length = mm(33);
/// From the last row of codes to the lower margin.
const FOOT: Length = mm(6);
/// The line below each code and the space to the next row.
const CAPTION: Length = mm(4);
const MEASURE: Length = Leaf::WIDTH - 2 * MARGIN;

const TITLE: Style = Style {
    size: 15_000,
    bold: true,
};
const TEXT: Style = Style {
    size: 8_500,
    bold: false,
};
const SMALL: Style = Style {
    size: 6_500,
    bold: false,
};
const TITLE_PITCH: Length = 21_000;
const PITCH: Length = 11_500;
const SMALL_PITCH: Length = 9_000;

/// How a file is printed as a set of codes, and what the pages say of it.
///
/// ```
/// use yinxin::compose::{Fonts, SetPages};
/// use yinxin::limits::Limits;
///
/// let at = "2030-06-01T09:00:00+08:00".parse()?;
/// let pages = SetPages::new("residence.pdf", at).compose(&[0x25; 15_000], &Fonts::bundled(), &Limits::DEFAULT)?;
/// assert!(pages.bytes().starts_with(b"%PDF-1.7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SetPages<'a> {
    /// The file's name, or its title.
    pub name: &'a str,
    /// When the pages were made; they are the same bytes for the same time.
    pub at: Time,
    /// How the file is divided.
    pub split: SplitRule,
    /// What every code keeps to.
    pub print: PrintRule,
}

impl<'a> SetPages<'a> {
    /// Pages by the usual rules.
    #[must_use]
    pub fn new(name: &'a str, at: Time) -> Self {
        Self {
            name,
            at,
            split: SplitRule::DEFAULT,
            print: PrintRule::DEFAULT,
        }
    }

    /// The symbols of the codes that carry `file`, in the order in which they are printed.
    ///
    /// # Errors
    /// Occurs if the file cannot be divided by [`split`](Self::split), or a part makes no symbol.
    pub fn symbols(&self, file: &[u8], limits: &Limits) -> Result<Vec<Symbol>, SetPagesError> {
        let texts = split(file, &self.split, limits).map_err(SetPagesError::Set)?;
        let symbol = |text: &String| Symbol::of_text(text, self.print.level).map_err(SetPagesError::Symbol);
        texts.iter().map(symbol).collect()
    }

    /// The pages: PDF/A-2b and PDF/UA-1, A4. Nothing on them is signed: the file that they give back is verified like any other.
    ///
    /// A character of the name that the fonts lack is printed as its number.
    ///
    /// # Errors
    /// As for [`symbols`](Self::symbols), and if a symbol breaks [`print`](Self::print), the pages are more than
    /// `limits.composed_pages`, or a font cannot be made into a subset.
    pub fn compose(&self, file: &[u8], fonts: &Fonts, limits: &Limits) -> Result<Draft, SetPagesError> {
        let symbols = self.symbols(file, limits)?;
        let grid = Grid::of(&symbols, &self.print)?;
        let pages = symbols.len().div_ceil(grid.places());
        if pages > limits.composed_pages {
            return Err(SetPagesError::TooManyPages {
                pages,
                most: limits.composed_pages,
            });
        }
        let about = About {
            name: self.name,
            bytes: file.len(),
            set: short(&DigestAlgorithm::Sha256.digest(file)),
            needed: file.len().div_ceil(usize::from(self.split.piece_bytes).max(1)),
            codes: symbols.len(),
            pages,
        };
        let mut leaf = Leaf::new(fonts);
        for (page, codes) in symbols.chunks(grid.places()).enumerate() {
            if page > 0 {
                leaf.turn();
            }
            about.head(&mut leaf);
            let first = page.saturating_mul(grid.places());
            for (place, symbol) in codes.iter().enumerate() {
                grid.put(&mut leaf, place, symbol, first.saturating_add(place), &about);
            }
            about.foot(&mut leaf, page, first, codes.len());
        }
        let title = format!("多码纸质副本 File in codes: {}", self.name);
        leaf.finish(&LeafMatter {
            title: &title,
            creator: "yinxin",
            at: self.at,
            attached: &[],
        })
        .map_err(SetPagesError::Compose)
    }
}

/// Why a file is not printed as a set of codes.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum SetPagesError {
    /// The file cannot be divided.
    Set(SetError),
    /// A part makes no symbol, or one that the print rule forbids.
    Symbol(SymbolError),
    /// The codes would take more pages than the limit.
    TooManyPages {
        /// Pages that it would be.
        pages: usize,
        /// Pages that there may be.
        most: usize,
    },
    /// The pages cannot be set.
    Compose(ComposeError),
}

impl fmt::Display for SetPagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(error) => error.fmt(f),
            Self::Symbol(error) => error.fmt(f),
            Self::TooManyPages { pages, most } => write!(
                f,
                "the codes would take {pages} pages and {most} is the limit; raise it or print a smaller file"
            ),
            Self::Compose(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SetPagesError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Set(error) => Some(error),
            Self::Symbol(error) => Some(error),
            Self::TooManyPages { .. } => None,
            Self::Compose(error) => Some(error),
        }
    }
}

/// Where the codes of a page stand.
struct Grid {
    columns: usize,
    rows: usize,
    /// Sides of one place, with the caption.
    width: Length,
    height: Length,
    /// Side of a symbol with its quiet zone, at most.
    side: Length,
}

impl Grid {
    /// As many codes as have room by the rule; all have the room of the largest.
    fn of(symbols: &[Symbol], rule: &PrintRule) -> Result<Self, SetPagesError> {
        let largest = symbols.iter().max_by_key(|symbol| symbol.form_side());
        let modules = largest.map_or(1, Symbol::form_side);
        let modules = Length::try_from(modules).unwrap_or(Length::MAX);
        let height = Leaf::HEIGHT - 2 * MARGIN - HEAD - FOOT;
        let least = smallest_module(rule).saturating_mul(modules).max(1);
        let columns = (MEASURE / least).max(1);
        let rows = (height / least.saturating_add(CAPTION)).max(1);
        let (width, height) = (MEASURE / columns, height / rows);
        let side = width.min(height - CAPTION);
        for symbol in symbols {
            let box_mm = f64::from(side) / 72_000.0 * 25.4;
            rule.check(symbol, box_mm).map_err(SetPagesError::Symbol)?;
        }
        Ok(Self {
            columns: usize::try_from(columns).unwrap_or(1),
            rows: usize::try_from(rows).unwrap_or(1),
            width,
            height,
            side,
        })
    }

    fn places(&self) -> usize {
        self.columns.saturating_mul(self.rows).max(1)
    }

    /// Draws the code of number `index` and its caption in `place`, counted by rows from the upper left.
    fn put(&self, leaf: &mut Leaf<'_>, place: usize, symbol: &Symbol, index: usize, about: &About<'_>) {
        let count = |number: usize| Length::try_from(number).unwrap_or_default();
        let (column, row) = (count(place % self.columns), count(place / self.columns));
        let modules = count(symbol.form_side()).max(1);
        let module = self.side / modules;
        let side = module.saturating_mul(modules);
        let left = MARGIN + column * self.width;
        let top = Leaf::HEIGHT - MARGIN - HEAD - row * self.height;
        let number = index.saturating_add(1);
        let alt = format!(
            "二维码，第 {number} 个，共 {} 个；集合 {} QR code {number} of {}, set {}",
            about.codes, about.set, about.codes, about.set
        );
        leaf.symbol(symbol, left + (self.width - side) / 2, top - side, module, &alt);
        let caption = leaf.line(&format!("{number} / {}   {}", about.codes, about.set), SMALL);
        let x = left + (self.width - caption.width()) / 2;
        leaf.put(caption, x, top - side, SMALL_PITCH);
    }
}

/// The least module in thousandths of a point, rounded up; a rule that is no number asks for none.
fn smallest_module(rule: &PrintRule) -> Length {
    let micrometres = (rule.minimum_module_mm * 1000.0).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is within a page, and NaN becomes 0"
    )]
    let micrometres = micrometres.clamp(0.0, 300_000.0) as i64;
    // An inch has 25,400 micrometres and 72,000 thousandths of a point.
    Length::try_from((micrometres * 72_000 + 25_399) / 25_400).unwrap_or(Length::MAX)
}

/// What the pages say.
struct About<'a> {
    name: &'a str,
    bytes: usize,
    /// The set's eight bytes, which are the first of the file's SHA-256.
    set: String,
    /// How many codes the file takes if none is lost.
    needed: usize,
    codes: usize,
    pages: usize,
}

impl About<'_> {
    fn head(&self, leaf: &mut Leaf<'_>) {
        let mut top = Leaf::HEIGHT - MARGIN;
        let title = leaf.line("扫码还原文件  Scan these codes to restore a file", TITLE);
        leaf.put(title, MARGIN, top, TITLE_PITCH);
        top -= TITLE_PITCH;
        let bytes = self.bytes;
        let file = format!("文件 File：{}（{bytes} 字节 bytes）", self.name);
        let set = format!(
            "集合 Set：{}（文件 SHA-256 的前 8 字节 first 8 bytes of the file's SHA-256）",
            self.set
        );
        let (needed, codes) = (self.needed, self.codes);
        let chinese = format!(
            "读法：用能读取 YXS: 多码集合的程序逐页拍照或扫描，次序不限，混有其他集合也无妨；全部 {codes} 个码中通常任取 {needed} 个即可还原。\
             本页未经签名，不作凭证，还原后的文件须另行核验。"
        );
        let english = format!(
            "How to read: photograph or scan the pages with a program for sets of codes (YXS:), in any order; of the {codes} codes \
             usually any {needed} are enough. This paper is not signed and proves nothing: verify the file that comes out."
        );
        for (text, style, pitch, most) in [
            (file, TEXT, PITCH, 1),
            (set, TEXT, PITCH, 1),
            (chinese, SMALL, SMALL_PITCH, 2),
            (english, SMALL, SMALL_PITCH, 2),
        ] {
            let lines = leaf.lines(&text, style, MEASURE, most);
            let height = lines.count().saturating_mul(pitch);
            leaf.put(lines, MARGIN, top, pitch);
            top -= height;
        }
    }

    /// Below the codes of `page`, counted from 0, which start with number `first`.
    fn foot(&self, leaf: &mut Leaf<'_>, page: usize, first: usize, count: usize) {
        let (from, to) = (first.saturating_add(1), first.saturating_add(count));
        let (page, pages) = (page.saturating_add(1), self.pages);
        let text = format!(
            "第 {page} 页，共 {pages} 页 · 码 {from} 至 {to}    Page {page} of {pages} · codes {from} to {to} · set {}",
            self.set
        );
        let line = leaf.line(&text, SMALL);
        let x = MARGIN + (MEASURE - line.width()) / 2;
        leaf.foot(line, x, MARGIN + SMALL_PITCH, SMALL_PITCH);
    }
}

/// The first eight bytes of a digest in hexadecimal, by fours.
fn short(digest: &[u8]) -> String {
    let mut out = String::new();
    for (index, byte) in digest.iter().take(8).enumerate() {
        if index > 0 && index % 2 == 0 {
            out.push(' ');
        }
        out.push_str(&format!("{byte:02x}"));
    }
    out
}
