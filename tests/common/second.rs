//! The codes in a picture as zxing-cpp reads them: a decoder that shares nothing with ours.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::pixels::Pixels;

/// The texts, or `None` with a word about it where zxing-cpp is not installed.
pub fn texts(name: &str, picture: &Pixels) -> Option<BTreeSet<String>> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python");
    if !python.exists() {
        println!("skipped: {} with zxing-cpp is not there", python.display());
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("second");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.png"));
    std::fs::write(&file, picture.to_png()).unwrap();
    // QR codes alone: the modules of one in 500 hold a row that reads as a bar code (Codabar, ITF).
    let script = "import sys, zxingcpp\nfrom PIL import Image\nfound = zxingcpp.read_barcodes(Image.open(sys.argv[1]), \
        formats=zxingcpp.BarcodeFormat.QRCode, text_mode=zxingcpp.TextMode.Plain)\nfor code in found: print(code.text)";
    let run = Command::new(&python)
        .args(["-c", script])
        .arg(&file)
        .output()
        .unwrap();
    if !run.status.success() {
        println!(
            "skipped: zxing-cpp cannot be run: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        return None;
    }
    Some(
        String::from_utf8(run.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect(),
    )
}
