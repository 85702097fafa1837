//! Pictures as objects of the file. Each is painted into the unit square (ISO 32000-2, 8.9.5.1).

use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref};

use super::{Coding, Content, Image, Picture};
use crate::compose::embed::compressed;

impl Picture {
    /// How many objects [`write`](Self::write) writes.
    pub(in crate::compose) fn objects(&self) -> i32 {
        match &self.0.content {
            Content::Drawing(_) => 1,
            Content::Image(image) => 1 + i32::from(image.turn.is_some()) + i32::from(image.alpha.is_some()),
        }
    }

    /// Writes the objects from number `first` on; `first` is the one to paint.
    pub(in crate::compose) fn write(&self, pdf: &mut Pdf, first: Ref) {
        match &self.0.content {
            Content::Drawing(content) => {
                let side = |side: i32| f64_to_f32(f64::from(side) / 1000.0);
                let (width, height) = (side(self.0.width), side(self.0.height));
                let data = compressed(content);
                let mut form = pdf.form_xobject(first, &data);
                form.bbox(Rect::new(0.0, 0.0, width, height)).matrix([
                    1.0 / width,
                    0.0,
                    0.0,
                    1.0 / height,
                    0.0,
                    0.0,
                ]);
                form.resources();
                form.filter(Filter::FlateDecode);
            }
            Content::Image(image) => image.write(pdf, first),
        }
    }
}

impl Image {
    fn write(&self, pdf: &mut Pdf, first: Ref) {
        let mut next = first;
        if let Some(turn) = self.turn {
            next = next.next();
            let matrix = turn.map(|number| number.to_string()).join(" ");
            let content = format!("{matrix} cm /I Do");
            let mut form = pdf.form_xobject(first, content.as_bytes());
            form.bbox(Rect::new(0.0, 0.0, 1.0, 1.0));
            form.resources().x_objects().pair(Name(b"I"), next);
        }
        let mask = self.alpha.as_ref().map(|alpha| (next.next(), alpha));
        let mut object = pdf.image_xobject(next, &self.data);
        object.width(side(self.width)).height(side(self.height));
        object.bits_per_component(8);
        if self.colour {
            object.color_space().device_rgb();
        } else {
            object.color_space().device_gray();
        }
        if let Some((mask, _)) = mask {
            object.s_mask(mask);
        }
        match self.coding {
            Coding::Dct => {
                object.filter(Filter::DctDecode);
            }
            Coding::Rows => {
                let colours = if self.colour { 3 } else { 1 };
                coding(&mut object, colours, self.width);
            }
        }
        object.finish();
        if let Some((mask, alpha)) = mask {
            let mut object = pdf.image_xobject(mask, alpha);
            object.width(side(self.width)).height(side(self.height));
            object.bits_per_component(8);
            object.color_space().device_gray();
            coding(&mut object, 1, self.width);
        }
    }
}

/// Rows of a PNG (ISO 32000-2, table 8).
fn coding(object: &mut pdf_writer::writers::ImageXObject<'_>, colours: i32, width: u32) {
    object.filter(Filter::FlateDecode);
    object
        .decode_parms()
        .predictor(pdf_writer::types::Predictor::PngOptimum)
        .colors(colours)
        .bits_per_component(8)
        .columns(side(width));
}

fn side(side: u32) -> i32 {
    i32::try_from(side).unwrap_or(i32::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "user units with three decimals")]
fn f64_to_f32(value: f64) -> f32 {
    value as f32
}
