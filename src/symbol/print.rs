//! Whether a symbol can be printed so that phones and scanners read it.

use qrcode::Version;

use super::encode::capacity;
use super::{Level, QUIET_ZONE, Symbol, SymbolError, segment};

/// What a printed symbol must keep to.
///
/// The defaults: modules of 0.38 mm (SMART Health Cards print at that size; phones of ten years ago need 0.34 to
/// 0.42 mm), version 25 at most (tilted photographs of larger ones fail in common readers), level M.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrintRule {
    /// Smallest side of a module, in millimetres.
    pub minimum_module_mm: f64,
    /// The version to stay within if the text can be chosen.
    pub aim_version: u8,
    /// The highest version that may be printed.
    pub maximum_version: u8,
    /// Light modules on every side.
    pub quiet_zone: usize,
    /// The lowest error correction level.
    pub level: Level,
}

impl PrintRule {
    /// The documented defaults.
    pub const DEFAULT: Self = Self {
        minimum_module_mm: 0.38,
        aim_version: 20,
        maximum_version: 25,
        quiet_zone: QUIET_ZONE,
        level: Level::M,
    };

    /// The side of a module in millimetres if `symbol` with its quiet zone fills a square of `box_mm`.
    ///
    /// # Errors
    /// [`SymbolError::LevelTooLow`], [`SymbolError::VersionTooHigh`] or [`SymbolError::ModuleTooSmall`] occurs if
    /// the symbol breaks the rule of that name; the first of them is reported.
    pub fn check(&self, symbol: &Symbol, box_mm: f64) -> Result<f64, SymbolError> {
        if symbol.level() < self.level {
            return Err(SymbolError::LevelTooLow {
                level: symbol.level(),
                minimum: self.level,
            });
        }
        if symbol.version() > self.maximum_version {
            return Err(self.too_high(symbol));
        }
        let modules = (symbol.width() + 2 * self.quiet_zone) as f64;
        let module_mm = box_mm / modules;
        // a nanometre of tolerance, so that 125 modules fit the 47.5 mm that 125 x 0.38 mm come to
        if module_mm + 1e-6 >= self.minimum_module_mm {
            return Ok(module_mm);
        }
        Err(SymbolError::ModuleTooSmall {
            module_mm,
            minimum_mm: self.minimum_module_mm,
            box_mm,
            needed_mm: self.minimum_module_mm * modules,
            version: symbol.version(),
        })
    }

    /// Bits of `text` beyond what the highest version that may be printed carries, at the lowest level: 0 if it fits.
    #[must_use]
    pub fn excess_bits(&self, text: &str) -> usize {
        let version = Version::Normal(i16::from(self.maximum_version));
        let segments = segment::split(text.as_bytes(), version);
        segment::bits(&segments, version).saturating_sub(capacity(self.maximum_version, self.level))
    }

    /// Whether `symbol` stays within the version to aim at; above it, some readers fail on tilted photographs.
    pub fn within_aim(&self, symbol: &Symbol) -> bool {
        symbol.version() <= self.aim_version
    }

    fn too_high(&self, symbol: &Symbol) -> SymbolError {
        let excess_bits = symbol
            .data_bits()
            .saturating_sub(capacity(self.maximum_version, symbol.level()));
        SymbolError::VersionTooHigh {
            version: symbol.version(),
            maximum: self.maximum_version,
            excess_bits,
            excess_characters: (excess_bits * symbol.characters()).div_ceil(symbol.data_bits().max(1)),
        }
    }
}

impl Default for PrintRule {
    fn default() -> Self {
        Self::DEFAULT
    }
}
