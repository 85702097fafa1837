//! The form XObject of an impression (ISO 32000-2, 8.10).

use core::fmt::Write as _;

use super::drawing::{Drawing, STRENGTH};
use super::path::push_number;
use super::round::Colour;
use crate::pdf::Ref;
use crate::pdf::update::stream_body;

/// The body of the form: `content` in a box of `width` by `height` points, with `inner` (a picture or page) as `/I`, and
/// `spaces` in its resources.
///
/// It is no transparency group of its own, so that Multiply reaches the page beneath (ISO 32000-2, 11.4.5). A group
/// that is not isolated would do the same, but some readers isolate every group and cover the text.
pub(super) fn body(
    (width, height): (f64, f64),
    content: &str,
    inner: Option<Ref>,
    opaque: bool,
    spaces: &str,
) -> Vec<u8> {
    let objects = inner.map_or_else(String::new, |inner| format!(" /XObject << /I {inner} >>"));
    let (state, set) = match opaque {
        true => ("", ""),
        false => (
            " /ExtGState << /G << /Type /ExtGState /BM /Multiply >> >>",
            "/G gs\n",
        ),
    };
    let entries = format!(
        "/Type /XObject /Subtype /Form /BBox [0 0 {width:.3} {height:.3}] \
         /Resources <<{state}{objects}{spaces} >>"
    );
    stream_body(entries.as_bytes(), format!("{set}{content}").as_bytes(), true)
}

/// The content of a drawn mark whose box has sides of `side` points.
pub(super) fn drawn(drawing: &Drawing, colour: Colour, side: f64) -> String {
    let mut content = String::new();
    for operator in ["rg", "RG"] {
        for channel in [colour.red, colour.green, colour.blue] {
            push_number(&mut content, f64::from(channel) / 255.0);
            content.push(' ');
        }
        content.push_str(operator);
        content.push('\n');
    }
    // Millimetres from here on. The factor needs its digits: 2.835 alone would be off by 0.02 percent.
    let (scale, centre) = (super::POINTS, side / 2.0);
    let _ = writeln!(content, "{scale:.6} 0 0 {scale:.6} {centre:.3} {centre:.3} cm");
    drawing.solid.write_pdf(&mut content);
    let _ = writeln!(content, "f {STRENGTH} w 1 j");
    drawing.name.write_pdf(&mut content);
    content.push_str("B\n");
    content
}

/// The content that shows `/I` through `matrix`, scaled.
pub(super) fn scaled(matrix: [f64; 6], scale: f64) -> String {
    let mut content = String::new();
    for value in matrix {
        // Six decimals: a page of 1,000 pt comes out right to a thousandth.
        let _ = write!(content, "{:.6} ", value * scale);
    }
    content.push_str("cm /I Do\n");
    content
}
