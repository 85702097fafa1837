//! `stamp authority`: what the keeper of an authority list does, from a readable file to one that enough roots have signed.

use std::path::{Path, PathBuf};

use yinxin::authority::{AuthorityList, Gravity, Kind, ListDraft, ListFile, Roots, RootsDraft, Standing};
use yinxin::limits::Limits;
use yinxin::pki::Certificate;

use crate::cli::{self, Lang};
use crate::files::{self, Fault, Named as _, Outputs, fault, hex};
use crate::key;
use crate::output::say;
use crate::report::printable;

pub fn run(command: &cli::Authority) -> Result<u8, Fault> {
    match command {
        cli::Authority::Build(options) => build(options),
        cli::Authority::Sign(options) => sign(options),
        cli::Authority::Merge(options) => merge(options),
        cli::Authority::Show(options) => show(options),
        cli::Authority::Diff(options) => diff(options),
    }
}

fn build(options: &cli::AuthorityBuild) -> Result<u8, Fault> {
    let name = options.list.display();
    let text = files::read_text(&options.list)?;
    let written_wrong = |error: toml::de::Error| {
        let line = error
            .span()
            .map(|span| text.get(..span.start).unwrap_or(&text).matches('\n').count() + 1);
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        let words = error.to_string().trim().replace('\n', " ");
        let words = if line.is_empty() {
            words
        } else {
            error.message().replace('\n', " ")
        };
        fault!("{name}: {line}{words}; `stamp authority build --help` shows how it is written")
    };
    let mut table: toml::Table = text.parse().map_err(written_wrong)?;
    let folder = options.list.parent().unwrap_or(Path::new("."));
    read_certificates(&mut toml::Value::Table(table.clone()), folder).map(|value| {
        if let toml::Value::Table(read) = value {
            table = read;
        }
    })?;
    let is_roots = table.contains_key("threshold");
    let file = if is_roots {
        let draft: RootsDraft = table.try_into().map_err(written_wrong)?;
        draft.file().named(&name)?
    } else {
        let draft: ListDraft = table.try_into().map_err(written_wrong)?;
        let rotations = options.rotation.iter().map(|path| parse(path));
        let rotations = rotations.collect::<Result<Vec<_>, Fault>>()?;
        let file = draft.file().named(&name)?;
        file.with_rotations(rotations).named("--rotation")?
    };
    let inputs = options.rotation.iter().chain([&options.list]);
    Outputs::sparing(inputs.map(PathBuf::as_path)).write(&options.out, &file.to_bytes())?;
    let out = options.out.display();
    say!("{out}: SHA-256 of the body 内容摘要 {}", hex(&file.digest()));
    say!("next: stamp authority sign {out} --key ROOT.key.pem --chain ROOT.pem, as many as must");
    Ok(0)
}

/// Puts the text of the certificate in the place of each `file = "NAME.pem"`.
fn read_certificates(value: &mut toml::Value, folder: &Path) -> Result<toml::Value, Fault> {
    match value {
        toml::Value::Table(table) => {
            if let Some(toml::Value::String(name)) = table.remove("file") {
                table.insert(
                    "pem".to_owned(),
                    toml::Value::String(first_of(&folder.join(name))?),
                );
            }
            for (_, inner) in table.iter_mut() {
                *inner = read_certificates(inner, folder)?;
            }
        }
        toml::Value::Array(items) => {
            for inner in items {
                *inner = read_certificates(inner, folder)?;
            }
        }
        _ => {}
    }
    Ok(value.clone())
}

/// The certificate in a file, PEM; of a chain the first, whose key it is, as everywhere here.
fn first_of(path: &Path) -> Result<String, Fault> {
    const END: &str = "-----END CERTIFICATE-----";
    files::spare(path);
    let text = files::read_text(path)?;
    let certificates = Certificate::from_pem_many(&text).named(path.display())?;
    if certificates.is_empty() {
        return Err(fault!(
            "{}: holds no certificate in PEM; name the file of the department's",
            path.display()
        ));
    }
    Ok(match text.find(END) {
        Some(at) => text[..at + END.len()].to_owned(),
        None => text,
    })
}

fn sign(options: &cli::AuthoritySign) -> Result<u8, Fault> {
    let signer = key::one(&options.key, 1)?;
    let _alone = files::alone_with(&options.file);
    let mut file = parse(&options.file)?;
    file.sign(&signer).named(options.file.display())?;
    write(&options.file, (options.out.as_deref(), &[]), &file)
}

fn merge(options: &cli::AuthorityMerge) -> Result<u8, Fault> {
    let _alone = files::alone_with(&options.file);
    let mut file = parse(&options.file)?;
    for path in &options.with {
        let other = parse(path)?;
        if other.digest() != file.digest() {
            return Err(fault!(
                "{} and {}: hold different lists; only copies of one list can be merged",
                options.file.display(),
                path.display()
            ));
        }
        for signature in other.signatures() {
            if !file.signatures().contains(signature) {
                file.add(signature.clone(), &Limits::DEFAULT)
                    .named(path.display())?;
            }
        }
    }
    write(&options.file, (options.out.as_deref(), &options.with), &file)
}

