//! Sealing breaks no rule of PDF/A that was not broken before: over the files of veraPDF's corpus that pass, and over files
//! made here for what the corpus lacks, which are PDF/A-1 and output intents of every kind.

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/common/corpus.rs"]
mod corpus;

use std::collections::BTreeMap;

use common::Office;
use lopdf::Document;
use oracles::pdfa::{Violation, violations};
use yinxin::draft::Draft;
use yinxin::impression::{Impression, ImpressionError, RoundSeal};
use yinxin::limits::Limits;
use yinxin::payload::Payload;
use yinxin::seal::{Allow, Place, Seal, SealError, Sealed, Sealing};

const SRGB: &[u8] = include_bytes!("../../assets/icc/srgb.icc");
const GREY: &[u8] = include_bytes!("../../assets/icc/grey.icc");

/// An output intent's profile and its number of components.
type Intent<'a> = Option<(&'a [u8], u8)>;

/// The header is all that is looked at: CMYK profiles are large.
fn cmyk() -> Vec<u8> {
    let mut profile = SRGB.to_vec();
    profile[12..20].copy_from_slice(b"prtrCMYK");
    profile
}

/// A page that claims `part` and paints `content`, with an output intent of `profile` (and its components) and `page` entries.
fn archival(claim: (u8, &str), profile: Intent<'_>, page: &str, content: &str) -> Vec<u8> {
    let (part, level) = claim;
    let xmp = format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
         xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" pdfaid:part=\"{part}\" pdfaid:conformance=\"{level}\"/>\
         </rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
    );
    let stream = |entries: &str, data: &[u8]| {
        let head = format!("<< {entries} /Length {} >>\nstream\n", data.len());
        [head.as_bytes(), data, b"\nendstream"].concat()
    };
    let intents = if profile.is_some() {
        "/OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (x) /DestOutputProfile 6 0 R >>]"
    } else {
        ""
    };
    let mut bodies = vec![
        format!("<< /Type /Catalog /Pages 2 0 R /Metadata 5 0 R {intents} >>").into_bytes(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents 4 0 R {page} >>"
        )
        .into_bytes(),
        stream("", content.as_bytes()),
        stream("/Type /Metadata /Subtype /XML", xmp.as_bytes()),
    ];
    if let Some((data, components)) = profile {
        bodies.push(stream(&format!("/N {components}"), data));
    }
    let mut file = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = String::new();
    for (number, body) in (1..).zip(&bodies) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{number} 0 obj\n").bytes());
        file.extend(body);
        file.extend(b"\nendobj\n");
    }
    let (start, size) = (file.len(), bodies.len() + 1);
    file.extend(
        format!(
            "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R /ID [<00><00>] >>\nstartxref\n{start}\n%%EOF\n"
        )
        .bytes(),
    );
    file
}

/// A ring with soft edges: red on nothing (`rgba`), or black on white (`grey`).
fn ring(colour: &str) -> Impression {
    let picture = common::read(&format!("test-vectors/impression/ring-{colour}.png"));
    Impression::png(&picture, 40.0).unwrap()
}

fn impressions() -> [(&'static str, Impression); 3] {
    let round = RoundSeal::new("滨海市人力资源和社会保障局");
    [
        (
            "drawn",
            Impression::round(&round, yinxin::font::bundled()).unwrap(),
        ),
        ("coloured picture", ring("rgba")),
        ("grey picture", ring("grey")),
    ]
}

fn sealing<'a>(office: &Office, draft: &'a Draft) -> Sealing<'a> {
    let at = |x_mm, y_mm| Place { page: 0, x_mm, y_mm };
    draft
        .bind(Payload::of(&office.record("residence")))
        .place_code(at(100.0, 20.0), 60.0)
        .place(at(50.0, 50.0))
}

fn seal(office: &Office, draft: &Draft, impression: &Impression) -> Result<Sealed, SealError> {
    sealing(office, draft).seal(&Seal::new(impression.clone()), &office.signer(), common::at())
}

