//! One foreign PDF, opened, sealed and verified, with what each step cost: the half of `scripts/seal-corpus` that is ours.
//!
//! ```text
//! cargo run --release --example seal_corpus -- FILE.pdf OUT KEYS [PASSWORD]
//! ```
//!
//! Writes `OUT/1.pdf`, `2.pdf`, `3.pdf` (approval seals, each on the one before) and `OUT/certified.pdf` (one seal that allows
//! nothing afterwards), and prints one JSON object. A process reads one file, so that the kernel's high-water mark of its
//! memory is that file's. KEYS is `test-vectors/keys`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use yinxin::draft::Draft;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::pdf::{Document, PdfError};
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::seal::{DocMdp, Place, Seal, SealError};
use yinxin::time::Time;
use yinxin::verify::{Trust, Verifier};

/// Sides of a mark in millimetres: what a seal should have, and the least that is drawn.
const SEAL_MM: f64 = 30.0;
const LEAST_MM: f64 = 5.0;
const MM_PER_POINT: f64 = 25.4 / 72.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (file, out, keys) = match arguments.as_slice() {
        [file, out, keys] => (file, PathBuf::from(out), PathBuf::from(keys)),
        _ => return Err("usage: seal_corpus FILE.pdf OUT KEYS".into()),
    };
    let office = Office::load(&keys)?;
    let bytes = fs::read(file)?;
    let mut facts = json!({ "size": bytes.len(), "start_kib": peak_kib() });

    let (page, opening) = open(&bytes);
    facts["open"] = opening;
    if let Some(page) = page {
        seal(&office, &bytes, &page, &out, &mut facts)?;
    }
    facts["peak_kib"] = peak_kib().into();
    println!("{facts}");
    Ok(())
}

/// The page to be sealed: its index, and its width and height as shown, in millimetres.
struct Page {
    index: usize,
    width: f64,
    height: f64,
}

/// Everything that opening a file strictly costs, and the first page with room for a mark.
fn open(bytes: &[u8]) -> (Option<Page>, Value) {
    let start = Instant::now();
    let document = match Document::open(bytes, &Limits::DEFAULT) {
        Ok(document) => document,
        Err(error) => {
            return (
                None,
                json!({ "ms": milliseconds(start), "kib": peak_kib(), "refused": kind(&error) }),
            );
        }
    };
    let anomalies = match document.audit() {
        Ok(anomalies) => anomalies
            .iter()
            .map(|anomaly| format!("{:?}", anomaly.kind))
            .collect(),
        Err(error) => vec![kind(&error)],
    };
    let pages = document.newest().pages();
    let mut facts = json!({ "ms": milliseconds(start), "kib": peak_kib(), "anomalies": anomalies });
    let pages = match pages {
        Ok(pages) => pages,
        Err(error) => {
            facts["pages"] = kind(&error).into();
            return (None, facts);
        }
    };
    facts["pages"] = pages.len().into();
    let mut room = pages.iter().enumerate().filter_map(|(index, page)| {
        let scale = page.user_unit * MM_PER_POINT;
        let visible = page.visible_box()?;
        let (width, height) = (visible.width() * scale, visible.height() * scale);
        let (width, height) = if page.rotate % 180 == 0 {
            (width, height)
        } else {
            (height, width)
        };
        (width.min(height) >= LEAST_MM).then_some(Page { index, width, height })
    });
    let page = room.next();
    if page.is_none() {
        facts["pages"] = format!("no page of {}", pages.len()).into();
    }
    (page, facts)
}

/// Three approval seals one after the other, and one certifying seal, with the verifier's word on them.
fn seal(
    office: &Office,
    bytes: &[u8],
    page: &Page,
    out: &Path,
    facts: &mut Value,
) -> Result<(), Box<dyn Error>> {
    let side = (page.width.min(page.height) / 4.0).clamp(LEAST_MM, SEAL_MM);
    let seal = mark(side)?;
    facts["page"] = json!({ "number": page.index + 1, "mm": [page.width, page.height] });
    let mut marks = vec![];
    let mut newest = bytes.to_vec();
    for number in 0..3_u8 {
        let place = place(page, side, f64::from(number));
        let left_top = (place.x_mm - side / 2.0, place.y_mm - side / 2.0);
        let name = format!("{}.pdf", number + 1);
        let Some(sealed) = office.apply(&newest, &seal, place, None, &out.join(&name), facts)? else {
            break;
        };
        marks.push([left_top.0, left_top.1, left_top.0 + side, left_top.1 + side]);
        newest = sealed;
    }
    facts["marks_mm"] = json!(marks);
    if !marks.is_empty() {
        let level = Some(DocMdp::NoChanges);
        office.apply(
            bytes,
            &seal,
            place(page, side, 0.0),
            level,
            &out.join("certified.pdf"),
            facts,
        )?;
    }
    Ok(())
}

