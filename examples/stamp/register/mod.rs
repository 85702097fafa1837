//! `stamp register`: the register of what was issued; whether it, its audit trail and the files say the same.

mod look;
mod office;
mod open;

use std::path::Path;

use yinxin::record::Identifier;
use yinxin::register::{Act, Fault as Trouble, Head, Shelf, export_trail};

use crate::cli;
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::output::say;
pub use office::{Desk, Failed, Filed, Office};
use open::{Opened, Place};

pub fn run(command: &cli::Register) -> Result<u8, Fault> {
    match command {
        cli::Register::New(options) => new(options),
        cli::Register::List(options) => look::list(options),
        cli::Register::Show(options) => look::show(options),
        cli::Register::Void(options) => void(options),
        cli::Register::Check(options) => check(options),
        cli::Register::Recover(options) => recover(options),
        cli::Register::Trail(options) => trail(options),
    }
}

fn new(options: &cli::RegisterNew) -> Result<u8, Fault> {
    let name = open::make(&options.register)?.name();
    say!("{name}: register ready 登记簿已就绪");
    say!("next: stamp issue --register {name} --shelf DIR --actor NAME --request KEY ...");
    Ok(0)
}

/// Status 0 if nothing is wrong, 1 if something is.
fn check(options: &cli::RegisterCheck) -> Result<u8, Fault> {
    let (mut register, name) = open(&options.register)?;
    let shelf = shelf(&options.shelf)?;
    let anchor = match &options.anchor {
        None => None,
        Some(path) => {
            let head = files::read_text(path)?.parse::<Head>();
            Some(head.map_err(|error| fault!("{}: {error}; give a file that --head wrote", path.display()))?)
        }
    };
    let checked = shelf.check(&mut *register, anchor.as_ref()).named(name)?;
    say!(
        "issued 已签发 {}, reserved 已占号 {}, void 已作废 {}, files 文件 {}",
        checked.issued,
        checked.reserved,
        checked.void,
        checked.files
    );
    for fault in &checked.faults {
        say!("wrong 有误: {}: {fault}", chinese(fault));
    }
    if let (Some(head), Some(path)) = (&checked.head, &options.head) {
        Outputs::sparing([Path::new(&options.register)]).write(path, format!("{head}\n").as_bytes())?;
    }
    match (&checked.head, checked.faults.is_empty()) {
        (Some(head), true) => {
            say!("register, audit trail and files agree 登记、审计链与文件一致; head 链尾 {head}");
        }
        _ => say!("do not agree 不一致: {} found 处", checked.faults.len()),
    }
    Ok(u8::from(!checked.faults.is_empty()))
}

/// Status 0 if every entry has its file, 1 if some wait for theirs.
fn recover(options: &cli::RegisterRecover) -> Result<u8, Fault> {
    let (mut register, name) = open(&options.register)?;
    let by = Act {
        actor: &options.actor,
        at: options.at.unwrap_or_else(files::now),
    };
    let found = shelf(&options.shelf)?.recover(&mut *register, &by).named(name)?;
    for identifier in &found.completed {
        say!("issued 已补记: {identifier}");
    }
    for path in &found.set_aside {
        say!("set aside 已移开: {}", path.display());
    }
    for path in &found.foreign {
        say!(
            "left alone, no file of ours 非本登记簿文件，未动: {}",
            path.display()
        );
    }
    for entry in &found.waiting {
        say!(
            "waits for its file 待补件: {}: repeat request {}, or give it up with `stamp register void` 请按原申请重新办理，或予作废",
            entry.identifier(),
            entry.key()
        );
    }
    Ok(u8::from(!found.waiting.is_empty()))
}

/// Gives up a reserved identifier for good.
fn void(options: &cli::RegisterVoid) -> Result<u8, Fault> {
    let (mut register, name) = open(&options.register)?;
    let identifier = identifier(&options.identifier)?;
    let by = Act {
        actor: &options.actor,
        at: options.at.unwrap_or_else(files::now),
    };
    register.void(&identifier, &options.reason, &by).named(name)?;
    say!("void 已作废: {identifier}; its number is not given again 该号不再使用");
    Ok(0)
}

/// Writes the audit trail into a file of its own.
fn trail(options: &cli::RegisterTrail) -> Result<u8, Fault> {
    let (mut register, name) = open(&options.register)?;
    let mut output = Outputs::sparing([Path::new(&options.register)]).begin(&options.out)?;
    let mut entries: u64 = 0;
    loop {
        let page = register.trail(entries).named(&name)?;
        if page.is_empty() {
            break;
        }
        output.write(&export_trail(page.iter().map(Vec::as_slice)))?;
        entries += page.len() as u64;
    }
    output.finish()?;
    say!("{}: {entries} entries 条", options.out.display());
    Ok(0)
}

/// Opens what is there, and says what to call it.
fn open(text: &str) -> Result<(Opened, String), Fault> {
    let place = Place::of(text)?;
    Ok((place.open()?, place.name()))
}

fn identifier(text: &str) -> Result<Identifier, Fault> {
    text.parse()
        .map_err(|error| fault!("{text}: not a certificate identifier: {error}; copy it from the result"))
}

fn shelf(path: &Path) -> Result<Shelf, Fault> {
    if !path.is_dir() {
        return Err(fault!(
            "{}: no such folder; name the folder of issued files",
            path.display()
        ));
    }
    Shelf::open(path).named(path.display())
}

fn chinese(fault: &Trouble) -> &'static str {
    match fault {
        Trouble::Altered(_) => "文件与签发时不同",
        Trouble::Disagrees(_) => "登记与审计链不符",
        Trouble::Fork(_) => "同一版本被换发两次",
        Trouble::Gap { .. } => "编号有缺",
        Trouble::Missing(_) => "已签发而无文件",
        Trouble::Orphan(_) => "有文件而无登记",
        Trouble::Replaces(_) => "换发关系有误",
        Trouble::Trail(_) => "审计链有误",
        Trouble::Unsaid => "登记有审计链未载之事",
        _ => "其他",
    }
}
