//! What `stamp verify` is told of revocation and of time stamps: `--evidence`, `--require-revocation`, `--time-stamp-roots`.

use super::{demo, folder, shown, stamp, status, text};

/// `stamp verify` of a level of the demo, soon after it was made.
fn verify(level: &str, options: &[&str]) -> (i32, String) {
    let demo = &demo().0;
    let file = demo.join(format!("levels/{level}.pdf"));
    let at = std::fs::read_to_string(demo.join(format!("levels/{level}.at"))).unwrap();
    let root = demo.join("trust/levels-root.pem");
    let always = ["verify", shown(&file), "--trust", shown(&root), "--at", at.trim()];
    let output = stamp(&[&always, options].concat());
    (status(&output), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn evidence_is_insisted_on_if_asked_for() {
    assert_eq!(verify("b-b", &[]).0, 0);
    let (status, said) = verify("b-b", &["--require-revocation"]);
    assert!(status == 2 && said.contains("revocation.unknown"), "{said}");
    let (status, said) = verify("b-lt", &["--require-revocation"]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn only_the_roots_of_time_stamps_say_what_time_it_was() {
    let stranger = demo().0.join("trust/root.pem");
    let (status, said) = verify("b-lta", &["--time-stamp-roots", shown(&stranger)]);
    assert!(status == 0 && said.contains("timestamp.untrusted"), "{said}");
    let (status, said) = verify("b-lta", &[]);
    assert!(status == 0 && !said.contains("timestamp.untrusted"), "{said}");
}

#[test]
fn what_is_no_evidence_is_refused_with_the_remedy() {
    let folder = folder("evidence");
    std::fs::create_dir_all(&folder).unwrap();
    let (text, noise) = (folder.join("list.pem"), folder.join("noise"));
    std::fs::write(&text, "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n").unwrap();
    std::fs::write(&noise, [7; 40]).unwrap();
    let (status, said) = verify("b-b", &["--evidence", shown(&text)]);
    assert!(status == 3 && said.contains("openssl crl"), "{said}");
    let (status, said) = verify("b-b", &["--evidence", shown(&noise)]);
    assert!(
        status == 3 && said.contains("neither a revocation list nor"),
        "{said}"
    );
}
