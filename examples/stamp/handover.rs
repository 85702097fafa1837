//! `stamp hand-over`: a verification with all it rests on in one sealed PDF, and the way back.

use std::path::PathBuf;

use serde::Serialize;
use yinxin::authority::{ListFile, Roots};
use yinxin::handover::{
    Agreement, Beside, HandOver, HandOverError, Inquiry, InquiryError, Package, PackageError, Part, Reader,
    Replay, Role,
};
use yinxin::limits::Limits;
use yinxin::pki::{Certificate, Evidence};
use yinxin::time::Time;
use yinxin::verify::{Outcome, Report, Severity};
use yinxin::whole::Rebuilder;

use crate::cli::{self, Lang, SealOptions, TrustOptions};
use crate::files::{self, Fault, Named as _, Outputs, fault, hex};
use crate::lists;
use crate::output::say;
use crate::report;
use crate::sealing::Sealer;
use crate::trust::{self, Kind};

pub fn run(command: &cli::HandOver) -> Result<u8, Fault> {
    match command {
        cli::HandOver::Make(options) => make(options),
        cli::HandOver::Check(options) => check(options),
        cli::HandOver::Extract(options) => extract(options),
    }
}

/// The status is that of the verdict handed over.
fn make(options: &cli::PackageMake) -> Result<u8, Fault> {
    let at = options.trust.at.unwrap_or_else(files::now);
    let sealer = Sealer::load(&SealOptions::plain(options.seal.clone(), options.key.clone(), at))?;
    let _alone = options.trust.state.as_deref().and_then(files::alone_with);
    let mut inquiry = trusting(&options.trust, Inquiry::new(at))?;
    let mut subject = String::new();
    if let Some(path) = &options.code {
        subject = path.display().to_string();
        inquiry = inquiry.with(Role::Code, files::read_text(path)?);
    }
    if let Some(path) = &options.file {
        subject = path.display().to_string();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        inquiry = inquiry.file(name, files::read(path, files::LARGE)?);
    }
    if let Some(name) = &options.recipient {
        inquiry = inquiry.recipient(name);
    }
    if let Some(path) = &options.original {
        inquiry = inquiry.with(Role::Original, files::read(path, files::LARGE)?);
    }
    let made = HandOver::verify(inquiry, &beside(&options.trust)?).map_err(|error| match error {
        HandOverError::Inquiry(InquiryError::NoRoots) => {
            fault!("--trust: no root pins the authority list; add the root that you trust: --trust ROOT.pem")
        }
        error => fault!("{subject}: {error}"),
    })?;
    let made = made.asked_by(&options.asked_by).purpose(&options.purpose);
    let draft = made.compose().map_err(|error| match error {
        HandOverError::NoDepartment => fault!("--asked-by: {error}"),
        HandOverError::NoPurpose => fault!("--purpose: {error}"),
        error => fault!("{subject}: {error}"),
    })?;
    let sealed = sealer.seal_draft(&draft, &subject)?;
    // What its reader would not open is not handed out.
    Package::open(&sealed, &Limits::DEFAULT).named(&subject)?;
    if let (Some(path), Some(memory)) = (&options.trust.state, made.memory()) {
        Outputs::default().write(path, &memory.to_bytes())?;
    }
    let inputs = options.file.iter().chain(&options.code).chain(&options.original);
    let inputs = inputs.chain(&options.trust.evidence).chain(&options.trust.state);
    Outputs::sparing(inputs.map(PathBuf::as_path)).write(&options.out, &sealed)?;
    report::print(&subject, made.report(), None, &options.trust);
    if !options.trust.json {
        tell(
            options.trust.lang,
            &format!("hand-over package: {}", options.out.display()),
            &format!("移交包：{}", options.out.display()),
        );
    }
    Ok(report::status([made.report().outcome]))
}

/// Seconds by which clocks may differ.
const CLOCKS: i64 = 300;

fn too_early(asked: Time) -> String {
    format!("made as of {asked}, which has not come yet; do not rely on the record")
}

