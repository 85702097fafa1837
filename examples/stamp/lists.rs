//! Authority lists as a verifier uses them: the list, its sub-lists, the roots pinned, and the file that remembers what was seen.

use std::path::Path;

use yinxin::authority::{AuthorityError, Kind, ListFile, ListSet, ListSetError, Roots};
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::time::Time;
use yinxin::verify::Trust;

use crate::files::{self, Fault, Named as _, Outputs, fault, hex};

/// What was given with `--trust` besides single certificates.
#[derive(Default)]
pub struct Lists {
    /// By the names of the files.
    lists: Vec<(String, Vec<u8>)>,
    roots: Option<Roots>,
}

impl Lists {
    /// Takes in a file that is a list or a set of roots.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), Fault> {
        let limits = Limits::DEFAULT;
        let file = ListFile::parse(&bytes, &limits).named(&name)?;
        if file.kind() == Kind::List {
            self.lists.push((name, bytes));
            return Ok(());
        }
        if self.roots.is_some() {
            return Err(fault!("{name}: a second set of roots; give the one you trust"));
        }
        self.roots = Some(Roots::open(&bytes, &limits).named(&name)?);
        Ok(())
    }

    /// `trust` with the list, opened under the roots given, single ones in `certificates`; without any, under those it carries, which
    /// the operator is asked to compare and which join `certificates`. `state` is where the verifier remembers what it has seen.
    pub fn open(
        self,
        trust: Trust,
        certificates: &mut Vec<Certificate>,
        state: Option<&Path>,
        now: Time,
    ) -> Result<Trust, Fault> {
        let Self { lists, roots } = self;
        if lists.is_empty() {
            return match state {
                Some(path) => Err(fault!(
                    "{}: a state is kept of an authority list; give one with --trust",
                    path.display()
                )),
                None => Ok(trust),
            };
        }
        let limits = Limits::DEFAULT;
        let names: Vec<&str> = lists.iter().map(|(name, _)| name.as_str()).collect();
        let files = lists.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        let set = ListSet::sort(files, &limits).map_err(|error| unusable(&names, 0, error))?;
        let top = set.top_place();
        let roots = match roots {
            Some(roots) => roots,
            None => pin(names[top], set.top(), certificates)?,
        };
        let _alone = state.and_then(files::alone_with);
        let kept = match state {
            Some(path) if path.exists() => Some(files::read(path, files::SMALL)?),
            Some(path) => {
                eprintln!(
                    "note: {} is begun now; if this verifier was used before, which lists it has seen is lost: restore it from a copy\n      \
                     提示：{} 为新建；如此前已使用过，则所见名录的记录已丢失，请从备份恢复",
                    path.display(),
                    path.display()
                );
                None
            }
            None => None,
        };
        let opened = trust.remembered_list(kept.as_deref(), &set, &roots, now, &limits);
        let (trust, memory) = opened.map_err(|error| match (error, state) {
            (ListSetError::Memory(error), Some(path)) => fault!("{}: {error}; name the state of this verifier, or restore it from a copy; if it is deleted, this verifier forgets which lists it has seen", path.display()),
            (error, _) => unusable(&names, top, error),
        })?;
        if let (Some(path), Some(memory)) = (state, memory) {
            Outputs::default().write(path, &memory.to_bytes())?;
        }
        Ok(trust)
    }
}

/// The roots of a list that was given without a set of them.
fn pin(name: &str, file: &ListFile, certificates: &mut Vec<Certificate>) -> Result<Roots, Fault> {
    if !certificates.is_empty() {
        return Roots::any_of(certificates.clone()).named("--trust");
    }
    let embedded = carried(name, file)?;
    let roots = Roots::new(embedded.clone(), embedded.len()).named(name)?;
    certificates.extend(embedded);
    Ok(roots)
}

/// The roots that a list carries, which the operator is asked to compare.
pub fn carried(name: &str, file: &ListFile) -> Result<Vec<Certificate>, Fault> {
    let embedded = file.embedded_roots(&Limits::DEFAULT).named(format!(
        "{name}: carries no root certificate; add --trust ROOT.pem"
    ))?;
    for root in &embedded {
        eprintln!(
            "note: {name} is trusted by the root it carries ({}). Compare its SHA-256 with the one your region publishes:\n      \
             提示：该名录以其自带根证书为信任依据，请与本地区公布的指纹核对：\n      {}",
            crate::report::printable(root.subject()),
            hex(&root.sha256())
        );
    }
    Ok(embedded)
}

/// Why the lists of these names cannot be used.
fn unusable(names: &[&str], top: usize, error: ListSetError) -> Fault {
    match error {
        ListSetError::List {
            place,
            error: AuthorityError::Attack(attack),
        } => fault!("{}: {attack}", names[place]),
        ListSetError::List { place, error } => {
            let remedy = match place == top {
                true => "give the list's own roots with --trust, from a source you trust",
                false => "give the list that delegates to it as well",
            };
            fault!("{}: {error}; {remedy}", names[place])
        }
        ListSetError::TwoTops(a, b) => fault!(
            "{} and {}: only one authority list can be in force, with its sub-lists; give the newest",
            names[a],
            names[b]
        ),
        error => fault!("{}: {error}", names[0]),
    }
}
