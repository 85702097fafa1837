//! The round seal of a government office, as it is asked for: ring, star, name along the arc, code below.

use super::ImpressionError;
use super::drawing::NOMINAL;

/// What stands in the middle of a round seal.
///
/// The national emblem is protected by law and is never drawn; supply such a seal as a picture.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Centre {
    /// Nothing, as on seals for a special purpose.
    Empty,
    /// A five-pointed star.
    #[default]
    Star,
}

/// A colour of DeviceRGB, which a PDF/A file with an sRGB output intent permits. ISO 32000-2, 8.6.4.3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Colour {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl Colour {
    /// The red of seal paste.
    pub const SEAL_RED: Self = Self {
        red: 217,
        green: 18,
        blue: 18,
    };
}

impl Default for Colour {
    fn default() -> Self {
        Self::SEAL_RED
    }
}

/// The description of a round seal. All lengths are millimetres.
///
/// ```
/// use yinxin::impression::{Impression, RoundSeal};
///
/// let seal = RoundSeal::new("佛山市禅城区行政审批局").with_code("4406040012345").with_legend("样章 TEST");
/// let impression = Impression::round(&seal, yinxin::font::bundled())?;
/// assert_eq!(impression.size_mm(), (42.0, 42.0));
/// # Ok::<(), yinxin::impression::ImpressionError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct RoundSeal {
    /// The body's name, 6 to 24 characters, from left to right along the arc.
    pub name: String,
    /// The seal's filing code, usually 13 digits, along the bottom.
    pub code: Option<String>,
    /// One line under the middle, for example `样章 TEST`.
    pub legend: Option<String>,
    /// Outer diameter of the ring, 30 to 60 mm.
    pub diameter_mm: f64,
    /// Width of the ring, 0.5 to 3 mm.
    pub ring_mm: f64,
    /// What stands in the middle.
    pub centre: Centre,
    /// The colour of everything.
    pub colour: Colour,
}

impl RoundSeal {
    /// The usual seal of a body: 42 mm, ring 1.2 mm, star, seal red, neither code nor legend.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            code: None,
            legend: None,
            diameter_mm: NOMINAL,
            ring_mm: 1.2,
            centre: Centre::Star,
            colour: Colour::SEAL_RED,
        }
    }

    /// The same seal with a code along the bottom.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The same seal with a line under the middle.
    #[must_use]
    pub fn with_legend(mut self, legend: impl Into<String>) -> Self {
        self.legend = Some(legend.into());
        self
    }

    /// The same seal of another diameter.
    #[must_use]
    pub fn with_diameter_mm(mut self, diameter_mm: f64) -> Self {
        self.diameter_mm = diameter_mm;
        self
    }

    /// The same seal with a ring of another width.
    #[must_use]
    pub fn with_ring_mm(mut self, ring_mm: f64) -> Self {
        self.ring_mm = ring_mm;
        self
    }

    /// The same seal with another middle.
    #[must_use]
    pub fn with_centre(mut self, centre: Centre) -> Self {
        self.centre = centre;
        self
    }

    /// The same seal in another colour.
    #[must_use]
    pub fn with_colour(mut self, colour: Colour) -> Self {
        self.colour = colour;
        self
    }
}

/// Whether it can be drawn.
pub(super) fn check(seal: &RoundSeal) -> Result<(), ImpressionError> {
    let characters = seal.name.chars().count();
    if !(6..=24).contains(&characters) {
        return Err(ImpressionError::NameLength { characters });
    }
    if !(30.0..=60.0).contains(&seal.diameter_mm) || !(0.5..=3.0).contains(&seal.ring_mm) {
        return Err(ImpressionError::Size {
            width_mm: seal.diameter_mm,
        });
    }
    if let Some(character) = seal.name.chars().find(|character| character.is_control()) {
        return Err(ImpressionError::Character { character });
    }
    if let Some(code) = &seal.code
        && (!(1..=18).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        return Err(ImpressionError::Code);
    }
    if let Some(legend) = &seal.legend
        && !(1..=16).contains(&legend.chars().count())
    {
        return Err(ImpressionError::Legend);
    }
    Ok(())
}
