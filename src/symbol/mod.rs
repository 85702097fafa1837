//! QR symbols: drawing a text, deciding whether it can be printed, and reading it back from pixels.
//!
//! ISO/IEC 18004:2015, QR code model 2, versions 1 to 40. Micro QR and Structured Append are not made; the
//! latter is refused when read, because hardly any reader joins such symbols and nothing protects the joint.
//!
//! ```
//! use yinxin::symbol::{Level, PrintRule, Symbol};
//!
//! let symbol = Symbol::of_text("YX1:6BFOXN%TS3DH0YOJ58S S-W5HDC", Level::M)?;
//! assert_eq!((symbol.version(), symbol.width()), (2, 25));
//! // 25 modules and two quiet zones of 4 in a box of 12 mm come to 0.364 mm: printable, but phones may fail.
//! assert!(PrintRule::DEFAULT.check(&symbol, 12.0).is_err());
//! assert!(PrintRule::DEFAULT.check(&symbol, 20.0).is_ok());
//! # Ok::<(), yinxin::symbol::SymbolError>(())
//! ```

mod animation;
#[cfg(feature = "scan")]
mod bend;
mod draw;
mod encode;
#[cfg(feature = "scan")]
mod filter;
#[cfg(feature = "scan")]
mod hunt;
mod mask;
#[cfg(any(feature = "scan", feature = "seal"))]
pub(crate) mod picture;
mod print;
#[cfg(feature = "scan")]
pub mod read;
mod segment;

pub use animation::animate;
pub use encode::{Level, Symbol, SymbolError};
pub use print::PrintRule;

/// Light modules that ISO/IEC 18004, 6.3.8 wants on every side of a symbol.
pub const QUIET_ZONE: usize = 4;
