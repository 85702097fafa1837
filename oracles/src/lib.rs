//! Checks of standards, for the tests; written apart from the crate and read with other people's parsers.

pub mod content;
pub mod fonts;
pub mod pdfa;
pub mod pdfua;
pub mod reading;
pub mod to_unicode;
pub mod xmp;
