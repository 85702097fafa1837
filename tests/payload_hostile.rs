//! A million texts that are no code, or one that was tampered with: no panic, and none is taken for a result that was not issued.
//! ECDSA signatures that were altered without the key change no identity anywhere.

#[path = "common/mod.rs"]
mod common;
#[path = "common/random.rs"]
mod random;

use common::{Office, at, outcome_and_lead, pem, signer, time};
use random::Random;
use yinxin::asn1::ecdsa_fixed_to_der;
use yinxin::authority::{AuthorityList, CertificateDraft, IssuerDraft, ListDraft, Memory, Roots};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, SignedPayload, StatusReference, TextForm, decode_text, encode_text};
use yinxin::pki::Signer as _;
use yinxin::verify::{Outcome, Verifier};

const BASE: &str = "https://zm.binhai.example/v";
const TEXTS: u64 = 1_000_000;
/// By the key `p256` over the first code: ECDSA gives another one in every run, and the texts are to be the same.
const SIGNATURE: &str = "d30e0075e30156b43927a805cb38e12283f1bb02b31c61a30b7fa8d30993e8ed\
    5326460d6d32b3f81bc47192c2f0e1e9cbb059b3dca7dd9b1faa506ed1e263f6";

/// A genuine code: its object, its claims, and what carries them.
struct Genuine {
    cose: Vec<u8>,
    claims: Vec<u8>,
    packed: Vec<u8>,
    texts: [String; 2],
}

fn genuine() -> Vec<Genuine> {
    let list = StatusReference::new("https://zm.binhai.example/s/7", 12_351).unwrap();
    let records =
        ["residence", "food-licence", "employment"].map(|name| Office::with_key("p256").record(name));
    let payloads = [
        Payload::of(&records[0]).with_draft(43_210, [7; 32]),
        Payload::of(&records[1]),
        Payload::of(&records[2])
            .with_holder_proof(records[2].holder())
            .unwrap()
            .with_status(list),
    ];
    let of = |(payload, key): (Payload, &str)| {
        let signer = signer(key);
        let kid = signer.chain()[0].kid();
        let unsigned = payload.unsigned(signer.algorithm(), &kid).unwrap();
        let signature = match key {
            "p256" => ecdsa_fixed_to_der(&hex(SIGNATURE)).unwrap(),
            _ => signer.sign(&unsigned.to_be_signed()).unwrap(),
        };
        let cose = unsigned.finish(&signature).unwrap();
        let read = SignedPayload::parse(&cose, &Limits::DEFAULT).unwrap();
        assert_eq!(
            read.verify(pem_key(key)),
            Ok(()),
            "{key}: was the sample changed? then sign it anew"
        );
        let texts = [TextForm::Compact, TextForm::Url(BASE)].map(|form| encode_text(&cose, &form).unwrap());
        Genuine {
            packed: base45::decode(&texts[0][4..]).unwrap(),
            claims: payload.encode_claims(),
            cose,
            texts,
        }
    };
    payloads
        .into_iter()
        .zip(["p256", "ed25519", "ed25519"])
        .map(of)
        .collect()
}

/// Both keys, and whatever they sign.
fn verifier() -> Verifier {
    Verifier::new(
        yinxin::verify::Trust::new()
            .roots(pem("root"))
            .certificates([pem("intermediate"), pem("p256"), pem("ed25519")].concat()),
    )
}

/// What `docs/FORMAT.md`, clause 5.1 says, written a second time.
fn digits(bytes: &[u8]) -> String {
    let width = [0, 3, 5, 8, 10, 13, 15, 17, 20, 22, 25, 27, 29];
    let block = |block: &[u8]| {
        let number = block.iter().fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
        format!("{number:0digits$}", digits = width[block.len()])
    };
    bytes.chunks(12).map(block).collect()
}

