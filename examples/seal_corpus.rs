//! One foreign PDF, opened, sealed and verified, with what each step cost: the half of `scripts/seal-corpus` that is ours.
//!
//! ```text
//! cargo run --release --example seal_corpus -- FILE.pdf OUT KEYS [PASSWORD]
//! ```
//!
//! Writes `OUT/1.pdf`, `2.pdf`, `3.pdf` (approval seals, each on the one before) and `OUT/certified.pdf` (one seal that allows
//! nothing afterwards), and prints one JSON object. A file that is refused is repaired, if recovery can, and sealed then. A process reads one file, so that the kernel's high-water mark of its
//! memory is that file's. KEYS is `test-vectors/keys`.

use std::borrow::Cow;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use yinxin::draft::Draft;
use yinxin::font;
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Password, PdfError, recovery};
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::seal::{Allow, DocMdp, Place, Seal, SealError};
use yinxin::time::Time;
use yinxin::verify::{ChangePolicy, Finding, Trust, Verifier};

/// Sides of a mark in millimetres: what a seal should have, and the least that is drawn.
const SEAL_MM: f64 = 30.0;
const LEAST_MM: f64 = 5.0;
const MM_PER_POINT: f64 = 25.4 / 72.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (file, out, keys, password) = match arguments.as_slice() {
        [file, out, keys] => (file, out, keys, Password::default()),
        [file, out, keys, password] => (file, out, keys, Password::new(password)),
        _ => return Err("usage: seal_corpus FILE.pdf OUT KEYS [PASSWORD]".into()),
    };
    let (out, keys) = (PathBuf::from(out), PathBuf::from(keys));
    let office = Office::load(&keys, password)?;
    let bytes = fs::read(file)?;
    let mut facts = json!({ "size": bytes.len(), "start_kib": peak_kib() });

    let (mut page, opening) = open(&bytes, &office.password);
    facts["open"] = opening;
    let mut draft = Cow::Borrowed(bytes.as_slice());
    if let (None, Ok(repair)) = (&page, recovery::repair(&bytes, &Limits::DEFAULT)) {
        draft.to_mut().extend_from_slice(&repair.appended);
        let told: Vec<String> = repair.rebuilt.iter().map(ToString::to_string).collect();
        facts["rebuilt"] = told.into();
        page = open(&draft, &office.password).0;
    }
    if let Some(page) = page {
        seal(&office, &draft, &page, &out, &mut facts)?;
    }
    facts["peak_kib"] = peak_kib().into();
    println!("{facts}");
    Ok(())
}

/// The page to be sealed: its index, its width and height as shown, and the side of the mark, in millimetres.
struct Page {
    index: usize,
    width: f64,
    height: f64,
    side: f64,
}

