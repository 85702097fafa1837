//! `stamp status`: what a department says of its results now.

use std::collections::BTreeSet;

use yinxin::cose::status::{Indices, Status, StatusDraft, StatusList};
use yinxin::limits::Limits;
use yinxin::payload::StatusReference;
use yinxin::pki::Signer as _;
use yinxin::time::Time;

use crate::cli;
use crate::files::{self, Fault, Named as _, Outputs, fault};
use crate::key;
use crate::output::say;

/// How long a list is good unless its end is given, in seconds.
const GOOD_FOR: i64 = 7 * 86_400;

pub fn run(command: &cli::StatusCommand) -> Result<u8, Fault> {
    match command {
        cli::StatusCommand::New(options) => {
            let at = options.sign.at.unwrap_or_else(files::now);
            // What no result can name is no list.
            StatusReference::new(&options.uri, 0).named("--uri")?;
            let draft = StatusDraft::new(&options.uri, options.bits, options.size, at);
            let most = Limits::DEFAULT.status_bytes as u64;
            if u64::from(options.size) * u64::from(options.bits) / 8 > most {
                return Err(fault!(
                    "--size {}: verifiers read lists of at most {most} bytes, {} places of {} bits; keep several lists",
                    options.size,
                    most * 8 / u64::from(options.bits.max(1)),
                    options.bits
                ));
            }
            sign(draft.named("--bits and --size")?, at, &options.sign)
        }
        cli::StatusCommand::Set(options) => {
            let _alone = files::alone_with(&options.list);
            let list = read(&options.list)?;
            let at = options.sign.at.unwrap_or_else(files::now);
            let mut draft = StatusDraft::after(&list, at);
            let mut given = BTreeSet::new();
            for entry in &options.entry {
                let index = set(&mut draft, entry, &list)?;
                if !given.insert(index) {
                    return Err(fault!(
                        "{entry}: place {index} is given twice; say once how it stands"
                    ));
                }
            }
            if at <= list.issued() {
                return Err(fault!(
                    "{}: was issued {}, and the next list must be issued later than that, not {at}; leave --at out, or check the clock",
                    options.list.display(),
                    list.issued()
                ));
            }
            sign(draft, at, &options.sign)
        }
        cli::StatusCommand::Show(options) => show(options),
        cli::StatusCommand::Place(options) => place(options),
    }
}

/// `INDEX=STATUS`, `INDEX=replaced@VERSION` or `INDEX=conditional@DEADLINE`.
fn set(draft: &mut StatusDraft, entry: &str, before: &StatusList) -> Result<u32, Fault> {
    let places = before.len();
    let wrong = || {
        fault!(
            "{entry}: give INDEX=valid, revoked, suspended, replaced, replaced@VERSION, lapsed or conditional@DEADLINE"
        )
    };
    let (index, word) = entry.split_once('=').ok_or_else(wrong)?;
    let index: u32 = index.parse().map_err(|_| wrong())?;
    if u64::from(index) >= places {
        return Err(fault!(
            "{entry}: the list has the places 0 to {}; look the result's place up",
            places.saturating_sub(1)
        ));
    }
    // Verifiers with the list before and with this one would say the contrary (clause 7.1: 1 is permanent).
    if word != "revoked" && before.status(index) == Some(Status::Revoked) {
        return Err(fault!(
            "{entry}: was withdrawn for good; issue the result anew, or, if that list was wrong and not given out, go on from the one before it"
        ));
    }
    if word == "conditional" {
        return Err(fault!(
            "{entry}: say until when it waits for what is missing, such as {index}=conditional@2030-07-01T00:00:00+08:00"
        ));
    }
    if let Some(deadline) = word.strip_prefix("conditional@") {
        let deadline: Time = deadline.parse().named(entry)?;
        return draft
            .set_conditional(index, deadline)
            .named(entry)
            .map(|()| index);
    }
    if let Some(version) = word.strip_prefix("replaced@") {
        return draft
            .set_replaced(index, version.parse().map_err(|_| wrong())?)
            .named(entry)
            .map(|()| index);
    }
    let status = Status::ALL.into_iter().find(|status| status.name() == word);
    draft
        .set(index, status.ok_or_else(wrong)?)
        .named(entry)
        .map(|()| index)
}

fn sign(mut draft: StatusDraft, at: Time, options: &cli::StatusSign) -> Result<u8, Fault> {
    // A list without an end would speak for ever, and verifiers take it for none.
    let end = options.expires.unwrap_or_else(|| at.plus_seconds(GOOD_FOR));
    if end <= at {
        return Err(fault!(
            "--expires {end}: is not after the time of issue, {at}; give a later time"
        ));
    }
    draft = draft.expires(end);
    if let Some(ttl) = options.ttl {
        draft = draft.ttl(i64::from(ttl));
    }
    let signer = key::one(&options.key, 1)?;
    let certificate = signer.chain().first();
    let kid = certificate
        .ok_or_else(|| fault!("--chain: holds no certificate; give the department's"))?
        .kid();
    let unsigned = draft
        .unsigned(signer.algorithm(), &kid)
        .named(options.out.display())?;
    let signature = signer
        .sign(&unsigned.to_be_signed())
        .named(options.out.display())?;
    let token = unsigned.finish(&signature).named(options.out.display())?;
    // What its reader would not open is not handed out.
    StatusList::parse(&token, &Limits::DEFAULT)
        .named(format!("{}: cannot be read by verifiers", options.out.display()))?;
    Outputs::default().write(&options.out, &token)?;
    say!(
        "{}: {} bytes 字节, good until 有效至 {end}",
        options.out.display(),
        token.len()
    );
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
        let (deadline, successor) = (list.deadline(index), list.successor(index));
        let deadline = deadline.map_or_else(String::new, |time| format!(", deadline 截止 {time}"));
        let successor = successor.map_or_else(String::new, |by| format!(" by version 由第 {by:03} 版换发"));
        say!("  {index}: {status}{successor}{deadline}");
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
    StatusList::parse(&bytes, &Limits::DEFAULT).map_err(|error| {
        fault!(
            "{}: {error}; name a list that `stamp status` made",
            path.display()
        )
    })
}
