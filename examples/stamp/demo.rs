//! `stamp demo`: the whole way in one command, on fictional data, with a verdict for every genuine and every forged file.

use std::collections::BTreeMap;
use std::path::Path;

use yinxin::authority::{AuthorityList, Memory, Roots};
use yinxin::compose::Template;
use yinxin::crypto::DigestAlgorithm;
use yinxin::draft::Draft;
use yinxin::handover::{Agreement, Beside, HandOver, Inquiry, Package, Reader, Role};
use yinxin::limits::Limits;
use yinxin::payload::{Payload, TextForm};
use yinxin::pki::Signer as _;
use yinxin::record::Record;
use yinxin::seal::{DocMdp, Sealed};
use yinxin::symbol::Symbol;
use yinxin::verify::{Code, Outcome, Trust, Verifier};

use crate::authority::pem;
use crate::cli::{self, DemoKeys};
use crate::files::{Fault, Named as _, Outputs, fault, hex};
use crate::forge::{Content, forge};
use crate::issue::{MODULE_MM, PIXELS};
use crate::levels;
use crate::output::say;
use crate::table::Progress;
use crate::verdicts::Verdicts;
use crate::withdrawn;
use crate::world::{KEY_KINDS, KeyKind, World, records};

/// The page that two of the five codes open on a telephone. Reserved for examples (RFC 2606): it leads nowhere.
const URL: &str = "https://service.binhai.example/v";

/// One sealed result.
pub struct Case {
    /// Of file, record and template.
    pub name: &'static str,
    pub record: Record,
    pub draft: Draft,
    pub sealed: Vec<u8>,
    pub code_text: String,
    pub symbol: Symbol,
}

/// Status 0 if every verdict is the expected one, 1 otherwise.
pub fn run(options: &cli::Demo) -> Result<u8, Fault> {
    let out = Folder {
        path: &options.out,
        outputs: Outputs::default(),
    };
    let records = records()?;
    let kinds: &[KeyKind] = if options.keys == DemoKeys::All {
        &KEY_KINDS
    } else {
        &[]
    };
    let mut progress = Progress::new(1 + records.len() * (3 + kinds.len()) + 4);
    progress.step("make a throw-away authority: root, departments, list (TEST 测试)");
    let world = World::new(&records)?;
    let pinned = Roots::any_of([world.root.certificate().clone()]).named("root")?;
    let mut memory = Memory::new(world.at);
    let list = AuthorityList::open(&world.list, &pinned, &mut memory, &Limits::DEFAULT);
    let trust = Trust::new()
        .roots([world.root.certificate().clone()])
        .list(list.named("authority list")?);
    let verifier = Verifier::new(trust.clone());
    out.write("trust/root.pem", pem(world.root.certificate()).as_bytes())?;
    out.write("trust/authority.cbor", &world.list)?;

    let mut verdicts = Verdicts::default();
    let mut cases = Vec::new();
    for (name, record) in records {
        progress.step(&format!("compose, code and seal {name}"));
        let case = issue(name, record, &world)?;
        write(&out, &case)?;
        cases.push(case);
    }
    for &kind in kinds {
        for case in &cases {
            progress.step(&format!("seal {} with {}", case.name, kind.name()));
            let sealed = seal(&case.draft, &case.record, &world, kind, None)?;
            let file = format!("sealed-{}/{}.pdf", kind.name(), case.name);
            let bytes = sealed.to_bytes();
            out.write(&file, &bytes)?;
            let text = sealed.code_text().unwrap_or_default();
            out.write(
                &format!("codes-{}/{}.txt", kind.name(), case.name),
                text.as_bytes(),
            )?;
            let verdict = verifier.verify_pdf(&bytes, world.at);
            verdicts.add(
                file,
                &format!("sealed with {}", kind.name()),
                &verdict,
                Outcome::Authentic,
                None,
            );
        }
    }
    for (index, case) in cases.iter().enumerate() {
        progress.step(&format!("verify {} offline, four ways", case.name));
        judge_genuine(case, &verifier, &world, &mut verdicts);
        progress.step(&format!("forge {} and verify the forgeries", case.name));
        let other = other(&cases, index)?;
        judge_forged(case, other, &verifier, &world, &out, &mut verdicts)?;
    }
    progress.step("print one at home, and withdraw it");
    if let Some(case) = cases.iter().find(|case| case.name == "residence") {
        for (file, bytes) in withdrawn::make(case, &world, &trust, &mut verdicts)? {
            out.write(&file, &bytes)?;
        }
    }
    progress.step("seal at the four levels, and renew one");
    lasting(&cases, &world, &out, &mut verdicts)?;
    progress.step("hand a verification over, and make it again");
    hand_over(&cases, &world, &out, &verifier, &mut verdicts)?;
    progress.step("write the report");
    let drafts = cases
        .iter()
        .map(|case| (case.name, sha256(case.draft.bytes())))
        .collect();
    let root = hex(&world.root.certificate().sha256());
    out.write("report.json", verdicts.json(world.at, &root, &drafts).as_bytes())?;
    progress.finish();
    verdicts.print();
    Ok(conclude(options, &world, &verdicts, &drafts))
}

