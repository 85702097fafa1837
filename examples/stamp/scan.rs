//! `stamp scan`.

use std::path::Path;

use crate::cli;
use crate::files::{self, Fault, fault};
use crate::report;
use crate::trust;
use crate::verify::judge;
use crate::whole;

/// The first bytes of every PNG (W3C PNG, 5.2).
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The verdict on one code.
pub fn run(options: &cli::Scan) -> Result<u8, Fault> {
    let (verifier, at) = trust::load(&options.trust)?;
    let verifier = verifier.rebuilder(whole::rebuilder(&options.template, &options.font)?);
    let verdict = match input(&options.input)? {
        Input::Picture(bytes) => match &options.pdf {
            None => verifier.verify_image(&bytes, at),
            Some(pdf) => judge(&verifier, pdf, Some(&read_code(&options.input, &bytes)?), at)?,
        },
        Input::Text(text) => match &options.pdf {
            None => verifier.verify_text(&text, at),
            Some(pdf) => judge(&verifier, pdf, Some(&text), at)?,
        },
    };
    let subject = if Path::new(&options.input).is_file() {
        options.input.as_str()
    } else {
        "(text)"
    };
    report::print(subject, &verdict, &options.trust);
    if let Some(path) = &options.out {
        whole::write(path, subject, &verdict, options.trust.json)?;
    }
    Ok(report::status([verdict.outcome]))
}

enum Input {
    Picture(Vec<u8>),
    Text(String),
}

/// Text that looks like one of our codes is taken as such; everything else names a file.
fn input(argument: &str) -> Result<Input, Fault> {
    let lower = argument.get(..8).unwrap_or(argument).to_ascii_lowercase();
    if lower.starts_with("yx1:") || lower.starts_with("https://") {
        return Ok(Input::Text(argument.to_owned()));
    }
    let path = Path::new(argument);
    if !path.exists() {
        return Err(fault!(
            "{argument}: no such file, and no text of a code (YX1:.. or https://..#digits); check the path or quote the text"
        ));
    }
    let bytes = files::read(path, files::LARGE)?;
    if bytes.starts_with(PNG) {
        return Ok(Input::Picture(bytes));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| fault!("{argument}: is neither a PNG picture nor text; convert the picture to PNG"))?;
    Ok(Input::Text(text))
}

/// The one code in the picture, to be judged together with a file.
fn read_code(name: &str, picture: &[u8]) -> Result<String, Fault> {
    let mut texts = yinxin::symbol::read::read_png(picture, &yinxin::limits::Limits::DEFAULT)
        .map_err(|e| fault!("{name}: {e}; take the picture again: flat, near, evenly lit"))?;
    texts.sort();
    texts.dedup();
    match texts.len() {
        1 => Ok(texts.remove(0)),
        0 => Err(fault!(
            "{name}: shows no code; take the picture again: flat, near, evenly lit"
        )),
        several => Err(fault!("{name}: shows {several} codes; take a picture of one")),
    }
}
