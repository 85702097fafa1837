//! Paths with revocation lists, name constraints and policies: `openssl verify` and ours must say the same of 1000 chains that are
//! drawn from fixed seeds, most of them with one or two things wrong.

#[path = "../../tests/common/pki.rs"]
mod made;
#[path = "../../tests/common/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use made::{Entry, List, Subject, extension};
use random::Random;
use yinxin::asn1::{tag, tlv};
use yinxin::limits::Limits;
use yinxin::pki::{
    Certificate, Evidence, LeafKeyUsage, PathPolicy, PathQuestion, RevocationPolicy, TrustAnchors,
};
use yinxin::time::Time;

const CHAINS: u64 = 1000;
const AT: &str = "2026-01-15T00:00:00Z";

/// The root first, the leaf last; and the list of each authority.
struct Chain {
    subjects: Vec<Subject>,
    lists: Vec<List>,
}

const CA: &[u8] = &[0x30, 0x03, 0x01, 0x01, 0xff];

/// keyUsage with the bits of `octet`.
fn usage(octet: u8) -> Vec<u8> {
    extension(15, true, &[3, 2, 1, octet])
}

fn good(authorities: usize) -> Chain {
    let names: Vec<String> = (0..authorities)
        .map(|i| {
            if i == 0 {
                "root".to_owned()
            } else {
                format!("ca {i}")
            }
        })
        .collect();
    let mut subjects = vec![];
    for (i, name) in names.iter().enumerate() {
        let issuer = &names[i.saturating_sub(1)];
        let subject = Subject::new(name, issuer, u8::try_from(i + 1).unwrap());
        subjects.push(subject.with(vec![extension(19, true, CA), usage(0x06)]));
    }
    let alternative = tlv(
        tag::SEQUENCE,
        &[&tlv(0x82, &[b"a.example.cn"]), &tlv(0x81, &[b"a@example.cn"])],
    );
    subjects.push(
        Subject::new("leaf", &names[authorities - 1], 99).with(vec![extension(17, false, &alternative)]),
    );
    let lists = names.iter().map(|name| List {
        issuer: name.clone(),
        this_update: "2026-01-01".to_owned(),
        next_update: Some("2026-02-01".to_owned()),
        ..List::default()
    });
    Chain {
        subjects,
        lists: lists.collect(),
    }
}

fn listed(serial: u8, reason: Option<u8>) -> Entry {
    Entry {
        serial,
        date: "2026-01-10".to_owned(),
        reason,
        ..Entry::default()
    }
}

/// nameConstraints with one name on the side [0] permitted or [1] excluded.
fn constraint(side: u8, kind: u8, value: &[u8]) -> Vec<u8> {
    let tree = tlv(tag::SEQUENCE, &[&tlv(kind, &[value])]);
    extension(30, true, &tlv(tag::SEQUENCE, &[&tlv(side, &[&tree])]))
}

/// certificatePolicies with the policies 1.2.n; 0 stands for anyPolicy.
fn policies(numbers: &[u8]) -> Vec<u8> {
    let each: Vec<Vec<u8>> = numbers
        .iter()
        .map(|n| {
            let any: &[u8] = &[0x55, 0x1d, 32, 0];
            let own = [42, *n];
            let oid = if *n == 0 { any } else { &own };
            tlv(tag::SEQUENCE, &[&tlv(tag::OID, &[oid])])
        })
        .collect();
    let each: Vec<&[u8]> = each.iter().map(Vec::as_slice).collect();
    extension(32, false, &tlv(tag::SEQUENCE, &each))
}