/// What is wrong with the second file and was not with the first.
fn new_violations(before: &[u8], after: &[u8]) -> Option<Vec<Violation>> {
    let (old, new) = (Document::load_mem(before).ok()?, Document::load_mem(after).ok()?);
    let old = violations(before, &old);
    let mut new = violations(after, &new);
    new.retain(|violation| !old.contains(violation));
    Some(new)
}

#[test]
fn every_part_with_every_output_intent_is_kept_by_every_kind_of_seal() {
    let office = Office::with_key("p256");
    let cmyk = cmyk();
    let group = "/Group << /S /Transparency /CS [/CalRGB << /WhitePoint [0.9505 1 1.089] >>] >>";
    let intents: [(&str, Intent<'_>); 4] = [
        ("no", None),
        ("an RGB", Some((SRGB, 3))),
        ("a CMYK", Some((&cmyk, 4))),
        ("a grey", Some((GREY, 1))),
    ];
    for (claim, named) in [
        ((1, "B"), "PDF/A-1b"),
        ((1, "A"), "PDF/A-1a"),
        ((2, "U"), "PDF/A-2u"),
        ((3, "B"), "PDF/A-3b"),
    ] {
        for (intent, profile) in intents {
            for page in ["", group] {
                if claim.0 == 1 && !page.is_empty() {
                    continue;
                }
                let file = archival(claim, profile, page, "");
                let document = Document::load_mem(&file).unwrap();
                assert_eq!(
                    violations(&file, &document),
                    [],
                    "{named} with {intent} output intent"
                );
                let draft = Draft::open(file.clone(), &Limits::DEFAULT).unwrap();
                for (kind, impression) in impressions() {
                    let what = format!("{named} with {intent} output intent, {kind}, {page}");
                    let sealed = seal(&office, &draft, &impression).unwrap();
                    assert_eq!(
                        sealed.claimed().pdfa.map(|claim| claim.to_string()).as_deref(),
                        Some(named),
                        "{what}"
                    );
                    assert_eq!(sealed.kept(), sealed.claimed(), "{what}");
                    let sealed = sealed.into_bytes();
                    assert_eq!(new_violations(&file, &sealed).unwrap(), [], "{what}");
                    // Blending stays where it is permitted: text under the seal is worth it.
                    let blended = sealed.windows(13).any(|bytes| bytes == b"/BM /Multiply");
                    assert_eq!(
                        blended,
                        claim.0 > 1 && (profile.is_some() || !page.is_empty()),
                        "{what}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_checks_find_what_a_seal_would_break_that_heeds_nothing() {
    // The same page without claim is sealed with blending and device colours; the claim is put in afterwards.
    let office = Office::with_key("p256");
    for (claim, clauses) in [
        ((1, "B"), vec!["6.2.10", "6.2.4.3", "part 1, 6.4"]),
        ((2, "B"), vec!["6.2.10", "6.2.4.3"]),
    ] {
        let file = archival(claim, None, "", "");
        let hidden = swapped(&file, b"pdfaid:part=", b"pdfaid:trap=");
        let draft = Draft::open(hidden, &Limits::DEFAULT).unwrap();
        for (kind, impression) in impressions() {
            let sealed = seal(&office, &draft, &impression).unwrap();
            assert_eq!(sealed.claimed().pdfa, None);
            let sealed = swapped(&sealed.into_bytes(), b"pdfaid:trap=", b"pdfaid:part=");
            let mut found: Vec<&str> = new_violations(&file, &sealed)
                .unwrap()
                .iter()
                .map(|(clause, _)| *clause)
                .collect();
            found.sort_unstable();
            found.dedup();
            assert_eq!(found, clauses, "{claim:?}, {kind}");
        }
    }
}

fn swapped(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = file.windows(from.len()).position(|bytes| bytes == from).unwrap();
    let mut file = file.to_vec();
    file[at..at + from.len()].copy_from_slice(to);
    file
}

#[test]
fn a_page_as_seal_must_be_pdfa_itself_or_its_loss_be_allowed() {
    let office = Office::with_key("p256");
    let red = "1 0 0 rg 0 0 400 400 re f";
    let seal_of = |file: &[u8]| Impression::pdf(file, 40.0).unwrap();
    let same = archival((2, "B"), Some((SRGB, 3)), "", red);
    let plain = swapped(&same, b"pdfaid:part=", b"pdfaid:trap=");
    let first = archival((1, "B"), Some((SRGB, 3)), "", red);
    let target = |claim, profile| Draft::open(archival(claim, profile, "", ""), &Limits::DEFAULT).unwrap();
    let rgb: Intent<'_> = Some((SRGB, 3));
    for (what, document, page, taken) in [
        ("the same part", target((2, "B"), rgb), &same, true),
        (
            "a later part that has but other attachments",
            target((2, "B"), rgb),
            &archival((3, "B"), rgb, "", red),
            true,
        ),
        ("an earlier part", target((3, "B"), rgb), &first, true),
        (
            "a later part that knows transparency",
            target((1, "B"), rgb),
            &same,
            false,
        ),
        ("part 1 on part 1", target((1, "B"), rgb), &first, true),
        ("other colours", target((2, "B"), Some((GREY, 1))), &same, false),
        ("no claim", target((3, "B"), rgb), &plain, false),
    ] {
        let sealed = seal(&office, &document, &seal_of(page));
        match sealed {
            Ok(sealed) => {
                assert!(taken, "{what}");
                assert_eq!(
                    new_violations(document.bytes(), &sealed.into_bytes()).unwrap(),
                    [],
                    "{what}"
                );
            }
            Err(error) => {
                let expected = matches!(error, SealError::Impression(ImpressionError::Conformance { .. }));
                assert!(expected && !taken, "{what}: {error}");
                let seal = Seal::new(seal_of(page));
                let lost = sealing(&office, &document).allow(Allow::PdfaLoss);
                let lost = lost.seal(&seal, &office.signer(), common::at()).unwrap();
                assert!(
                    lost.claimed().pdfa.is_some() && lost.kept().pdfa.is_none(),
                    "{what}"
                );
            }
        }
    }
    // Where nothing is claimed, nothing is asked.
    let free = Draft::open(plain.clone(), &Limits::DEFAULT).unwrap();
    assert!(seal(&office, &free, &seal_of(&plain)).is_ok());
}

#[test]
fn sealing_the_corpus_breaks_no_rule_that_was_kept() {
    let Some(mut files) = corpus::pdfs(&["verapdf/PDF_A-2b", "verapdf/PDF_A-3b"]) else {
        return;
    };
    files.retain(|path| path.to_string_lossy().contains("-pass-"));
    let office = Office::with_key("p256");
    let impressions = impressions();
    let (mut sealed_files, mut refused) = (0, BTreeMap::<String, usize>::new());
    let mut wrong = vec![];
    for (index, path) in files.iter().enumerate() {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let draft = match Draft::open(bytes.clone(), &Limits::DEFAULT) {
            Ok(draft) => draft,
            Err(error) => {
                *refused.entry(error.to_string()).or_default() += 1;
                continue;
            }
        };
        // The first page of the corpus' files is A4 or letter, or a few points wide.
        let (kind, impression) = &impressions[index % impressions.len()];
        let sealing = sealing(&office, &draft)
            .allow(Allow::Overhang)
            .allow(Allow::Overlap);
        let sealed = match sealing.seal(&Seal::new(impression.clone()), &office.signer(), common::at()) {
            Ok(sealed) => sealed,
            Err(error) => {
                *refused.entry(error.to_string()).or_default() += 1;
                continue;
            }
        };
        assert_eq!(sealed.kept().pdfa, sealed.claimed().pdfa, "{name}");
        let claimed = sealed.claimed().pdfa;
        if claimed.is_none() {
            wrong.push(format!("{name}: no claim was found"));
        }
        match new_violations(&bytes, &sealed.into_bytes()) {
            None => *refused.entry("not read by lopdf".to_owned()).or_default() += 1,
            Some(new) if new.is_empty() => sealed_files += 1,
            Some(new) => wrong.push(format!("{name}, {kind}: {new:?}")),
        }
    }
    println!(
        "{} files that pass, {sealed_files} sealed with nothing new; not sealed: {refused:#?}",
        files.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        sealed_files * 100 >= files.len() * 90,
        "{sealed_files} of {}",
        files.len()
    );
}