fn of_packed(random: &mut Random, packed: &[u8]) -> String {
    match random.one_in(2) {
        true => format!("YX1:{}", base45::encode(packed)),
        false => format!("{BASE}#{}", digits(packed)),
    }
}

fn of_cose(random: &mut Random, cose: &[u8]) -> String {
    match random.below(16) {
        0 => encode_text(cose, &TextForm::Compact).unwrap_or_default(),
        1 => encode_text(cose, &TextForm::Url(BASE)).unwrap_or_default(),
        // As no writer does it, and faster than packing.
        _ => of_packed(random, &[&[0], cose].concat()),
    }
}

/// One to four edits: a byte set, flipped, put in, taken out, a stretch moved, doubled or from another.
fn mutate(random: &mut Random, bytes: &[u8], other: &[u8], alphabet: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let (place, end) = (random.below(out.len()), random.below(out.len() + 1));
        let value = match alphabet {
            [] => random.next() as u8,
            alphabet => random.of(alphabet),
        };
        match random.below(8) {
            _ if out.is_empty() => out.push(value),
            0 | 1 => out[place] = value,
            2 if alphabet.is_empty() => out[place] ^= 1 << random.below(8),
            2 => {
                let last = out.len() - 1;
                out.swap(place, end.min(last));
            }
            3 => out.insert(place, value),
            4 => drop(out.remove(place)),
            5 => out.truncate(end),
            6 => {
                let stretch = out[place.min(end)..place.max(end)].to_vec();
                let to = random.below(out.len() + 1);
                out.splice(to..to, stretch.into_iter().take(40));
            }
            _ => {
                let from = random.below(other.len());
                let length = random.below(40).min(other.len() - from).min(out.len() - place);
                out.splice(place..place + length, other[from..from + length].iter().copied());
            }
        }
    }
    out
}

/// The `r` and `s` of the signature, of one another, of the order of P-256, of nothing.
fn other_signature(random: &mut Random, cose: &[u8]) -> Vec<u8> {
    let mut out = cose.to_vec();
    let start = out.len() - 64;
    let halves = out[start..].to_vec();
    let (r, s) = halves.split_at(32);
    let order = hex(ORDER);
    let parts = [
        r,
        s,
        &order,
        &[0; 32],
        &[0xff; 32],
        &minus(&order, r),
        &minus(&order, s),
    ]
    .map(<[u8]>::to_vec);
    let chosen = [random.below(parts.len()), random.below(parts.len())];
    out.truncate(start);
    chosen.iter().for_each(|part| out.extend(&parts[*part]));
    if random.one_in(4) {
        let at = start + random.below(64);
        out[at] ^= 1 << random.below(8);
    }
    out
}

fn made(random: &mut Random, all: &[Genuine]) -> String {
    let one = &all[random.below(all.len())];
    let other = &all[random.below(all.len())];
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let base45 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".as_slice();
    match random.below(10) {
        0 => {
            let length = random.below(1200);
            let body = random.bytes(length);
            let body: Vec<u8> = body.iter().map(|byte| base45[usize::from(*byte) % 45]).collect();
            format!("YX1:{}", text(body))
        }
        1 => {
            let length = random.below(2000);
            let body = random.bytes(length);
            let body: String = body.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
            format!("https://a.b#{body}")
        }
        2 => {
            let length = random.below(300);
            let body = random.bytes(length);
            [&"YX1:"[..random.below(5)], &text(body)].concat()
        }
        3 => text(mutate(
            random,
            one.texts[0].as_bytes(),
            other.texts[0].as_bytes(),
            base45,
        )),
        4 => text(mutate(
            random,
            one.texts[1].as_bytes(),
            other.texts[1].as_bytes(),
            b"0123456789",
        )),
        5 => {
            let form = random.below(2);
            text(mutate(
                random,
                one.texts[form].as_bytes(),
                other.texts[0].as_bytes(),
                &[],
            ))
        }
        6 => {
            let packed = mutate(random, &one.packed, &other.packed, &[]);
            of_packed(random, &packed)
        }
        7 => {
            let cose = mutate(random, &one.cose, &other.cose, &[]);
            of_cose(random, &cose)
        }
        8 => {
            // Claims changed so that they are read, under the old signature or that of the other.
            let start = one
                .cose
                .windows(one.claims.len())
                .position(|w| w == one.claims)
                .unwrap();
            let mut cose = one.cose.clone();
            let end = start + one.claims.len();
            let place = start + random.below(one.claims.len());
            cose[place] = match random.below(3) {
                0 => cose[place].wrapping_add(1),
                1 => b'0' + (random.next() % 10) as u8,
                _ => cose[start + random.below(end - start)],
            };
            if random.one_in(3) {
                let tail = cose.len() - 64;
                let theirs = other.cose.len() - 64;
                cose.truncate(tail);
                cose.extend(&other.cose[theirs..]);
            }
            of_cose(random, &cose)
        }
        _ => {
            let cose = other_signature(random, &one.cose);
            of_cose(random, &cose)
        }
    }
}

