//! `stamp template preview`: the pages of a record as pictures.

use std::path::{Path, PathBuf};

use hayro::RenderCache;
use hayro::hayro_syntax::Pdf;

use crate::cli;
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::issue;
use crate::output::say;
use crate::pages;
use crate::pictures::Folder;

/// Status 0; what cannot be composed is a fault.
pub fn run(options: &cli::Preview) -> Result<u8, Fault> {
    if !files::has_extension(&options.out, "png") {
        return Err(fault!(
            "{}: pages are drawn as .png; name one",
            options.out.display()
        ));
    }
    let name = options.record.display();
    let record = issue::read_record(&options.record)?;
    let pictures = Folder::open(options.look.pictures.as_deref())?;
    let template = issue::template(&options.template, &options.look)?;
    let draft = template
        .compose_with(&record, &pictures.of(&record)?)
        .named(name)?;
    let mut inputs = vec![options.record.as_path()];
    inputs.push(Path::new(&options.template));
    let outputs = Outputs::sparing(inputs);
    let pages = draw(draft.bytes(), f32::from(options.dpi) / 72.0)?;
    for (page, picture) in (1..).zip(&pages) {
        let path = place(&options.out, page);
        outputs.write(&path, picture)?;
        say!("page {page} of {}: {}", pages.len(), path.display());
    }
    Ok(0)
}

/// Every page as PNG, `scale` pixels a point.
fn draw(pdf: &[u8], scale: f32) -> Result<Vec<Vec<u8>>, Fault> {
    let pdf = Pdf::new(pdf.to_vec())
        .map_err(|e| fault!("the composed pages cannot be drawn: {e:?}; please report"))?;
    let cache = RenderCache::new();
    let pages = pdf.pages();
    let pages = pages.iter().map(|page| {
        let pixmap = pages::render(page, &cache, scale);
        encode(
            u32::from(pixmap.width()),
            u32::from(pixmap.height()),
            pixmap.data_as_u8_slice(),
        )
    });
    pages.collect()
}

/// The pixels, which are opaque, as PNG.
fn encode(width: u32, height: u32, rgba: &[u8]) -> Result<Vec<u8>, Fault> {
    let rgb: Vec<u8> = rgba
        .chunks_exact(4)
        .flat_map(|pixel| &pixel[..3])
        .copied()
        .collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().named("preview")?;
    writer.write_image_data(&rgb).named("preview")?;
    writer.finish().named("preview")?;
    Ok(out)
}

/// Where page `page` goes, counted from 1.
fn place(out: &Path, page: usize) -> PathBuf {
    if page == 1 {
        return out.to_owned();
    }
    out.with_file_name(format!("{}-{page}.png", files::stem(out)))
}
