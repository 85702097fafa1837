//! `stamp keys`: a root, a department's keys and an authority list, for tests.

use std::path::Path;

use rcgen::KeyPair;
use yinxin::record::UnifiedCode;

use crate::authority::{Issued, Listed, NewKey, Root, Window, pem};
use crate::cli::{self, Algorithm};
use crate::files::{self, Fault, fault, hex, write_new};
use crate::output::say;

/// Ten years, in seconds: test certificates outlive the tests.
const VALID_SECONDS: i64 = 10 * 366 * 86_400;
/// How long the list may be used, in seconds.
const LIST_SECONDS: i64 = 366 * 86_400;

pub fn run(options: &cli::Keys) -> Result<u8, Fault> {
    let code: UnifiedCode = options.code.parse().map_err(|e| {
        fault!(
            "--code {}: {e}; give the 18 characters of the unified social credit code",
            options.code
        )
    })?;
    let folder = &options.out;
    refuse_existing(folder)?;
    let at = options.at.unwrap_or_else(files::now);
    // A day of grace for clocks that differ.
    let window = Window {
        from: at.plus_seconds(-86_400),
        until: at.plus_seconds(VALID_SECONDS),
    };
    let root = Root::new("滨海市测试根", window)?;

    let (key, codes_need_another) = key(options)?;
    let seal = root.issue(&options.issuer, &code, "电子印章", &key)?;
    let second = codes_need_another
        .then(|| root.issue(&options.issuer, &code, "二维码", &NewKey::P256.make()?))
        .transpose()?;
    let certificates = std::iter::once(&seal)
        .chain(&second)
        .map(Issued::certificate)
        .collect();
    let department = Listed {
        name: &options.issuer,
        code: &code,
        types: &options.types,
        certificates,
    };
    let list = root.list(at, at.plus_seconds(LIST_SECONDS), &[department])?;

    write_new(
        &folder.join("root.pem"),
        pem(root.certificate()).as_bytes(),
        false,
    )?;
    write_new(&folder.join("root.key.pem"), root.key_pem().as_bytes(), true)?;
    write_new(&folder.join("authority.cbor"), &list, false)?;
    write_pair(folder, "seal", &seal)?;
    if let Some(second) = &second {
        write_pair(folder, "code", second)?;
    }
    write_new(&folder.join("seal.toml"), look(&options.issuer).as_bytes(), false)?;
    say!(
        "TEST keys 测试密钥 in {}, for no real use; root SHA-256 {}",
        folder.display(),
        hex(&root.certificate().sha256())
    );
    let dir = folder.display();
    let code_options = if second.is_some() {
        format!(" --code-key {dir}/code.key.pem --code-chain {dir}/code.pem")
    } else {
        String::new()
    };
    say!(
        "next: stamp issue --record R.json --template NAME --seal {dir}/seal.toml --key {dir}/seal.key.pem --chain {dir}/seal.pem{code_options} --out O.pdf"
    );
    say!("then: stamp verify O.pdf --trust {dir}/authority.cbor --trust {dir}/root.pem");
    Ok(0)
}

/// The sealing key, and whether codes need another one beside it.
fn key(options: &cli::Keys) -> Result<(KeyPair, bool), Fault> {
    if let Some(path) = &options.rsa_key {
        let text = zeroize::Zeroizing::new(files::read_text(path)?);
        let key = KeyPair::from_pem(&text).map_err(|e| {
            fault!(
                "{}: not an unencrypted PKCS#8 key ({e}); convert with: openssl pkcs8 -topk8 -nocrypt",
                path.display()
            )
        })?;
        return Ok((key, true));
    }
    Ok(match options.algorithm {
        Algorithm::P256 => (NewKey::P256.make()?, false),
        Algorithm::Ed25519 => (NewKey::Ed25519.make()?, false),
        Algorithm::P384 => (NewKey::P384.make()?, true),
    })
}

/// Nothing is overwritten, and nothing half written: look before the first key is made.
fn refuse_existing(folder: &Path) -> Result<(), Fault> {
    let names = [
        "root.pem",
        "root.key.pem",
        "authority.cbor",
        "seal.key.pem",
        "seal.pem",
        "code.key.pem",
        "code.pem",
        "seal.toml",
    ];
    match names
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists())
    {
        Some(path) => Err(fault!(
            "{}: exists already and is not overwritten; choose another folder",
            path.display()
        )),
        None => Ok(()),
    }
}

fn write_pair(folder: &Path, name: &str, issued: &Issued) -> Result<(), Fault> {
    write_new(
        &folder.join(format!("{name}.key.pem")),
        issued.key_pem().as_bytes(),
        true,
    )?;
    write_new(
        &folder.join(format!("{name}.pem")),
        issued.chain_pem().as_bytes(),
        false,
    )
}

/// The impression to go with the keys; a round seal takes names of 6 to 24 characters.
fn look(issuer: &str) -> String {
    let name: String = match issuer.chars().count() {
        6..=24 => issuer.to_owned(),
        _ => "测试印章测试印章".to_owned(),
    };
    // A TOML basic string escapes as JSON does (TOML 1.0, String).
    let name = serde_json::to_string(&name).unwrap_or_default();
    format!("kind = \"round\"\nname = {name}\nlegend = \"样章 TEST\"\ndiameter_mm = 42.0\n")
}
