//! Composing, warm: the built-in templates, the page that is compared with other programs, and a register of 100 pages; beside
//! the raw cost of what is in them (deflating the same bytes, making the same subset) and in two threads.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use yinxin::compose::{BUILTIN, Fonts, PreparedTemplate, Template};
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::pdf::update::{Update, stream_body};
use yinxin::pdf::{Document, Ref};
use yinxin::record::Record;
use yinxin::symbol::{Level, Symbol};

#[path = "support/mod.rs"]
mod support;

fn prepared(template: &Template) -> PreparedTemplate {
    template.prepare(&Fonts::bundled()).expect("a template")
}

fn builtin(name: &str) -> PreparedTemplate {
    prepared(&Template::builtin(name).expect("a built-in template"))
}

fn of_json(json: &Value) -> Record {
    Record::from_json(json.to_string().as_bytes(), &Limits::DEFAULT).expect("a record")
}

fn sample(name: &str) -> Value {
    serde_json::from_str(&support::read(&format!("examples/data/records/{name}.json"))).expect("JSON")
}

fn templates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compose");
    for name in BUILTIN {
        // A record with pictures needs their bytes; the command line brings them.
        let record = support::record(name);
        let template = builtin(name);
        let Ok(draft) = template.compose(&record) else {
            continue;
        };
        println!("compose/{name}: {} bytes", draft.bytes().len());
        group.throughput(Throughput::Elements(1));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| template.compose(black_box(&record)).expect("a draft"));
        });
    }
    group.finish();
}

/// A table of 12 rows, a paragraph of 300 characters and a code of 600 on one A4 page, tagged, PDF/A-3b.
struct Certificate {
    template: PreparedTemplate,
    record: Record,
    code: String,
}

impl Certificate {
    fn new() -> Self {
        let text = support::read("examples/peer_driver/certificate.toml");
        let template = Template::from_toml(&text, &Limits::DEFAULT).expect("a template");
        let mut json = sample("lease-filing");
        let fields = json["fields"].as_array_mut().expect("fields");
        while fields.len() < 12 {
            fields.push(json!({ "label": format!("备注事项{}", fields.len()), "value": "无其他约定，以登记内容为准" }));
        }
        let decision = json["decision"].as_str().expect("a decision").replace('\n', "");
        json["decision"] = decision.chars().cycle().take(300).collect::<String>().into();
        Self {
            template: prepared(&template),
            record: of_json(&json),
            code: "0123456789ABCDEFGHIJ".repeat(30),
        }
    }

    /// The page with its code drawn into the reserved form, as sealing draws it, without a seal.
    fn compose(&self) -> Vec<u8> {
        let draft = self.template.compose(&self.record).expect("a draft");
        let slot = draft.slots().code.as_ref().expect("a place for the code");
        let symbol = Symbol::of_text(&self.code, Level::M).expect("a symbol");
        let side = symbol.form_side();
        let entries = format!("/Type/XObject/Subtype/Form/BBox[0 0 {side} {side}]/Resources<<>>");
        let document = Document::open(draft.bytes(), &Limits::DEFAULT).expect("a PDF");
        let mut update = Update::new(&document);
        let content = stream_body(entries.as_bytes(), &symbol.form_content(), true);
        update.put(Ref::new(slot.form, 0), content);
        [draft.bytes(), &update.finish().expect("a revision").bytes].concat()
    }
}

/// Every stream of a draft, decoded: what composing had to compress, parts kept from record to record included.
fn streams(draft: &Draft) -> Vec<Vec<u8>> {
    let document = Document::open(draft.bytes(), &Limits::DEFAULT).expect("a PDF");
    let view = document.newest();
    let numbers = 1..u32::try_from(draft.bytes().len()).unwrap_or(u32::MAX);
    let objects = numbers.map_while(|number| view.object(Ref::new(number, 0)).expect("an object"));
    objects
        .filter_map(|object| {
            let stream = object.object.as_stream()?;
            Some(view.decode(stream).expect("a stream"))
        })
        .collect()
}

