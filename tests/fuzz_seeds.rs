//! The seeds of the fuzz targets that need signatures, in `fuzz/seeds`: what the library writes, by keys whose signatures are always the
//! same. `YINXIN_BLESS=1 cargo test --test fuzz_seeds` writes them anew.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/lists.rs"]
mod lists;

use std::path::Path;

use lists::{certificate, draft, roots, signer, text, time};
use yinxin::authority::{AuthorityList, Memory, RootsDraft};
use yinxin::cose::status::{Status, StatusDraft};
use yinxin::crypto::{DigestAlgorithm, SignatureAlgorithm};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::payload::StatusReference;
use yinxin::pki::Signer;
use yinxin::record::Identifier;
use yinxin::register::{Action, AuditEntry, export_trail};
use yinxin::seal::Allow;

/// Name and bytes of each seed, by target.
fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut all = vec![];
    for (name, bits) in [("bits-1", 1), ("bits-2", 2), ("bits-4", 4), ("bits-8", 8)] {
        let mut list =
            StatusDraft::new("https://zm.binhai.example/s/7", bits, 40, time("2030-07-01")).unwrap();
        list = list.expires(time("2030-07-08")).ttl(3600);
        for (index, status) in (0..).step_by(5).zip(Status::ALL) {
            if status == Status::Conditional && bits >= 4 {
                list.set_conditional(index, time("2030-08-01")).unwrap();
            } else {
                let _ = list.set(index, status);
            }
        }
        let kid = certificate("office").kid();
        let unsigned = list.unsigned(SignatureAlgorithm::Ed25519, &kid).unwrap();
        let signature = signer("office").sign(&unsigned.to_be_signed()).unwrap();
        all.push(("status", name, unsigned.finish(&signature).unwrap()));
    }
    let set: RootsDraft = toml::from_str(&text("roots", &[])).unwrap();
    let mut set = set.file().unwrap();
    for name in ["root", "root-b"] {
        set.sign(&signer(name)).unwrap();
    }
    let mut rotated = draft("list");
    rotated.roots = 2;
    let mut rotated = rotated.file().unwrap().with_rotations(vec![set.clone()]).unwrap();
    for name in ["root-b", "root-c"] {
        rotated.sign(&signer(name)).unwrap();
    }
    let (list, below) = (
        draft("list").sign(&signer("root")),
        draft("district").sign(&signer("district")),
    );
    let (list, below) = (list.unwrap(), below.unwrap());
    let mut memory = Memory::new(time("2030-06-05"));
    let mut opened = AuthorityList::open(&list, &roots(&["root"]), &mut memory, &Limits::DEFAULT).unwrap();
    opened
        .open_sublist(&below, &mut memory, &Limits::DEFAULT)
        .unwrap();
    for (name, role, bytes) in [
        ("list", 0, &list),
        ("sub-list", 1, &below),
        ("memory", 2, &memory.to_bytes()),
        ("roots", 3, &set.to_bytes()),
    ] {
        all.push(("handover", name, [&[role], bytes.as_slice()].concat()));
    }
    all.push(("authority_draft", "list.toml", text("list", &[]).into_bytes()));
    all.push(("authority_draft", "roots.toml", text("roots", &[]).into_bytes()));
    all.push(("authority", "list", list));
    all.push(("authority", "sub-list", below));
    all.push(("authority", "roots", set.to_bytes()));
    all.push(("authority", "list-after-rotation", rotated.to_bytes()));
    all.push(("authority", "memory", memory.to_bytes()));
    let terms: String = terms().split_whitespace().collect();
    all.push(("terms", "hall", lists::hex(&terms)));
    let entries = trail();
    let file = export_trail(entries.iter().map(Vec::as_slice));
    all.push(("trail", "file", file));
    all.extend(
        entries
            .into_iter()
            .zip(["reserved", "issued", "voided", "set-aside"])
            .map(|(bytes, name)| ("trail", name, bytes)),
    );
    all.push(("verdict", "named.pdf", named()));
    all
}

/// A trail with an entry of each kind, chained.
fn trail() -> Vec<Vec<u8>> {
    let identifier: Identifier = "1.2.156.3005.2.11109900MB2A000628021.11109900MB2A10113K.203000000001.001.C"
        .parse()
        .unwrap();
    let status = StatusReference::new("https://zm.binhai.example/s/7", 5).unwrap();
    let reason = "重复申请".to_owned();
    let actions = [
        Action::Reserved {
            key: "办件 1".to_owned(),
            replaces: Some(identifier.clone()),
            status: Some(status),
        },
        Action::Issued { digest: [7; 32] },
        Action::Voided {
            reason: reason.clone(),
        },
        Action::SetAside {
            digest: [8; 32],
            reason,
        },
    ];
    let mut previous = [0; 32];
    let entry = |(action, sequence): (Action, u64)| {
        let entry = AuditEntry {
            sequence,
            at: time("2030-06-01T01:00:00Z"),
            actor: "窗口 03".to_owned(),
            action,
            identifier: identifier.clone(),
            previous,
        };
        let bytes = entry.to_bytes();
        previous = DigestAlgorithm::Sha256.digest(&bytes).try_into().unwrap();
        bytes
    };
    actions.into_iter().zip(1..).map(entry).collect()
}

/// A page whose seal names a place on a status list.
fn named() -> Vec<u8> {
    let page = forge::page(200, 200, "0 0 20 20 re f");
    let draft = Draft::open(page, &Limits::DEFAULT).unwrap();
    let place = StatusReference::new("https://zm.binhai.example/s/7", 12_351).unwrap();
    let sealing = draft.without_code().place(forge::place()).allow(Allow::Overlap);
    let signer = common::signer("ed25519");
    let sealed = sealing.status(place).seal(&forge::mark(), &signer, common::at());
    sealed.unwrap().into_bytes()
}

/// The terms that the vectors of copies start from, in hexadecimal.
fn terms() -> String {
    #[derive(serde::Deserialize)]
    struct Vectors {
        valid: String,
    }
    let vectors: Vectors = toml::from_str(include_str!("../test-vectors/copy/terms.toml")).unwrap();
    vectors.valid
}

#[test]
fn seeds_are_what_the_library_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (target, name, bytes) in seeds() {
        let path = folder.join(target).join(name);
        if std::env::var_os("YINXIN_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let kept = std::fs::read(&path).unwrap_or_default();
        assert!(
            kept == bytes,
            "{} differs; see the head of this test",
            path.display()
        );
        assert!(bytes.len() < 8192, "{name}: {} bytes", bytes.len());
    }
}
