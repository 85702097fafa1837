//! Where files come from and go to.

use std::path::{Path, PathBuf};

use yinxin::{Limits, Record, Template};

use super::Told;

/// The folder for what is made: the first argument, or one for temporary files.
pub fn folder(flow: &str) -> Told<PathBuf> {
    let temporary = || std::env::temp_dir().join(format!("yinxin-{flow}-{}", std::process::id()));
    let folder = std::env::args().nth(1).map_or_else(temporary, PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    println!("files 文件: {}", folder.display());
    Ok(folder)
}

/// Writes in one step: whoever stops the program meanwhile leaves the old file or the new one.
pub fn keep(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("new");
    std::fs::write(&unfinished, bytes)?;
    std::fs::rename(&unfinished, path)
}

/// One of the sample records in `examples/data/records`.
pub fn record(name: &str) -> Told<Record> {
    let path = repository("examples/data/records").join(format!("{name}.json"));
    Ok(Record::from_json(&std::fs::read(path)?, &Limits::DEFAULT)?)
}

/// A built-in template.
pub fn template(name: &str) -> Told<Template> {
    Ok(Template::builtin(name).ok_or("no template of that name")?)
}

/// The text of a key or a certificate for tests.
pub(super) fn key_file(name: &str) -> std::io::Result<String> {
    std::fs::read_to_string(repository("test-vectors/keys").join(name))
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
