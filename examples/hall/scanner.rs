//! A printer and the receiver's scanner, drawn by another program: what it sees is what is on the paper.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use yinxin::limits::Limits;
use yinxin::symbol::read;

use super::Told;

/// The text of the code on the first page, printed at 200 dots to the inch and scanned.
pub fn scan(paper: &[u8]) -> Told<String> {
    let pdf = Pdf::new(paper.to_vec()).map_err(|error| format!("cannot be printed: {error:?}"))?;
    let page = pdf.pages().first().ok_or("there is no page")?;
    let dots = PixmapSettings {
        x_scale: 200.0 / 72.0,
        y_scale: 200.0 / 72.0,
        bg_color: WHITE,
    };
    let (how, interpret) = (RenderSettings::default(), InterpreterSettings::default());
    let drawn = hayro::render(page, &RenderCache::new(), &interpret, &how, &dots);
    // The code is black on white: any channel tells.
    let grey: Vec<u8> = drawn.data_as_u8_slice().iter().step_by(4).copied().collect();
    let codes = read::read_luma(
        drawn.width().into(),
        drawn.height().into(),
        &grey,
        &Limits::DEFAULT,
    )?;
    Ok(codes.into_iter().next().ok_or("there is no code on the page")?)
}