/// What is accepted has the identity of a code that was issued: SHA-256 over its claims (`docs/FORMAT.md`, clause 1).
#[test]
fn a_million_random_and_mutated_texts_give_nothing_that_was_not_issued() {
    let all = genuine();
    // A fixed number, so that the texts are the same on every machine.
    let threads = 4;
    let run = |thread: u64| {
        let verifier = verifier();
        let (mut same, mut parsed, mut read) = (0u32, 0u32, 0u32);
        let mut random = Random(0x2030_0601 + thread);
        for _ in 0..TEXTS / threads + 1 {
            let text = made(&mut random, &all);
            // A scanner may leave white space at the ends, which the verifier passes over.
            let cose = decode_text(text.trim(), &Limits::DEFAULT).ok();
            let signed = cose
                .as_ref()
                .and_then(|cose| SignedPayload::parse(cose, &Limits::DEFAULT).ok());
            read += u32::from(cose.is_some());
            parsed += u32::from(signed.is_some());
            let report = verifier.verify_text(&text, at());
            assert!(!report.findings.is_empty());
            let sound = signed.as_ref().is_some_and(|signed| {
                ["p256", "ed25519"]
                    .iter()
                    .any(|key| signed.verify(pem_key(key)).is_ok())
            });
            if sound {
                let claims = &signed.as_ref().unwrap().sign1().payload;
                assert!(
                    all.iter().any(|one| one.claims == *claims),
                    "thread {thread}: {text}"
                );
                same += 1;
            }
            // Nothing is authentic by another way.
            assert!(
                sound || report.outcome != Outcome::Authentic,
                "thread {thread}: {text}"
            );
        }
        (same, parsed, read)
    };
    let counts = std::thread::scope(|scope| {
        let run = &run;
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || run(thread)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    let sum = |of: fn(&(u32, u32, u32)) -> u32| counts.iter().map(of).sum::<u32>();
    let (same, parsed, read) = (sum(|c| c.0), sum(|c| c.1), sum(|c| c.2));
    println!(
        "{} texts: {read} gave bytes, {parsed} a payload, {same} the very claims that were issued, 0 any other",
        (TEXTS / threads + 1) * threads
    );
    // The mutations reach every depth.
    assert!(read > 100_000 && parsed > 50_000 && same > 1_000);
}

fn pem_key(name: &str) -> &'static yinxin::crypto::PublicKey {
    static KEYS: std::sync::OnceLock<[yinxin::pki::Certificate; 2]> = std::sync::OnceLock::new();
    let keys = KEYS.get_or_init(|| ["p256", "ed25519"].map(|name| pem(name).remove(0)));
    keys[usize::from(name != "p256")].public_key()
}

/// Order of P-256 (SEC 2, 2.4.2).
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// `order - value`, big-endian.
fn minus(order: &[u8], value: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 32];
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i16::from(order[at]) - i16::from(value[at]) - borrow;
        borrow = i16::from(difference < 0);
        out[at] = difference.rem_euclid(256) as u8;
    }
    out
}

