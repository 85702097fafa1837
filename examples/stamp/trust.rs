//! What `--trust` names: authority lists and root certificates.

use std::path::{Path, PathBuf};

use yinxin::authority::{Attack, ListFile};
use yinxin::cose::status::StatusList;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, Evidence, RevocationPolicy};
use yinxin::time::Time;
use yinxin::verify::{ChangePolicy, Trust, Verifier};

use crate::cli::{Policy, TrustOptions};
use crate::files::{self, Fault, Named as _, fault};
use crate::lists::Lists;

/// The verifier asked for, and the time the verdicts are about.
pub fn load(options: &TrustOptions) -> Result<(Verifier, Time), Fault> {
    let (verifier, _, at) = load_with_roots(options)?;
    Ok((verifier, at))
}

/// The same, and the root certificates that are trusted.
pub fn load_with_roots(options: &TrustOptions) -> Result<(Verifier, Vec<Certificate>, Time), Fault> {
    let mut roots: Vec<Certificate> = Vec::new();
    let mut lists = Lists::default();
    let mut statuses = Vec::new();
    for path in &options.trust {
        files::spare(path);
        let bytes = files::read(path, files::SMALL)?;
        let name = path.display().to_string();
        match kind(&bytes) {
            Kind::Pem => {
                let text = String::from_utf8_lossy(&bytes);
                roots.extend(
                    Certificate::from_pem_many(&text)
                        .named(format!("{name}: --trust takes CERTIFICATE blocks"))?,
                );
            }
            Kind::Der => roots.push(Certificate::try_from(bytes.as_slice()).named(&name)?),
            Kind::List => lists.add(name, bytes)?,
            Kind::Status => statuses.push(StatusList::parse(&bytes, &Limits::DEFAULT).named(&name)?),
            Kind::Unknown => {
                return Err(unknown(&name, &bytes));
            }
        }
    }
    let at = options.at.unwrap_or_else(files::now);
    let trust = lists.open(Trust::new(), &mut roots, options.state.as_deref(), at)?;
    if let (Some(asked), Some(state)) = (options.at, &options.state) {
        note_clock(asked, state, trust.refusal());
    }
    let trust = trust
        .roots(roots.clone())
        .time_stamp_roots(time_stamp_roots(&options.time_stamp_roots)?)
        .evidence(evidence(&options.evidence)?)
        .statuses(statuses);
    let mut verifier = Verifier::new(trust).policy(policy(options));
    if options.require_revocation {
        verifier = verifier.revocation(RevocationPolicy::default());
    }
    if options.password_file.is_some() {
        verifier = verifier.password(files::password(options.password_file.as_deref())?);
    }
    if let Some(code) = &options.holder {
        verifier = verifier.holder(holder(code)?);
    }
    Ok((verifier, roots, at))
}

/// A state is of the clock, and `--at` says what that shows: whoever asks about another time by it is told what that does.
fn note_clock(asked: Time, state: &Path, refusal: Option<&Attack>) {
    let state = state.display();
    if matches!(refusal, Some(Attack::ClockSetBack { .. })) {
        eprintln!(
            "note: {state} remembers a later time than --at {asked}; to ask about an earlier time, leave --state out\n      \
             提示：{state} 记有更晚的时间；如需核验此前时点的情况，请不要使用 --state"
        );
    } else if files::now().plus_seconds(300) < asked && refusal.is_none() {
        eprintln!(
            "note: --at {asked} is ahead of this machine's clock, and {state} now remembers it: with it, earlier times are refused\n      \
             提示：--at {asked} 晚于本机时钟，{state} 已记下该时间：此后使用该文件核验更早的时点将不予判定"
        );
    }
}

/// What is accepted after a seal.
pub fn policy(options: &TrustOptions) -> ChangePolicy {
    match options.policy {
        Policy::Seal => ChangePolicy::Seal,
        Policy::Pades => ChangePolicy::Pades,
        Policy::Acrobat => ChangePolicy::Acrobat,
    }
}

pub fn time_stamp_roots(paths: &[PathBuf]) -> Result<Vec<Certificate>, Fault> {
    let read = |path: &PathBuf| {
        files::spare(path);
        let named = format!("{}: --time-stamp-roots takes CERTIFICATE blocks", path.display());
        Certificate::from_pem_many(&files::read_text(path)?).named(named)
    };
    Ok(paths.iter().map(read).collect::<Result<Vec<_>, _>>()?.concat())
}

/// What issuers said about revocation: a file is a list, or else a response.
fn evidence(paths: &[PathBuf]) -> Result<Evidence, Fault> {
    let mut evidence = Evidence::new();
    for path in paths {
        files::spare(path);
        let bytes = files::read(path, files::LARGE)?;
        let name = path.display();
        if matches!(kind(&bytes), Kind::Pem) {
            return Err(fault!(
                "{name}: --evidence takes DER; make it with openssl crl -in {name} -outform DER -out LIST.crl"
            ));
        }
        if evidence.add_crl(&bytes, &Limits::DEFAULT).is_err() {
            evidence.add_ocsp(&bytes, &Limits::DEFAULT).map_err(|error| {
                fault!("{name}: is neither a revocation list nor an OCSP response that answers ({error})")
            })?;
        }
    }
    Ok(evidence)
}

/// The holder's number; `-` keeps it out of the list of processes and the history of the shell.
pub fn holder(option: &str) -> Result<String, Fault> {
    let mut code = option.to_owned();
    if option == "-" {
        code.clear();
        std::io::stdin()
            .read_line(&mut code)
            .named("--holder: standard input")?;
    }
    match code.trim().is_empty() {
        false => Ok(code),
        true => Err(fault!("--holder: no number was given; type it, then Enter")),
    }
}

pub enum Kind {
    Der,
    List,
    Pem,
    Status,
    Unknown,
}

/// What is wrong with a file of which nothing is known.
pub fn unknown(name: &str, bytes: &[u8]) -> Fault {
    match bytes {
        // The base64 of {" with which a JWT begins.
        [b'e', b'y', b'J', ..] => fault!(
            "{name}: is a status list in JSON (JWT); ask the department for the list in CBOR (application/statuslist+cwt)"
        ),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => fault!("{name}: is text in UTF-16; save it as UTF-8"),
        // CBOR tag 61 (RFC 8392, clause 6), and COSE_Sign1 without its tag.
        [0xd8, 0x3d, ..] | [0x84, 0x40..=0x5b, ..] => fault!(
            "{name}: is a CWT with another tag than 18; ask the department for the status list as docs/FORMAT.md, clause 7.1, has it"
        ),
        _ => fault!(
            "{name}: is neither an authority list, a set of roots, a status list nor a certificate; give authority.cbor or a root in PEM"
        ),
    }
}

pub fn kind(bytes: &[u8]) -> Kind {
    const BEGIN: &[u8] = b"-----BEGIN ";
    match bytes {
        _ if ListFile::is_one(bytes) => Kind::List,
        // CBOR tag 18, COSE_Sign1 (RFC 9052, clause 2)
        [0xd2, ..] => Kind::Status,
        // a DER SEQUENCE of more than 255 bytes
        [0x30, 0x82, ..] => Kind::Der,
        _ if bytes
            .windows(BEGIN.len())
            .take(64 << 10)
            .any(|window| window == BEGIN) =>
        {
            Kind::Pem
        }
        _ => Kind::Unknown,
    }
}
