//! From a text to the modules of a symbol.

use core::fmt;

use qrcode::bits::Bits;
use qrcode::canvas::Canvas;
use qrcode::types::Mode;
use qrcode::{EcLevel, Version, ec};

use super::{mask, segment};

/// ECI 000026, UTF-8 (AIM ITS/04-023).
const ECI_UTF_8: u32 = 26;
/// Bits of that designator: mode indicator 0111 and one byte.
const ECI_BITS: usize = 12;

/// How much of a damaged symbol can be restored. ISO/IEC 18004:2015, table 8.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// About 7 percent: screens only.
    L,
    /// About 15 percent: print.
    #[default]
    M,
    /// About 25 percent: print that will be folded or stamped on.
    Q,
    /// About 30 percent.
    H,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::L => "L",
            Self::M => "M",
            Self::Q => "Q",
            Self::H => "H",
        })
    }
}

/// One QR code symbol, version 1 to 40, without its quiet zone.
///
/// The same text and level always give the same modules.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Symbol {
    version: u8,
    level: Level,
    mask: u8,
    characters: usize,
    data_bits: usize,
    rows: mask::Rows,
}

impl Symbol {
    /// The smallest symbol of `level` that carries `text`.
    ///
    /// The text is split into numeric, alphanumeric and byte segments of the least length. A text beyond ASCII
    /// is announced as UTF-8 by an ECI designator (ISO/IEC 18004:2015, 7.4.2); a reader without ECI support may
    /// then show other characters, so texts meant for every phone stay within ASCII.
    ///
    /// # Errors
    /// [`SymbolError::Empty`] occurs if the text is empty, [`SymbolError::TooLong`] if not even version 40 has room.
    pub fn of_text(text: &str, level: Level) -> Result<Self, SymbolError> {
        if text.is_empty() {
            return Err(SymbolError::Empty);
        }
        let plan = Plan::of(text, level)?;
        let mut bits = Bits::new(plan.version);
        if plan.eci {
            bits.push_eci_designator(ECI_UTF_8)
                .map_err(|_| SymbolError::Unreachable)?;
        }
        for segment in &plan.segments {
            let bytes = text
                .as_bytes()
                .get(segment.begin..segment.end)
                .ok_or(SymbolError::Unreachable)?;
            match segment.mode {
                Mode::Numeric => bits.push_numeric_data(bytes),
                Mode::Alphanumeric => bits.push_alphanumeric_data(bytes),
                _ => bits.push_byte_data(bytes),
            }
            .map_err(|_| SymbolError::Unreachable)?;
        }
        let data_bits = bits.len();
        bits.push_terminator(level.into())
            .map_err(|_| SymbolError::Unreachable)?;
        let (data, correction) = ec::construct_codewords(&bits.into_bytes(), plan.version, level.into())
            .map_err(|_| SymbolError::Unreachable)?;

        let mut canvas = Canvas::new(plan.version, level.into());
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        let (rows, mask) = mask::choose(&canvas, plan.version.width() as usize, level);
        let version = plan.number;
        Ok(Self {
            version,
            level,
            mask,
            characters: text.chars().count(),
            data_bits,
            rows,
        })
    }

    /// The version, 1 to 40. ISO/IEC 18004:2015, 6.3.1.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The error correction level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The data mask pattern reference, 0 to 7. ISO/IEC 18004:2015, table 10.
    pub fn mask(&self) -> u8 {
        self.mask
    }

    /// Modules on a side, quiet zone excluded: 17 + 4 x version.
    pub fn width(&self) -> usize {
        self.rows.len()
    }

    /// Whether the module in column `x` and row `y` is dark; both count from 0 at the upper left.
    ///
    /// Everything outside the symbol is light.
    pub fn dark(&self, x: usize, y: usize) -> bool {
        self.rows
            .get(y)
            .and_then(|row| row.get(x / 64))
            .is_some_and(|word| word >> (x % 64) & 1 == 1)
    }

    /// Unicode scalar values of the text.
    pub fn characters(&self) -> usize {
        self.characters
    }

    /// Bits that the text takes with its segment headers, before terminator and padding.
    pub fn data_bits(&self) -> usize {
        self.data_bits
    }

    /// The horizontal runs of dark modules of row `y` as (column, length).
    pub(super) fn runs(&self, y: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut x = 0;
        core::iter::from_fn(move || {
            while x < self.width() && !self.dark(x, y) {
                x += 1;
            }
            let begin = x;
            while self.dark(x, y) {
                x += 1;
            }
            (x > begin).then_some((begin, x - begin))
        })
    }
}

