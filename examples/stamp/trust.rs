//! What `--trust` names: authority lists and root certificates.

use yinxin::authority::AuthorityList;
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::time::Time;
use yinxin::verify::{ChangePolicy, Trust, Verifier};

use crate::cli::{Policy, TrustOptions};
use crate::files::{self, Fault, Named as _, fault, hex};

/// The verifier asked for, and the time the verdicts are about.
pub fn load(options: &TrustOptions) -> Result<(Verifier, Time), Fault> {
    let (verifier, _, at) = load_with_roots(options)?;
    Ok((verifier, at))
}

/// The same, and the root certificates that are trusted.
pub fn load_with_roots(options: &TrustOptions) -> Result<(Verifier, Vec<Certificate>, Time), Fault> {
    let mut roots: Vec<Certificate> = Vec::new();
    let mut lists: Vec<(String, Vec<u8>)> = Vec::new();
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
            Kind::List => lists.push((name, bytes)),
            Kind::Unknown => {
                return Err(fault!(
                    "{name}: is neither an authority list nor a certificate; give authority.cbor or a root in PEM"
                ));
            }
        }
    }
    if lists.len() > 1 {
        return Err(fault!(
            "{} and {}: only one authority list can be in force; give the newest",
            lists[0].0,
            lists[1].0
        ));
    }
    let list = lists
        .pop()
        .map(|(name, bytes)| open(&name, &bytes, &mut roots))
        .transpose()?;
    let trust = Trust::new().roots(roots.clone());
    let trust = match list {
        Some(list) => trust.list(list),
        None => trust,
    };
    let policy = match options.policy {
        Policy::Seal => ChangePolicy::Seal,
        Policy::Pades => ChangePolicy::Pades,
        Policy::Acrobat => ChangePolicy::Acrobat,
    };
    let mut verifier = Verifier::new(trust).policy(policy);
    if options.password_file.is_some() {
        verifier = verifier.password(files::password(options.password_file.as_deref())?);
    }
    if let Some(code) = &options.holder {
        verifier = verifier.holder(holder(code)?);
    }
    Ok((verifier, roots, options.at.unwrap_or_else(files::now)))
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

/// Opens the list under `roots`; without any, under the root it carries, which the operator is asked to compare.
fn open(name: &str, bytes: &[u8], roots: &mut Vec<Certificate>) -> Result<AuthorityList, Fault> {
    let limits = Limits::DEFAULT;
    if roots.is_empty() {
        let der = AuthorityList::embedded_root(bytes, &limits).named(format!(
            "{name}: carries no root certificate; add --trust ROOT.pem"
        ))?;
        let root = Certificate::try_from(der.as_slice()).named(format!("{name}: the root it carries"))?;
        eprintln!(
            "note: {name} is trusted by the root it carries ({}). Compare its SHA-256 with the one your region publishes:\n      \
             提示：该名录以其自带根证书为信任依据，请与本地区公布的指纹核对：\n      {}",
            root.subject(),
            hex(&root.sha256())
        );
        roots.push(root);
    }
    AuthorityList::open(bytes, roots, &limits)
        .map_err(|e| fault!("{name}: {e}; give the list's own root with --trust, from a source you trust"))
}

enum Kind {
    Der,
    List,
    Pem,
    Unknown,
}

fn kind(bytes: &[u8]) -> Kind {
    const BEGIN: &[u8] = b"-----BEGIN ";
    match bytes {
        // CBOR tag 18, COSE_Sign1 (RFC 9052, clause 2)
        [0xd2, ..] => Kind::List,
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