/// Everything that opening a file strictly costs, and the first page with room for a mark.
fn open(bytes: &[u8], password: &Password) -> (Option<Page>, Value) {
    let start = Instant::now();
    let document = match Document::open_with(bytes, password, &Limits::DEFAULT) {
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
    facts["revisions"] = document.revisions().len().into();
    let pages = match pages {
        Ok(pages) => pages,
        Err(error) => {
            facts["refused"] = format!("pages: {}", kind(&error)).into();
            return (None, facts);
        }
    };
    facts["pages"] = pages.len().into();
    let shown = pages.iter().enumerate().filter_map(|(index, page)| {
        let shown = page.visible_box()?;
        let scale = page.user_unit * MM_PER_POINT;
        let (width, height) = (shown.width() * scale, shown.height() * scale);
        let (width, height) = if page.rotate % 180 == 0 {
            (width, height)
        } else {
            (height, width)
        };
        Some(Page {
            index,
            width,
            height,
            side: (width.min(height) / 4.0).clamp(LEAST_MM, SEAL_MM),
        })
    });
    // The first page with room for a mark; the largest where none has.
    let mut largest: Option<Page> = None;
    for page in shown {
        let enough = page.width.min(page.height) >= LEAST_MM;
        if largest
            .as_ref()
            .is_none_or(|other| page.width.min(page.height) > other.width.min(other.height))
        {
            largest = Some(page);
        }
        if enough {
            break;
        }
    }
    let page = largest;
    if page.is_none() {
        facts["pages"] = format!("none of {} pages shows anything", pages.len()).into();
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
    let side = page.side;
    let seal = mark(side)?;
    facts["page"] = json!({ "number": page.index + 1, "mm": [page.width, page.height] });
    let mut marks = vec![];
    let mut newest = bytes.to_vec();
    for name in ["1", "2", "3"] {
        let path = out.join(name).with_extension("pdf");
        let Some((sealed, place)) = office.apply(&newest, &seal, page, None, &path, facts)? else {
            break;
        };
        let (left, top) = (place.x_mm - side / 2.0, place.y_mm - side / 2.0);
        marks.push([left, top, left + side, top + side]);
        newest = sealed;
    }
    facts["marks_mm"] = json!(marks);
    if !marks.is_empty() {
        let level = Some(DocMdp::NoChanges);
        office.apply(bytes, &seal, page, level, &out.join("certified.pdf"), facts)?;
    }
    Ok(())
}

/// Places to try: from the lower right corner to the left, then upwards, eight by eight at most.
fn places(page: &Page) -> impl Iterator<Item = Place> {
    let (width, height, side, index) = (page.width, page.height, page.side, page.index);
    let step = |length: f64| ((length - side) / 7.0).max(side * 1.02);
    let (across, up) = (step(width), step(height));
    (0..64_u8).filter_map(move |number| {
        let (column, row) = (f64::from(number % 8), f64::from(number / 8));
        let place = Place {
            page: index,
            x_mm: width - side / 2.0 - across * column,
            y_mm: height - side / 2.0 - up * row,
        };
        (number == 0 || place.x_mm >= side / 2.0 && place.y_mm >= side / 2.0).then_some(place)
    })
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

/// A sealed file and where the seal stands; `None` if sealing was refused.
type Attempt = Option<(Vec<u8>, Place)>;

/// Who seals, and who is believed.
struct Office {
    signer: SoftwareSigner,
    verifier: Verifier,
    at: Time,
    password: Password,
}

impl Office {
    fn load(keys: &Path, password: Password) -> Result<Self, Box<dyn Error>> {
        let read = |name: &str| fs::read_to_string(keys.join(name));
        let mut chain = Certificate::from_pem_many(&read("p256.cert.pem")?)?;
        chain.extend(Certificate::from_pem_many(&read("intermediate.cert.pem")?)?);
        let roots = Certificate::from_pem_many(&read("root.cert.pem")?)?;
        Ok(Self {
            signer: SoftwareSigner::from_pem(&read("p256.key.pem")?, chain)?,
            // Further seals are what this policy is for.
            verifier: Verifier::new(Trust::new().roots(roots))
                .policy(ChangePolicy::Pades)
                .password(password.clone()),
            password,
            at: "2026-06-01".parse()?,
        })
    }

    /// Seals `bytes` into `path` at the first place that nothing else has, and notes time, refusal and verdict in `facts`.
    /// `None` if refused.
    fn apply(
        &self,
        bytes: &[u8],
        seal: &Seal,
        page: &Page,
        certifies: Option<DocMdp>,
        path: &Path,
        facts: &mut Value,
    ) -> Result<Attempt, Box<dyn Error>> {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut start = Instant::now();
        let draft = match Draft::open_with(bytes.to_vec(), self.password.clone(), &Limits::DEFAULT) {
            Ok(draft) => draft,
            Err(error) => {
                facts[&name] = json!({ "refused": error.to_string() });
                return Ok(None);
            }
        };
        let opened = start.elapsed();
        let attempt = |place: Place, allowed: &[Allow]| {
            let sealing = draft.without_code().place(place).certifies(certifies);
            let sealing = allowed.iter().fold(sealing, |sealing, what| sealing.allow(*what));
            sealing.seal(seal, &self.signer, self.at)
        };
        // A page smaller than any mark shows a part of it.
        let tiny: &[Allow] = match page.width.min(page.height) < LEAST_MM {
            true => &[Allow::Overhang],
            false => &[],
        };
        let mut places = places(page);
        let first = places.next().ok_or("no place")?;
        let (mut place, mut sealed) = (first, attempt(first, tiny));
        while matches!(sealed, Err(SealError::Overlap { .. })) {
            start = Instant::now();
            (place, sealed) = match places.next() {
                Some(next) => (next, attempt(next, tiny)),
                None => (first, attempt(first, &[tiny, &[Allow::Overlap]].concat())),
            };
        }
        let took = milliseconds(start) + opened.as_secs_f64() * 1e3;
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
        let findings = findings.map(|finding| {
            let Finding {
                code,
                object,
                evidence,
                ..
            } = finding;
            json!([code.name(), object, evidence, code.severity()])
        });
        // What could change what is shown was there before the seal.
        let lint = draft.lint(&Limits::DEFAULT).unwrap_or_default();
        let lint: Vec<_> = lint.iter().map(|finding| finding.code.name()).collect();
        facts[&name] = json!({
            "ms": took,
            "verify_ms": milliseconds(start),
            "outcome": report.outcome,
            "findings": findings.collect::<Vec<_>>(),
            "lint": lint,
            "field": report.seals.last().map(|seal| seal.field.clone()),
        });
        Ok(Some((sealed, place)))
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
