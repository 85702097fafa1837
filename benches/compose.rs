//! Composing one page with each built-in template and the bundled font, warm: font tables read, subset made.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use yinxin::compose::{BUILTIN, Fonts, Template};

#[path = "support/mod.rs"]
mod support;

fn compose(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compose 1 page");
    for name in BUILTIN {
        let template = Template::builtin(name).expect("a built-in template");
        let template = template.prepare(&Fonts::bundled()).expect("a template");
        let record = support::record(name);
        let length = template.compose(&record).expect("a draft").bytes().len();
        println!("compose 1 page/{name}: {length} bytes");
        group.throughput(Throughput::Elements(1));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| template.compose(black_box(&record)).expect("a draft"));
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = support::criterion(); targets = compose }
criterion_main!(benches);