/// Whose package it is, what is in it, and whether its parts lead to the verdict filed.
fn check(options: &cli::PackageCheck) -> Result<u8, Fault> {
    let name = options.package.display().to_string();
    let bytes = files::read(&options.package, files::LARGE)?;
    // The holder's number and the password are for what was handed over.
    let outer = TrustOptions {
        holder: None,
        password_file: None,
        ..options.trust.clone()
    };
    let (verifier, roots, at) = trust::load_with_roots(&outer)?;
    let sealed = verifier.verify_pdf(&bytes, at);
    let package = Package::open(&bytes, &Limits::DEFAULT);
    let replay = match &package {
        Ok(package) => Some(package.replay(&reader(&options.trust, roots)?, &beside(&options.trust)?)),
        Err(_) => None,
    };
    // Nobody can have asked how it stands at a time that has not come: what is not in force yet would be.
    let early = package
        .as_ref()
        .ok()
        .map(|package| package.manifest().at)
        .filter(|asked| at.plus_seconds(CLOCKS) < *asked);
    if options.trust.json {
        say!("{}", line(&name, &sealed, &package, replay.as_ref(), early));
    } else {
        let lang = options.trust.lang;
        say!("{}", report::printable(&name));
        print_seal(&sealed, lang);
        match &package {
            Err(error) => tell(
                lang,
                &format!("not a package to rely on: {error}"),
                &format!("不能作为移交包使用：{error}"),
            ),
            Ok(package) => print_contents(package, lang),
        }
        if let (Ok(package), Some(replay)) = (&package, &replay) {
            print_replay(package, replay, lang);
        }
        if let Some(asked) = early {
            tell(
                lang,
                &format!("  {}", too_early(asked)),
                &format!("  核验时点 {asked} 尚未到来，不得依据该记录"),
            );
        }
    }
    let whose = report::status([sealed.outcome]);
    let what = match (&package, &replay) {
        (Err(_), _) => 1,
        _ if early.is_some() => 2,
        (_, Some(Ok(replay))) => match replay.agreement {
            Agreement::Identical | Agreement::SameVerdict => 0,
            Agreement::Different if replay.untrusted.is_empty() => 1,
            _ => 2,
        },
        _ => 2,
    };
    Ok(match (whose, what) {
        (1, _) | (_, 1) => 1,
        (0, 0) => 0,
        _ => 2,
    })
}

fn extract(options: &cli::PackageExtract) -> Result<u8, Fault> {
    let name = options.package.display();
    let bytes = files::read(&options.package, files::LARGE)?;
    let package = Package::open(&bytes, &Limits::DEFAULT).named(name)?;
    let parts = package.files();
    if !options.force {
        for (part, _) in &parts {
            let path = options.out.join(part);
            if path.symlink_metadata().is_ok() {
                return Err(fault!(
                    "{}: exists already and is not overwritten; choose another folder, or give --force",
                    path.display()
                ));
            }
        }
    }
    let outputs = Outputs::sparing([options.package.as_path()]);
    for (part, bytes) in parts {
        let path = options.out.join(&part);
        match options.force {
            true => outputs.write(&path, bytes)?,
            false => files::write_new(&path, bytes, false)?,
        }
        say!("{} {} bytes", path.display(), bytes.len());
    }
    eprintln!(
        "note: the parts are those of the manifest; whose package it is, `stamp hand-over check` says\n      \
         提示：各部分与移交清单一致；移交包由谁盖章，请用 stamp hand-over check 核验"
    );
    Ok(0)
}

/// What `--trust`, `--state` and `--evidence` name, as received.
fn trusting(options: &TrustOptions, mut inquiry: Inquiry) -> Result<Inquiry, Fault> {
    let (mut embedded, mut pinned) = (Vec::new(), false);
    for path in &options.trust {
        files::spare(path);
        let bytes = files::read(path, files::SMALL)?;
        let name = path.display().to_string();
        inquiry = match trust::kind(&bytes) {
            Kind::Pem | Kind::Der => inquiry.roots(certificates(&name, &bytes)?),
            Kind::Status => inquiry.with(Role::StatusList, bytes),
            Kind::List => {
                let file = ListFile::parse(&bytes, &Limits::DEFAULT).named(&name)?;
                match file.kind() {
                    yinxin::authority::Kind::Roots => {
                        pinned = true;
                        inquiry.with(Role::RootSet, bytes)
                    }
                    _ => {
                        embedded.push((name, file));
                        inquiry.with(Role::List, bytes)
                    }
                }
            }
            Kind::Unknown => {
                return Err(trust::unknown(&name, &bytes));
            }
        };
    }
    if inquiry.trusted_roots().is_empty() && !pinned {
        for (name, file) in &embedded {
            inquiry = inquiry.roots(lists::carried(name, file)?);
        }
    }
    for path in &options.evidence {
        let bytes = files::read(path, files::LARGE)?;
        let role = match Evidence::new().add_crl(&bytes, &Limits::DEFAULT) {
            Ok(_) => Role::Crl,
            Err(_) => Role::Ocsp,
        };
        inquiry = inquiry.with(role, bytes);
    }
    if let Some(path) = options.state.as_deref().filter(|path| path.exists()) {
        inquiry = inquiry.with(Role::Memory, files::read(path, files::SMALL)?);
    }
    for root in trust::time_stamp_roots(&options.time_stamp_roots)? {
        inquiry = inquiry.with(Role::TimeStampRoot, root.der());
    }
    inquiry = inquiry.policy(trust::policy(options));
    if options.require_revocation {
        inquiry = inquiry.require_revocation();
    }
    Ok(inquiry)
}

