//! Opening and auditing PDFs: 200,000 objects in each form of section, a file of 5 MB, and one of 500 MB of which only
//! the section is read. Beside them what the same bytes cost at least: counting the lines of the table, inflating the
//! stream, SHA-256 of the file.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use yinxin::crypto::{DigestAlgorithm, Hasher};
use yinxin::limits::Limits;
use yinxin::pdf::{Document, Ref};

#[path = "support/mod.rs"]
mod support;

const OBJECTS: u32 = 200_000;

/// How objects stand in the file and who lists them.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Table,
    Stream,
    ObjectStreams,
}

/// A PDF, and its cross-reference section as it stands in it.
struct File {
    bytes: Vec<u8>,
    section: Vec<u8>,
}

fn body(number: u32) -> String {
    match number {
        1 => "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        2 => "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        3 => "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>".to_owned(),
        _ => format!("<</Type/Annot/Rect[{number} 0 20 30.5]/P 3 0 R>>"),
    }
}

fn objects(form: Form) -> File {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    // Type, second and third field of each number from 0.
    let mut rows: Vec<(u8, u32, u16)> = vec![(0, 0, u16::MAX)];
    let at = |bytes: &[u8]| u32::try_from(bytes.len()).expect("a small file");
    if form == Form::ObjectStreams {
        let mut containers = Vec::new();
        for (container, first) in (OBJECTS + 1..).zip((1..=OBJECTS).step_by(100)) {
            let (mut pairs, mut data) = (String::new(), String::new());
            for number in first..(first + 100).min(OBJECTS + 1) {
                pairs.push_str(&format!("{number} {} ", data.len()));
                data.push_str(&body(number));
                data.push('\n');
                rows.push((2, container, u16::try_from(number - first).expect("at most 100")));
            }
            let packed = compress_to_vec_zlib(format!("{pairs}{data}").as_bytes(), 6);
            containers.push((1, at(&bytes), 0));
            let count = data.lines().count();
            let head = format!("/Type/ObjStm/N {count}/First {}/Filter/FlateDecode", pairs.len());
            put_stream(&mut bytes, container, &head, &packed);
        }
        rows.extend(containers);
    } else {
        for number in 1..=OBJECTS {
            rows.push((1, at(&bytes), 0));
            bytes.extend(format!("{number} 0 obj\n{}\nendobj\n", body(number)).bytes());
        }
    }
    let start = bytes.len();
    let section = if form == Form::Table {
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", rows.len()).into_bytes();
        for (_, offset, _) in &rows[1..] {
            table.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        bytes.extend_from_slice(&table);
        bytes.extend(format!("trailer\n<</Size {}/Root 1 0 R>>\n", rows.len()).bytes());
        table
    } else {
        rows.push((1, at(&bytes), 0));
        let size = rows.len();
        let mut before = [0; 7];
        let mut data = Vec::new();
        for (kind, second, third) in rows {
            let ([a, b, c, d], [e, f]) = (second.to_be_bytes(), third.to_be_bytes());
            let row = [kind, a, b, c, d, e, f];
            // Predictor 12: each row but for its difference from the one above.
            data.push(2);
            data.extend(row.iter().zip(before).map(|(now, above)| now.wrapping_sub(above)));
            before = row;
        }
        let packed = compress_to_vec_zlib(&data, 6);
        let head = format!(
            "/Type/XRef/Size {size}/Root 1 0 R/W[1 4 2]/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 7>>"
        );
        put_stream(
            &mut bytes,
            u32::try_from(size - 1).expect("a small file"),
            &head,
            &packed,
        );
        packed
    };
    bytes.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
    File { bytes, section }
}

fn put_stream(bytes: &mut Vec<u8>, number: u32, entries: &str, data: &[u8]) {
    bytes.extend(format!("{number} 0 obj\n<<{entries}/Length {}>>stream\n", data.len()).bytes());
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(b"\nendstream\nendobj\n");
}

/// A file of `count` streams of `size` bytes each, all zero: memory that is not looked at is not even there.
fn streams(count: usize, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; (size + 100) * count + 40 * count + 400];
    let mut end = 0;
    let mut offsets = Vec::new();
    let mut put = |at: usize, text: String| {
        bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
        at + text.len()
    };
    end = put(end, "%PDF-1.7\n".to_owned());
    for number in 1..4 {
        offsets.push(end);
        end = put(end, format!("{number} 0 obj\n{}\nendobj\n", body(number)));
    }
    for number in 4..4 + count {
        offsets.push(end);
        end = put(end, format!("{number} 0 obj\n<</Length {size}>>stream\n")) + size;
        end = put(end, "\nendstream\nendobj\n".to_owned());
    }
    let start = end;
    end = put(
        end,
        format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1),
    );
    for offset in &offsets {
        end = put(end, format!("{offset:010} 00000 n \n"));
    }
    let size = offsets.len() + 1;
    end = put(
        end,
        format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"),
    );
    bytes.truncate(end);
    bytes
}

