//! Writes a PDF like a scanner's, of any size, and measures what reading it costs; for `scripts/large`.
//!
//! `scan_pdf OUT.pdf PAGES [SIDE]`: every page is a grey picture of SIDE x SIDE bytes (1024 unless given: a megabyte). The same
//! arguments make the same file. `scan_pdf --digest FILE [COPY]`: the least that sealing or verifying can cost, one reading with
//! SHA-256 by the same code, and a copy on the disk if asked for.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};

use yinxin::crypto::{DigestAlgorithm, Hasher};

#[path = "../tests/common/scan.rs"]
mod scan;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--digest", path, copy @ ..] => digest(path, copy.first().copied()),
        [path, pages, side @ ..] => {
            let side = side.first().map_or(Ok(1024), |side| side.parse())?;
            let mut output = BufWriter::with_capacity(1 << 20, File::create(path)?);
            scan::write(&mut output, pages.parse()?, side, scan::Picture::Noise, true)?;
            output.flush()?;
            println!("{path}: {} bytes", std::fs::metadata(path)?.len());
            Ok(())
        }
        _ => Err("usage: scan_pdf OUT.pdf PAGES [SIDE], or scan_pdf --digest FILE [COPY]".into()),
    }
}

fn digest(path: &str, copy: Option<&str>) -> Result<(), Box<dyn Error>> {
    let mut file = File::open(path)?;
    let mut copy = copy.map(File::create).transpose()?;
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let mut block = vec![0; 256 << 10];
    loop {
        let count = file.read(&mut block)?;
        if count == 0 {
            break;
        }
        hasher.update(&block[..count]);
        if let Some(copy) = &mut copy {
            copy.write_all(&block[..count])?;
        }
    }
    if let Some(copy) = copy {
        copy.sync_all()?;
    }
    let digest: String = hasher.finish().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{digest}");
    Ok(())
}
