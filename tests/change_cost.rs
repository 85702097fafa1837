//! What it costs to judge later revisions: in proportion to what they touch and to the file, not to one times the other.
//!
//! Times of the processor are compared with such times of the same run, so that neither the machine, nor the profile, nor what else runs
//! matters.

mod common;
#[path = "common/forge.rs"]
mod forge;
#[path = "common/processor.rs"]
mod processor;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use common::{Office, at, pem};
use forge::{Change, Ending};
use processor::Moment;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::seal::Place;
use yinxin::verify::{ChangePolicy, Modification, Outcome, Trust, Verifier};

fn verifier() -> Verifier {
    let trust = Trust::new().roots(pem("root")).certificates(pem("intermediate"));
    Verifier::new(trust).policy(ChangePolicy::Pades)
}

/// The least of a few times, and how the file was judged.
fn cost(verifier: &Verifier, file: &[u8]) -> (Duration, Outcome, Option<Modification>) {
    let time = |turns: u32| {
        let start = Moment::now();
        for _ in 0..turns {
            let _ = verifier.verify_pdf(file, at());
        }
        start.elapsed()
    };
    // Some systems count the time of a processor in steps of 4 ms.
    let enough = |turns: &u32| time(*turns) >= Duration::from_millis(60);
    let turns = (0..8).map(|power| 1 << power).find(enough).unwrap_or(1 << 8);
    let best = (0..3).map(|_| time(turns)).min().unwrap() / turns;
    let report = verifier.verify_pdf(file, at());
    let modification = report.seals.first().map(|seal| seal.modification);
    (best, report.outcome, modification)
}

/// A file of `count` objects that the page uses, sealed.
fn large(count: usize) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents 4 0 R/PieceInfo 5 0 R>>"
            .to_owned(),
        "<</Length 3>>stream\nq Q\nendstream".to_owned(),
    ];
    let last = objects.len() + count;
    for number in objects.len() + 1..=last {
        let next = if number < last { number + 1 } else { 3 };
        objects.push(format!("<</Next {next} 0 R/Page 3 0 R/Number {number}>>"));
    }
    forge::seal(&Office::with_key("p256"), forge::file(&objects), None)
}

fn with_validation_data(file: &[u8], revisions: usize) -> Vec<u8> {
    let mut file = file.to_vec();
    let mut listed = String::new();
    for _ in 0..revisions {
        let (root, next) = {
            let document = forge::open(&file);
            let view = document.newest();
            (view.catalog().unwrap().id.number, view.next_object_number())
        };
        write!(listed, "{next} 0 R ").unwrap();
        let data = "<</Length 11>>stream\ncertificate\nendstream".to_owned();
        let store = format!("<</Certs[{listed}]>>");
        let objects = BTreeMap::from([
            (root, Change::Edit(vec![("DSS".to_owned(), store)], vec![])),
            (next, Change::Body(data)),
        ]);
        file = forge::revision(&file, &objects, &Ending::default());
    }
    file
}

#[test]
fn an_update_of_a_large_file_costs_a_part_of_reading_it_and_reading_is_linear() {
    let verifier = verifier();
    let (half, whole) = (large(100_000), large(200_000));
    let (alone, outcome, _) = cost(&verifier, &whole);
    assert_eq!(outcome, Outcome::Authentic);
    let (small, ..) = cost(&verifier, &with_validation_data(&half, 1));
    let (updated, outcome, modification) = cost(&verifier, &with_validation_data(&whole, 1));
    assert_eq!(
        (outcome, modification),
        (Outcome::Authentic, Some(Modification::LtaUpdate))
    );
    println!("200,000 objects: sealed {alone:?}, with validation data {updated:?}; 100,000: {small:?}");
    assert!(
        updated < alone * 2,
        "{alone:?} without, {updated:?} with an update"
    );
    assert!(updated < small * 4, "{small:?} for half of it, {updated:?}");
}

#[test]
fn revisions_of_a_large_file_cost_what_they_touch() {
    let verifier = verifier();
    let file = large(20_000);
    let (one, ..) = cost(&verifier, &with_validation_data(&file, 1));
    let (many, outcome, _) = cost(&verifier, &with_validation_data(&file, 50));
    assert_eq!(outcome, Outcome::Authentic);
    println!("20,000 objects: one update {one:?}, fifty {many:?}");
    assert!(many < one * 5, "{one:?} for one update, {many:?} for fifty");
}

#[test]
fn fifty_seals_in_one_file_are_judged_in_a_fraction_of_a_second() {
    let (office, verifier) = (Office::with_key("p256"), verifier());
    let mut file = forge::page(2000, 2000, "0 0 20 20 re f");
    let mut ten = None;
    for count in 1..=50_u8 {
        // Side by side: a seal that covers another is a doubt of its own.
        let (column, row) = (f64::from(count % 10), f64::from(count / 10));
        let place = Place {
            page: 0,
            x_mm: 20.0 + 30.0 * column,
            y_mm: 20.0 + 30.0 * row,
        };
        let draft = Draft::open(file, &Limits::DEFAULT).unwrap();
        let sealing = draft.without_code().place(place).certifies(None);
        let sealed = sealing.seal(&forge::mark(), &office.signer(), at()).unwrap();
        file = sealed.into_bytes();
        if count == 10 {
            ten = Some(cost(&verifier, &file).0);
        }
    }
    let ten = ten.unwrap();
    let (fifty, outcome, modification) = cost(&verifier, &file);
    assert_eq!(
        (outcome, modification),
        (Outcome::Authentic, Some(Modification::FormFill))
    );
    println!("ten seals {ten:?}, fifty {fifty:?}");
    // Each revision has a form with one field more, which is walked once: 1,275 fields in all, some 10 ms of the whole.
    assert!(
        fifty < Duration::from_millis(500),
        "{ten:?} for ten seals, {fifty:?} for fifty"
    );
}
