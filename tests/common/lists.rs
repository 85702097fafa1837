//! The lists of `test-vectors/authority`, their keys and how they are signed. Shared by the tests of authority lists.
#![allow(dead_code, reason = "each test uses its part")]

use yinxin::authority::{AuthorityError, AuthorityList, ListDraft, Memory, Roots};
use yinxin::crypto::DigestAlgorithm;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::time::Time;

pub fn file(name: &str) -> String {
    let path = format!("{}/test-vectors/authority/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn certificate(name: &str) -> Certificate {
    Certificate::from_pem_many(&file(&format!("{name}.pem")))
        .unwrap()
        .remove(0)
}

pub fn certificates(names: &[String]) -> Vec<Certificate> {
    names.iter().map(|name| certificate(name)).collect()
}

/// RFC 8032, 7.1, test 1; the others as list.toml says.
pub fn signer(name: &str) -> SoftwareSigner {
    let seed = match name {
        "root" => "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60".to_owned(),
        name => to_hex(&DigestAlgorithm::Sha256.digest(format!("yinxin test authority {name}").as_bytes())),
    };
    let pkcs8 = hex(&format!("302e020100300506032b657004220420{seed}"));
    SoftwareSigner::from_pkcs8(&pkcs8, vec![certificate(name)]).unwrap()
}

pub fn hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap())
        .collect()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn time(text: &str) -> Time {
    text.parse().unwrap()
}

/// A file of the vectors, with every `replace` pair applied once, and certificates in the place of `@name`.
pub fn text(name: &str, replace: &[(String, String)]) -> String {
    let mut text = file(&format!("{name}.toml"));
    for (old, new) in replace {
        assert!(text.contains(old.as_str()), "{name}: {old} does not occur");
        text = text.replacen(old.as_str(), new, 1);
    }
    let mut parts = text.split("\"@");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('"').unwrap();
        out.push_str(&format!("'''{}'''{rest}", file(&format!("{name}.pem"))));
    }
    out
}

pub fn draft(name: &str) -> ListDraft {
    toml::from_str(&text(name, &[])).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn roots(names: &[&str]) -> Roots {
    Roots::any_of(names.iter().map(|name| certificate(name))).unwrap()
}

pub fn open(bytes: &[u8]) -> Result<AuthorityList, AuthorityError> {
    let mut memory = Memory::new(time("2030-06-05"));
    AuthorityList::open(
        bytes,
        &roots(&["root", "stranger"]),
        &mut memory,
        &Limits::DEFAULT,
    )
}