/// Changes `chain` in one way, and says which.
fn change(chain: &mut Chain, random: &mut Random) -> String {
    let last = chain.subjects.len() - 1;
    // Of an authority, the root among them; of one below the root; of a list.
    let (any, list) = (random.below(last), random.below(chain.lists.len().min(last)));
    if chain.lists.is_empty() {
        return "nothing".to_owned();
    }
    let below = if last > 1 {
        1 + random.below(last - 1)
    } else {
        last
    };
    let subject = random.below(last) + 1;
    let kind = random.below(31);
    let s = &mut chain.subjects;
    let l = &mut chain.lists[list];
    match kind {
        0 => s[subject].to = "2025-06-01".to_owned(),
        1 => s[subject].from = "2030-01-01".to_owned(),
        2 => s[subject].signer = Some("stranger".to_owned()),
        3 if below < last => s[below].extensions = vec![usage(0x06)],
        4 if below < last => s[below].extensions = vec![extension(19, true, CA), usage(0x02)],
        5 if below < last => s[below].extensions = vec![extension(19, true, CA), usage(0x04)],
        6 => {
            let length = u8::try_from(random.below(3)).unwrap();
            s[any].extensions = vec![
                extension(19, true, &[0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, length]),
                usage(0x06),
            ];
        }
        7 => s[last].extensions.push(extension(99, true, &[5, 0])),
        8 => s[last].extensions.push(extension(99, false, &[5, 0])),
        9..=11 => {
            let serial = s[list + 1].serial;
            l.entries.push(listed(serial, [None, Some(1), Some(4)][kind - 9]));
        }
        12 => l.entries.push(listed(77, Some(1))),
        13 => l.next_update = Some("2026-01-10".to_owned()),
        14 => l.this_update = "2026-01-20".to_owned(),
        15 => l.key = Some("stranger".to_owned()),
        16 => l.unknown = true,
        17 => l.only_ca = true,
        // It asks for the status of the root as well, which its own list is then not about.
        18 if last > 1 || list > 0 => l.only_user = true,
        19 => l.issuer = "stranger".to_owned(),
        20 => {
            chain.lists.remove(list);
        }
        21 => l.only_reasons = Some([0x40, 0]),
        22 => {
            l.only_reasons = Some([0x40, 0]);
            let mut other = l.clone();
            other.only_reasons = Some([0x3f, 0x80]);
            other.entries.clear();
            chain.lists.push(other);
        }
        23..=26 => {
            let (side, kind, value): (u8, u8, &[u8]) = random.of(&[
                (0xa0, 0x82, b"example.cn"),
                (0xa0, 0x82, b"b.example.cn"),
                (0xa1, 0x82, b"example.cn"),
                (0xa1, 0x82, b"b.example.cn"),
                (0xa0, 0x81, b"example.cn"),
                (0xa0, 0x81, b".example.cn"),
                (0xa0, 0x81, b"b@example.cn"),
                (0xa1, 0x81, b"a@example.cn"),
                (0xa1, 0x86, b"example.cn"),
                (0xa0, 0x87, &[192, 0, 2, 0, 255, 255, 255, 0]),
            ]);
            s[any].extensions.push(constraint(side, kind, value));
        }
        27 | 28 => {
            // requireExplicitPolicy
            let skip = u8::try_from(random.below(3)).unwrap();
            let of = 1 + random.below(last);
            s[of]
                .extensions
                .push(extension(36, true, &[0x30, 0x03, 0x80, 0x01, skip]));
            for subject in &mut s[1..] {
                let numbers: &[u8] = random.of(&[&[3], &[3], &[3, 4], &[0], &[4], &[3, 0]]);
                if !random.one_in(8) {
                    subject.extensions.push(policies(numbers));
                }
            }
            if random.one_in(2) && last > 1 {
                // policyMappings 1.2.3 to 1.2.4
                let pair = tlv(
                    tag::SEQUENCE,
                    &[&tlv(tag::OID, &[&[42, 3]]), &tlv(tag::OID, &[&[42, 4]])],
                );
                s[below]
                    .extensions
                    .push(extension(33, true, &tlv(tag::SEQUENCE, &[&pair])));
            }
            if random.one_in(3) {
                s[below].extensions.push(extension(
                    54,
                    true,
                    &[2, 1, u8::try_from(random.below(2)).unwrap()],
                ));
            }
        }
        _ => return "nothing".to_owned(),
    }
    format!("{kind}")
}

/// Whether an extension stands twice in one certificate, as two changes of one chain may bring about.
fn doubled(chain: &Chain) -> bool {
    chain.subjects.iter().any(|subject| {
        let mut numbers: Vec<&[u8]> = subject.extensions.iter().map(|e| &e[4..7]).collect();
        numbers.sort_unstable();
        numbers.windows(2).any(|pair| pair[0] == pair[1])
    })
}

