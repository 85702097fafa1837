//! What programs that others wrote say of sealed files. A program that is not there is skipped, with a word about it.
#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{at, path};

/// pyHanko, strict, our root only, no network: every signature valid, its rules kept, the last one over the whole file.
const PYHANKO: &str = r#"
import io, sys, datetime, logging
logging.disable(logging.CRITICAL)
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
root = x509.Certificate.load(pem.unarmor(open(sys.argv[1], 'rb').read())[2])
moment = datetime.datetime.fromisoformat(sys.argv[2].replace('Z', '+00:00'))
for name in sys.argv[3:]:
    try:
        reader = PdfFileReader(io.BytesIO(open(name, 'rb').read()), strict=True)
        # Files that open without a password, all the same.
        if reader.encrypted: reader.decrypt('')
        signatures = reader.embedded_signatures
        if not signatures:
            print(name, 'no signatures')
        for index, signature in enumerate(signatures):
            trust = ValidationContext(trust_roots=[root], moment=moment, allow_fetching=False, revocation_mode='soft-fail')
            status = validate_pdf_signature(signature, trust)
            faults = []
            if not (status.intact and status.valid and status.trusted): faults.append('invalid')
            if not status.bottom_line: faults.append(status.summary())
            if status.docmdp_ok is False: faults.append('DocMDP not kept: %s' % (status.diff_result,))
            if status.seed_value_ok is False: faults.append('seed value: %s' % (status.seed_value_constraint_error,))
            whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
            if index + 1 == len(signatures) and not whole: faults.append('covers ' + status.coverage.name)
            if faults: print(name, signature.field_name, '; '.join(faults))
    except Exception as error:
        print(name, type(error).__name__, error)
"#;

/// Asks pyHanko, pdfsig and qpdf about `files`, written to a folder `test`; panics with what they complain of.
pub fn judge(test: &str, files: &[(&str, &[u8])]) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).unwrap();
    let mut paths = vec![];
    for (name, file) in files {
        let path = folder.join(format!("{name}.pdf"));
        std::fs::write(&path, file).unwrap();
        paths.push(path);
    }
    let mut complaints = pyhanko(&paths);
    for path in &paths {
        complaints.push_str(&pdfsig(path));
        complaints.push_str(&qpdf(path));
    }
    assert!(complaints.is_empty(), "{complaints}");
}

fn pyhanko(paths: &[PathBuf]) -> String {
    let python = path("target/venv/bin/python");
    if !python.exists() {
        println!("skipped: {} is not there", python.display());
        return String::new();
    }
    let done = Command::new(&python)
        .args(["-c", PYHANKO])
        .arg(path("test-vectors/keys/root.cert.pem"))
        .arg(at().to_string())
        .args(paths)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let complained = String::from_utf8_lossy(&done.stderr);
    if done.status.success() {
        said
    } else {
        format!("{said}{complained}")
    }
}

fn pdfsig(path: &Path) -> String {
    let Ok(done) = Command::new("pdfsig").arg("-nocert").arg(path).output() else {
        println!("skipped: pdfsig is not there");
        return String::new();
    };
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let empty = said.matches("field is not signed").count();
    let (all, valid) = (
        said.matches("Signature #").count(),
        said.matches("Signature is Valid.").count(),
    );
    if valid > 0 && all == valid + empty {
        String::new()
    } else {
        format!("{}: pdfsig: {said}\n", path.display())
    }
}

fn qpdf(path: &Path) -> String {
    let Ok(done) = Command::new("qpdf").arg("--check").arg(path).output() else {
        println!("skipped: qpdf is not there");
        return String::new();
    };
    if done.status.success() {
        String::new()
    } else {
        format!(
            "{}: qpdf: {}\n",
            path.display(),
            String::from_utf8_lossy(&done.stderr)
        )
    }
}