fn write(input: &Path, (out, others): (Option<&Path>, &[PathBuf]), file: &ListFile) -> Result<u8, Fault> {
    let out = out.unwrap_or(input);
    Outputs::sparing(others.iter().map(PathBuf::as_path)).write(out, &file.to_bytes())?;
    say!("{}: {} signatures 个签名", out.display(), file.signatures().len());
    Ok(0)
}

fn show(options: &cli::AuthorityShow) -> Result<u8, Fault> {
    let limits = Limits::DEFAULT;
    let file = parse(&options.file)?;
    let name = options.file.display();
    say!("{name}: nothing is verified here 仅供查看，未核验签名");
    for root in file.embedded_roots(&limits).named(&name)? {
        say!(
            "  signed by 签名者 {}  SHA-256 {}",
            printable(root.subject()),
            hex(&root.sha256())
        );
    }
    if file.kind() == Kind::Roots {
        if let Ok(roots) = Roots::open(&file.to_bytes(), &limits) {
            say!(
                "  set of roots 根密钥组 {}, {} of 之 {}",
                roots.version().unwrap_or_default(),
                roots.threshold(),
                roots.certificates().len()
            );
            for root in roots.certificates() {
                say!(
                    "    {}  SHA-256 {}",
                    printable(root.subject()),
                    hex(&root.sha256())
                );
            }
        }
        return Ok(0);
    }
    let list = AuthorityList::dangerous_unverified(&file, &limits).named(&name)?;
    say!("  {} no. 序号 {}", list.name(), list.sequence());
    say!(
        "  issued 签发 {}, next 下次更新 {}, expires 失效 {}",
        list.issued(),
        list.next_update(),
        list.expires()
    );
    say!("  SHA-256 {}", hex(&list.digest()));
    for issuer in list.issuers() {
        say!(
            "  {} {}: {}",
            issuer.code(),
            issuer.name(),
            joined(issuer.types())
        );
        if !issuer.regions().is_empty() {
            say!("    regions 区域 {}", joined(issuer.regions()));
        }
        for template in issuer.templates() {
            say!("    template 模板 {}", hex(template));
        }
        for certificate in issuer.certificates() {
            say!(
                "    {} {} .. {}",
                hex(&certificate.kid()),
                certificate.from(),
                certificate.until()
            );
            for change in certificate.history() {
                let standing = match change.standing {
                    Standing::InForce => "in force 恢复",
                    Standing::Suspended => "suspended 暂停",
                    _ => "revoked 撤销",
                };
                let (english, chinese) = (change.reason.english(), change.reason.chinese());
                say!("      {} {standing}: {english} {chinese}", change.from);
            }
        }
    }
    for delegation in list.delegations() {
        say!(
            "  sub-list 下级名录 {}: {} in regions 区域 {}, {} levels below 可再委托层数, from no. 序号不低于 {}",
            delegation.name(),
            joined(delegation.types()),
            joined(delegation.regions()),
            delegation.depth(),
            delegation.sequence()
        );
        let roots = delegation.roots();
        for root in roots.certificates() {
            say!(
                "    signed by 签名者 {} of 之 {}: {}  SHA-256 {}",
                roots.threshold(),
                roots.certificates().len(),
                printable(root.subject()),
                hex(&root.sha256())
            );
        }
    }
    Ok(0)
}

/// Status 0 if no difference is forbidden, 1 if one is.
fn diff(options: &cli::AuthorityDiff) -> Result<u8, Fault> {
    let list = |path: &Path| {
        let file = parse(path)?;
        if file.kind() == Kind::Roots {
            return Err(fault!(
                "{}: is a set of roots; `stamp authority show` tells which roots it has, and diff compares lists",
                path.display()
            ));
        }
        AuthorityList::dangerous_unverified(&file, &Limits::DEFAULT).named(path.display())
    };
    let differences = list(&options.old)?.differences(&list(&options.new)?);
    for difference in &differences {
        let (english, chinese) = match difference.gravity {
            Gravity::Forbidden => ("FORBIDDEN", "不允许"),
            Gravity::Grants => ("grants", "扩大授权"),
            Gravity::Restricts => ("restricts", "收紧授权"),
            _ => ("neutral", "不影响授权"),
        };
        if options.lang != Lang::Zh {
            say!("{english}: {}", difference.english);
        }
        if options.lang != Lang::En {
            say!("{chinese}：{}", difference.chinese);
        }
    }
    if differences.is_empty() {
        say!("no differences 没有变化");
    }
    let forbidden = differences
        .iter()
        .any(|difference| difference.gravity == Gravity::Forbidden);
    Ok(u8::from(forbidden))
}

fn joined<T: std::fmt::Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(" ")
}

fn parse(path: &Path) -> Result<ListFile, Fault> {
    let bytes = files::read(path, files::SMALL)?;
    ListFile::parse(&bytes, &Limits::DEFAULT).map_err(|error| {
        fault!(
            "{}: {error}; name a list or a set of roots that `stamp authority` made",
            path.display()
        )
    })
}
