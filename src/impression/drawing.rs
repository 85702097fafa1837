//! Drawing a round seal: paths around the origin, in millimetres.
//!
//! Sizes follow the usage collected for 国发〔1999〕25号 and local police rules: 42 mm across, ring 1.2 mm, star
//! 14 mm, characters 4.2 mm high in Song type, the name running from left to right. They are stated for a seal
//! of 42 mm and grow and shrink with the diameter, except the ring, which is given in millimetres.

use ttf_parser::Face;

use super::ImpressionError;
use super::path::{Matrix, Path, sine_cosine};
use super::round::{Centre, RoundSeal, check};

/// The diameter for which the lengths below are stated, in millimetres.
pub(super) const NOMINAL: f64 = 42.0;
/// Height of a character of the name.
const HEIGHT: f64 = 4.2;
/// From the ring to the heads of the name's characters.
const GAP: f64 = 0.8;
/// Degrees that the name covers, up to [`FULL`] characters; more characters take up to 300 degrees.
const ARC: f64 = 240.0;
/// The longest name at full height.
const FULL: f64 = 16.0;
/// Degrees between characters of a short name: wider apart it is not read as one name.
const WIDEST_PITCH: f64 = 30.0;
/// From centre to point of the star.
const STAR: f64 = 7.0;
/// Height of the digits of the code.
const CODE_HEIGHT: f64 = 1.3;
/// From the ring to the feet of the code.
const CODE_GAP: f64 = 0.5;
/// Height of the legend, and how far its middle is below the centre.
const LEGEND_HEIGHT: f64 = 2.8;
const LEGEND_DEPTH: f64 = 9.6;

/// How much thicker the strokes of the name are than in the font, in millimetres: a text face is too light for a
/// seal, its hairlines would be narrower than a dot of a 300 dpi printer (0.085 mm).
pub(super) const STRENGTH: f64 = 0.1;
/// A full ideograph fills about 92 percent of its square.
const INK: f64 = 0.92;

/// A seal around the origin, in millimetres.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    /// To be filled: ring, star, legend and code.
    pub(super) solid: Path,
    /// To be filled, and stroked [`STRENGTH`] wide: the name.
    pub(super) name: Path,
}

/// Draws `seal`, its characters taken from `font`.
pub(super) fn draw(seal: &RoundSeal, font: &[u8]) -> Result<Drawing, ImpressionError> {
    check(seal)?;
    let face = Face::parse(font, 0).map_err(|_| ImpressionError::Font)?;
    let radius = seal.diameter_mm / 2.0;
    let inner = radius - seal.ring_mm;
    let pen = Pen {
        face: &face,
        em: Em::of(&face)?,
        scale: seal.diameter_mm / NOMINAL,
    };

    let (mut solid, mut name) = (Path::default(), Path::default());
    solid.add_ring(radius, inner);
    if seal.centre == Centre::Star {
        solid.add_star(STAR * pen.scale);
    }
    let characters: Vec<char> = seal.name.chars().collect();
    let arc = Arc::of(characters.len() as f64, inner, pen.scale);
    pen.add_name(&mut name, &characters, &arc)?;
    if let Some(legend) = &seal.legend {
        pen.add_legend(&mut solid, legend, arc.feet)?;
    }
    if let Some(code) = &seal.code {
        pen.add_code(&mut solid, code, inner, &arc)?;
    }
    Ok(Drawing { solid, name })
}

/// Where the characters of a name stand.
#[derive(Clone, Copy, Debug)]
struct Arc {
    /// Degrees from one character to the next.
    pitch: f64,
    /// Degrees from the left edge of the first to the right edge of the last character.
    span: f64,
    height: f64,
    width: f64,
    /// Distance of the characters' feet from the centre.
    feet: f64,
}

impl Arc {
    fn of(characters: f64, inner: f64, scale: f64) -> Self {
        let beyond = (characters - FULL).max(0.0);
        // 24 characters: 300 degrees and 3.8 mm
        let span = (ARC + beyond * 7.5).min(characters * WIDEST_PITCH);
        let pitch = span / characters;
        let height = (HEIGHT - beyond * 0.05) * scale;
        let feet = inner - GAP * scale - height;
        // Upright cells touch at their feet first: there half a cell is feet x tan(pitch / 2). The rest stays free.
        let (sine, cosine) = sine_cosine(pitch / 2.0);
        let width = (2.0 * feet * sine / cosine * 0.92).min(height);
        Self {
            pitch,
            span,
            height,
            width,
            feet,
        }
    }
}