/// Why a text is no symbol, or a symbol not fit to print.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SymbolError {
    /// The text is empty.
    Empty,
    /// The symbol corrects less damage than the print rule demands.
    LevelTooLow {
        /// The symbol's level.
        level: Level,
        /// The level the rule demands.
        minimum: Level,
    },
    /// The modules would be printed too small to be read.
    ModuleTooSmall {
        /// Side of a module in the box, in millimetres.
        module_mm: f64,
        /// Smallest side the rule permits, in millimetres.
        minimum_mm: f64,
        /// Side of the box, in millimetres.
        box_mm: f64,
        /// Side of the smallest box that would do, in millimetres.
        needed_mm: f64,
        /// The symbol's version.
        version: u8,
    },
    /// Not even version 40 carries the text.
    TooLong {
        /// Bits the text takes with its segment headers.
        bits: usize,
        /// Data bits of version 40 at this level.
        capacity: usize,
        /// The level asked for.
        level: Level,
    },
    /// The library contradicts itself; please report it.
    Unreachable,
    /// The symbol has more modules than phones read reliably from paper.
    VersionTooHigh {
        /// The symbol's version.
        version: u8,
        /// Highest version the rule permits.
        maximum: u8,
        /// Bits of text beyond the capacity of that version.
        excess_bits: usize,
        /// About as many characters of this text, rounded up.
        excess_characters: usize,
    },
}

impl fmt::Display for SymbolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("the text of a symbol is empty; give it at least one character"),
            Self::LevelTooLow { level, minimum } => {
                write!(
                    f,
                    "error correction level {level} is below {minimum}; encode the text at {minimum}"
                )
            }
            Self::ModuleTooSmall {
                module_mm,
                minimum_mm,
                box_mm,
                needed_mm,
                version,
            } => write!(
                f,
                "version {version} in a box of {box_mm:.2} mm has modules of {module_mm:.3} mm, less than \
                 {minimum_mm:.3} mm; make the box at least {needed_mm:.2} mm wide or shorten the text"
            ),
            Self::TooLong {
                bits,
                capacity,
                level,
            } => write!(
                f,
                "the text takes {bits} bits, {} more than version 40-{level} carries; shorten it or split it \
                 over several symbols",
                bits.saturating_sub(capacity)
            ),
            Self::Unreachable => f.write_str("the symbol encoder contradicts itself; please report this"),
            Self::VersionTooHigh {
                version,
                maximum,
                excess_bits,
                excess_characters,
            } => write!(
                f,
                "the symbol is version {version}, above {maximum}; shorten the text by about \
                 {excess_characters} characters ({excess_bits} bits)"
            ),
        }
    }
}

impl core::error::Error for SymbolError {}

impl From<Level> for EcLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::L => Self::L,
            Level::M => Self::M,
            Level::Q => Self::Q,
            Level::H => Self::H,
        }
    }
}

/// Data bits that a version holds at a level. ISO/IEC 18004:2015, table 7.
pub(super) fn capacity(version: u8, level: Level) -> usize {
    let version = Version::Normal(i16::from(version.clamp(1, 40)));
    // the crate's table has an entry for every version and level; 0 would mean "no room"
    Bits::new(version).max_len(level.into()).unwrap_or(0)
}

/// The smallest version and the split that suits it.
struct Plan {
    version: Version,
    number: u8,
    segments: Vec<segment::Segment>,
    eci: bool,
}

impl Plan {
    fn of(text: &str, level: Level) -> Result<Self, SymbolError> {
        let eci = !text.is_ascii();
        let extra = if eci { ECI_BITS } else { 0 };
        let floor = segment::floor_bits(text.as_bytes()) + extra;
        let mut needed = floor;
        // versions with count fields of equal length share one split (table 3)
        for (first, last) in [(1, 9), (10, 26), (27, 40)] {
            if floor > capacity(last, level) {
                continue;
            }
            let example = Version::Normal(i16::from(last));
            let segments = segment::split(text.as_bytes(), example);
            needed = segment::bits(&segments, example) + extra;
            if let Some(number) = (first..=last).find(|&version| needed <= capacity(version, level)) {
                let version = Version::Normal(i16::from(number));
                return Ok(Self {
                    version,
                    number,
                    segments,
                    eci,
                });
            }
        }
        Err(SymbolError::TooLong {
            bits: needed,
            capacity: capacity(40, level),
            level,
        })
    }
}
