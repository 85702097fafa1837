//! Pages as other programs paint them, in pixels. Shared by the tests that look.
#![allow(dead_code, reason = "each test uses its part")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use yinxin::limits::Limits;
use yinxin::symbol::read::read_luma;

/// The programs that paint, where they are installed.
pub const TOOLS: [&str; 2] = ["pdftoppm", "mutool"];

/// Far beyond what a page takes on a busy machine: only what never ends is stopped.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rows from the top, RGB.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pixels: Vec<u8>,
}

/// The first page of the file at `input` as `tool` paints it, by way of `output`; `None` if the tool is not installed.
pub fn paint(tool: &str, input: &Path, output: &Path, dpi: u32) -> Option<Result<Picture, String>> {
    let output = output.with_extension("ppm");
    let stem = output.with_extension("");
    let (stem, file, input) = (stem.to_str()?, output.to_str()?, input.to_str()?);
    let dpi = dpi.to_string();
    let arguments = match tool {
        "pdftoppm" => vec![
            "-q",
            "-cropbox",
            "-r",
            &dpi,
            "-f",
            "1",
            "-singlefile",
            input,
            stem,
        ],
        _ => vec!["draw", "-q", "-r", &dpi, "-o", file, input, "1"],
    };
    let mut command = Command::new(tool);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut run) = command.spawn() else {
        println!("skipped: {tool} is not installed");
        return None;
    };
    // Corpora have files made to keep a renderer busy for ever.
    let start = Instant::now();
    let status = loop {
        match run.try_wait().unwrap() {
            Some(status) => break status,
            None if start.elapsed() > PATIENCE => {
                run.kill().unwrap();
                break run.wait().unwrap();
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let picture = status.success().then(|| Picture::read(&output)).flatten();
    Some(picture.ok_or_else(|| format!("{tool}: {status}, {:.1} s", start.elapsed().as_secs_f64())))
}

impl Picture {
    /// A binary PPM.
    fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let mut words = bytes.split(u8::is_ascii_whitespace);
        let mut number = || std::str::from_utf8(words.next()?).ok()?.parse::<usize>().ok();
        assert_eq!(number(), None, "P6");
        let (width, height) = (number()?, number()?);
        assert_eq!(number(), Some(255));
        let pixels = bytes[bytes.len() - width * height * 3..].to_vec();
        Some(Self {
            width,
            height,
            pixels,
        })
    }

    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let first = (y * self.width + x) * 3;
        [self.pixels[first], self.pixels[first + 1], self.pixels[first + 2]]
    }

    /// Left, top, right and bottom of the pixels that `counts`.
    pub fn extent(&self, counts: impl Fn([u8; 3]) -> bool) -> Option<[usize; 4]> {
        self.extent_at(|x, y| counts(self.at(x, y)))
    }

    /// The same by place.
    pub fn extent_at(&self, counts: impl Fn(usize, usize) -> bool) -> Option<[usize; 4]> {
        let mut extent: Option<[usize; 4]> = None;
        for y in 0..self.height {
            for x in 0..self.width {
                if counts(x, y) {
                    let [l, t, r, b] = extent.unwrap_or([x, y, x, y]);
                    extent = Some([l.min(x), t.min(y), r.max(x + 1), b.max(y + 1)]);
                }
            }
        }
        extent
    }

    /// The texts of the codes in it.
    pub fn codes(&self) -> Vec<String> {
        let luma = |p: &[u8]| (299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])) / 1000;
        let luma: Vec<u8> = self
            .pixels
            .chunks(3)
            .map(|p| u8::try_from(luma(p)).unwrap())
            .collect();
        let side = |pixels| u32::try_from(pixels).unwrap();
        read_luma(side(self.width), side(self.height), &luma, &Limits::DEFAULT).unwrap_or_default()
    }
}
