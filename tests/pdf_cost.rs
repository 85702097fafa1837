//! What reading costs: memory at most 8 times the file and 64 MiB, time in proportion to the file, whatever the file is.
//!
//! Memory is measured in a process of its own for each file (this test, started again), by the high-water mark the
//! system keeps. Where there is none, the test says so and passes.

use std::env;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use yinxin::limits::Limits;
use yinxin::pdf::{Document, Ref};

/// A file being written, with a table or a stream for its section.
struct File {
    bytes: Vec<u8>,
    offsets: Vec<(u32, usize)>,
}

impl File {
    fn new() -> Self {
        let mut file = Self {
            bytes: b"%PDF-1.7\n".to_vec(),
            offsets: Vec::new(),
        };
        file.object(1, "<</Type/Catalog/Pages 2 0 R>>");
        file.object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        file.object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
        file
    }

    fn object(&mut self, number: u32, body: impl AsRef<[u8]>) {
        self.offsets.push((number, self.bytes.len()));
        self.bytes.extend(format!("{number} 0 obj ").bytes());
        self.bytes.extend_from_slice(body.as_ref());
        self.bytes.extend_from_slice(b" endobj\n");
    }

    fn stream(&mut self, number: u32, entries: &str, data: &[u8]) {
        let mut body = format!("<<{entries}/Length {}>>stream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.object(number, body);
    }

    /// A table of what came since the last one; returns where it stands.
    fn table(&mut self, previous: Option<usize>) -> usize {
        let at = self.bytes.len();
        let mut text = String::from("xref\n0 1\n0000000000 65535 f \n");
        for (number, offset) in std::mem::take(&mut self.offsets) {
            text.push_str(&format!("{number} 1\n{offset:010} 00000 n \n"));
        }
        let previous = previous.map_or(String::new(), |at| format!("/Prev {at}"));
        text.push_str(&format!(
            "trailer<</Size 3000000/Root 1 0 R{previous}>>\nstartxref\n{at}\n%%EOF\n"
        ));
        self.bytes.extend(text.bytes());
        at
    }

    fn done(mut self) -> Vec<u8> {
        self.table(None);
        self.bytes
    }

    /// Closed by a cross-reference stream of what came and of `members` (number, object stream, index).
    fn done_with_stream(mut self, members: &[(u32, u32, u32)]) -> Vec<u8> {
        let at = self.bytes.len();
        let mut rows: Vec<(u32, [u32; 3])> = vec![(0, [0, 0, 0])];
        let offset = |at: usize| u32::try_from(at).unwrap();
        rows.extend(self.offsets.iter().map(|(n, at)| (*n, [1, offset(*at), 0])));
        rows.extend(
            members
                .iter()
                .map(|(n, container, index)| (*n, [2, *container, *index])),
        );
        rows.sort_unstable();
        let index: Vec<String> = rows.iter().map(|(n, _)| format!("{n} 1")).collect();
        let mut data = Vec::new();
        for (_, [kind, second, third]) in rows {
            data.push(u8::try_from(kind).unwrap());
            data.extend(second.to_be_bytes());
            data.extend(third.to_be_bytes());
        }
        let entries = format!(
            "/Type/XRef/Size 3000000/Root 1 0 R/W[1 4 4]/Index[{}]",
            index.join(" ")
        );
        self.stream(2_999_999, &entries, &data);
        self.bytes.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
        self.bytes
    }
}

/// Many small values in one object.
fn dense(value: &str, size: usize) -> Vec<u8> {
    let mut file = File::new();
    file.object(4, format!("[{}]", value.repeat(size / value.len())));
    file.done()
}

fn objects(size: usize) -> Vec<u8> {
    let mut file = File::new();
    for number in 4..u32::try_from(size / 36).unwrap() {
        file.object(number, "1");
    }
    file.done()
}

fn pages(size: usize) -> Vec<u8> {
    let mut file = File::new();
    let count = u32::try_from(size / 120).unwrap();
    let kids: Vec<String> = (0..count).map(|i| format!("{} 0 R", 10 + i)).collect();
    file.object(
        2,
        format!("<</Type/Pages/MediaBox[0 0 9 9]/Kids[{}]>>", kids.join(" ")),
    );
    for number in 10..10 + count {
        file.object(number, "<</Type/Page/Parent 2 0 R/Rotate 0/A/B/C/D/E/F>>");
    }
    file.done()
}

fn revisions(size: usize) -> Vec<u8> {
    let mut file = File::new();
    let mut at = None;
    let count = 900;
    for revision in 0..count {
        for i in 0..u32::try_from(size / count / 40).unwrap() {
            file.object(10 + i * 7 + revision as u32 % 7, "(x)");
        }
        at = Some(file.table(at));
    }
    file.bytes
}

/// Strings that each hold all objects after them.
fn nested(size: usize) -> Vec<u8> {
    let mut file = File::new();
    let count = u32::try_from(size / 40).unwrap();
    for number in 4..count {
        file.offsets.push((number, file.bytes.len()));
        file.bytes.extend(format!("{number} 0 obj (").bytes());
    }
    file.bytes.extend(vec![b')'; count as usize]);
    file.bytes.extend_from_slice(b" endobj\n");
    file.done()
}

/// Object streams that decode to 20 times themselves, each to one object of many small arrays.
fn object_streams(size: usize) -> Vec<u8> {
    let mut file = File::new();
    let count = u32::try_from(size / 60_000).unwrap().max(1);
    let mut members = Vec::new();
    for i in 0..count {
        let number = 10 + 2 * i;
        let mut data = Vec::new();
        let text = format!("{} 0 [", number + 1);
        let first = text.len() - 1;
        data.push(u8::try_from(text.len() - 1).unwrap());
        data.extend(text.bytes());
        // 40 deep, then back: the limit of depth must not end it.
        for _ in 0..14_990 {
            data.extend([217, b'[']);
            data.extend([217, b']']);
        }
        data.extend([0, b']', 128]);
        file.stream(
            number,
            &format!("/Type/ObjStm/N 1/First {first}/Filter/RunLengthDecode"),
            &data,
        );
        members.push((number + 1, number, 0));
    }
    file.done_with_stream(&members)
}

/// A cross-reference stream of many entries in few bytes.
fn listed(size: usize) -> Vec<u8> {
    let mut file = File::new();
    let at = file.bytes.len();
    let data: Vec<u8> = [129, 1].repeat(size / 2);
    let entries = format!(
        "/Type/XRef/Size {}/Root 1 0 R/W[0 1 0]/Filter/RunLengthDecode",
        data.len() / 2 * 128
    );
    file.stream(2_999_999, &entries, &data);
    file.bytes.extend(format!("startxref\n{at}\n%%EOF\n").bytes());
    file.bytes
}

type Make = fn(usize) -> Vec<u8>;

/// What is measured: name, how to make it, and how large in bytes, about.
const FILES: [(&str, Make, usize); 15] = [
    ("digits", |size| dense("1 ", size), 8 << 20),
    ("reals", |size| dense("1. ", size), 8 << 20),
    ("empty arrays", |size| dense("[]", size), 8 << 20),
    ("empty dictionaries", |size| dense("<<>>", size), 8 << 20),
    ("empty strings", |size| dense("()", size), 8 << 20),
    ("strings", |size| dense("(x)", size), 8 << 20),
    ("names", |size| dense("/N", size), 8 << 20),
    (
        "long names",
        |size| dense("/abcdefghijklmnopqrstuvwxyz", size),
        8 << 20,
    ),
    ("small dictionaries", |size| dense("<</A 1>>", size), 8 << 20),
    ("objects", objects, 8 << 20),
    ("pages", pages, 8 << 20),
    ("revisions", revisions, 8 << 20),
    ("nested", nested, 2 << 20),
    ("object streams", object_streams, 1 << 20),
    ("listed", listed, 1 << 19),
];

/// Everything a reader does with a file. What is refused is refused, at whatever point.
fn read(bytes: &[u8]) {
    let Ok(document) = Document::open(bytes, &Limits::DEFAULT) else {
        return;
    };
    let _ = document.audit();
    for (index, revision) in document.revisions().iter().enumerate() {
        let view = document.view(index).expect("a view for every revision");
        for number in revision.entries.numbers() {
            if let Ok(Some(found)) = view.object(Ref::new(number, 0))
                && let Some(stream) = found.object.as_stream()
            {
                let _ = view.decode(stream);
            }
        }
    }
    let pages = document.newest().pages();
    drop(pages);
}

const CHILD: &str = "YINXIN_PDF_COST";

#[test]
fn memory_is_bounded_by_the_size_of_the_file() {
    if let Ok(name) = env::var(CHILD) {
        let (_, make, size) = FILES.iter().find(|(file, ..)| *file == name).expect("a file");
        let bytes = make(*size);
        let before = high_water();
        read(&bytes);
        println!(
            "cost {} {} {}",
            bytes.len(),
            before.unwrap_or(0),
            high_water().unwrap_or(0)
        );
        return;
    }
    if high_water().is_none() {
        println!("skipped: the system keeps no high-water mark of memory");
        return;
    }
    let itself = env::current_exe().expect("the path of this test");
    let mut over = Vec::new();
    for (name, ..) in FILES {
        let output = Command::new(&itself)
            .args([
                "--exact",
                "memory_is_bounded_by_the_size_of_the_file",
                "--nocapture",
            ])
            .env(CHILD, name)
            .output()
            .expect("this test, started again");
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text
            .lines()
            .find_map(|line| line.split_once("cost "))
            .map(|(_, numbers)| numbers);
        let numbers: Vec<u64> = line
            .unwrap_or_else(|| panic!("{name}: {text}{}", String::from_utf8_lossy(&output.stderr)))
            .split(' ')
            .map(|number| number.parse().expect("a number"))
            .collect();
        let [length, before, after] = numbers[..] else {
            panic!("{name}: {text}")
        };
        println!(
            "{name}: {length} bytes, {} MiB before reading, {} MiB at most",
            before >> 20,
            after >> 20
        );
        if after > 8 * length + (64 << 20) {
            over.push(name);
        }
    }
    assert!(over.is_empty(), "{over:?}");
}

/// The most memory this process ever had, in bytes.
fn high_water() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[test]
fn time_is_in_proportion_to_the_size_of_the_file() {
    if env::var(CHILD).is_ok() {
        return;
    }
    let time = |bytes: &[u8]| {
        let runs = (0..3).map(|_| {
            let start = Instant::now();
            read(bytes);
            start.elapsed()
        });
        runs.min().unwrap_or_default()
    };
    let mut slow = Vec::new();
    for (name, make, size) in FILES {
        let (small, large) = (make(size / 16), make(size / 4));
        // A machine under load may stop one of two measurements; what is quadratic is so each time.
        let steep = (0..3).all(|_| {
            let (a, b) = (time(&small), time(&large));
            let steep = b > a * 9 && b > Duration::from_millis(250);
            println!(
                "{name}: {a:?} for {} bytes, {b:?} for {} bytes",
                small.len(),
                large.len()
            );
            steep
        });
        if steep {
            slow.push(name);
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}
