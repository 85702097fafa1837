//! What the register says: all entries, or one with its versions and what was done to it.

use serde::Serialize;
use yinxin::limits::Limits;
use yinxin::record::Identifier;
use yinxin::register::{Action, AuditEntry, Entry, State};

use super::open::Opened;
use super::{identifier, open};
use crate::cli::{self, EntryState};
use crate::files::{Fault, Named as _, fault, hex};
use crate::output::say;

/// Every entry, or those in one state, a line each.
pub fn list(options: &cli::RegisterList) -> Result<u8, Fault> {
    let (mut register, name) = open(&options.register)?;
    let state = options.state.map(|state| match state {
        EntryState::Reserved => State::Reserved,
        EntryState::Issued => State::Issued,
        EntryState::Void => State::Void,
    });
    let (mut after, mut count) = (0, 0_u64);
    loop {
        let page = register.entries(state, after).named(&name)?;
        let Some(last) = page.last() else { break };
        after = last.reserved();
        for entry in &page {
            tell(entry, options.json);
        }
        count += page.len() as u64;
    }
    if !options.json {
        say!("{count} entries 条");
    }
    Ok(0)
}

/// Status 0 if the register knows the identifier, 1 if it does not.
pub fn show(options: &cli::RegisterShow) -> Result<u8, Fault> {
    let (mut register, name) = open(&options.register)?;
    let asked = identifier(&options.identifier)?;
    let versions = versions(&mut register, &asked, &name)?;
    if !versions.iter().any(|entry| *entry.identifier() == asked) {
        say!("{asked}: is not in this register 登记簿中没有此标识");
        return Ok(1);
    }
    // A version that was given up replaced nothing.
    let stands = versions.iter().rev().find(|entry| entry.state() == State::Issued);
    for entry in &versions {
        tell(entry, false);
        if stands.is_some_and(|stands| stands.identifier() == entry.identifier()) {
            say!("  the version that stands 现行版本");
        }
    }
    say!("what was done 办理经过:");
    let mut after = 0;
    loop {
        let page = register.trail(after).named(&name)?;
        if page.is_empty() {
            return Ok(0);
        }
        after += page.len() as u64;
        for bytes in page {
            let step = AuditEntry::from_bytes(&bytes, &Limits::DEFAULT).named(&name)?;
            if versions
                .iter()
                .any(|entry| *entry.identifier() == step.identifier)
            {
                say!(
                    "  {} {} version 第 {} 版: {}",
                    step.at,
                    step.actor,
                    step.identifier.version(),
                    done(&step.action)
                );
            }
        }
    }
}

/// The entries of one certificate, its first version first. Versions are given without gaps.
fn versions(register: &mut Opened, asked: &Identifier, name: &str) -> Result<Vec<Entry>, Fault> {
    let mut versions = Vec::new();
    for version in 1..=999 {
        let next = Identifier::compose(asked.type_code(), asked.issuer_code(), asked.serial(), version);
        let next = next.map_err(|error| fault!("{asked}: {error}"))?;
        let Some(entry) = register.entry(&next).named(name)? else {
            break;
        };
        versions.push(entry);
    }
    Ok(versions)
}

fn done(action: &Action) -> String {
    match action {
        Action::Reserved { key, .. } => format!("reserved 占号 for request {key}"),
        Action::Issued { digest } => format!("issued 签发, SHA-256 {}", hex(digest)),
        Action::Voided { reason } => format!("given up 作废: {reason}"),
        Action::SetAside { reason, .. } => format!("a file set aside 移开文件: {reason}"),
        _ => "something newer than this program 本程序不识的步骤".to_owned(),
    }
}

/// One entry, as a line of JSON or of text.
fn tell(entry: &Entry, json: bool) {
    #[derive(Serialize)]
    struct Line<'a> {
        identifier: &'a str,
        state: &'a str,
        request: &'a str,
        number: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        replaces: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status_list: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status_index: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    }
    let (english, chinese) = match entry.state() {
        State::Reserved => ("reserved", "已占号"),
        State::Issued => ("issued", "已签发"),
        State::Void => ("void", "已作废"),
        _ => ("unknown", "未知"),
    };
    let status = entry.status();
    if json {
        let line = Line {
            identifier: entry.identifier().as_str(),
            state: english,
            request: entry.key(),
            number: entry.number(),
            replaces: entry.replaces().map(Identifier::as_str),
            status_list: status.map(yinxin::payload::StatusReference::uri),
            status_index: status.map(yinxin::payload::StatusReference::index),
            sha256: entry.digest().map(|digest| hex(digest)),
        };
        say!("{}", serde_json::to_string(&line).unwrap_or_default());
        return;
    }
    let mut line = format!(
        "{} {english} {chinese}, request 申请 {}",
        entry.identifier(),
        entry.key()
    );
    if let Some(replaces) = entry.replaces() {
        line += &format!(", replaces 换发自 version {}", replaces.version());
    }
    if let Some(status) = status {
        line += &format!(", place 位置 {} of {}", status.index(), status.uri());
    }
    say!("{line}");
}
