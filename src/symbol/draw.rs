//! A symbol as SVG, as PNG and as PDF content.

use core::fmt::Write as _;

use super::{QUIET_ZONE, Symbol};

impl Symbol {
    /// The symbol with its quiet zone as an SVG document; a module is `module_mm` millimetres wide.
    ///
    /// One path of whole modules on a white ground. SVG 1.1, 8.3.
    pub fn to_svg(&self, module_mm: f64) -> String {
        let side = self.form_side();
        // three decimals are a micrometre; a fixed number of them keeps the text equal on all machines
        let side_mm = module_mm * side as f64;
        let mut svg = String::with_capacity(self.width() * self.width() * 5);
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side_mm:.3}mm\" height=\"{side_mm:.3}mm\" \
             viewBox=\"0 0 {side} {side}\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path fill=\"#000\" shape-rendering=\"crispEdges\" d=\""
        );
        for y in 0..self.width() {
            for (x, length) in self.runs(y) {
                let _ = write!(
                    svg,
                    "M{} {}h{length}v1h-{length}z",
                    x + QUIET_ZONE,
                    y + QUIET_ZONE
                );
            }
        }
        svg.push_str("\"/></svg>\n");
        svg
    }

    /// The symbol with its quiet zone as a PNG of one bit per pixel, grey.
    ///
    /// `pixels_per_module` outside 1 to 64 is brought into that range, which bounds the picture at 140 megapixels.
    pub fn to_png(&self, pixels_per_module: u32) -> Vec<u8> {
        let scale = pixels_per_module.clamp(1, 64) as usize;
        let side = self.form_side() * scale;
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, side as u32, side as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let pixels = self.packed_rows(scale, side);
        let written = encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&pixels));
        // a vector takes every byte, and the side is neither 0 nor above 2^31
        debug_assert!(written.is_ok());
        png
    }

    /// The symbol with its quiet zone as PDF content: one unit is one module, the origin is at the lower left.
    ///
    /// A white square, then the dark modules as one path of rectangles with whole numbers, filled once, so that
    /// no renderer leaves hairlines between rows. ISO 32000-2, 8.5.2 (`re`) and 8.6.4.2 (`g`).
    pub fn form_content(&self) -> Vec<u8> {
        let side = self.form_side();
        let mut content = Vec::with_capacity(self.width() * self.width() * 3);
        content.extend_from_slice(format!("1 g 0 0 {side} {side} re f 0 g\n").as_bytes());
        let mut open: Vec<Run> = Vec::new();
        for y in 0..=self.width() {
            let mut current: Vec<Run> = self
                .runs(y)
                .map(|(x, length)| Run { x, length, top: y })
                .collect();
            // a run that stands below an equal one makes that one taller; what ends here is written
            for run in open {
                match current.binary_search_by_key(&run.x, |other| other.x) {
                    Ok(index) if current[index].length == run.length => current[index].top = run.top,
                    _ => run.write(&mut content, side, y),
                }
            }
            open = current;
        }
        content.extend_from_slice(b"f\n");
        content
    }

    /// The side of [`form_content`](Self::form_content): modules with both quiet zones.
    pub fn form_side(&self) -> usize {
        self.width() + 2 * QUIET_ZONE
    }

    /// The symbol in the middle of a white square of `side` pixels, at least as many as it needs with its quiet zone. Rows of pixels,
    /// eight to a byte, 1 is white; each row starts a new byte. PNG (W3C), 7.2.
    pub(super) fn packed_rows(&self, scale: usize, side: usize) -> Vec<u8> {
        let stride = side.div_ceil(8);
        let mut pixels = vec![0xFF; stride * side];
        let edge = side.saturating_sub(self.width() * scale) / 2;
        for y in 0..self.width() {
            let mut row = vec![0xFF_u8; stride];
            for (x, length) in self.runs(y) {
                let begin = edge + x * scale;
                for pixel in begin..begin + length * scale {
                    row[pixel / 8] &= !(0x80 >> (pixel % 8));
                }
            }
            let begin = (edge + y * scale) * stride;
            for target in pixels[begin..begin + scale * stride].chunks_mut(stride) {
                target.copy_from_slice(&row);
            }
        }
        pixels
    }
}

/// Dark modules side by side, from row `top` on.
struct Run {
    x: usize,
    length: usize,
    top: usize,
}

impl Run {
    fn write(&self, content: &mut Vec<u8>, side: usize, end: usize) {
        let (x, y) = (self.x + QUIET_ZONE, side - QUIET_ZONE - end);
        for number in [x, y, self.length, end - self.top] {
            push_number(content, number);
            content.push(b' ');
        }
        content.extend_from_slice(b"re\n");
    }
}

/// Appends `number` in decimal. A symbol has thousands of them, and drawing it again is a part of every verification;
/// `write!` takes five times as long.
fn push_number(content: &mut Vec<u8>, number: usize) {
    if number >= 10 {
        push_number(content, number / 10);
    }
    content.push(b'0' + (number % 10) as u8);
}
