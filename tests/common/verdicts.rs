//! Verdicts of every kind, the same on every run: what reports look like. Ed25519 signs without chance.

use yinxin::limits::Limits;
use yinxin::record::Record;
use yinxin::verify::{Report, Trust, Verifier};

use crate::common::{Office, at, path, pem, read, time};
use crate::forge;

pub struct Verdict {
    pub name: &'static str,
    /// What was judged: a file or the text of a code.
    pub bytes: Vec<u8>,
    pub report: Report,
}

fn office() -> Office {
    Office::with_key("ed25519")
}

/// The residence proof, not a sample.
fn record() -> Record {
    let mut json: serde_json::Value =
        serde_json::from_slice(&read("examples/data/records/residence.json")).unwrap();
    json["sample"] = false.into();
    Record::from_json(json.to_string().as_bytes(), &Limits::DEFAULT).unwrap()
}

/// Few verdicts, whose reports are kept in `test-vectors/reports`.
pub fn kept() -> Vec<Verdict> {
    let office = office();
    let record = record();
    let draft = yinxin::compose::Template::builtin("residence")
        .unwrap()
        .compose(&record)
        .unwrap();
    let sealed = draft.bind(yinxin::payload::Payload::of(&record));
    let sealed = sealed.seal(&office.seal(), &office.signer(), at()).unwrap();
    let text = sealed.code_text().unwrap().to_owned();
    let file = sealed.to_bytes();

    let small = forge::small(&office);
    let painted = small.windows(14).position(|w| w == b"0 0 20 20 re f").unwrap();
    let mut altered = small.clone();
    altered[painted + 5] = b'9';
    let encrypted = read("test-vectors/pdf/encrypted/r3-rc4-128.pdf");

    let pdf = |name, verifier: &Verifier, bytes: &[u8]| Verdict {
        name,
        bytes: bytes.to_vec(),
        report: verifier.verify_pdf(bytes, at()),
    };
    let roots = Verifier::new(Trust::new().roots(pem("root")));
    vec![
        pdf("authentic", &office.verifier(), &file),
        pdf("authentic-without-record", &roots, &small),
        pdf("altered", &office.verifier(), &altered),
        pdf("no-trust", &Verifier::new(Trust::new()), &file),
        pdf("no-list", &roots, &file),
        pdf("no-pdf", &office.verifier(), b"a letter"),
        pdf("encrypted", &office.verifier(), &encrypted),
        Verdict {
            name: "code-alone",
            report: office.verifier().verify_text(&text, at()),
            bytes: text.into_bytes(),
        },
    ]
}

/// Those, and many more that nobody reads one by one: a file with many seals, files cut off, times in the past and the future.
pub fn all() -> Vec<Verdict> {
    let office = office();
    let mut all = kept();
    let whole = all[0].bytes.clone();
    for cut in (0..whole.len()).step_by(whole.len() / 9) {
        let bytes = whole[..cut].to_vec();
        let report = office.verifier().verify_pdf(&bytes, at());
        all.push(Verdict {
            name: "cut",
            bytes,
            report,
        });
    }
    for moment in ["2020-01-01", "2031-05-30", "2031-07-01", "2060-01-01"] {
        let report = office.verifier().verify_pdf(&whole, time(moment));
        all.push(Verdict {
            name: moment,
            bytes: whole.clone(),
            report,
        });
    }
    let bytes = many_seals();
    all.push(Verdict {
        name: "many-seals",
        report: office.verifier().verify_pdf(&bytes, at()),
        bytes,
    });
    let damaged = all.iter().find(|verdict| verdict.name == "code-alone").unwrap();
    let bytes = damaged.bytes[..damaged.bytes.len() / 2].to_vec();
    let text = String::from_utf8(bytes.clone()).unwrap();
    all.push(Verdict {
        name: "code-damaged",
        report: office.verifier().verify_text(&text, at()),
        bytes,
    });
    for folder in ["test-vectors/pdf/encrypted", "test-vectors/pdf/facts"] {
        let mut files: Vec<_> = std::fs::read_dir(path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|file| file.extension().is_some_and(|e| e == "pdf"))
            .collect();
        files.sort();
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let report = office.verifier().verify_pdf(&bytes, at());
            all.push(Verdict {
                name: folder,
                bytes,
                report,
            });
        }
    }
    all
}

/// A page with more seals than a verification record has room for.
pub fn many_seals() -> Vec<u8> {
    let office = office();
    let page = forge::page(600, 800, "0 0 20 20 re f");
    (0..14).fold(page, |file, _| forge::seal(&office, file, None))
}
