//! Every bit and every length of sealed files: nothing but the original is `Authentic`.
//!
//! The one exception is part of PDF, not of the seal: hex digits of `/Contents` may be written in either case (ISO 32000-2,
//! 7.3.4.3), which is bit 5 of a letter. The tests compute those flips and expect exactly them, no more and no fewer.

mod common;
#[path = "common/forge.rs"]
mod forge;

use std::collections::BTreeSet;
use std::ops::Range;

use common::{Office, at, pem};
use forge::small;
use yinxin::verify::{Outcome, Trust, Verifier};

/// One changed bit: byte of the file, bit of the byte.
type Flip = (usize, u8);

/// Verifies `file` with each of `flips` in turn, on both halves at once; the flips that are still `Authentic`.
fn survivors(verifier: &Verifier, file: &[u8], flips: &[Flip]) -> BTreeSet<Flip> {
    in_two(flips, |flips| {
        let mut copy = file.to_vec();
        let mut accepted = BTreeSet::new();
        for &(byte, bit) in flips {
            copy[byte] ^= 1 << bit;
            if verifier.verify_pdf(&copy, at()).outcome == Outcome::Authentic {
                accepted.insert((byte, bit));
            }
            copy[byte] ^= 1 << bit;
        }
        accepted
    })
}

/// The lengths at which the cut `file` is still `Authentic`.
fn surviving_cuts(verifier: &Verifier, file: &[u8], lengths: &[usize]) -> BTreeSet<usize> {
    in_two(lengths, |lengths| {
        let authentic =
            |length: &usize| verifier.verify_pdf(&file[..*length], at()).outcome == Outcome::Authentic;
        lengths.iter().copied().filter(authentic).collect()
    })
}