/// From the lower right corner to the left, then upwards: three marks beside one another where there is room.
fn place(page: &Page, side: f64, number: f64) -> Place {
    let step = ((page.width - side) / 2.0).min(side * 1.1);
    Place {
        page: page.index,
        x_mm: page.width - side / 2.0 - step * number,
        y_mm: page.height - side / 2.0,
    }
}

/// A round seal; on a small page a picture, which may be smaller.
fn mark(side: f64) -> Result<Seal, Box<dyn Error>> {
    if side >= SEAL_MM {
        let round = RoundSeal::new("滨海市政务服务管理局")
            .with_legend("样章 TEST")
            .with_diameter_mm(SEAL_MM);
        return Ok(Seal::new(Impression::round(&round, font::bundled())?));
    }
    // A red frame on white.
    const PIXELS: u32 = 32;
    let mut picture = vec![];
    let mut encoder = png::Encoder::new(&mut picture, PIXELS, PIXELS);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = (0..PIXELS * PIXELS).flat_map(|i| {
        let (x, y) = (i % PIXELS, i / PIXELS);
        let frame = x.min(y) < 4 || x.max(y) >= PIXELS - 4;
        if frame { [200, 0, 0] } else { [255; 3] }
    });
    encoder
        .write_header()?
        .write_image_data(&pixels.collect::<Vec<u8>>())?;
    Ok(Seal::new(Impression::png(&picture, side)?))
}

/// Who seals, and who is believed.
struct Office {
    signer: SoftwareSigner,
    verifier: Verifier,
    at: Time,
}

impl Office {
    fn load(keys: &Path) -> Result<Self, Box<dyn Error>> {
        let read = |name: &str| fs::read_to_string(keys.join(name));
        let mut chain = Certificate::from_pem_many(&read("p256.cert.pem")?)?;
        chain.extend(Certificate::from_pem_many(&read("intermediate.cert.pem")?)?);
        let roots = Certificate::from_pem_many(&read("root.cert.pem")?)?;
        Ok(Self {
            signer: SoftwareSigner::from_pem(&read("p256.key.pem")?, chain)?,
            verifier: Verifier::new(Trust::new().roots(roots)),
            at: "2026-06-01".parse()?,
        })
    }

    /// Seals `bytes` into `path`, and notes time, refusal and verdict in `facts`. `None` if refused.
    fn apply(
        &self,
        bytes: &[u8],
        seal: &Seal,
        place: Place,
        certifies: Option<DocMdp>,
        path: &Path,
        facts: &mut Value,
    ) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let start = Instant::now();
        let draft = match Draft::open(bytes.to_vec(), &Limits::DEFAULT) {
            Ok(draft) => draft,
            Err(error) => {
                facts[&name] = json!({ "refused": error.to_string() });
                return Ok(None);
            }
        };
        let sealed = draft
            .without_code()
            .place(place)
            .certifies(certifies)
            .seal(seal, &self.signer, self.at);
        let took = milliseconds(start);
        let sealed = match sealed {
            Ok(sealed) => sealed.into_bytes(),
            Err(error) => {
                facts[&name] = json!({ "ms": took, "refused": refusal(&error), "says": error.to_string() });
                return Ok(None);
            }
        };
        fs::write(path, &sealed)?;
        let start = Instant::now();
        let report = self.verifier.verify_pdf(&sealed, self.at);
        let findings = report.findings.iter();
        let findings = findings.map(|finding| json!([finding.code.name(), finding.object, finding.evidence]));
        facts[&name] = json!({
            "ms": took,
            "verify_ms": milliseconds(start),
            "outcome": report.outcome,
            "findings": findings.collect::<Vec<_>>(),
            "field": report.seals.last().map(|seal| seal.field.clone()),
        });
        Ok(Some(sealed))
    }
}

fn kind(error: &PdfError) -> String {
    format!("{:?}", error.kind)
}

/// The error's name, for counting.
fn refusal(error: &SealError) -> String {
    match error {
        SealError::Pdf(error) => format!("Pdf {}", kind(error)),
        other => {
            let text = format!("{other:?}");
            text.split(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or_default()
                .to_owned()
        }
    }
}

fn milliseconds(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 1e5).round() / 100.0
}

/// The most memory this process ever had resident, in KiB; 0 where the kernel does not say.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
