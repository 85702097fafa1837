//! `w6m`, `w6q`, `w7`: QR symbols written and read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};
use yinxin::limits::Limits;
use yinxin::symbol::read::read_luma;
use yinxin::symbol::{Level, Symbol};

use super::protocol::{Failure, Job, read};

pub fn encode(job: &Job, level: Level) -> Result<Map<String, Value>, Failure> {
    let text = String::from_utf8(read(&job.qr)?)?;
    let texts: Vec<&str> = text.lines().collect();
    job.run(|at| {
        let text = texts.get(at % texts.len().max(1)).ok_or("no texts")?;
        std::hint::black_box(Symbol::of_text(text, level)?);
        Ok(())
    })
}

/// A page in memory: width, height, and one byte per pixel.
struct Page {
    set: String,
    expected: String,
    width: u32,
    height: u32,
    luma: Vec<u8>,
}

pub fn decode(job: &Job) -> Result<Map<String, Value>, Failure> {
    let expected: BTreeMap<String, String> =
        serde_json::from_slice(&read(job.qrpages.join("expected.json"))?)?;
    let mut pages = vec![];
    for (name, text) in expected {
        let set = name.split('-').next().unwrap_or_default().to_owned();
        if job.sets.contains(&set) {
            let (width, height, luma) = grey(&job.qrpages.join(&name))?;
            pages.push(Page {
                set,
                expected: text,
                width,
                height,
                luma,
            });
        }
    }
    let mut right = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut result = job.run(|at| {
        let at = at % pages.len().max(1);
        let page = pages.get(at).ok_or("no pages")?;
        // A page that cannot be read counts against us and does not end the run.
        let texts = read_luma(page.width, page.height, &page.luma, &Limits::DEFAULT).unwrap_or_default();
        seen.insert(at);
        if texts.contains(&page.expected) {
            right.insert(at);
        }
        Ok(())
    })?;
    let mut success = Map::new();
    for set in &job.sets {
        let of_set = |indices: &BTreeSet<usize>| {
            indices
                .iter()
                .filter(|at| pages.get(**at).is_some_and(|page| page.set == *set))
                .count()
        };
        success.insert(
            set.clone(),
            format!("{}/{}", of_set(&right), of_set(&seen)).into(),
        );
    }
    result.insert("extra".into(), json!({"success": success}));
    Ok(result)
}

fn grey(path: &Path) -> Result<(u32, u32, Vec<u8>), Failure> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(read(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("a picture too large")?];
    let frame = reader.next_frame(&mut pixels)?;
    pixels.truncate(frame.buffer_size());
    let luma = match frame.color_type {
        png::ColorType::Grayscale => pixels,
        png::ColorType::Rgb => pixels
            .as_chunks::<3>()
            .0
            .iter()
            .map(|pixel| brightness(*pixel))
            .collect(),
        _ => return Err(format!("{} is neither grey nor RGB", path.display()).into()),
    };
    Ok((frame.width, frame.height, luma))
}

/// Luma of ITU-R BT.601, as the peers' picture library takes it.
fn brightness([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from((sum + 500) / 1000).unwrap_or(u8::MAX)
}