/// Composes the record with the template of its name and seals it with the issuer's usual key.
fn issue(name: &'static str, record: Record, world: &World) -> Result<Case, Fault> {
    let template = Template::builtin(name).ok_or_else(|| fault!("no built-in template {name}"))?;
    let draft = template.compose(&record).named(name)?;
    // Both text forms are shown: an address that telephones open, and the compact one.
    let url = matches!(name, "social-insurance" | "food-licence").then_some(URL);
    let sealed = seal(&draft, &record, world, KeyKind::P256, url)?;
    let missing = || fault!("{name}: the sealed file has no code");
    let code_text = sealed.code_text().ok_or_else(missing)?.to_owned();
    let symbol = sealed.symbol().ok_or_else(missing)?.clone();
    Ok(Case {
        name,
        record,
        draft,
        sealed: sealed.into_bytes(),
        code_text,
        symbol,
    })
}

fn seal(
    draft: &Draft,
    record: &Record,
    world: &World,
    kind: KeyKind,
    url: Option<&str>,
) -> Result<Sealed, Fault> {
    let department = world.issuer(record)?;
    let (signer, code_signer) = (department.signer(kind)?, department.seal.signer()?);
    let mut sealing = draft
        .bind(Payload::of(record))
        .text_form(url.map_or(TextForm::Compact, TextForm::Url));
    // Codes know no RSA: the department's P-256 certificate signs those.
    if !matches!(kind, KeyKind::P256 | KeyKind::Ed25519) {
        sealing = sealing.code_signer(&code_signer);
    }
    sealing
        .seal(&department.look, &signer, world.at)
        .map_err(|e| fault!("{} with {}: {e}", record.kind().name, signer.algorithm()))
}

/// Writes a result that is valid for years at each of the four levels.
fn lasting(cases: &[Case], world: &World, out: &Folder<'_>, verdicts: &mut Verdicts) -> Result<(), Fault> {
    let licence = cases.iter().find(|case| case.name == "food-licence");
    let case = licence.ok_or_else(|| fault!("the sample is missing"))?;
    let department = world.issuer(&case.record)?;
    let root = levels::root();
    out.write("trust/levels-root.pem", pem(&root).as_bytes())?;
    let verifier = Verifier::new(Trust::new().roots([root]));
    for level in levels::make(&case.draft, &department.look, world.at)? {
        let file = format!("levels/{}.pdf", level.name);
        out.write(&file, &level.file)?;
        out.write(
            &format!("levels/{}.at", level.name),
            level.at.to_string().as_bytes(),
        )?;
        let verdict = verifier.verify_pdf(&level.file, level.at);
        let done = "signature that lasts";
        verdicts.add(file, done, &verdict, Outcome::Authentic, None);
    }
    Ok(())
}

/// Hands one verification over as the body that relies on the result would, and makes it again from the parts.
fn hand_over(
    cases: &[Case],
    world: &World,
    out: &Folder<'_>,
    verifier: &Verifier,
    verdicts: &mut Verdicts,
) -> Result<(), Fault> {
    let case = cases.iter().find(|case| case.name == "residence");
    let case = case.ok_or_else(|| fault!("the sample is missing"))?;
    let root = world.root.certificate();
    let inquiry = Inquiry::new(world.at)
        .file("residence.pdf", case.sealed.as_slice())
        .with(Role::Code, case.code_text.as_str())
        .with(Role::List, world.list.as_slice())
        .roots([root.clone()]);
    let made = HandOver::verify(inquiry, &Beside::new()).named("hand-over package")?;
    let office = &world.office;
    let made = made.asked_by(&office.name).purpose("住房公积金提取");
    let draft = made.compose().named("hand-over package")?;
    let sealing = draft.without_code().certifies(Some(DocMdp::NoChanges));
    let signer = office.signer(KeyKind::P256)?;
    let sealed = sealing.seal(&office.look, &signer, world.at);
    let sealed = sealed.named("hand-over package")?.into_bytes();
    out.write("handover/residence.pdf", &sealed)?;
    let package = Package::open(&sealed, &Limits::DEFAULT).named("hand-over package")?;
    for (name, bytes) in package.files() {
        out.write(&format!("handover/parts/{name}"), bytes)?;
    }
    let mut add = |done: &str, report: &_| {
        let file = "handover/residence.pdf".to_owned();
        verdicts.add(file, done, report, Outcome::Authentic, None);
    };
    add("hand-over package", &verifier.verify_pdf(&sealed, world.at));
    let replay = package.replay(&Reader::new([root.clone()]), &Beside::new());
    let replay = replay.named("hand-over package")?;
    add("verified again from its parts", &replay.report);
    match replay.agreement {
        Agreement::Identical => Ok(()),
        other => Err(fault!("hand-over package: verified again, it is {other:?}")),
    }
}

