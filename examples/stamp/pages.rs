//! Pages of PDF files as pictures.
//!
//! The library draws no pages: a renderer has no bound on its work, so here it runs in a thread that is not waited for longer than a
//! clerk would.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use crate::files::{Fault, fault};

/// Dots per inch at which codes are looked for: 4.5 pixels to the smallest module that is printed.
const DPI: f32 = 300.0;
/// Pixels on a side of a page, at most: A3 at that resolution.
const LONGEST: f32 = 5_000.0;
/// Pages of one file, at most.
const MOST: usize = 500;
/// For one page. One of codes takes a tenth of a second, a full one of drawings some seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// A page in grey, rows from the top.
pub struct Grey {
    pub width: u32,
    pub height: u32,
    pub luma: Vec<u8>,
}

/// Draws `page`, `scale` pixels a point.
pub fn render<'a>(page: &'a Page<'a>, cache: &RenderCache<'a>, scale: f32) -> Pixmap {
    let settings = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    hayro::render(
        page,
        cache,
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    )
}

/// Hands every page of the file to `take`, one after the other.
pub fn each(
    name: &str,
    bytes: Vec<u8>,
    mut take: impl FnMut(usize, &Grey) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (sender, receiver) = sync_channel(1);
    // Not joined: a page that keeps it busy for ever ends with the program.
    thread::spawn(move || draw(bytes, &sender));
    for page in 1.. {
        match receiver.recv_timeout(PATIENCE) {
            Ok(Drawn::Page(grey)) => take(page, &grey)?,
            Ok(Drawn::End) => return Ok(()),
            Ok(Drawn::Refused(why)) => return Err(fault!("{name}: {why}")),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = PATIENCE.as_secs();
                return Err(fault!(
                    "{name}: page {page} is not drawn after {seconds} seconds; save the page as PNG with another program"
                ));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(fault!(
                    "{name}: page {page} cannot be drawn; save the page as PNG with another program"
                ));
            }
        }
    }
    Ok(())
}

enum Drawn {
    Page(Grey),
    End,
    Refused(String),
}

fn draw(bytes: Vec<u8>, to: &SyncSender<Drawn>) {
    // Whoever waited may have given up.
    let refuse = |why: String| drop(to.send(Drawn::Refused(why)));
    let pdf = match Pdf::new(bytes) {
        Ok(pdf) => pdf,
        Err(why) => {
            return refuse(format!(
                "is no PDF that can be drawn ({why:?}); save its pages as PNG"
            ));
        }
    };
    let cache = RenderCache::new();
    let pages = pdf.pages();
    if pages.len() > MOST {
        return refuse(format!(
            "has {} pages, more than {MOST}; give those with codes",
            pages.len()
        ));
    }
    for page in pages.iter() {
        let (width, height) = page.render_dimensions();
        let longest = width.max(height).max(1.0);
        let pixmap = render(page, &cache, (DPI / 72.0).min(LONGEST / longest));
        let luma = pixmap
            .data_as_u8_slice()
            .chunks_exact(4)
            .map(|pixel| match *pixel {
                [r, g, b, _] => {
                    let sum = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
                    u8::try_from(sum / 1000).unwrap_or(255)
                }
                _ => 255,
            });
        let grey = Grey {
            width: pixmap.width().into(),
            height: pixmap.height().into(),
            luma: luma.collect(),
        };
        if to.send(Drawn::Page(grey)).is_err() {
            return;
        }
    }
    drop(to.send(Drawn::End));
}