fn ours(certificates: &[Certificate], lists: &[Vec<u8>]) -> Result<(), String> {
    let mut evidence = Evidence::new();
    for list in lists {
        evidence
            .add_crl(list, &Limits::DEFAULT)
            .map_err(|e| e.to_string())?;
    }
    let (root, rest) = certificates.split_first().unwrap();
    let (leaf, between) = rest.split_last().unwrap();
    let anchors = TrustAnchors::new(vec![root.clone()]);
    let at: Time = AT.parse().unwrap();
    let mut policy = PathPolicy::default();
    policy.leaf_key_usage = LeafKeyUsage::Ignored;
    let found = PathQuestion::new(between, &anchors, at)
        .policy(policy)
        .revocation(&evidence, at, RevocationPolicy::default())
        .find(leaf);
    found.map(|_| ()).map_err(|e| e.to_string())
}

fn openssl(folder: &Path, certificates: &[Certificate], lists: &[Vec<u8>]) -> Result<(), String> {
    let pem = |label: &str, all: &[&[u8]]| -> String {
        let engine = base64::engine::general_purpose::STANDARD;
        all.iter()
            .map(|der| {
                let digits = engine.encode(der);
                let lines: Vec<&str> = (0..digits.len())
                    .step_by(64)
                    .map(|from| &digits[from..digits.len().min(from + 64)])
                    .collect();
                format!(
                    "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
                    lines.join("\n")
                )
            })
            .collect()
    };
    let ders: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    let (leaf, above) = ders.split_last().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    write("root.pem", pem("CERTIFICATE", &above[..1]));
    write("leaf.pem", pem("CERTIFICATE", &[*leaf]));
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["verify", "-no-CApath", "-no-CAstore", "-CAfile", "root.pem"])
        .args(["-crl_check_all", "-extended_crl"])
        // Left to itself it accepts no policy where one is required, instead of any (RFC 5280, 6.1.1 c).
        .args(["-policy_check", "-policy", "2.5.29.32.0", "-attime"])
        .arg(AT.parse::<Time>().unwrap().unix().to_string());
    if above.len() > 1 {
        write("between.pem", pem("CERTIFICATE", &above[1..]));
        command.args(["-untrusted", "between.pem"]);
    }
    if !lists.is_empty() {
        let lists: Vec<&[u8]> = lists.iter().map(Vec::as_slice).collect();
        write("lists.pem", pem("X509 CRL", &lists));
        command.args(["-CRLfile", "lists.pem"]);
    }
    let output = command.arg("leaf.pem").output().unwrap();
    if output.status.success() {
        Ok(())
    } else {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let error = text.lines().find(|line| line.starts_with("error "));
        Err(error.unwrap_or(&text).to_owned())
    }
}

#[test]
fn openssl_says_the_same_of_a_thousand_chains() {
    let Ok(version) = Command::new("openssl").arg("version").output() else {
        println!("skipped: openssl is not installed");
        return;
    };
    println!("{}", String::from_utf8_lossy(&version.stdout).trim());
    let folder = std::env::temp_dir().join(format!("yinxin-pki-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (mut tally, mut wrong) = (BTreeMap::<bool, usize>::new(), vec![]);
    for seed in 0..CHAINS {
        let mut random = Random(seed);
        let mut chain = good(1 + random.below(3));
        let mut changes = vec![];
        for _ in 0..random.below(3) {
            let mut next = Random(random.next());
            changes.push(change(&mut chain, &mut next));
        }
        if doubled(&chain) {
            chain = good(2);
        }
        let certificates: Vec<Certificate> = chain.subjects.iter().map(Subject::certificate).collect();
        let lists: Vec<Vec<u8>> = chain.lists.iter().map(List::der).collect();
        let (own, other) = (
            ours(&certificates, &lists),
            openssl(&folder, &certificates, &lists),
        );
        if own.is_ok() == other.is_ok() {
            *tally.entry(own.is_ok()).or_default() += 1;
        } else {
            wrong.push(format!(
                "seed {seed} {changes:?}: ours {own:?}, openssl {other:?}"
            ));
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    println!(
        "accepted by both {:?}, refused by both {:?}",
        tally.get(&true),
        tally.get(&false)
    );
    assert!(tally.values().all(|count| *count > 200), "{tally:?}");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
