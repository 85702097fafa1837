//! `stamp inspect`: what a code is and says, whoever made it.

use std::path::Path;

use serde::Serialize;
use yinxin::crypto::PublicKey;
use yinxin::inspect::{CodeKind, ForeignKey, Inspection, SignatureState, TimeState, inspect};
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::time::Time;

use crate::cli::{self, Lang};
use crate::files::{self, Fault, Named as _, fault};
use crate::output::say;
use crate::reading::{self, View};
use crate::report::printable;

/// What texts of codes begin with; anything else on the command line names a file.
const PREFIXES: [&str; 5] = ["yx1:", "yxs:", "hc1:", "https://", "http://"];

/// The worst of what was found: 1 damaged, forged or not in force, 2 made with a key that was not given, 0 neither.
pub fn run(options: &cli::Inspect) -> Result<u8, Fault> {
    let keys = keys(&options.key)?;
    let at = options.at.unwrap_or_else(files::now);
    let (mut status, mut count) = (0, 0);
    for view in views(&options.input)? {
        let texts = view
            .texts
            .map_err(|why| fault!("{}: {why}", printable(&view.name)))?;
        for text in texts {
            count += 1;
            let found = inspect(text.trim(), &keys.found, at, &Limits::DEFAULT);
            let (line, own) = match &found {
                Ok(found) => (told(&view.name, found, &keys, options, at), judge(found, &keys)),
                Err(why) => (refused(&view.name, &why.to_string(), options), 1),
            };
            say!("{line}");
            status = match (status, own) {
                (1, _) | (_, 1) => 1,
                (a, b) => a.max(b),
            };
        }
    }
    match count {
        0 => Err(fault!(
            "{}: shows no code; take the picture again: flat, near, evenly lit",
            options.input
        )),
        _ => Ok(status),
    }
}

fn views(argument: &str) -> Result<Vec<View>, Fault> {
    let lower = argument.get(..8).unwrap_or(argument).to_ascii_lowercase();
    if PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
        return Ok(vec![View {
            name: "(text)".to_owned(),
            texts: Ok(vec![argument.to_owned()]),
        }]);
    }
    let path = Path::new(argument);
    if !path.exists() {
        return Err(fault!(
            "{argument}: no such file, and no text that begins like a code (YX1:, YXS:, HC1:, https:); put other texts into a file"
        ));
    }
    reading::views(path)
}

/// The keys, and what to call each of them.
struct Keys {
    found: Vec<ForeignKey>,
    names: Vec<String>,
}

fn keys(paths: &[std::path::PathBuf]) -> Result<Keys, Fault> {
    let (mut found, mut names) = (vec![], vec![]);
    for path in paths {
        let bytes = files::read(path, files::SMALL)?;
        let name = path.display();
        let text = String::from_utf8_lossy(&bytes);
        let read: Vec<ForeignKey> = if text.contains("-----BEGIN PUBLIC KEY-----") {
            vec![ForeignKey::Key(PublicKey::from_pem(&text).named(&name)?)]
        } else if text.contains("-----BEGIN CERTIFICATE-----") {
            let read = Certificate::from_pem_many(&text).named(&name)?;
            read.into_iter().map(ForeignKey::Certificate).collect()
        } else {
            let read = Certificate::try_from(bytes.as_slice());
            let read =
                read.map_err(|e| fault!("{name}: {e}; give a certificate or a public key, PEM or DER"))?;
            vec![ForeignKey::Certificate(read)]
        };
        for key in read {
            names.push(match &key {
                ForeignKey::Certificate(certificate) => printable(certificate.subject()),
                ForeignKey::Key(_) => printable(&name.to_string()),
            });
            found.push(key);
        }
    }
    Ok(Keys { found, names })
}

fn judge(found: &Inspection, keys: &Keys) -> u8 {
    let refused = found.signature == SignatureState::Invalid
        || matches!(found.time, TimeState::Early | TimeState::Expired)
        || found.key_permits == Some(false);
    match found.signature {
        _ if refused => 1,
        SignatureState::NoKey if !keys.found.is_empty() => 2,
        _ => 0,
    }
}

