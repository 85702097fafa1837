//! `stamp scan`.

use std::path::Path;

use yinxin::symbol::read::ReadError;

use crate::cli;
use crate::files::{self, Fault, fault};
use crate::output::say;
use crate::reading::{self, Kind};
use crate::report;
use crate::trust;
use crate::verify::judge;
use crate::whole;

/// The verdict on one code.
pub fn run(options: &cli::Scan) -> Result<u8, Fault> {
    let (verifier, at) = trust::load(&options.trust)?;
    let verifier = verifier.rebuilder(whole::rebuilder(&options.template, &options.font)?);
    let verdict = match (input(&options.input)?, &options.pdf) {
        (Input::Picture(bytes), None) => verifier.verify_image(&bytes, at),
        (Input::Text(text), None) => verifier.verify_text(&text, at),
        (Input::Pages(bytes), None) => verifier.verify_text(&code_on_pages(&options.input, bytes)?, at),
        (code, Some(pdf)) => {
            let text = match code {
                Input::Picture(bytes) => read_code(&options.input, &bytes)?,
                Input::Pages(bytes) => code_on_pages(&options.input, bytes)?,
                Input::Text(text) => text,
            };
            judge(&verifier, pdf, Some(&text), at)?
        }
    };
    let subject = if Path::new(&options.input).is_file() {
        options.input.as_str()
    } else {
        "(text)"
    };
    // Before anything is printed: a reader that goes away must not take the file with it.
    let written = options
        .out
        .as_ref()
        .map(|path| whole::write(path, subject, &verdict));
    report::print(subject, &verdict, None, &options.trust);
    if let Some(line) = written.transpose()?.flatten()
        && !options.trust.json
    {
        say!("{line}");
    }
    Ok(report::status([verdict.outcome]))
}

enum Input {
    Picture(Vec<u8>),
    Pages(Vec<u8>),
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
    match Kind::of(&bytes) {
        Kind::Picture => Ok(Input::Picture(bytes)),
        Kind::Pdf => Ok(Input::Pages(bytes)),
        Kind::Other => String::from_utf8(bytes)
            .map(Input::Text)
            .map_err(|_| fault!("{argument}: is neither PNG, JPEG, PDF nor text; save the picture as PNG")),
    }
}

/// The one code in the picture, to be judged together with a file.
fn read_code(name: &str, picture: &[u8]) -> Result<String, Fault> {
    let texts = yinxin::symbol::read::read_picture(picture, &yinxin::limits::Limits::DEFAULT)
        .map_err(|e| fault!("{name}: {e}"))?;
    only(name, texts)
}

/// The one code on the pages of a file.
fn code_on_pages(name: &str, pdf: Vec<u8>) -> Result<String, Fault> {
    let (mut texts, mut unread) = (vec![], None);
    for view in reading::of_pages(name, pdf)? {
        match view.texts {
            Ok(found) => texts.extend(found),
            Err(ReadError::NothingFound) => {}
            Err(why) => unread = unread.or(Some(fault!("{}: {why}", view.name))),
        }
    }
    match (texts.is_empty(), unread) {
        (true, Some(why)) => Err(why),
        _ => only(name, texts),
    }
}

fn only(name: &str, mut texts: Vec<String>) -> Result<String, Fault> {
    texts.sort();
    texts.dedup();
    let parts = texts.iter().filter(|text| text.starts_with("YXS:")).count();
    match (texts.len(), parts) {
        (1, _) => Ok(texts.remove(0)),
        (0, _) => Err(fault!(
            "{name}: shows no code; take the picture again: flat, near, evenly lit"
        )),
        (_, 1..) => Err(fault!(
            "{name}: shows {parts} parts of a set; `stamp set join` gives back their file"
        )),
        (several, 0) => Err(fault!("{name}: shows {several} codes; take a picture of one")),
    }
}