fn open(bytes: &[u8]) -> Document<'_> {
    Document::open(black_box(bytes), &Limits::DEFAULT).expect("a file of this bench")
}

fn many_objects(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("200,000 objects");
    group.sample_size(10);
    for (name, form) in [
        ("table", Form::Table),
        ("stream", Form::Stream),
        ("object streams", Form::ObjectStreams),
    ] {
        let file = objects(form);
        group.throughput(Throughput::Elements(u64::from(OBJECTS)));
        group.bench_function(BenchmarkId::new("open", name), |bencher| {
            bencher.iter(|| open(&file.bytes).revisions().len());
        });
        group.bench_function(BenchmarkId::new("raw section", name), |bencher| {
            if form == Form::Table {
                bencher.iter(|| black_box(&file.section).iter().filter(|b| **b == b'\n').count());
            } else {
                bencher.iter(|| {
                    decompress_to_vec_zlib(black_box(&file.section))
                        .expect("our own data")
                        .len()
                });
            }
        });
        group.bench_function(BenchmarkId::new("open and read all", name), |bencher| {
            bencher.iter(|| {
                let document = open(&file.bytes);
                let view = document.newest();
                let found =
                    (1..=OBJECTS).filter(|number| matches!(view.object(Ref::new(*number, 0)), Ok(Some(_))));
                assert_eq!(found.count(), OBJECTS as usize);
            });
        });
        group.bench_function(BenchmarkId::new("open and audit", name), |bencher| {
            bencher.iter(|| assert_eq!(open(&file.bytes).audit(), Ok(vec![])));
        });
        group.bench_function(BenchmarkId::new("sha-256 of the file", name), |bencher| {
            bencher.iter(|| digest(&file.bytes));
        });
    }
    group.finish();
}

fn large_files(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("streams");
    group.sample_size(10);
    let file = streams(1000, 5000);
    group.bench_function("open 5 MB", |bencher| {
        bencher.iter(|| open(&file).revisions().len())
    });
    group.bench_function("open and audit 5 MB", |bencher| {
        bencher.iter(|| assert_eq!(open(&file).audit(), Ok(vec![])));
    });
    group.bench_function("sha-256 of 5 MB", |bencher| bencher.iter(|| digest(&file)));
    let file = streams(1000, 500_000);
    group.bench_function("open 500 MB", |bencher| {
        bencher.iter(|| open(&file).revisions().len())
    });
    group.bench_function("open and audit 500 MB", |bencher| {
        bencher.iter(|| assert_eq!(open(&file).audit(), Ok(vec![])));
    });
    group.finish();
}

fn digest(bytes: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    hasher.update(black_box(bytes));
    hasher.finish()
}

criterion_group! { name = benches; config = support::criterion(); targets = many_objects, large_files }
criterion_main!(benches);
