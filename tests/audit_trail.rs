//! The audit trail as `docs/FORMAT.md`, clause 10, says: one encoding for each entry, and no other is read.

use yinxin::Limits;
use yinxin::cbor::Value;
use yinxin::crypto::DigestAlgorithm;
use yinxin::payload::StatusReference;
use yinxin::record::Identifier;
use yinxin::register::{
    Action, AuditEntry, AuditError, ENTRY_BYTES, Head, NAME_CHARACTERS, REASON_CHARACTERS, export_trail,
    trail_entries, verify_trail,
};

/// The worked example of `docs/FORMAT.md`, clause 10.
fn example() -> Vec<AuditEntry> {
    let identifier: Identifier = "1.2.156.3005.2.11109900MB2A000628021.11109900MB2A10113K.203000000001.001.C"
        .parse()
        .unwrap_or_else(|error| panic!("{error}"));
    let entry = |sequence, action, previous| AuditEntry {
        sequence,
        at: "2030-06-01T01:00:00Z".parse().unwrap(),
        actor: "窗口 03".into(),
        action,
        identifier: identifier.clone(),
        previous,
    };
    let status = StatusReference::new("https://zt.binhai.example/s/1", 5).unwrap();
    let reserved = Action::Reserved {
        key: "办件 1".into(),
        replaces: None,
        status: Some(status),
    };
    let first = entry(1, reserved, [0; 32]);
    let issued = Action::Issued {
        digest: sha256(b"abc"),
    };
    let second = entry(2, issued, sha256(&first.to_bytes()));
    vec![first, second]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn worked_example_is_as_the_format_says() {
    let format = include_str!("../docs/FORMAT.md");
    let clause = format
        .split("\n## ")
        .find(|clause| clause.starts_with("10 "))
        .unwrap();
    let blocks: Vec<String> = clause
        .split("```")
        .skip(1)
        .step_by(2)
        .map(|block| block.trim_start_matches("text").split_whitespace().collect())
        .collect();
    let entries = example();
    let made: Vec<String> = entries.iter().map(|entry| hex(&entry.to_bytes())).collect();
    assert_eq!(blocks, made);
    let bytes: Vec<Vec<u8>> = entries.iter().map(AuditEntry::to_bytes).collect();
    let head = verify_trail(
        &export_trail(bytes.iter().map(Vec::as_slice)),
        None,
        &Limits::DEFAULT,
    )
    .unwrap();
    assert!(clause.contains(&format!("`{head}`")), "{head}");
}

#[test]
fn every_action_comes_back() {
    let first = example().remove(0);
    let reason = "理由".repeat(REASON_CHARACTERS / 2);
    let replaces = Some(first.identifier.clone());
    for action in [
        first.action.clone(),
        Action::Reserved {
            key: "k".repeat(NAME_CHARACTERS),
            replaces,
            status: None,
        },
        Action::Issued { digest: [1; 32] },
        Action::Voided {
            reason: reason.clone(),
        },
        Action::SetAside {
            digest: [255; 32],
            reason,
        },
    ] {
        let entry = AuditEntry {
            action,
            ..first.clone()
        };
        let bytes = entry.to_bytes();
        assert!(bytes.len() <= ENTRY_BYTES);
        assert_eq!(AuditEntry::from_bytes(&bytes, &Limits::DEFAULT), Ok(entry));
    }
}

#[test]
fn members_too_many_or_of_another_action_are_refused() {
    let issued = example().remove(1);
    let value = Value::decode(&issued.to_bytes(), &Limits::DEFAULT).unwrap();
    let pairs = value.as_map().unwrap().to_vec();
    for (key, value) in [
        (11, Value::text("理由")),
        (12, Value::Null),
        (7, Value::text("k")),
    ] {
        let mut more = pairs.clone();
        more.push((Value::Unsigned(key), value));
        let read = AuditEntry::from_bytes(&Value::Map(more).encode(), &Limits::DEFAULT);
        assert!(matches!(read, Err(AuditError::Member(_))), "{key}: {read:?}");
    }
    for at in 0..pairs.len() {
        let mut fewer = pairs.clone();
        fewer.remove(at);
        let read = AuditEntry::from_bytes(&Value::Map(fewer).encode(), &Limits::DEFAULT);
        assert!(matches!(read, Err(AuditError::Member(_))), "{at}: {read:?}");
    }
    let long = vec![0; ENTRY_BYTES + 1];
    assert_eq!(
        AuditEntry::from_bytes(&long, &Limits::DEFAULT),
        Err(AuditError::Long)
    );
}

#[test]
fn exported_trail_cut_anywhere_is_not_the_anchors() {
    let bytes: Vec<Vec<u8>> = example().iter().map(AuditEntry::to_bytes).collect();
    let trail = export_trail(bytes.iter().map(Vec::as_slice));
    let head = verify_trail(&trail, None, &Limits::DEFAULT).unwrap();
    for length in 0..trail.len() {
        let error = verify_trail(&trail[..length], Some(&head), &Limits::DEFAULT).unwrap_err();
        assert!(
            matches!(error, AuditError::Cut | AuditError::Short { .. }),
            "{length}: {error}"
        );
    }
    // The anchor may be older than the trail.
    let older = Head {
        sequence: 1,
        hash: sha256(&bytes[0]),
    };
    assert_eq!(verify_trail(&trail, Some(&older), &Limits::DEFAULT), Ok(head));
}

/// One by one they are what was exported; after an error there is no further one.
#[test]
fn exported_entries_come_back_until_the_cut() {
    let entries: Vec<Vec<u8>> = example().iter().map(AuditEntry::to_bytes).collect();
    let trail = export_trail(entries.iter().map(Vec::as_slice));
    let second = 4 + entries[0].len();
    for end in 0..=trail.len() {
        let read: Vec<Result<&[u8], AuditError>> = trail_entries(&trail[..end]).collect();
        let whole: Vec<&[u8]> = read.iter().flatten().copied().collect();
        let expected = [0, second, trail.len()].iter().rposition(|&start| start <= end);
        assert_eq!(whole, entries[..expected.unwrap()], "{end}");
        let cut = ![0, second, trail.len()].contains(&end);
        assert_eq!(read.last() == Some(&Err(AuditError::Cut)), cut, "{end}");
        assert_eq!(read.len(), whole.len() + usize::from(cut), "{end}");
    }
}

#[test]
fn head_has_one_text() {
    let head = Head {
        sequence: 7,
        hash: [0xab; 32],
    };
    let text = head.to_string();
    assert_eq!(text.parse(), Ok(head));
    for other in [
        text.to_uppercase(),
        format!("0{text}"),
        format!("+{text}"),
        text.replace(' ', "  "),
        text[..text.len() - 2].into(),
        format!("{text}ab"),
        String::new(),
        "7 é".into(),
    ] {
        assert_eq!(other.parse::<Head>(), Err(AuditError::Head), "{other}");
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    DigestAlgorithm::Sha256.digest(bytes).try_into().unwrap()
}
