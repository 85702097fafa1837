//! Grey pictures that tests make, turn and hand to readers.
#![allow(dead_code, reason = "each test uses its part")]

/// Rows from the top, 0 is black.
#[derive(Clone)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub luma: Vec<u8>,
}

impl Pixels {
    /// Any PNG, lying on white.
    pub fn of_png(bytes: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut bytes).unwrap();
        bytes.truncate(frame.buffer_size());
        let weigh =
            |r: u8, g: u8, b: u8| (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000;
        let on_white = |luma: u32, alpha: u8| {
            let alpha = u32::from(alpha);
            u8::try_from((luma * alpha + 255 * (255 - alpha) + 127) / 255).unwrap()
        };
        let luma = bytes
            .chunks_exact(frame.color_type.samples())
            .map(|pixel| match *pixel {
                [grey] => grey,
                [grey, alpha] => on_white(grey.into(), alpha),
                [r, g, b] => on_white(weigh(r, g, b), 255),
                [r, g, b, alpha] => on_white(weigh(r, g, b), alpha),
                _ => unreachable!("a PNG has one to four samples"),
            })
            .collect();
        Self {
            width: frame.width,
            height: frame.height,
            luma,
        }
    }

    /// The pages of a PDF file in grey.
    pub fn of_pdf(bytes: &[u8], dpi: f32) -> Vec<Self> {
        // The codes are black on white: any channel tells.
        Self::channel_of_pdf(bytes, dpi, 0)
    }

    /// One channel of the pages of a PDF file: red, green or blue.
    pub fn channel_of_pdf(bytes: &[u8], dpi: f32, channel: usize) -> Vec<Self> {
        use hayro::hayro_interpret::InterpreterSettings;
        use hayro::vello_cpu::color::palette::css::WHITE;
        let pdf = hayro::hayro_syntax::Pdf::new(bytes.to_vec()).unwrap();
        let cache = hayro::RenderCache::new();
        let settings = hayro::PixmapSettings {
            x_scale: dpi / 72.0,
            y_scale: dpi / 72.0,
            bg_color: WHITE,
        };
        let pages = pdf.pages().iter();
        let drawn = pages.map(|page| {
            let (how, interpret) = (hayro::RenderSettings::default(), InterpreterSettings::default());
            let pixmap = hayro::render(page, &cache, &interpret, &how, &settings);
            let luma = pixmap.data_as_u8_slice().iter().skip(channel).step_by(4).copied();
            Self {
                width: pixmap.width().into(),
                height: pixmap.height().into(),
                luma: luma.collect(),
            }
        });
        drawn.collect()
    }

    pub fn to_png(&self) -> Vec<u8> {
        let mut out = vec![];
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&self.luma)
            .unwrap();
        out
    }

    /// Turned by a quarter, clockwise.
    pub fn turned(&self) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut luma = Vec::with_capacity(self.luma.len());
        for x in 0..width {
            luma.extend((0..height).rev().map(|y| self.luma[y * width + x]));
        }
        Self {
            width: self.height,
            height: self.width,
            luma,
        }
    }
}