/// Splits the work between two threads, neighbours apart, so that both have their share of the costly places.
fn in_two<T: Copy + Send + Sync, R: Ord + Send>(
    items: &[T],
    work: impl Fn(&[T]) -> BTreeSet<R> + Sync,
) -> BTreeSet<R> {
    let half = |odd: usize| -> Vec<T> { items.iter().copied().skip(odd).step_by(2).collect() };
    let work = &work;
    std::thread::scope(|scope| {
        let threads = [half(0), half(1)].map(|share| scope.spawn(move || work(&share)));
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// The hex string of `/Contents`, without its brackets.
fn contents(file: &[u8]) -> Range<usize> {
    let key = b"/Contents <";
    let places: Vec<usize> = (0..file.len())
        .filter(|at| file[*at..].starts_with(key) && file[at + key.len()].is_ascii_hexdigit())
        .collect();
    let [start] = places.as_slice() else {
        panic!("one signature value: {places:?}")
    };
    let start = start + key.len();
    start..start + file[start..].iter().position(|b| *b == b'>').unwrap()
}

/// The flips that change nothing: bit 5 of the letters among the hex digits.
fn letter_case(file: &[u8]) -> BTreeSet<Flip> {
    contents(file)
        .filter(|at| file[*at].is_ascii_alphabetic())
        .map(|at| (at, 5))
        .collect()
}

/// Fails with the flips that differ: what is accepted and should not be comes first.
fn assert_same(accepted: &BTreeSet<Flip>, harmless: &BTreeSet<Flip>, name: &str) {
    let wrong: Vec<_> = accepted.difference(harmless).collect();
    assert!(
        wrong.is_empty(),
        "{name}: {} flips accepted: {wrong:?}",
        wrong.len()
    );
    let wrong: Vec<_> = harmless.difference(accepted).collect();
    assert!(
        wrong.is_empty(),
        "{name}: {} flips of letter case refused: {wrong:?}",
        wrong.len()
    );
}

fn every_bit(bytes: Range<usize>) -> Vec<Flip> {
    bytes
        .flat_map(|byte| (0..8).map(move |bit| (byte, bit)))
        .collect()
}

#[test]
fn no_flipped_bit_and_no_cut_of_a_small_sealed_file_is_authentic() {
    for key in ["ed25519", "p256"] {
        let office = Office::with_key(key);
        let (verifier, file) = (office.verifier(), small(&office));
        let report = verifier.verify_pdf(&file, at());
        assert_eq!(
            report.outcome,
            Outcome::Authentic,
            "{key}: {:#?}",
            report.findings
        );
        let (accepted, harmless) = (
            survivors(&verifier, &file, &every_bit(0..file.len())),
            letter_case(&file),
        );
        assert!(
            harmless.len() > 500,
            "{key}: the value has letters: {}",
            harmless.len()
        );
        assert_same(&accepted, &harmless, key);

        let lengths: Vec<usize> = (0..file.len()).collect();
        assert_eq!(
            surviving_cuts(&verifier, &file, &lengths),
            BTreeSet::new(),
            "{key}"
        );
        println!(
            "{key}: {} bytes, {} flips refused, {} of letter case accepted, {} cuts refused",
            file.len(),
            file.len() * 8 - accepted.len(),
            accepted.len(),
            lengths.len()
        );
    }
}

/// Nothing signs the container around a signature; each kind of key has its own parameters in it.
#[test]
fn no_flipped_bit_of_a_signature_value_is_authentic_with_any_kind_of_key() {
    for key in ["p384", "rsa2048", "rsa2048-pss"] {
        let office = Office::with_key(key);
        let (verifier, file) = (office.verifier(), small(&office));
        assert_eq!(
            verifier.verify_pdf(&file, at()).outcome,
            Outcome::Authentic,
            "{key}"
        );
        let accepted = survivors(&verifier, &file, &every_bit(contents(&file)));
        assert_same(&accepted, &letter_case(&file), key);
    }
}

/// Whoever is given fewer certificates must not believe more: the ones above the signer's come from the container then.
#[test]
fn no_flipped_bit_of_a_signature_value_is_authentic_with_any_kind_of_trust() {
    let office = Office::with_key("p256");
    let (file, kind) = (small(&office), office.record("residence").kind().code.to_string());
    let list = || office.list("residence", &[&kind]);
    for (name, trust) in [
        ("root", Trust::new().roots(pem("root"))),
        ("root and list", Trust::new().roots(pem("root")).list(list())),
        ("list", Trust::new().list(list())),
    ] {
        let verifier = Verifier::new(trust);
        assert_eq!(
            verifier.verify_pdf(&file, at()).outcome,
            Outcome::Authentic,
            "{name}"
        );
        let accepted = survivors(&verifier, &file, &every_bit(contents(&file)));
        assert_same(&accepted, &letter_case(&file), name);
    }
}

#[test]
fn no_flipped_bit_and_no_cut_of_a_sealed_result_is_authentic() {
    let office = Office::with_key("p256");
    let (verifier, draft) = (office.verifier(), office.draft("residence"));
    let file = office.issue("residence").into_bytes();
    let revision = draft.bytes().len();
    assert_eq!(verifier.verify_pdf(&file, at()).outcome, Outcome::Authentic);

    let mut flips = every_bit(revision..file.len());
    flips.extend((0..revision).map(|byte| (byte, (byte % 8) as u8)));
    let accepted = survivors(&verifier, &file, &flips);
    assert_same(&accepted, &letter_case(&file), "residence");

    // Every structural place, and a stride between them.
    let marks = [
        "obj",
        "endobj",
        "stream",
        "endstream",
        "xref",
        "trailer",
        "startxref",
        "%%EOF",
        "/Contents",
        "/ByteRange",
    ];
    let mut lengths: BTreeSet<usize> = (0..file.len()).step_by(61).collect();
    for place in 0..file.len() {
        if marks
            .iter()
            .any(|mark| file[place..].starts_with(mark.as_bytes()))
        {
            lengths.extend(place.saturating_sub(2)..(place + 12).min(file.len()));
        }
    }
    lengths.extend(file.len() - 64..file.len());
    let lengths: Vec<usize> = lengths.into_iter().collect();
    assert_eq!(surviving_cuts(&verifier, &file, &lengths), BTreeSet::new());
    println!(
        "{} bytes ({revision} of them draft): {} flips refused, {} of letter case accepted, {} cuts refused",
        file.len(),
        flips.len() - accepted.len(),
        accepted.len(),
        lengths.len()
    );
}