fn certificate(criterion: &mut Criterion) {
    let certificate = Certificate::new();
    println!("compose certificate: {} bytes", certificate.compose().len());
    let draft = certificate
        .template
        .compose(&certificate.record)
        .expect("a draft");
    let streams = streams(&draft);
    let deflate = || -> usize {
        let packed = streams
            .iter()
            .map(|bytes| miniz_oxide::deflate::compress_to_vec_zlib(bytes, 1).len());
        packed.sum()
    };
    let font = yinxin::font::bundled();
    let mut glyphs = subsetter::GlyphRemapper::new();
    let face = ttf_parser::Face::parse(font, 0).expect("the bundled font");
    for character in certificate.record.decision().expect("a decision").chars() {
        glyphs.remap(face.glyph_index(character).expect("a glyph").0);
    }
    let mut group = criterion.benchmark_group("compose certificate 12 rows 300 characters");
    group.throughput(Throughput::Elements(1));
    group.bench_function("draft", |bencher| {
        bencher.iter(|| {
            certificate
                .template
                .compose(black_box(&certificate.record))
                .expect("a draft")
        });
    });
    group.bench_function("with code of 600 characters", |bencher| {
        bencher.iter(|| certificate.compose());
    });
    group.bench_function("deflate of its streams alone", |bencher| bencher.iter(deflate));
    group.bench_function("subset of its paragraph alone", |bencher| {
        bencher.iter(|| subsetter::subset(black_box(font), 0, &glyphs).expect("a subset"));
    });
    group.bench_function("template made ready", |bencher| {
        let text = support::read("examples/peer_driver/certificate.toml");
        let template = Template::from_toml(&text, &Limits::DEFAULT).expect("a template");
        bencher.iter(|| prepared(black_box(&template)));
    });
    group.finish();
    support::ratio("compose certificate with code", || certificate.compose(), deflate);
    threads(&certificate);
}

/// How much more two threads do than one, with the same prepared template.
fn threads(certificate: &Certificate) {
    if std::env::args().any(|argument| ["--list", "--test", "--profile-time"].contains(&argument.as_str())) {
        return;
    }
    const PAGES: usize = 1_000;
    let rate = |workers: usize| {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    for _ in 0..PAGES {
                        black_box(certificate.compose());
                    }
                });
            }
        });
        (workers * PAGES) as f64 / begun.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..5).map(|_| rate(2) / rate(1)).collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "ratio  compose certificate in two threads: {:.2} x one",
        ratios[2]
    );
}

/// The sample register with as many rows as fill 100 pages.
fn register(criterion: &mut Criterion) {
    let template = builtin("register");
    let mut json = sample("register");
    let rows = json["tables"][0]["rows"].as_array().expect("rows").clone();
    let mut count = 3_000;
    let (record, pages) = loop {
        json["tables"][0]["rows"] = rows
            .iter()
            .cycle()
            .take(count)
            .cloned()
            .collect::<Vec<_>>()
            .into();
        let record = of_json(&json);
        let draft = template.compose(&record).expect("a register");
        let document = Document::open(draft.bytes(), &Limits::DEFAULT).expect("a PDF");
        let pages = document.newest().pages().expect("pages").len();
        if pages >= 100 || count >= 8_000 {
            println!(
                "compose register: {pages} pages, {count} rows, {} bytes",
                draft.bytes().len()
            );
            break (record, pages);
        }
        count += 50;
    };
    let mut group = criterion.benchmark_group(format!("compose register {pages} pages"));
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::try_from(pages).unwrap_or(1)));
    group.bench_function("draft", |bencher| {
        bencher.iter(|| template.compose(black_box(&record)).expect("a register"));
    });
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = templates, certificate, register }
criterion_main!(benches);