/// The same object with `s` replaced by `n - s`: whoever has it can do that.
fn malleated(cose: &[u8]) -> Vec<u8> {
    let mut out = cose.to_vec();
    let s = out.len() - 32;
    let other = minus(&hex(ORDER), &out[s..]);
    out.splice(s.., other);
    assert_ne!(out, cose);
    out
}

#[test]
fn malleated_code_has_the_same_identity_and_verdict_alone_and_with_its_file() {
    let office = Office::with_key("p256");
    let verifier = office.verifier();
    let sealed = office.issue("residence");
    let (file, text) = (sealed.to_bytes(), sealed.code_text().unwrap().to_owned());
    let cose = decode_text(&text, &Limits::DEFAULT).unwrap();
    let other = encode_text(&malleated(&cose), &TextForm::Compact).unwrap();
    assert_ne!(other, text);
    let identity = |text: &str| {
        let cose = decode_text(text, &Limits::DEFAULT).unwrap();
        SignedPayload::parse(&cose, &Limits::DEFAULT).unwrap().identity()
    };
    assert_eq!(identity(&other), identity(&text));
    for (a, b) in [
        (
            verifier.verify_text(&text, at()),
            verifier.verify_text(&other, at()),
        ),
        (
            verifier.verify_text_with_pdf(&text, &file, at()),
            verifier.verify_text_with_pdf(&other, &file, at()),
        ),
    ] {
        assert_eq!(a.outcome, Outcome::Authentic, "{:#?}", a.findings);
        assert_eq!(a.outcome, b.outcome);
        assert_eq!(a.findings, b.findings);
        assert_eq!(
            serde_json::to_string(&a).unwrap(),
            serde_json::to_string(&b).unwrap()
        );
    }
    // A batch says the same of both.
    let both = verifier.verify_texts(&[&text, &other], at());
    assert_eq!(both[0].findings, both[1].findings);
}

/// A list is remembered by its payload, so an altered copy is neither news nor a contradiction.
#[test]
fn malleated_authority_list_is_the_same_list() {
    let office = Office::with_key("p256");
    let record = office.record("residence");
    let mut draft = ListDraft::new("滨海市授权名录", time("2030-06-01"), time("2031-06-01"));
    let certificate = pem("p256").remove(0);
    draft.issuers = vec![IssuerDraft::new(
        &record.issuer().name,
        record.issuer().code.clone(),
        vec![record.kind().code.to_string().parse().unwrap()],
        vec![CertificateDraft::new(
            certificate,
            time("2024-01-01"),
            time("2049-01-01"),
        )],
    )];
    let key = String::from_utf8(common::read("test-vectors/keys/root.key.pem")).unwrap();
    let root = yinxin::pki::SoftwareSigner::from_pem(&key, pem("root")).unwrap();
    assert_eq!(
        root.algorithm(),
        yinxin::crypto::SignatureAlgorithm::EcdsaP256Sha256
    );
    let bytes = draft.sign(&root).unwrap();
    // The signature is the last of the file but for the rotations, of which there are none.
    let (none, signed) = bytes.split_last().unwrap();
    let other = [malleated(signed), vec![*none]].concat();
    let roots = Roots::any_of(pem("root")).unwrap();
    let mut memory = Memory::new(at());
    let mut open = |bytes: &[u8]| AuthorityList::open(bytes, &roots, &mut memory, &Limits::DEFAULT).unwrap();
    let (list, other) = (open(&bytes), open(&other));
    assert_eq!(list.digest(), other.digest());
    let file = office.issue("residence").into_bytes();
    let verdict = |list| outcome_and_lead(&office.verifier_with(list).verify_pdf(&file, at()));
    assert_eq!(verdict(list), verdict(other));
}