/// Name for programs, English, Chinese.
type Words = [&'static str; 3];

fn kind(kind: CodeKind) -> Words {
    match kind {
        CodeKind::Result => [
            "result",
            "a result of yinxin; `stamp scan` gives the verdict",
            "印信结果码，核验请用 stamp scan",
        ],
        CodeKind::SetPart => [
            "set-part",
            "one part of a set of yinxin; `stamp set join` puts the file together",
            "印信分片码，合并请用 stamp set join",
        ],
        CodeKind::HealthCertificate => [
            "health-certificate",
            "an EU health certificate (HC1)",
            "欧盟健康证书（HC1）",
        ],
        CodeKind::Identity => [
            "identity",
            "a MOSIP identity (claim 169)",
            "MOSIP 身份凭证（claim 169）",
        ],
        CodeKind::Cwt => ["cwt", "a signed CWT in Base45", "Base45 签名凭证（CWT）"],
        CodeKind::Link => ["link", "an address; it was not opened", "网址，未打开"],
        CodeKind::Text => ["text", "plain text", "普通文本"],
        _ => ["other", "something else", "其他"],
    }
}

fn signature(state: SignatureState) -> Words {
    match state {
        SignatureState::None => ["none", "none that is checked here", "此处无可核对的签名"],
        SignatureState::NoKey => [
            "no-key",
            "not checked: no key was given that it could have been made with (--key)",
            "未核对：未提供可能的签名密钥（--key）",
        ],
        SignatureState::Verified { .. } => ["verified", "right, by", "正确，密钥："],
        SignatureState::Invalid => [
            "invalid",
            "WRONG: not by a key that was given",
            "错误，与所给密钥不符",
        ],
    }
}

fn time(state: TimeState) -> Words {
    match state {
        TimeState::Unstated => ["unstated", "not stated", "未注明"],
        TimeState::Within => ["within", "in force by its own words", "按其自述在有效期内"],
        TimeState::Early => ["early", "not in force yet", "尚未生效"],
        TimeState::Expired => ["expired", "expired", "已过期"],
    }
}

fn told(name: &str, found: &Inspection, keys: &Keys, options: &cli::Inspect, at: Time) -> String {
    let signer = match found.signature {
        SignatureState::Verified { key } => keys.names.get(key).map(String::as_str),
        _ => None,
    };
    if options.json {
        let facts = found.facts.iter().map(|fact| Said {
            path: &fact.path,
            value: &fact.value,
        });
        return serde_json::to_string(&Line {
            file: name,
            at,
            kind: kind(found.kind)[0],
            signature: signature(found.signature)[0],
            signer,
            time: time(found.time)[0],
            key_permits: found.key_permits,
            facts: facts.collect(),
        })
        .unwrap_or_default();
    }
    let pick = |words: Words| match options.lang {
        Lang::En => words[1].to_owned(),
        Lang::Zh => words[2].to_owned(),
        Lang::Both => format!("{} {}", words[1], words[2]),
    };
    let mut lines = vec![printable(name), format!("  {}", pick(kind(found.kind)))];
    let mut row = |label: Words, value: String| lines.push(format!("  {}: {value}", pick(label)));
    if found.signature != SignatureState::None {
        let mut value = pick(signature(found.signature));
        if let Some(signer) = signer {
            value = format!("{value} {signer}");
        }
        row(["", "signature", "签名"], value);
    }
    if found.time != TimeState::Unstated {
        row(["", "time", "时间"], format!("{} ({at})", pick(time(found.time))));
    }
    if let Some(permits) = found.key_permits {
        let value = match permits {
            true => ["", "the certificate may sign this", "证书可签发此类凭证"],
            false => ["", "the certificate may NOT sign this", "证书不得签发此类凭证"],
        };
        row(["", "use of the key", "密钥用途"], pick(value));
    }
    if !found.facts.is_empty() {
        row(["", "it says", "内容"], String::new());
    }
    for fact in &found.facts {
        lines.push(format!(
            "    {}: {}",
            printable(&fact.path),
            printable(&fact.value)
        ));
    }
    lines.push(format!(
        "  {}",
        pick([
            "",
            "this is no verdict: who may issue such codes was not asked",
            "以上仅为查看，不是核验结论：未核对签发资格",
        ])
    ));
    lines.join("\n")
}

fn refused(name: &str, why: &str, options: &cli::Inspect) -> String {
    #[derive(Serialize)]
    struct Refused<'a> {
        file: &'a str,
        error: &'a str,
    }
    match options.json {
        true => serde_json::to_string(&Refused {
            file: name,
            error: why,
        })
        .unwrap_or_default(),
        false => format!("{}\n  {why} 无法打开", printable(name)),
    }
}

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    at: Time,
    kind: &'a str,
    signature: &'a str,
    signer: Option<&'a str>,
    time: &'a str,
    key_permits: Option<bool>,
    facts: Vec<Said<'a>>,
}

#[derive(Serialize)]
struct Said<'a> {
    path: &'a str,
    value: &'a str,
}
