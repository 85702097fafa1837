//! `stamp status`: what a department says of its results now.

use yinxin::cose::status::{Indices, Status, StatusDraft, StatusList};
use yinxin::limits::Limits;
use yinxin::pki::Signer as _;
use yinxin::time::Time;

use crate::cli;
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::key;
use crate::output::say;

pub fn run(command: &cli::StatusCommand) -> Result<u8, Fault> {
    match command {
        cli::StatusCommand::New(options) => {
            let at = options.sign.at.unwrap_or_else(files::now);
            let draft =
                StatusDraft::new(&options.uri, options.bits, options.size, at).named("status list")?;
            sign(draft, &options.sign)
        }
        cli::StatusCommand::Set(options) => {
            let list = read(&options.list)?;
            let at = options.sign.at.unwrap_or_else(files::now);
            let mut draft = StatusDraft::after(&list, at);
            for entry in &options.entry {
                set(&mut draft, entry)?;
            }
            sign(draft, &options.sign)
        }
        cli::StatusCommand::Show(options) => show(options),
        cli::StatusCommand::Place(options) => place(options),
    }
}

/// `INDEX=STATUS`, or `INDEX=conditional@DEADLINE`.
fn set(draft: &mut StatusDraft, entry: &str) -> Result<(), Fault> {
    let wrong =
        || fault!("{entry}: give INDEX=valid, revoked, suspended, replaced, lapsed or conditional@DEADLINE");
    let (index, word) = entry.split_once('=').ok_or_else(wrong)?;
    let index: u32 = index.parse().map_err(|_| wrong())?;
    if let Some(deadline) = word.strip_prefix("conditional@") {
        let deadline: Time = deadline.parse().named(entry)?;
        return draft.set_conditional(index, deadline).named(entry);
    }
    let status = Status::ALL.into_iter().find(|status| status.name() == word);
    draft.set(index, status.ok_or_else(wrong)?).named(entry)
}

fn sign(mut draft: StatusDraft, options: &cli::StatusSign) -> Result<u8, Fault> {
    if let Some(expires) = options.expires {
        draft = draft.expires(expires);
    }
    if let Some(ttl) = options.ttl {
        draft = draft.ttl(i64::from(ttl));
    }
    let signer = key::one(&options.key, 1)?;
    let certificate = signer.chain().first();
    let kid = certificate
        .ok_or_else(|| fault!("--chain: holds no certificate; give the department's"))?
        .kid();
    let unsigned = draft.unsigned(signer.algorithm(), &kid).named("status list")?;
    let signature = signer.sign(&unsigned.to_be_signed()).named("status list")?;
    let token = unsigned.finish(&signature).named("status list")?;
    Outputs::default().write(&options.out, &token)?;
    say!("{}: {} bytes 字节", options.out.display(), token.len());
    Ok(0)
}

fn show(options: &cli::StatusShow) -> Result<u8, Fault> {
    let list = read(&options.list)?;
    let name = options.list.display();
    say!("{name}: nothing is verified here 仅供查看，未核验签名");
    say!(
        "  {}, {} entries 项 x {} bits 位",
        list.uri(),
        list.len(),
        list.bits()
    );
    let until = list
        .expires()
        .map_or_else(|| "-".to_owned(), |time| time.to_string());
    let ttl = list
        .ttl()
        .map_or_else(|| "-".to_owned(), |ttl| format!("{ttl} s"));
    say!("  issued 签发 {}, expires 失效 {until}, ttl {ttl}", list.issued());
    for &index in &options.index {
        let status = list.status(index).map_or("no such entry", Status::name);
        match list.deadline(index) {
            Some(deadline) => say!("  {index}: {status}, deadline 截止 {deadline}"),
            None => say!("  {index}: {status}"),
        }
    }
    if options.index.is_empty() {
        let mut counts = std::collections::BTreeMap::new();
        let entries =
            (0..u32::try_from(list.len()).unwrap_or(u32::MAX)).filter_map(|index| list.status(index));
        for status in entries {
            *counts.entry(status.name()).or_insert(0_u64) += 1;
        }
        for (status, count) in counts {
            say!("  {status}: {count}");
        }
    }
    Ok(0)
}

fn place(options: &cli::StatusPlace) -> Result<u8, Fault> {
    let name = options.secret.display();
    let text = zeroize::Zeroizing::new(files::read_text(&options.secret)?);
    let digits = text.trim();
    let byte = |at: usize| {
        digits
            .get(2 * at..2 * at + 2)
            .and_then(|two| u8::from_str_radix(two, 16).ok())
    };
    let key: Option<Vec<u8>> = (0..32).map(byte).collect();
    let key = key
        .filter(|_| digits.len() == 64)
        .and_then(|key| key.try_into().ok());
    let key = key.ok_or_else(|| {
        fault!("{name}: must hold 64 hexadecimal digits; make them with: openssl rand -hex 32")
    })?;
    let indices = Indices::new(key, options.size);
    for number in &options.number {
        let place = indices
            .place(*number)
            .ok_or_else(|| fault!("{number}: the list has {} places; start another", options.size))?;
        say!("{place}");
    }
    Ok(0)
}

fn read(path: &std::path::Path) -> Result<StatusList, Fault> {
    let bytes = files::read(path, files::SMALL)?;
    StatusList::parse(&bytes, &Limits::DEFAULT).named(path.display())
}