fn write(out: &Folder<'_>, case: &Case) -> Result<(), Fault> {
    let name = case.name;
    out.write(&format!("records/{name}.json"), case.record.to_json().as_bytes())?;
    out.write(&format!("drafts/{name}.pdf"), case.draft.bytes())?;
    out.write(&format!("sealed/{name}.pdf"), &case.sealed)?;
    out.write(
        &format!("codes/{name}.svg"),
        case.symbol.to_svg(MODULE_MM).as_bytes(),
    )?;
    out.write(&format!("codes/{name}.png"), &case.symbol.to_png(PIXELS))?;
    out.write(&format!("codes/{name}.txt"), case.code_text.as_bytes())
}

fn judge_genuine(case: &Case, verifier: &Verifier, world: &World, verdicts: &mut Verdicts) {
    let (name, at) = (case.name, world.at);
    let mut genuine =
        |file: String, done: &str, report| verdicts.add(file, done, &report, Outcome::Authentic, None);
    genuine(
        format!("sealed/{name}.pdf"),
        "genuine",
        verifier.verify_pdf(&case.sealed, at),
    );
    genuine(
        format!("codes/{name}.txt"),
        "genuine code",
        verifier.verify_text(&case.code_text, at),
    );
    let picture = case.symbol.to_png(PIXELS);
    genuine(
        format!("codes/{name}.png"),
        "genuine code, as a picture",
        verifier.verify_image(&picture, at),
    );
    let both = verifier.verify_text_with_pdf(&case.code_text, &case.sealed, at);
    genuine(format!("codes/{name}.txt + PDF"), "genuine code and file", both);
    let late = verifier.verify_text(&case.code_text, world.after_the_list());
    let done = "genuine code, list expired meanwhile";
    verdicts.add(
        format!("codes/{name}.txt"),
        done,
        &late,
        Outcome::Indeterminate,
        Some(Code::ListExpired),
    );
}

fn judge_forged(
    case: &Case,
    other: &Case,
    verifier: &Verifier,
    world: &World,
    out: &Folder<'_>,
    verdicts: &mut Verdicts,
) -> Result<(), Fault> {
    for forgery in forge(case, other, world)? {
        let file = |suffix: &str| format!("forged/{}--{}.{suffix}", case.name, forgery.how);
        let (file, bytes, verdict) = match &forgery.content {
            Content::Pdf(bytes) => (
                file("pdf"),
                bytes.as_slice(),
                verifier.verify_pdf(bytes, world.at),
            ),
            Content::Picture(bytes) => (
                file("png"),
                bytes.as_slice(),
                verifier.verify_image(bytes, world.at),
            ),
            Content::Text(text) => (file("txt"), text.as_bytes(), verifier.verify_text(text, world.at)),
            Content::TextWithPdf(text) => (
                file("txt"),
                text.as_bytes(),
                verifier.verify_text_with_pdf(text, &case.sealed, world.at),
            ),
        };
        out.write(&file, bytes)?;
        verdicts.add(file, forgery.done, &verdict, forgery.outcome, Some(forgery.code));
    }
    Ok(())
}

/// The next result that another department issues.
fn other(cases: &[Case], index: usize) -> Result<&Case, Fault> {
    let issuer = cases.get(index).map(|case| &case.record.issuer().code);
    let mut later = cases.iter().cycle().skip(index).take(cases.len());
    later
        .find(|case| Some(&case.record.issuer().code) != issuer)
        .ok_or_else(|| fault!("all samples have one issuer"))
}

fn conclude(options: &cli::Demo, world: &World, verdicts: &Verdicts, drafts: &BTreeMap<&str, String>) -> u8 {
    say!("\ndrafts, the same in every run (SHA-256):");
    for (name, digest) in drafts {
        say!("  {digest}  drafts/{name}.pdf");
    }
    say!(
        "\n{} authentic, {} not authentic, {} cannot be told; files and report.json in {}",
        verdicts.count(Outcome::Authentic),
        verdicts.count(Outcome::NotAuthentic),
        verdicts.count(Outcome::Indeterminate),
        options.out.display()
    );
    let dir = options.out.display();
    say!(
        "look for yourself: cargo run --release --example stamp -- verify {dir}/sealed/food-licence.pdf \
         --trust {dir}/trust/authority.cbor --trust {dir}/trust/root.pem --at {}",
        world.at
    );
    let surprises: Vec<_> = verdicts.surprises().collect();
    for row in &surprises {
        say!(
            "NOT AS EXPECTED: {} ({}): {:?} {}, expected {}",
            row.file,
            row.done,
            row.outcome,
            row.finding,
            row.wanted()
        );
    }
    if surprises.is_empty() {
        say!("every verdict as expected 全部核验结论与预期一致");
    }
    u8::from(!surprises.is_empty())
}

fn sha256(bytes: &[u8]) -> String {
    hex(&DigestAlgorithm::Sha256.digest(bytes))
}

/// The output folder.
struct Folder<'a> {
    path: &'a Path,
    outputs: Outputs,
}

impl Folder<'_> {
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        self.outputs.write(&self.path.join(name), bytes)
    }
}