fn certificates(name: &str, bytes: &[u8]) -> Result<Vec<Certificate>, Fault> {
    match trust::kind(bytes) {
        Kind::Der => Ok(vec![Certificate::try_from(bytes).named(name)?]),
        _ => Certificate::from_pem_many(&String::from_utf8_lossy(bytes))
            .named(format!("{name}: --trust takes CERTIFICATE blocks")),
    }
}

/// What no package keeps.
fn beside(options: &TrustOptions) -> Result<Beside, Fault> {
    let mut beside = Beside::new().rebuilder(Rebuilder::builtin());
    if let Some(code) = &options.holder {
        beside = beside.holder(trust::holder(code)?);
    }
    if options.password_file.is_some() {
        beside = beside.password(files::password(options.password_file.as_deref())?);
    }
    Ok(beside)
}

/// What whoever checks trusts: the root certificates given, and the set of roots if there is one.
fn reader(options: &TrustOptions, roots: Vec<Certificate>) -> Result<Reader, Fault> {
    let mut reader = Reader::new(roots).time_stamp_roots(trust::time_stamp_roots(&options.time_stamp_roots)?);
    for path in &options.trust {
        let bytes = files::read(path, files::SMALL)?;
        let is_set = ListFile::is_one(&bytes)
            && ListFile::parse(&bytes, &Limits::DEFAULT)
                .is_ok_and(|file| file.kind() == yinxin::authority::Kind::Roots);
        if is_set {
            reader = reader.root_set(Roots::open(&bytes, &Limits::DEFAULT).named(path.display())?);
        }
    }
    Ok(reader)
}

fn tell(lang: Lang, english: &str, chinese: &str) {
    match lang {
        Lang::En => say!("{english}"),
        Lang::Zh => say!("{chinese}"),
        Lang::Both => say!("{chinese}\n{english}"),
    }
}

/// Whose seal is on the package, and what speaks against it: short, for the verdict that matters is the one handed over.
fn print_seal(sealed: &Report, lang: Lang) {
    tell(lang, "1. The package and its seal", "一、移交包及其印章");
    say!("  {}", sealed.outcome);
    for seal in &sealed.seals {
        if let Some(signer) = &seal.signer {
            let signer = report::printable(signer);
            let (english, chinese) = match seal.intact && seal.trusted {
                true => ("sealed by", "盖章证书"),
                false => (
                    "says that it is sealed by, which is not proven",
                    "自称盖章证书（未获证实）",
                ),
            };
            tell(
                lang,
                &format!("  {english}: {signer}"),
                &format!("  {chinese}：{signer}"),
            );
        }
    }
    for finding in sealed
        .findings
        .iter()
        .filter(|finding| finding.code.severity() > Severity::Note)
    {
        let code = finding.code;
        tell(
            lang,
            &format!("  {}: {}; {}", code.name(), code.english(), code.remedy()),
            &format!("  {}：{}；{}", code.name(), code.chinese(), code.remedy_chinese()),
        );
    }
}

fn print_contents(package: &Package, lang: Lang) {
    let manifest = package.manifest();
    let text = |text: &str| match text {
        "" => "—".to_owned(),
        text => report::printable(text),
    };
    tell(lang, "2. What is in it", "二、移交包内容");
    for (english, chinese, value) in [
        ("asked by", "核验单位", text(&manifest.asked_by)),
        ("purpose", "用途", text(&manifest.purpose)),
        ("file", "文件", text(&manifest.file_name)),
        ("as of", "核验时点", manifest.at.to_string()),
        (
            "accepted after a seal",
            "盖章后许可的改动",
            text(&manifest.policy),
        ),
        ("engine", "核验程序", text(&manifest.engine)),
    ] {
        let label = match lang {
            Lang::En => english.to_owned(),
            Lang::Zh => chinese.to_owned(),
            Lang::Both => format!("{chinese} {english}"),
        };
        say!("  {label}: {value}");
    }
    for Part {
        name,
        role,
        length,
        sha256,
        ..
    } in &manifest.parts
    {
        let what = match lang {
            Lang::En => role.english().to_owned(),
            Lang::Zh => role.chinese().to_owned(),
            Lang::Both => format!("{} {}", role.chinese(), role.english()),
        };
        say!(
            "  {name:<24} {length:>9}  {}  {what}",
            sha256.get(..16).unwrap_or_default()
        );
    }
}