/// The square in which the font draws an ideograph, in font units.
#[derive(Clone, Copy, Debug)]
struct Em {
    side: f64,
    /// Height of the square's middle above the baseline.
    middle: f64,
    /// Height of digits and capitals above the baseline.
    capital: f64,
}

impl Em {
    fn of(face: &Face<'_>) -> Result<Self, ImpressionError> {
        let side = f64::from(face.units_per_em());
        if side < 16.0 {
            return Err(ImpressionError::Font);
        }
        // Typographic ascender and descender bound the ideographic square; the other pair may include leading.
        let (above, below) = match (face.typographic_ascender(), face.typographic_descender()) {
            (Some(above), Some(below)) if above > below => (above, below),
            _ => (face.ascender(), face.descender()),
        };
        let capital = face
            .capital_height()
            .filter(|height| *height > 0)
            .map_or(side * 0.72, f64::from);
        Ok(Self {
            side,
            middle: (f64::from(above) + f64::from(below)) / 2.0,
            capital,
        })
    }
}

struct Pen<'a> {
    face: &'a Face<'a>,
    em: Em,
    scale: f64,
}

impl Pen<'_> {
    /// The name from left to right, feet towards the centre.
    fn add_name(&self, path: &mut Path, name: &[char], arc: &Arc) -> Result<(), ImpressionError> {
        let middle = arc.feet + arc.height / 2.0;
        for (index, &character) in name.iter().enumerate() {
            let degrees = (index as f64 - (name.len() as f64 - 1.0) / 2.0) * arc.pitch;
            let (sine, cosine) = sine_cosine(degrees);
            let (sx, sy) = (arc.width / INK / self.em.side, arc.height / INK / self.em.side);
            // turned clockwise by the angle, its own middle on the arc
            let turn = [cosine * sx, -sine * sx, sine * sy, cosine * sy];
            self.add(
                path,
                character,
                turn,
                (middle * sine, middle * cosine),
                self.em.middle,
            )?;
        }
        Ok(())
    }

    /// One line, centred, no wider than the room inside the name.
    fn add_legend(&self, path: &mut Path, legend: &str, feet: f64) -> Result<(), ImpressionError> {
        let (mut height, depth) = (LEGEND_HEIGHT * self.scale, LEGEND_DEPTH * self.scale);
        let advances: f64 = legend.chars().map(|character| self.advance(character)).sum();
        let low = depth + height / 2.0;
        let room = 2.0 * ((feet - 0.5 * self.scale).powi(2) - low * low).max(0.0).sqrt();
        height = height.min(room / advances.max(1e-9) * self.em.side);
        let size = height / self.em.side;
        let mut x = -advances * size / 2.0;
        for character in legend.chars() {
            let advance = self.advance(character) * size;
            self.add(
                path,
                character,
                [size, 0.0, 0.0, size],
                (x + advance / 2.0, -depth),
                self.em.middle,
            )?;
            x += advance;
        }
        Ok(())
    }

    /// The code from left to right along the bottom, heads towards the centre.
    fn add_code(&self, path: &mut Path, code: &str, inner: f64, arc: &Arc) -> Result<(), ImpressionError> {
        let count = code.chars().count() as f64;
        let height = CODE_HEIGHT * self.scale;
        let middle = inner - CODE_GAP * self.scale - height / 2.0;
        let heads = middle - height / 2.0;
        let size = height / self.em.capital;
        let widest = code
            .chars()
            .map(|character| self.advance(character))
            .fold(0.0, f64::max)
            * size;
        // 1.3 widths from digit to digit, less if the name leaves less room; 3 degrees stay free on both sides
        let wanted = widest * 1.3 / middle * 180.0 / core::f64::consts::PI;
        let pitch = wanted.min((360.0 - arc.span - 6.0) / count);
        let (sine, cosine) = sine_cosine(pitch / 2.0);
        let narrow = (2.0 * heads * sine / cosine / widest.max(1e-9)).min(1.0);
        for (index, character) in code.chars().enumerate() {
            let degrees = (index as f64 - (count - 1.0) / 2.0) * pitch;
            let (sine, cosine) = sine_cosine(degrees);
            // turned anticlockwise by the angle
            let turn = [
                cosine * size * narrow,
                sine * size * narrow,
                -sine * size,
                cosine * size,
            ];
            self.add(
                path,
                character,
                turn,
                (middle * sine, -middle * cosine),
                self.em.capital / 2.0,
            )?;
        }
        Ok(())
    }

    /// One character: the point half an advance wide and `middle` high comes to `at`.
    fn add(
        &self,
        path: &mut Path,
        character: char,
        [a, b, c, d]: [f64; 4],
        at: (f64, f64),
        middle: f64,
    ) -> Result<(), ImpressionError> {
        let half = self.advance(character) / 2.0;
        let matrix = Matrix([
            a,
            b,
            c,
            d,
            at.0 - a * half - c * middle,
            at.1 - b * half - d * middle,
        ]);
        path.add_glyph(self.face, character, matrix)
            .ok_or(ImpressionError::Character { character })
    }

    /// The width of a character in font units.
    fn advance(&self, character: char) -> f64 {
        let advance = self
            .face
            .glyph_index(character)
            .and_then(|glyph| self.face.glyph_hor_advance(glyph));
        advance.map_or(self.em.side, f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "广东省佛山市禅城区石湾镇街道综合行政服务中心办公室";

    fn drawn(characters: usize) -> (Vec<Path>, Path, f64) {
        let face = Face::parse(crate::font::bundled(), 0).unwrap();
        let pen = Pen {
            face: &face,
            em: Em::of(&face).unwrap(),
            scale: 1.0,
        };
        let name: Vec<char> = NAME.chars().take(characters).collect();
        assert_eq!(name.len(), characters);
        let arc = Arc::of(characters as f64, 19.8, 1.0);
        let mut single = Vec::new();
        for index in 0..characters {
            // all others blank, so that the place is that within the whole name
            let one: Vec<char> = (0..characters)
                .map(|i| if i == index { name[i] } else { ' ' })
                .collect();
            let mut path = Path::default();
            pen.add_name(&mut path, &one, &arc).unwrap();
            single.push(path);
        }
        let mut code = Path::default();
        pen.add_code(&mut code, "4406040012345", 19.8, &arc).unwrap();
        (single, code, arc.pitch)
    }

    /// Smallest and largest angle from the top, clockwise, and distance from the centre.
    fn extent(path: &Path) -> [f64; 4] {
        let mut extent = [f64::MAX, f64::MIN, f64::MAX, f64::MIN];
        for (x, y) in path.points() {
            let (angle, distance) = (x.atan2(y).to_degrees(), x.hypot(y));
            extent = [
                extent[0].min(angle),
                extent[1].max(angle),
                extent[2].min(distance),
                extent[3].max(distance),
            ];
        }
        extent
    }

    #[test]
    fn characters_touch_their_neighbours_or_the_ring() {
        for characters in 6..=24 {
            let (glyphs, code, pitch) = drawn(characters);
            let extents: Vec<[f64; 4]> = glyphs.iter().map(extent).collect();
            for pair in extents.windows(2) {
                assert!(
                    pair[0][1] < pair[1][0],
                    "{characters} characters {pitch} {pair:?}"
                );
            }
            for extent in &extents {
                assert!(
                    extent[3] + STRENGTH / 2.0 < 19.8 - 0.3,
                    "{characters} characters reach {}",
                    extent[3]
                );
                assert!(
                    extent[2] > 7.0 + 3.0,
                    "{characters} characters reach in to {}",
                    extent[2]
                );
            }
            // the code keeps off the ring, and off the first and last character of the name
            let code_mirrored = code.points().map(|(x, y)| x.atan2(-y).to_degrees().abs());
            let widest = code_mirrored.fold(0.0, f64::max);
            let last = extents.iter().map(|extent| extent[1]).fold(f64::MIN, f64::max);
            assert!(
                widest < 180.0 - last,
                "{characters}: code to {widest}, name to {last}"
            );
            assert!(code.points().all(|(x, y)| x.hypot(y) < 19.8 - 0.3));
        }
    }

    #[test]
    fn name_leans_to_one_side() {
        for characters in [6, 11, 16, 17, 24] {
            let arc = Arc::of(characters as f64, 19.8, 1.0);
            let face = Face::parse(crate::font::bundled(), 0).unwrap();
            let pen = Pen {
                face: &face,
                em: Em::of(&face).unwrap(),
                scale: 1.0,
            };
            // 中 is symmetrical enough for half a degree
            let mut path = Path::default();
            pen.add_name(&mut path, &vec!['中'; characters], &arc).unwrap();
            let [first, last, ..] = extent(&path);
            assert!((first + last).abs() < 0.5, "{first} {last}");
        }
    }

    #[test]
    fn name_of_sixteen_is_not_at_full_height() {
        assert!((Arc::of(16.0, 19.8, 1.0).height - 4.2).abs() < 1e-9);
        assert!((Arc::of(16.0, 19.8, 1.0).span - 240.0).abs() < 1e-9);
        assert!((Arc::of(24.0, 19.8, 1.0).span - 300.0).abs() < 1e-9);
    }
}
