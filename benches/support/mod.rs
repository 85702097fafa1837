//! What the benches share: keys, sample records, a page of 60 KB, and a ratio measured side by side.

#![allow(
    dead_code,
    reason = "each bench is a program of its own and uses a part of this"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::Criterion;
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, SoftwareSigner};
use yinxin::record::Record;
use yinxin::time::Time;

/// Short runs: the numbers are compared within one run, and the machine is often shared.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1200))
        .sample_size(30)
        .configure_from_args()
}

/// The time at which everything is sealed and judged; all test certificates are valid then.
pub fn at() -> Time {
    "2030-06-15T02:00:00Z".parse().expect("a time")
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of this package.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The test certificate `name` of `test-vectors/keys`.
pub fn certificate(name: &str) -> Certificate {
    let pem = read(&format!("test-vectors/keys/{name}.cert.pem"));
    Certificate::from_pem_many(&pem)
        .expect("a test certificate")
        .remove(0)
}

/// The test key `name` with its certificate and the intermediate above it.
pub fn signer(name: &str) -> SoftwareSigner {
    let key = read(&format!("test-vectors/keys/{name}.key.pem"));
    SoftwareSigner::from_pem(&key, vec![certificate(name), certificate("intermediate")]).expect("a test key")
}

/// The sample record that goes with the built-in template `name`.
pub fn record(name: &str) -> Record {
    let json = read(&format!("examples/data/records/{name}.json"));
    Record::from_json(json.as_bytes(), &Limits::DEFAULT).expect("a sample record")
}

/// One A4 page of 60 000 bytes: a line of text and a picture that does not compress. Classic cross-reference table.
pub fn page_of_60_kb() -> Vec<u8> {
    // Padding of three digits, so that its own length does not change the length of `/Length`.
    let missing = 60_000 - page(200).len();
    let page = page(200 + missing);
    assert_eq!(page.len(), 60_000);
    page
}

/// The page with a comment of `padding` bytes in its content.
fn page(padding: usize) -> Vec<u8> {
    const SIDE: usize = 242;
    let mut state = 0x2030_0601_u32;
    let noise: Vec<u8> = (0..SIDE * SIDE)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .collect();
    let content = format!(
        "BT /F 14 Tf 60 780 Td (Result of an approval) Tj ET q 240 0 0 240 60 500 cm /I Do Q %{}",
        "-".repeat(padding)
    );
    let stream = |entries: &str, data: &[u8]| {
        let head = format!("<<{entries}/Length {}>>\nstream\n", data.len());
        [head.as_bytes(), data, b"\nendstream"].concat()
    };
    let picture = format!(
        "/Type/XObject/Subtype/Image/Width {SIDE}/Height {SIDE}/ColorSpace/DeviceGray/BitsPerComponent 8"
    );
    let bodies: [Vec<u8>; 6] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents 4 0 R\
          /Resources<</Font<</F 5 0 R>>/XObject<</I 6 0 R>>>>>>"
            .to_vec(),
        stream("", content.as_bytes()),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
        stream(&picture, &noise),
    ];
    let mut pdf = b"%PDF-1.7\n%\xe5\xe4\xe3\xe2\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", bodies.len() + 1);
    for (number, body) in (1..).zip(&bodies) {
        table.push_str(&format!("{:010} 00000 n \n", pdf.len()));
        pdf.extend(format!("{number} 0 obj\n").bytes());
        pdf.extend_from_slice(body);
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let start = pdf.len();
    let trailer = format!(
        "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n",
        bodies.len() + 1
    );
    pdf.extend(table.bytes().chain(trailer.bytes()));
    pdf
}

/// Times `ours` and `floor` in turn, so that a noisy moment hits both alike, and prints the medians with their ratio; and the
/// same of the fastest tenth, which others on the machine disturbed least. Silent while criterion lists, tests or profiles.
pub fn ratio<A, B>(what: &str, mut ours: impl FnMut() -> A, mut floor: impl FnMut() -> B) {
    if std::env::args().any(|argument| ["--list", "--test", "--profile-time"].contains(&argument.as_str())) {
        return;
    }
    let (mut ours_taken, mut floor_taken) = (vec![], vec![]);
    let begun = Instant::now();
    for round in 0..2_000 {
        let start = Instant::now();
        black_box(ours());
        let middle = Instant::now();
        black_box(floor());
        let end = Instant::now();
        // The first rounds warm caches and tables.
        if round >= 20 {
            ours_taken.push(middle - start);
            floor_taken.push(end - middle);
        }
        if round >= 50 && begun.elapsed() > Duration::from_secs(2) {
            break;
        }
    }
    let [ours, ours_best] = quantiles(&mut ours_taken);
    let [floor, floor_best] = quantiles(&mut floor_taken);
    println!(
        "ratio  {what}: ours {ours:.1} us, floor {floor:.1} us, {:.2} x ({:.0} %); fastest tenth {ours_best:.1} us, \
         {floor_best:.1} us, {:.2} x ({:.0} %)",
        ours / floor,
        100.0 * floor / ours,
        ours_best / floor_best,
        100.0 * floor_best / ours_best
    );
}

/// The median and the tenth percentile, in microseconds.
fn quantiles(taken: &mut [Duration]) -> [f64; 2] {
    taken.sort_unstable();
    let microseconds = |time: &Duration| time.as_secs_f64() * 1e6;
    [taken.len() / 2, taken.len() / 10].map(|place| taken.get(place).map_or(f64::NAN, microseconds))
}
