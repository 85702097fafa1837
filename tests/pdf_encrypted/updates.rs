//! Updates of encrypted files: ours read back encrypted, and those that touch the encryption are refused.

use yinxin::pdf::update::{Update, stream_body};
use yinxin::pdf::{AnomalyKind, Object, PdfErrorKind, Ref, View};

use super::judge::{compare, qpdf_json};
use super::{expectations, open, refusal, vector};

/// `file` with an update whose trailer has `entries` besides what it needs.
fn updated(file: &[u8], password: &str, entries: &str, objects: &[(u32, &str)]) -> Vec<u8> {
    let document = open(file, password).unwrap();
    let revision = document.revisions().last().unwrap();
    let root = document.newest().catalog().unwrap().id;
    let mut out = file.to_vec();
    out.push(b'\n');
    let mut table = String::from("xref\n");
    for (number, body) in objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    if objects.is_empty() {
        table.push_str("0 0\n");
    }
    let at = out.len();
    let size = document.newest().next_object_number();
    let previous = revision.startxref;
    out.extend(table.bytes());
    out.extend(
        format!("trailer\n<</Size {size}/Root {root}/Prev {previous}{entries}>>\nstartxref\n{at}\n%%EOF\n")
            .bytes(),
    );
    out
}

fn source(view: &View<'_, '_>, key: &[u8]) -> String {
    let span = view.trailer().entry(key).unwrap().span.clone();
    let start = view.revision().unwrap().trailer_span.start;
    String::from_utf8_lossy(&view.bytes()[start + span.start..start + span.end]).into_owned()
}

#[test]
fn an_update_that_adds_drops_or_changes_encryption_is_refused() {
    let differs = PdfErrorKind::EncryptionDiffers;
    let plain = vector("plain");
    let dictionary = "<</Filter/Standard/V 1/R 2/P -4/O(01234567890123456789012345678901)/U(01234567890123456789012345678901)>>";
    assert_eq!(
        refusal(&updated(&plain, "", &format!("/Encrypt{dictionary}"), &[]), ""),
        differs,
        "added"
    );
    for name in ["r3-rc4-128", "r6-aes-256"] {
        let file = vector(name);
        let document = open(&file, "user").unwrap();
        let view = document.newest();
        let (id, encrypt) = (source(&view, b"ID"), source(&view, b"Encrypt"));
        let number: u32 = encrypt.split(' ').next().unwrap().parse().unwrap();
        let object = view.object(Ref::new(number, 0)).unwrap().unwrap();
        let text = String::from_utf8(object.raw().to_vec()).unwrap();
        let same = format!("/ID{id}/Encrypt {encrypt}");
        let outcome = |entries: &str, objects: &[(u32, &str)]| {
            let file = updated(&file, "user", entries, objects);
            open(&file, "user")
                .map(|d| d.anomalies().to_vec())
                .map_err(|e| e.kind)
        };
        assert_eq!(outcome(&same, &[]), Ok(vec![]), "{name}");
        assert_eq!(
            outcome(&same, &[(number, &text)]),
            Ok(vec![]),
            "{name}: written again as it was"
        );
        assert_eq!(outcome(&format!("/ID{id}"), &[]), Err(differs), "{name}: dropped");
        assert_eq!(
            outcome(&format!("/ID{id}/Encrypt null"), &[]),
            Err(differs),
            "{name}: null"
        );
        assert_eq!(
            outcome(&format!("/ID{id}/Encrypt {dictionary}"), &[]),
            Err(differs),
            "{name}: changed"
        );
        let other = text.replace("/P -4", "/P -8");
        assert_ne!(other, text);
        assert_eq!(
            outcome(&same, &[(number, &other)]),
            Err(differs),
            "{name}: redefined"
        );
        let renewed = outcome(&format!("/ID[<00><00>]/Encrypt {encrypt}"), &[]);
        match name {
            "r3-rc4-128" => assert_eq!(renewed, Err(differs), "the key is made of /ID"),
            _ => assert_eq!(renewed.unwrap()[0].kind, AnomalyKind::IdentifierDiffers),
        }
    }
}

#[test]
fn what_is_appended_reads_back_and_is_not_plain_in_the_file() {
    for expected in expectations() {
        let mut file = vector(&expected.name);
        let old = file.len();
        let document = open(&file, &expected.user).unwrap();
        let append = || {
            let mut update = Update::new(&document);
            let added = update.allocate();
            let body = b"<< /T (needle in clear) /N [(needle in clear) <6E6565646C65>] /E () /S << /Type /Sig /ByteRange [0 1 2 3] /Contents <00ff> >> >>";
            update.put(added, body);
            let stream = update.allocate();
            let entries = b"/Type /Needle /Note (needle in clear) /Next << /Length 7 >> ";
            update.put(stream, stream_body(entries, b"a needle here\n", false));
            let metadata = update.allocate();
            update.put(metadata, stream_body(b"/Type/Metadata", b"xmp", false));
            (added, stream, metadata, update.finish().unwrap())
        };
        let (added, stream, metadata, appended) = append();
        assert_eq!(append().3, appended, "the same input gives the same bytes");
        drop(document);
        file.extend(&appended.bytes);
        assert!(
            !file[old..].windows(6).any(|w| w == b"needle"),
            "{}",
            expected.name
        );
        assert!(
            file[old..].windows(6).any(|w| w == b"<00ff>"),
            "the value of a signature is never encrypted"
        );
        for password in [&expected.owner, &expected.user] {
            let document = open(&file, password).unwrap();
            assert_eq!(document.audit().unwrap(), [], "{}", expected.name);
            let view = document.newest();
            let found = view.object(added).unwrap().unwrap();
            let dictionary = found.dictionary().unwrap();
            let text = |object: Option<&Object>| object.unwrap().as_string().unwrap().bytes.clone();
            assert_eq!(text(dictionary.find(b"T")), b"needle in clear");
            assert_eq!(text(dictionary.find(b"E")), b"");
            let items = dictionary.find(b"N").unwrap().as_array().unwrap();
            assert_eq!(
                (text(items.first()), text(items.get(1))),
                (b"needle in clear".to_vec(), b"needle".to_vec())
            );
            let signature = dictionary.find(b"S").unwrap().as_dictionary().unwrap();
            assert_eq!(text(signature.find(b"Contents")), [0, 0xff]);
            for (id, data) in [(stream, &b"a needle here\n"[..]), (metadata, b"xmp")] {
                let found = view.object(id).unwrap().unwrap();
                assert_eq!(
                    view.decode(found.object.as_stream().unwrap()).unwrap(),
                    data,
                    "{}",
                    expected.name
                );
            }
            let plain_metadata = expected.name.contains("cleartext");
            let found = view.object(metadata).unwrap().unwrap();
            assert_eq!(
                view.data(found.object.as_stream().unwrap()) == b"xmp",
                plain_metadata,
                "{}",
                expected.name
            );
        }
        if let Some(json) = qpdf_json(&file, &expected.user) {
            let mut differences = Vec::new();
            let document = open(&file, &expected.user).unwrap();
            assert!(compare(&document.newest(), &json, &mut differences) >= 10);
            assert_eq!(differences, [""; 0], "{}", expected.name);
        } else {
            eprintln!("skipped: the comparison with qpdf, which cannot be run");
        }
    }
}
