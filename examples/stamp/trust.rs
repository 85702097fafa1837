//! What `--trust` names: authority lists and root certificates.

use std::path::PathBuf;

use yinxin::authority::ListFile;
use yinxin::cose::status::StatusList;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, Evidence, RevocationPolicy};
use yinxin::time::Time;
use yinxin::verify::{ChangePolicy, Trust, Verifier};

use crate::cli::{Policy, TrustOptions};
use crate::files::{self, Fault, Named as _, fault};
use crate::lists::{Lists, Opened};

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
                return Err(fault!(
                    "{name}: is neither an authority list nor a certificate; give authority.cbor or a root in PEM"
                ));
            }
        }
    }
    let at = options.at.unwrap_or_else(files::now);
    let opened = lists.open(&mut roots, options.state.as_deref(), at)?;
    let trust = Trust::new()
        .roots(roots.clone())
        .time_stamp_roots(time_stamp_roots(&options.time_stamp_roots)?)
        .evidence(evidence(&options.evidence)?)
        .statuses(statuses);
    let trust = match opened {
        Opened::None => trust,
        Opened::List(list) => trust.list(*list),
        Opened::Refused(attack) => trust.list_refused(attack),
    };
    let policy = match options.policy {
        Policy::Seal => ChangePolicy::Seal,
        Policy::Pades => ChangePolicy::Pades,
        Policy::Acrobat => ChangePolicy::Acrobat,
    };
    let mut verifier = Verifier::new(trust).policy(policy);
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

fn time_stamp_roots(paths: &[PathBuf]) -> Result<Vec<Certificate>, Fault> {
    let read = |path: &PathBuf| {
        let named = format!("{}: --time-stamp-roots takes CERTIFICATE blocks", path.display());
        Certificate::from_pem_many(&files::read_text(path)?).named(named)
    };
    Ok(paths.iter().map(read).collect::<Result<Vec<_>, _>>()?.concat())
}

/// What issuers said about revocation: a file is a list, or else a response.
fn evidence(paths: &[PathBuf]) -> Result<Evidence, Fault> {
    let mut evidence = Evidence::new();
    for path in paths {
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
fn holder(option: &str) -> Result<String, Fault> {
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

enum Kind {
    Der,
    List,
    Pem,
    Status,
    Unknown,
}

fn kind(bytes: &[u8]) -> Kind {
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
