//! `stamp authority`: a list from a readable file to one that enough roots have signed, and what a verifier that remembers makes of it.

use std::path::{Path, PathBuf};

use super::issuing::{keys, with};
use super::{data, example, folder, json_lines, shown, stamp, status, text};

const AT: &str = "2030-06-05T00:00:00Z";

/// Three keepers with a root each, a department, and a result that it sealed.
struct Region {
    dir: PathBuf,
    keepers: Vec<PathBuf>,
    result: PathBuf,
}

impl Region {
    fn new(name: &str) -> Self {
        let dir = folder(name);
        let made: Vec<_> = ["a", "b", "c"]
            .map(|keeper| keys(&format!("{name}-{keeper}"), &[]))
            .into();
        let result = dir.join("result.pdf");
        let record = data("records/employment.json");
        let issue = [
            "issue",
            "--record",
            shown(&record),
            "--template",
            "employment",
            "--out",
            shown(&result),
        ];
        let issued = with(&made[0].1, &[&issue[..], &["--at", "2030-06-02"]].concat());
        assert_eq!(status(&issued), 0, "{}", text(&issued.stderr));
        let keepers = made.into_iter().map(|(keeper, _)| keeper).collect();
        Self { dir, keepers, result }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Builds `name` from a text, to be signed.
    fn build(&self, name: &str, toml: &str, more: &[&str]) -> PathBuf {
        let (source, out) = (self.path(&format!("{name}.toml")), self.path(name));
        std::fs::write(&source, toml).expect("source");
        let built = ["authority", "build", shown(&source), "--out", shown(&out)];
        let built = stamp(&[&built[..], more].concat());
        assert_eq!(status(&built), 0, "{}", text(&built.stderr));
        out
    }

    /// The options of a keeper's key.
    fn sign(&self, file: &Path, keeper: usize, more: &[&str]) -> std::process::Output {
        let (key, chain) = (
            self.keepers[keeper].join("root.key.pem"),
            self.keepers[keeper].join("root.pem"),
        );
        let sign = [
            "authority",
            "sign",
            shown(file),
            "--key",
            shown(&key),
            "--chain",
            shown(&chain),
        ];
        stamp(&[&sign[..], more].concat())
    }

    fn signed(&self, name: &str, toml: &str, keepers: &[usize], more: &[&str]) -> PathBuf {
        let file = self.build(name, toml, more);
        for keeper in keepers {
            let signed = self.sign(&file, *keeper, &[]);
            assert_eq!(status(&signed), 0, "{}", text(&signed.stderr));
        }
        file
    }

    /// Two of three of these keepers.
    fn roots(&self, version: u64, keepers: [usize; 3]) -> String {
        let mut toml = format!("name = \"滨海市授权名录\"\nversion = {version}\nthreshold = 2\n");
        for keeper in keepers {
            toml += &format!(
                "[[roots]]\nfile = \"{}\"\n",
                shown(&self.keepers[keeper].join("root.pem"))
            );
        }
        toml
    }

    /// List `sequence`, signed by set `roots`, after the list of that digest; `history` is that of the department's certificate.
    fn list(&self, sequence: u64, roots: u64, previous: Option<&str>, history: &str) -> String {
        // A chain, as `stamp keys` writes it: the first certificate is the department's.
        std::fs::copy(self.keepers[0].join("seal.pem"), self.path("seal.pem")).expect("certificates");
        let previous = previous.map_or(String::new(), |digest| format!("previous = \"{digest}\"\n"));
        format!(
            "name = \"滨海市授权名录\"\nroots = {roots}\nsequence = {sequence}\nissued = \"2030-06-0{sequence}T00:00:00Z\"\n\
             next_update = \"2030-07-01T00:00:00Z\"\nexpires = \"2030-09-01T00:00:00Z\"\n{previous}\n\
             [[issuers]]\nname = \"滨海市人力资源和社会保障局\"\ncode = \"11109900MB2A100330\"\ntypes = [\"11109900MB2A000628*\"]\n\
             [[issuers.certificates]]\nfile = \"seal.pem\"\nfrom = \"2030-01-01T00:00:00Z\"\nuntil = \"2032-01-01T00:00:00Z\"\n{history}\n"
        )
    }

    fn verify(&self, trust: &[&Path], at: &str, more: &[&str]) -> std::process::Output {
        let mut arguments = vec!["verify", shown(&self.result), "--at", at, "--json"];
        for path in trust {
            arguments.extend(["--trust", shown(path)]);
        }
        arguments.extend(more);
        stamp(&arguments)
    }
}

/// The digest that the next list names.
fn digest(list: &Path) -> String {
    let said = text(&stamp(&["authority", "show", shown(list)]).stdout);
    let line = said
        .lines()
        .rfind(|line| line.starts_with("  SHA-256 "))
        .expect("a digest");
    line.trim_start_matches("  SHA-256 ").to_owned()
}

fn leading(output: &std::process::Output) -> String {
    json_lines(output)[0]["findings"][0]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn list_takes_two_of_three_roots_and_a_state_keeps_it_from_going_back() {
    let region = Region::new("authority-two");
    let roots = region.signed("roots.cbor", &region.roots(1, [0, 1, 2]), &[0, 1], &[]);
    let list = region.build("list-1.cbor", &region.list(1, 1, None, ""), &[]);
    let (by_a, by_b) = (region.path("by-a.cbor"), region.path("by-b.cbor"));
    for (keeper, out) in [(0, &by_a), (2, &by_b)] {
        assert_eq!(status(&region.sign(&list, keeper, &["--out", shown(out)])), 0);
    }
    let few = region.verify(&[&roots, &by_a], AT, &[]);
    assert_eq!(status(&few), 3, "one root is not enough");
    assert!(text(&few.stderr).contains("by-a.cbor"), "{}", text(&few.stderr));
    let merged = stamp(&[
        "authority",
        "merge",
        shown(&by_a),
        "--with",
        shown(&by_b),
        "--out",
        shown(&list),
    ]);
    assert_eq!(status(&merged), 0, "{}", text(&merged.stderr));
    assert!(
        text(&merged.stdout).contains("2 signatures"),
        "{}",
        text(&merged.stdout)
    );
    let said = text(&stamp(&["authority", "show", shown(&list)]).stdout);
    for part in [
        "nothing is verified",
        "no. 序号 1",
        "滨海市人力资源和社会保障局",
        "11109900MB2A000628*",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }

    let state = region.path("state");
    let remember = ["--state", shown(&state)];
    let good = region.verify(&[&roots, &list], AT, &remember);
    assert_eq!(status(&good), 0, "{}{}", text(&good.stderr), text(&good.stdout));
    assert!(state.is_file());

    // The next list revokes the certificate from before the result was sealed.
    let revoked = "history = [{ from = \"2030-06-01T12:00:00Z\", standing = \"revoked\", reason = \"key-compromise\" }]";
    let next = region.signed(
        "list-2.cbor",
        &region.list(2, 1, Some(&digest(&list)), revoked),
        &[1, 2],
        &[],
    );
    let differ = |old: &Path, new: &Path| stamp(&["authority", "diff", shown(old), shown(new)]);
    let forward = differ(&list, &next);
    assert_eq!(status(&forward), 0, "{}", text(&forward.stdout));
    assert!(
        text(&forward.stdout).contains("restricts: "),
        "{}",
        text(&forward.stdout)
    );
    let back = differ(&next, &list);
    assert_eq!(status(&back), 1);
    assert!(text(&back.stdout).contains("FORBIDDEN: ") && text(&back.stdout).contains("不允许："));
    assert_eq!(
        status(&region.verify(&[&roots, &next], AT, &remember)),
        1,
        "the certificate was revoked"
    );

    // Whoever brings the first list again does not get by the revocation.
    let old = region.verify(&[&roots, &list], AT, &remember);
    assert_eq!((status(&old), leading(&old).as_str()), (2, "authority.rollback"));
    assert_eq!(
        status(&region.verify(&[&roots, &list], AT, &[])),
        0,
        "without a state nobody remembers"
    );
    let early = region.verify(&[&roots, &next], "2030-06-04T00:00:00Z", &remember);
    assert_eq!(
        (status(&early), leading(&early).as_str()),
        (2, "authority.clock-set-back")
    );
}

#[test]
fn roots_change_by_the_old_and_the_new() {
    let mut region = Region::new("authority-rotation");
    let (fourth, _) = keys("authority-rotation-d", &[]);
    region.keepers.push(fourth);
    let roots = region.signed("roots-1.cbor", &region.roots(1, [0, 1, 2]), &[0, 1], &[]);
    let second = region.signed("roots-2.cbor", &region.roots(2, [1, 2, 3]), &[1, 2], &[]);
    let toml = region.list(1, 2, None, "");
    let list = region.signed("list.cbor", &toml, &[2, 3], &["--rotation", shown(&second)]);
    let good = region.verify(&[&roots, &list], AT, &[]);
    assert_eq!(status(&good), 0, "{}{}", text(&good.stderr), text(&good.stdout));
    let alone = region.signed("alone.cbor", &toml, &[2, 3], &[]);
    let lost = region.verify(&[&roots, &alone], AT, &[]);
    assert_eq!(status(&lost), 3, "nothing leads from the pinned roots to these");
    assert!(
        text(&lost.stderr).contains("get the roots anew"),
        "{}",
        text(&lost.stderr)
    );
    // New roots that the old did not sign are a stranger's.
    let strange = region.signed("strange.cbor", &region.roots(2, [1, 2, 3]), &[1, 3], &[]);
    let list = region.signed("led.cbor", &toml, &[2, 3], &["--rotation", shown(&strange)]);
    assert_eq!(status(&region.verify(&[&roots, &list], AT, &[])), 3);
}

#[test]
fn keeper_is_told_what_is_wrong_with_which_file() {
    let region = Region::new("authority-wrong");
    let one = region.build("one.cbor", &region.list(1, 1, None, ""), &[]);
    let two = region.build("two.cbor", &region.list(2, 1, Some(&digest(&one)), ""), &[]);
    let merged = stamp(&["authority", "merge", shown(&one), "--with", shown(&two)]);
    assert_eq!(status(&merged), 3);
    let said = text(&merged.stderr);
    assert!(
        said.contains("one.cbor") && said.contains("two.cbor") && said.contains("only copies of one list"),
        "{said}"
    );
    let refused = |toml: String, wanted: &str| {
        let (source, out) = (region.path("wrong.toml"), region.path("wrong.cbor"));
        std::fs::write(&source, toml).expect("source");
        let built = stamp(&["authority", "build", shown(&source), "--out", shown(&out)]);
        let said = text(&built.stderr);
        assert_eq!(status(&built), 3, "{said}");
        assert!(
            said.contains("wrong.toml") && said.contains(wanted),
            "{wanted} in {said}"
        );
        assert!(!out.exists(), "nothing is written of it");
    };
    let good = region.list(1, 1, None, "");
    refused(good.replace("sequence = 1", "sequenz = 1"), "sequenz");
    refused(
        good.replace("11109900MB2A100330", "11109900MB2A100331"),
        "check character",
    );
    refused(good.replace("2030-09-01", "2030-06-20"), "expires");
    std::fs::write(region.path("empty.pem"), "no certificate").expect("file");
    let wrong = region.path("empty.toml");
    std::fs::write(&wrong, good.replace("seal.pem", "empty.pem")).expect("source");
    let built = stamp(&["authority", "build", shown(&wrong), "--out", shown(&one)]);
    let said = text(&built.stderr);
    assert!(said.contains("empty.pem: "), "{said}");
    // A reviewer of roots looks at them one by one; a signature by anybody else spoils a list, and which it is is said.
    let roots = region.signed("roots.cbor", &region.roots(1, [0, 1, 2]), &[0, 1], &[]);
    let shows = text(&stamp(&["authority", "show", shown(&roots)]).stdout);
    assert_eq!(shows.matches("    CN=").count(), 3, "{shows}");
    let compared = text(&stamp(&["authority", "diff", shown(&roots), shown(&roots)]).stderr);
    assert!(compared.contains("is a set of roots"), "{compared}");
    let (stranger, _) = keys("authority-wrong-d", &[]);
    let mut region = region;
    region.keepers.push(stranger);
    let list = region.signed("list.cbor", &good, &[0, 1, 3], &[]);
    let spoilt = region.verify(&[&roots, &list], AT, &[]);
    assert_eq!(status(&spoilt), 3);
    let said = text(&spoilt.stderr);
    assert!(
        said.contains("a key that is not one of the roots trusted"),
        "{said}"
    );
    let missing = stamp(&["authority", "show", shown(&region.path("missing.cbor"))]);
    assert_eq!(status(&missing), 3);
    assert!(
        text(&missing.stderr).contains("missing.cbor: cannot be opened"),
        "{}",
        text(&missing.stderr)
    );
    let pdf = stamp(&["authority", "show", shown(&region.result)]);
    assert_eq!(status(&pdf), 3, "a PDF is no list");
}

/// Two windows of one counter: whoever is slower must not write back what it read before the other saw the newer list.
#[cfg(unix)]
#[test]
fn windows_that_share_a_state_never_forget_the_newest_list() {
    let region = Region::new("authority-shared");
    let root = region.keepers[0].join("root.pem");
    let old = region.signed("list-1.cbor", &region.list(1, 1, None, ""), &[0], &[]);
    let text = region.list(2, 1, Some(&digest(&old)), "");
    let new = region.signed("list-2.cbor", &text, &[0], &[]);
    let state = region.path("state");
    let window = |list: &Path| {
        std::process::Command::new(example("stamp"))
            .args([
                "verify",
                shown(&region.result),
                "--at",
                AT,
                "--trust",
                shown(list),
            ])
            .args(["--trust", shown(&root), "--state", shown(&state)])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("stamp runs")
    };
    for round in 0..12 {
        let _ = std::fs::remove_file(&state);
        let mut windows = [&old, &new, &old, &new].map(|list| window(list));
        for window in &mut windows {
            window.wait().expect("ended");
        }
        let back = region.verify(&[&root, &old], AT, &["--state", shown(&state)]);
        assert_eq!(leading(&back), "authority.rollback", "round {round}");
    }
}

/// SIGKILL at any moment: the file is the old one or the new one.
#[cfg(unix)]
#[test]
fn killed_verifier_leaves_a_state_that_is_whole() {
    let region = Region::new("authority-killed");
    let list = region.signed("list.cbor", &region.list(1, 1, None, ""), &[0], &[]);
    let root = region.keepers[0].join("root.pem");
    let state = region.path("state");
    let verify = [
        "verify",
        shown(&region.result),
        "--trust",
        shown(&list),
        "--trust",
        shown(&root),
        "--at",
        AT,
    ];
    let verify = [&verify[..], &["--state", shown(&state)]].concat();
    let whole = std::time::Instant::now();
    assert_eq!(status(&stamp(&verify)), 0);
    let (whole, kept) = (whole.elapsed(), std::fs::read(&state).expect("state"));
    let mut killed = 0;
    for step in 1..=16_u32 {
        let begun = std::time::Instant::now();
        killed += u32::from(super::killed(&verify, || begun.elapsed() >= whole * step / 20));
        assert_eq!(std::fs::read(&state).expect("state"), kept, "step {step}");
    }
    assert!(killed > 0, "every run was too quick to be killed");
    assert_eq!(status(&stamp(&verify)), 0, "it goes on");
    std::fs::write(&state, &kept[..kept.len() / 2]).expect("state");
    let cut = stamp(&verify);
    assert_eq!(status(&cut), 3, "half a state is not taken for a new one");
    assert!(
        text(&cut.stderr).contains("restore it from a copy"),
        "{}",
        text(&cut.stderr)
    );
}
