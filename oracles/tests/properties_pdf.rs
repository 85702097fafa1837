//! What must hold for every composed page and every appended revision, tried on generated records and PDF syntax.

#[path = "../../tests/common/mod.rs"]
mod common;
mod generate;
#[path = "../../tests/common/processor.rs"]
mod processor;

use std::time::Duration;

use generate::{config, record, record_for_paper};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use processor::Moment;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use yinxin::compose::{BUILTIN, ComposeError, Template};
use yinxin::limits::Limits;
use yinxin::pdf::edit::DictionaryEdit;
use yinxin::pdf::update::Update;
use yinxin::pdf::{Document, Object, Ref, Style};
use yinxin::record::Record;

const LIMITS: Limits = Limits::DEFAULT;
/// A debug build composes the longest record well within this: time of the processor, for the machine may be busy.
const COMPOSE: Duration = Duration::from_secs(5);

/// Composing gives a sound draft or an error that names the place; it never takes long.
fn compose(name: &str, record: &Record) -> Option<Vec<u8>> {
    // Nobody has the pictures that a random digest names.
    let mut parts = record.clone().into_parts();
    parts.pictures.clear();
    let record = &Record::new(parts).unwrap();
    let template = Template::builtin(name).unwrap();
    let start = Moment::now();
    let outcome = template.compose(record);
    let taken = start.elapsed();
    assert!(taken < COMPOSE, "{taken:?} for {}", record.to_json());
    match outcome {
        Ok(draft) => {
            assert!(
                draft.bytes() == template.compose(record).unwrap().bytes(),
                "composing is deterministic"
            );
            let carried = draft.record_bytes(&LIMITS).unwrap();
            assert_eq!(&Record::from_cbor(&carried, &LIMITS).unwrap(), record);
            let document = Document::open(draft.bytes(), &LIMITS).unwrap();
            assert_eq!(document.audit(), Ok(vec![]));
            assert!(!document.newest().pages().unwrap().is_empty());
            Some(draft.into_bytes())
        }
        Err(ComposeError::MissingGlyph {
            character,
            element,
            member,
        }) => {
            assert!(!element.is_empty());
            let json = record.to_json();
            assert!(
                member.is_some() && json.contains(character),
                "{character} is nowhere in {json}"
            );
            None
        }
        Err(ComposeError::Overflow { element, over_mm }) => {
            assert!(!element.is_empty() && over_mm > 0, "{element} {over_mm}");
            None
        }
        Err(ComposeError::MissingMember { element, member }) => {
            assert!(!element.is_empty() && !member.is_empty());
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Points around the page that are painted too, so that text that leaves the page shows.
const AROUND: f64 = 600.0;
const SCALE: f32 = 0.5;

/// Whether something is painted outside the page of `file`, or within 2 mm of its edge.
fn paints_outside(file: &[u8]) -> bool {
    let document = Document::open(file, &LIMITS).unwrap();
    let page = document.newest().pages().unwrap().remove(0);
    let indirect = document.newest().object(page.id).unwrap().unwrap();
    let media = page.media_box.unwrap();
    let (width, height) = (media.right, media.top);
    let wide = format!("[{} {} {} {}]", -AROUND, -AROUND, width + AROUND, height + AROUND);
    let mut edit = DictionaryEdit::new(indirect.raw(), indirect.dictionary().unwrap());
    for key in [b"MediaBox".as_slice(), b"CropBox"] {
        edit.set(key, wide.as_bytes());
    }
    for key in [b"TrimBox".as_slice(), b"BleedBox", b"ArtBox"] {
        edit.remove(key);
    }
    let mut update = Update::new(&document);
    update.put(page.id, edit.finish());
    let file = [file, &update.finish().unwrap().bytes].concat();

    let pdf = Pdf::new(file).unwrap();
    let settings = PixmapSettings {
        x_scale: SCALE,
        y_scale: SCALE,
        bg_color: WHITE,
    };
    let picture = render(
        &pdf.pages()[0],
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let margin = 2.0 * 72.0 / 25.4;
    let pixel = |points: f64| points * f64::from(SCALE);
    let inside = |x: usize, y: usize| {
        #[expect(clippy::cast_precision_loss, reason = "some thousand pixels")]
        let (x, y) = (x as f64, y as f64);
        let (left, right) = (pixel(AROUND + margin), pixel(AROUND + width - margin));
        let (top, bottom) = (pixel(AROUND + margin), pixel(AROUND + height - margin));
        (left..right).contains(&x) && (top..bottom).contains(&y)
    };
    let columns = usize::from(picture.width());
    let inked = |at: usize| {
        let pixel = picture.data()[at];
        pixel.r < 200 || pixel.g < 200 || pixel.b < 200
    };
    let inked: Vec<usize> = (0..picture.data().len()).filter(|at| inked(*at)).collect();
    assert!(!inked.is_empty(), "a page is not blank");
    inked.iter().any(|at| !inside(at % columns, at / columns))
}

#[test]
fn ink_beside_the_page_would_be_seen() {
    let draft = Template::builtin("residence").unwrap();
    let record = common::Office::with_key("p256").record("residence");
    let draft = draft.compose(&record).unwrap();
    assert!(!paints_outside(draft.bytes()));
    let document = Document::open(draft.bytes(), &LIMITS).unwrap();
    let page = document.newest().pages().unwrap().remove(0);
    let contents = page.dictionary().unwrap().find(b"Contents").unwrap();
    let contents = contents
        .as_array()
        .map_or(contents, |parts| &parts[0])
        .as_reference()
        .unwrap();
    for rectangle in ["-300 100 20 20", "100 850 20 20", "590 100 3 20"] {
        let content = format!("0 g {rectangle} re f");
        let mut update = Update::new(&document);
        update.put(
            contents,
            yinxin::pdf::update::stream_body(b"", content.as_bytes(), false),
        );
        assert!(
            paints_outside(&[draft.bytes(), &update.finish().unwrap().bytes].concat()),
            "{rectangle}"
        );
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn any_record_is_composed_or_refused_by_name(record in prop_oneof![record(), record_for_paper()], name in select(BUILTIN)) {
        compose(name, &record);
    }

    #[test]
    fn what_is_composed_stays_on_the_page(record in record_for_paper(), name in select(BUILTIN)) {
        if let Some(bytes) = compose(name, &record) {
            prop_assert!(!paints_outside(&bytes), "{name}: {}", record.to_json());
        }
    }
}

/// The syntax of any object but a stream, spelled in many ways, with white space and comments in between.
fn syntax() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        select(vec![
            "null",
            "true",
            "false",
            "0",
            "-0",
            "+7",
            ".5",
            "-.002",
            "4.",
            "00012",
            "9223372036854775807",
            "7 0 R",
            "2 0 R"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        any::<i32>().prop_map(|n| n.to_string().into_bytes()),
        "/[A-Za-z][A-Za-z0-9.+_-]{0,12}".prop_map(String::into_bytes),
        "/(#[2-7][0-9A-Fa-f]|[a-z]){1,5}".prop_map(String::into_bytes),
        "<([0-9A-Fa-f]{2} ?){0,12}[0-9]?>".prop_map(String::into_bytes),
        "\\(([^()\\\\\\r]|\\\\[nrtbf()\\\\]|\\\\[0-3][0-7]{2}|\\(a\\)){0,20}\\)".prop_map(String::into_bytes),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        let gap = select(vec![" ", "\n", "\r\n", "\t ", " % comment >> ]\n", "\0 "]);
        let item = (gap.clone(), inner.clone()).prop_map(|(gap, item)| [gap.as_bytes(), &item].concat());
        prop_oneof![
            prop::collection::vec(item.clone(), 0..8).prop_map(|items| [
                b"[".to_vec(),
                items.concat(),
                b" ]".to_vec()
            ]
            .concat()),
            prop::collection::btree_map("[A-Z][a-z]{0,6}", item, 0..8).prop_map(dictionary),
        ]
    })
}

fn dictionary(entries: std::collections::BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let entries = entries
        .into_iter()
        .map(|(key, value)| [b"/".as_slice(), key.as_bytes(), &value].concat());
    [
        b"<<".to_vec(),
        entries.collect::<Vec<_>>().concat(),
        b" >>".to_vec(),
    ]
    .concat()
}

/// A file whose objects 1 and 2 are catalog and page tree and whose further objects are `bodies`, in either style.
fn file(bodies: &[Vec<u8>], style: Style) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    let fixed = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[]/Count 0>>".to_vec(),
    ];
    for (at, body) in fixed.iter().chain(bodies).enumerate() {
        offsets.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", at + 1).bytes());
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let start = bytes.len();
    let size = offsets.len() + 1;
    if style == Style::Table {
        bytes.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        for offset in offsets {
            bytes.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        bytes.extend(format!("trailer\n<</Size {size}/Root 1 0 R>>\n").bytes());
    } else {
        offsets.push(start);
        let mut rows = vec![0, 0, 0, 0, 0, 255, 255];
        for offset in offsets {
            rows.push(1);
            rows.extend(u32::try_from(offset).unwrap().to_be_bytes());
            rows.extend([0, 0]);
        }
        let entries = format!(
            "/Type/XRef/Size {}/W[1 4 2]/Root 1 0 R/Length {}",
            size + 1,
            rows.len()
        );
        bytes.extend(format!("{size} 0 obj\n<<{entries}>>\nstream\n").bytes());
        bytes.extend(rows);
        bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }
    bytes.extend(format!("startxref\n{start}\n%%EOF").bytes());
    bytes
}

fn style() -> impl Strategy<Value = Style> {
    select(vec![Style::Table, Style::Stream])
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn what_an_update_appends_is_read_back(
        old in prop::collection::vec(syntax(), 1..4),
        added in prop::collection::vec(syntax(), 1..6),
        replaced in syntax(),
        data in prop::collection::vec(any::<u8>(), 0..200),
        compress in any::<bool>(),
        style in style(),
    ) {
        let before = file(&old, style);
        let document = Document::open(&before, &LIMITS).unwrap();
        let untouched: Vec<_> = (4..3 + u32::try_from(old.len()).unwrap()).map(|number| Ref::new(number, 0)).collect();
        let mut update = Update::new(&document);
        let numbers: Vec<Ref> = added.iter().map(|body| {
            let id = update.allocate();
            update.put(id, body.clone());
            id
        }).collect();
        let third = Ref::new(3, 0);
        update.put(third, replaced.clone());
        let stream = update.allocate();
        update.put(stream, yinxin::pdf::update::stream_body(b"/Type/Test", &data, compress));
        let appended = update.finish().unwrap();
        let after = [before.as_slice(), &appended.bytes].concat();

        let now = Document::open(&after, &LIMITS).unwrap();
        prop_assert_eq!(now.revisions().len(), 2);
        prop_assert_eq!(now.revisions()[1].style, style);
        let view = now.newest();
        let expected = numbers.iter().zip(&added).chain([(&third, &replaced)]);
        for (id, body) in expected {
            let found = view.object(*id).unwrap().unwrap();
            prop_assert_eq!(found.raw().escape_ascii().to_string(), body.escape_ascii().to_string());
            let place = appended.offsets[id];
            prop_assert_eq!(&after[place..place + body.len()], body.as_slice(), "offset of {}", id);
            // The value is that of the same body in a file of its own.
            let alone = file(std::slice::from_ref(body), Style::Table);
            let alone = Document::open(&alone, &LIMITS).unwrap();
            let alone = alone.newest().object(Ref::new(3, 0)).unwrap().unwrap();
            prop_assert_eq!(&found.object, &alone.object);
        }
        let found = view.object(stream).unwrap().unwrap();
        prop_assert_eq!(view.decode(found.object.as_stream().unwrap()).unwrap(), data);
        for id in untouched {
            let then = document.newest().object(id).unwrap().unwrap();
            prop_assert_eq!(&view.object(id).unwrap().unwrap().object, &then.object);
        }
        prop_assert_eq!(now.audit().unwrap(), document.audit().unwrap(), "nothing odd is added");
        let other = lopdf::Document::load_mem(&after).unwrap();
        prop_assert!(other.xref_recovery.is_none(), "lopdf had to repair");
        prop_assert!(other.has_object((stream.number, 0)));
    }

    /// Whatever bytes are put, the old objects stay, and nothing panics.
    #[test]
    fn any_bytes_put_as_a_body_leave_other_objects_alone(
        old in prop::collection::vec(syntax(), 1..4),
        body in prop::collection::vec(any::<u8>(), 0..100),
        style in style(),
    ) {
        let before = file(&old, style);
        let document = Document::open(&before, &LIMITS).unwrap();
        let mut update = Update::new(&document);
        let id = update.allocate();
        update.put(id, body);
        let after = [before.as_slice(), &update.finish().unwrap().bytes].concat();
        let now = Document::open(&after, &LIMITS).unwrap();
        let _ = (now.newest().object(id), now.audit());
        for number in 1..3 + u32::try_from(old.len()).unwrap() {
            let id = Ref::new(number, 0);
            let then = document.newest().object(id).unwrap().unwrap();
            let now = now.newest().object(id).unwrap().unwrap();
            prop_assert_eq!(&now.object, &then.object);
            prop_assert_eq!(now.raw(), then.raw());
        }
    }

    #[test]
    fn an_edit_copies_what_it_does_not_change(
        entries in prop::collection::btree_map("[A-Z][a-z]{0,6}", (select(vec![" ", "\n", " % x\n"]), syntax()).prop_map(|(gap, value)| [gap.as_bytes(), &value].concat()), 1..10),
        which in any::<Index>(),
        value in syntax(),
        fresh in "[a-z]{1,5}",
    ) {
        let raw = dictionary(entries.clone());
        let key = which.get(&entries.keys().cloned().collect::<Vec<_>>()).clone().into_bytes();
        let source = file(std::slice::from_ref(&raw), Style::Table);
        let document = Document::open(&source, &LIMITS).unwrap();
        let object = document.newest().object(Ref::new(3, 0)).unwrap().unwrap();
        let parsed = object.dictionary().unwrap();
        prop_assert_eq!(object.raw(), raw.as_slice());
        let edit = || DictionaryEdit::new(&raw, parsed);
        let entry = parsed.entry(&key).unwrap();

        prop_assert_eq!(edit().finish().text().to_vec(), raw.clone(), "no edit");

        let set = edit().set(&key, &value).finish().text().to_vec();
        let expected = [&raw[..entry.span.start], &value, &raw[entry.span.end..]].concat();
        prop_assert_eq!(set.escape_ascii().to_string(), expected.escape_ascii().to_string(), "set");

        let added = edit().set(fresh.as_bytes(), &value).finish().text().to_vec();
        let end = raw.len() - 2;
        let expected = [&raw[..end], format!("/{fresh} ").as_bytes(), &value, &raw[end..]].concat();
        prop_assert_eq!(added.escape_ascii().to_string(), expected.escape_ascii().to_string(), "added");

        let removed = edit().remove(&key).finish().text().to_vec();
        let head = removed.iter().zip(&raw).take_while(|(a, b)| a == b).count();
        let tail = removed.iter().rev().zip(raw.iter().rev()).take_while(|(a, b)| a == b).count();
        prop_assert!(removed.len() < raw.len() && head + tail >= removed.len(), "one piece was taken out");
        for (edited, changed, with) in [(&set, key.as_slice(), true), (&added, fresh.as_bytes(), true), (&removed, &key, false)] {
            let source = file(std::slice::from_ref(edited), Style::Table);
            let document = Document::open(&source, &LIMITS).unwrap();
            let object = document.newest().object(Ref::new(3, 0)).unwrap().unwrap();
            let now = object.dictionary().unwrap();
            prop_assert_eq!(now.find(changed).is_some(), with);
            let others = |dictionary: &yinxin::pdf::Dictionary| -> Vec<(Vec<u8>, Object)> {
                let entries = dictionary.entries().iter().filter(|entry| entry.key != changed);
                entries.map(|entry| (entry.key.to_vec(), entry.value.clone())).collect()
            };
            prop_assert_eq!(others(now), others(parsed));
        }
    }
}
