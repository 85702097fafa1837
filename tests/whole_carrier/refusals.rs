//! What a whole code has no place for is refused when it is issued, and named.

use super::*;
use yinxin::seal::Place;

fn refused(sealed: &Sealed, name: &str, seal: &Seal) -> HideError {
    let office = Office::with_key("p256");
    Whole::of(sealed, &office.record(name), &template(name), seal).expect_err("no code")
}

#[test]
fn pictures_in_the_record() {
    let office = Office::with_key("p256");
    let sealed = sealed(&office, "p256", "vocational-certificate");
    let error = refused(&sealed, "vocational-certificate", &office.seal());
    assert_eq!(error, HideError::Pictures(1));
    assert!(error.to_string().contains("1 pictures"), "{error}");
}

#[test]
fn a_seal_that_is_a_picture_or_in_other_measures() {
    let office = Office::with_key("p256");
    let draft = office.draft("residence");
    let picture = Symbol::of_text("A", Level::M).unwrap().to_png(8);
    let uneven = RoundSeal::new("滨海市公安局").with_diameter_mm(42.000_05);
    for impression in [
        Impression::png(&picture, 40.0).unwrap(),
        Impression::round(&uneven, yinxin::font::bundled()).unwrap(),
    ] {
        let seal = Seal::new(impression);
        let sealed = draft.without_code().seal(&seal, &signer("p256"), at()).unwrap();
        assert_eq!(refused(&sealed, "residence", &seal), HideError::Seal);
    }
}

#[test]
fn a_seal_placed_by_hand_and_a_code_drawn_in_the_file() {
    let office = Office::with_key("p256");
    let draft = office.draft("residence");
    let (seal, signer) = (office.seal(), signer("p256"));
    let place = Place {
        page: 0,
        x_mm: 60.0,
        y_mm: 60.0,
    };
    let sealed = draft
        .without_code()
        .place(place)
        .seal(&seal, &signer, at())
        .unwrap();
    assert_eq!(refused(&sealed, "residence", &seal), HideError::Placed);
    let coded = office.issue("residence");
    assert_eq!(refused(&coded, "residence", &seal), HideError::CodeDrawn);
}

#[test]
fn another_record_template_or_seal_than_the_file_was_made_with() {
    let office = Office::with_key("p256");
    let own = sealed(&office, "p256", "residence");
    let record = office.record("employment");
    let error = Whole::of(&own, &record, &template("residence"), &office.seal());
    assert_eq!(error, Err(HideError::Draft));
    let error = Whole::of(
        &own,
        &office.record("residence"),
        &template("employment"),
        &office.seal(),
    );
    assert_eq!(error, Err(HideError::Draft));
    let other = Impression::round(&RoundSeal::new("滨海市公安局"), yinxin::font::bundled()).unwrap();
    let error = refused(&own, "residence", &Seal::new(other));
    let HideError::Differs(at) = error else {
        panic!("{error}")
    };
    let draft = own.draft_length();
    assert!(
        u64::try_from(at).unwrap() > draft,
        "the draft is the same, the seal is not"
    );
}

#[test]
fn a_code_above_version_25_tells_by_how_many_bytes() {
    let office = Office::with_key("p256");
    for form in [TextForm::Compact, TextForm::Url("https://zm.binhai.example/v")] {
        let name = "official-document";
        let sealed = sealed(&office, "p256", name);
        let whole = whole(&office, name, &sealed).unwrap();
        let Err(HideError::TooLarge { excess_bytes }) = whole.text(&form) else {
            panic!("it fits")
        };
        // Shorter by about that many bytes of noise, it fits: by a few less, it does not.
        let text = yinxin::payload::encode_text(&whole.encode(), &form).unwrap();
        let per_byte = text.len() as f64 / packed(&text, form) as f64;
        let fits = |bytes: usize| {
            let cut = (bytes as f64 * per_byte).ceil() as usize;
            let text = &text[..text.len() - cut];
            Symbol::of_text(text, Level::M).unwrap().version() <= 25
        };
        assert!(
            fits(excess_bytes + 2) && !fits(excess_bytes - 8),
            "{excess_bytes}"
        );
    }
}

/// Bytes of the packed object in a text.
fn packed(text: &str, form: TextForm<'_>) -> usize {
    match form {
        TextForm::Compact => (text.len() - 4) * 2 / 3,
        _ => text.split_once('#').unwrap().1.len() * 12 / 29,
    }
}

#[test]
fn a_base_address_that_is_none() {
    let (office, name) = (Office::with_key("p256"), "employment");
    let sealed = sealed(&office, "p256", name);
    let whole = whole(&office, name, &sealed).unwrap();
    let error = whole
        .text(&TextForm::Url("http://zm.binhai.example"))
        .unwrap_err();
    assert!(matches!(error, HideError::Payload(_)), "{error}");
}

/// Sealed and hidden, or not.
fn hidden(name: &str, change: impl Fn(&mut serde_json::Value)) -> Result<String, HideError> {
    let office = Office::with_key("p256");
    let json = common::read(&format!("examples/data/records/{name}.json"));
    let mut json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    change(&mut json);
    let record = Record::from_json(json.to_string().as_bytes(), &Limits::DEFAULT).unwrap();
    let template = template(name);
    let draft = template.compose(&record).unwrap();
    let sealed = draft
        .without_code()
        .seal(&office.seal(), &signer("p256"), at())
        .unwrap();
    Whole::of(&sealed, &record, &template, &office.seal())?.text(&TextForm::Compact)
}

#[test]
fn few_bytes_that_are_many_pages() {
    let refused = hidden("register", |register| {
        let table = register["tables"].as_array_mut().unwrap().first_mut().unwrap();
        let columns = table["columns"].as_array().unwrap().len();
        table["rows"] = vec![vec!["1"; columns]; 3_000].into();
    });
    assert!(matches!(refused, Err(HideError::Pages(65..))), "{refused:?}");
}

/// More than a text has characters, and more than an object has bytes: by how much is told all the same.
#[test]
fn a_record_of_any_size_tells_by_how_many_bytes() {
    let sample = String::from_utf8(common::read("examples/data/records/official-document.json")).unwrap();
    // Every character of it is in the bundled font.
    let han: std::collections::BTreeSet<char> =
        sample.chars().filter(|c| ('一'..='龥').contains(c)).collect();
    let han: Vec<char> = han.into_iter().collect();
    let mut state = 0x2030_0601_0000_0003_usize;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        han[state % han.len()]
    };
    let mut last = 0;
    for more in [2, 12, 30] {
        let values: Vec<String> = (0..more).map(|_| (0..900).map(|_| noise()).collect()).collect();
        let refused = hidden("residence", |record| {
            let fields = record["fields"].as_array_mut().unwrap();
            for (number, value) in values.iter().enumerate() {
                fields.push(serde_json::json!({ "label": format!("附{number}"), "value": value }));
            }
        });
        let Err(HideError::TooLarge { excess_bytes }) = refused else {
            panic!("{refused:?}")
        };
        assert!(excess_bytes > last + 1_000, "{excess_bytes}");
        last = excess_bytes;
    }
}
