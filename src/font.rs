//! The bundled font: one Song (serif) face for everything the engine draws by itself.
//!
//! No font of the system is ever looked for: the same record must give the same page on every machine.

/// A static TrueType font with GB/T 2312's hanzi and the symbols of certificates; subset of Noto Serif SC, SIL OFL 1.1.
///
/// 1000 units per em, `glyf` outlines, no hinting, no layout tables. Source and licence: `assets/fonts/README.md`.
#[must_use]
pub fn bundled() -> &'static [u8] {
    include_bytes!("../assets/fonts/NotoSerifSC-Subset.ttf")
}

/// Static TrueType fonts with layout rules for Tibetan, and for Uyghur and the other languages in Arabic script; subsets of Noto Serif
/// Tibetan and Noto Naskh Arabic, SIL OFL 1.1. Source and licence: `assets/fonts/README.md`.
#[cfg(feature = "shape")]
#[must_use]
pub fn bundled_scripts() -> [&'static [u8]; 2] {
    [
        include_bytes!("../assets/fonts/NotoSerifTibetan-Subset.ttf"),
        include_bytes!("../assets/fonts/NotoNaskhArabic-Subset.ttf"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundled_font_covers_certificate_punctuation_and_rare_name_characters() {
        let face = ttf_parser::Face::parse(bundled(), 0).unwrap();
        assert_eq!(face.units_per_em(), 1000);
        let missing: String = "印信镕喆犇㙍䶮〔〕《》（）“”‘’、。，；：！？…—·№℃①⑳０９ABCxyz0189￥"
            .chars()
            .filter(|&c| face.glyph_index(c).is_none())
            .collect();
        assert_eq!(missing, "");
    }
}
