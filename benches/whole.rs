//! A whole code, warm: from its text to the verdict, beside what must be done in any case: composing the page and verifying the
//! sealed file.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use yinxin::compose::{Fonts, Template};
use yinxin::impression::{Impression, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::{TextForm, Whole, decode_text};
use yinxin::pki::SoftwareSigner;
use yinxin::seal::Seal;
use yinxin::symbol::{Level, Symbol};
use yinxin::verify::{Outcome, Trust, Verifier};
use yinxin::whole::Rebuilder;

#[path = "support/mod.rs"]
mod support;

const NAMES: [&str; 5] = [
    "social-insurance",
    "residence",
    "lease-filing",
    "employment",
    "food-licence",
];

fn whole(criterion: &mut Criterion) {
    let limits = Limits::DEFAULT;
    let key = support::read("test-vectors/keys/p256.key.pem");
    let signer = SoftwareSigner::from_pem(&key, vec![support::certificate("p256")]).expect("a test key");
    let verifier = Verifier::new(
        Trust::new()
            .roots([support::certificate("root")])
            .certificates([support::certificate("intermediate"), support::certificate("p256")]),
    )
    .rebuilder(Rebuilder::builtin());
    let at = support::at();
    let mut group = criterion.benchmark_group("whole");
    for name in NAMES {
        let record = support::record(name);
        let template = Template::builtin(name).expect("a built-in template");
        let template = template.prepare(&Fonts::bundled()).expect("a template");
        let look = RoundSeal::new(&record.issuer().name).with_legend("样章 TEST");
        let seal = Seal::new(Impression::round(&look, yinxin::font::bundled()).expect("a seal"));
        let draft = template.compose(&record).expect("a draft");
        let sealed = draft
            .without_code()
            .seal(&seal, &signer, at)
            .expect("a sealed file");
        let file = sealed.to_bytes();
        let whole = Whole::of(&sealed, &record, &template, &seal).expect("a whole code");
        let text = whole.text(&TextForm::Compact).expect("a text");
        let object = decode_text(&text, &limits).expect("an object");
        println!(
            "whole/{name}: file {} bytes, object {} bytes, {} characters, version {}",
            file.len(),
            object.len(),
            text.len(),
            Symbol::of_text(&text, Level::M).expect("a symbol").version()
        );
        let report = verifier.verify_text(&text, at);
        assert_eq!(report.outcome, Outcome::Authentic);
        assert!(report.rebuilt() == Some(&file));

        group.bench_function(format!("{name}: issue"), |bencher| {
            bencher.iter(|| Whole::of(black_box(&sealed), &record, &template, &seal).expect("a whole code"));
        });
        group.bench_function(format!("{name}: text to verdict"), |bencher| {
            bencher.iter(|| verifier.verify_text(black_box(&text), at));
        });
        support::ratio(
            &format!("{name}: text to verdict, over composing and verifying the file"),
            || verifier.verify_text(&text, at),
            || {
                let draft = template.compose(&record).expect("a draft");
                (draft, verifier.verify_pdf(&file, at))
            },
        );
        support::ratio(
            &format!("{name}: composing, over verifying the file"),
            || template.compose(&record).expect("a draft"),
            || verifier.verify_pdf(&file, at),
        );
        support::ratio(
            &format!("{name}: drawing the impression, which is kept, over verifying the file"),
            || Impression::round(&look, yinxin::font::bundled()).expect("a seal"),
            || verifier.verify_pdf(&file, at),
        );
    }
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = whole }
criterion_main!(benches);