/// A root that was trusted when the verification was made and may not be now.
fn print_root(root: &Certificate, lang: Lang) {
    let (subject, digest) = (report::printable(root.subject()), hex(&root.sha256()));
    tell(
        lang,
        &format!(
            "  a root used then: {subject}, SHA-256 {digest}; if you trust it, give it with --trust, from a source of your own"
        ),
        &format!(
            "  当时使用的根证书：{subject}，SHA-256 {digest}；如信任该根证书，请从自有渠道取得并用 --trust 提供"
        ),
    );
}

fn print_replay(package: &Package, replay: &Result<Replay, InquiryError>, lang: Lang) {
    tell(lang, "3. The verification made again", "三、复核结果");
    let replay = match replay {
        Ok(replay) => replay,
        Err(error) => {
            tell(
                lang,
                &format!("  could not be made: {error}"),
                &format!("  无法复核：{error}"),
            );
            for root in &package.inquiry().trusted_roots() {
                print_root(root, lang);
            }
            return;
        }
    };
    let (english, chinese) = match replay.agreement {
        Agreement::Identical => (
            "the same verdict, and the same report to the last byte",
            "结论一致，核验报告逐字节相同",
        ),
        Agreement::SameVerdict => (
            "the same verdict and findings; other words or facts of the report differ, as with another version of the program",
            "结论与各项发现一致；报告其他文字或事实不同（如核验程序版本不同）",
        ),
        Agreement::Open => (
            "cannot be told: the holder's number or the password given then was not given now; give --holder, --password-file",
            "无法判定：当时输入的证件号码或密码未再次提供，请加 --holder 或 --password-file",
        ),
        _ => (
            "NOT the verdict that was filed; do not rely on the record, ask the verifying department",
            "与归档的结论不一致，不得依据该记录，请向核验单位查询",
        ),
    };
    tell(lang, &format!("  {english}"), &format!("  {chinese}"));
    tell(
        lang,
        &format!("  outcome now: {}", replay.report.outcome),
        &format!("  复核结论：{}", replay.report.outcome),
    );
    for root in &replay.untrusted {
        print_root(root, lang);
    }
    for difference in replay.differences.iter().take(20) {
        say!(
            "    {}: {} -> {}",
            difference.place,
            difference.filed,
            difference.now
        );
    }
    if let Some(more) = replay.differences.len().checked_sub(20).filter(|more| *more > 0) {
        say!("    ... {more}");
    }
}

/// One JSON object: the verdict on the package, its manifest, and what came of verifying again.
fn line(
    file: &str,
    sealed: &Report,
    package: &Result<Package, PackageError>,
    replay: Option<&Result<Replay, InquiryError>>,
    early: Option<Time>,
) -> String {
    #[derive(Serialize)]
    struct Again {
        agreement: &'static str,
        outcome: Outcome,
        untrusted: Vec<String>,
        differences: Vec<[String; 3]>,
    }
    #[derive(Serialize)]
    struct Line<'a> {
        file: &'a str,
        package: &'a Report,
        contents: Option<&'a yinxin::handover::Manifest>,
        replay: Option<Again>,
        error: Option<String>,
    }
    let again = replay
        .and_then(|replay| replay.as_ref().ok())
        .map(|replay| Again {
            agreement: match replay.agreement {
                Agreement::Identical => "identical",
                Agreement::SameVerdict => "same-verdict",
                Agreement::Open => "open",
                _ => "different",
            },
            outcome: replay.report.outcome,
            untrusted: replay.untrusted.iter().map(|root| hex(&root.sha256())).collect(),
            differences: replay
                .differences
                .iter()
                .map(|found| [found.place.clone(), found.filed.clone(), found.now.clone()])
                .collect(),
        });
    let error = match (package, replay) {
        (Err(error), _) => Some(error.to_string()),
        (_, Some(Err(error))) => Some(error.to_string()),
        _ => early.map(too_early),
    };
    let line = Line {
        file,
        package: sealed,
        contents: package.as_ref().ok().map(Package::manifest),
        replay: again,
        error,
    };
    serde_json::to_string(&line).unwrap_or_default()
}
