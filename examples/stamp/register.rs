//! `stamp register`: whether the register of what was issued, its audit trail and the files say the same.

use std::path::Path;

use yinxin::register::{
    Act, Fault as Trouble, Head, Register as _, Shelf, SqliteRegister, State, export_trail,
};

use crate::cli;
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::output::say;

/// Status 0 if nothing is wrong, 1 if something is.
pub fn check(options: &cli::RegisterCheck) -> Result<u8, Fault> {
    let mut register = open(&options.register)?;
    let shelf = shelf(&options.shelf)?;
    let anchor = match &options.anchor {
        None => None,
        Some(path) => Some(files::read_text(path)?.parse::<Head>().named(path.display())?),
    };
    let checked = shelf
        .check(&mut register, anchor.as_ref())
        .named(options.register.display())?;
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
        Outputs::default().write(path, format!("{head}\n").as_bytes())?;
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
pub fn recover(options: &cli::RegisterRecover) -> Result<u8, Fault> {
    let mut register = open(&options.register)?;
    let by = Act {
        actor: &options.actor,
        at: options.at.unwrap_or_else(files::now),
    };
    let found = shelf(&options.shelf)?
        .recover(&mut register, &by)
        .named(options.register.display())?;
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
            "waits for its file 待补件: {}: repeat request 请重新办理 {}",
            entry.identifier(),
            entry.key()
        );
    }
    Ok(u8::from(!found.waiting.is_empty()))
}

/// Writes the audit trail into a file of its own.
pub fn trail(options: &cli::RegisterTrail) -> Result<u8, Fault> {
    let mut register = open(&options.register)?;
    let mut output = Outputs::sparing([options.register.as_path()]).begin(&options.out)?;
    let mut entries: u64 = 0;
    loop {
        let page = register.trail(entries).named(options.register.display())?;
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

/// Opens what is there; a register is made by issuing.
fn open(path: &Path) -> Result<SqliteRegister, Fault> {
    if !path.is_file() {
        return Err(fault!("{}: no such file; name the register", path.display()));
    }
    let mut register = SqliteRegister::open(path).named(path.display())?;
    // What cannot be read at all is said before anything else is.
    register.entries(Some(State::Reserved), 0).named(path.display())?;
    Ok(register)
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
