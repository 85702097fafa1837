//! Authority lists as a verifier uses them: the list, its sub-lists, the roots pinned, and the file that remembers what was seen.

use std::path::Path;

use yinxin::authority::{Attack, AuthorityError, AuthorityList, Kind, ListFile, Memory, Roots};
use yinxin::limits::Limits;
use yinxin::pki::Certificate;
use yinxin::time::Time;

use crate::files::{self, Fault, Named as _, Outputs, fault, hex};

/// What was given with `--trust` besides single certificates.
#[derive(Default)]
pub struct Lists {
    /// By the names of the files.
    lists: Vec<(String, Vec<u8>, ListFile)>,
    roots: Option<Roots>,
}

/// What came of opening them.
pub enum Opened {
    /// None was given.
    None,
    /// The list with its sub-lists.
    List(Box<AuthorityList>),
    /// A list that must not be relied on.
    Refused(Attack),
}

impl Lists {
    /// Takes in a file that is a list or a set of roots.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), Fault> {
        let limits = Limits::DEFAULT;
        let file = ListFile::parse(&bytes, &limits).named(&name)?;
        if file.kind() == Kind::List {
            self.lists.push((name, bytes, file));
            return Ok(());
        }
        if self.roots.is_some() {
            return Err(fault!("{name}: a second set of roots; give the one you trust"));
        }
        self.roots = Some(Roots::open(&bytes, &limits).named(&name)?);
        Ok(())
    }

    /// Opens the list under the roots given, single ones in `certificates`; without any, under those it carries, which the operator is
    /// asked to compare and which join `certificates`. `state` is where the verifier remembers what it has seen.
    pub fn open(
        mut self,
        certificates: &mut Vec<Certificate>,
        state: Option<&Path>,
        now: Time,
    ) -> Result<Opened, Fault> {
        if self.lists.is_empty() {
            return match state {
                Some(path) => Err(fault!(
                    "{}: a state is kept of an authority list; give one with --trust",
                    path.display()
                )),
                None => Ok(Opened::None),
            };
        }
        let (name, bytes, file) = self.top()?;
        let roots = self.pin(&name, &file, certificates)?;
        match self.read(&name, &bytes, &roots, state, now) {
            Ok(list) => Ok(Opened::List(Box::new(list))),
            Err(Refused::Attack(attack)) => Ok(Opened::Refused(attack)),
            Err(Refused::Fault(fault)) => Err(fault),
        }
    }

    fn read(
        self,
        name: &str,
        bytes: &[u8],
        roots: &Roots,
        state: Option<&Path>,
        now: Time,
    ) -> Result<AuthorityList, Refused> {
        let limits = Limits::DEFAULT;
        let kept = state.filter(|path| path.exists());
        let mut memory = match kept {
            Some(path) => {
                Memory::resume(&files::read(path, files::SMALL)?, now, &limits).map_err(|error| {
                    refused(&path.display().to_string(), error, "if it was damaged, delete it")
                })?
            }
            None => Memory::new(now),
        };
        let own_root = "give the list's own roots with --trust, from a source you trust";
        let mut list = AuthorityList::open(bytes, roots, &mut memory, &limits)
            .map_err(|error| refused(name, error, own_root))?;
        let mut waiting = self.lists;
        // A sub-list may come before the one that delegates to it.
        while !waiting.is_empty() {
            let mut left = Vec::new();
            let mut failure = None;
            let before = waiting.len();
            for (name, bytes, file) in waiting {
                match list.open_sublist(&bytes, &mut memory, &limits) {
                    Ok(()) => {}
                    Err(error) => {
                        failure.get_or_insert((name.clone(), error));
                        left.push((name, bytes, file));
                    }
                }
            }
            if let Some((name, error)) = failure
                && left.len() == before
            {
                return Err(refused(
                    &name,
                    error,
                    "give the list that delegates to it as well",
                ));
            }
            waiting = left;
        }
        if let Some(path) = state {
            Outputs::default().write(path, &memory.to_bytes())?;
        }
        Ok(list)
    }

    /// The list that no other delegates to, taken out.
    fn top(&mut self) -> Result<(String, Vec<u8>, ListFile), Fault> {
        let limits = Limits::DEFAULT;
        let mut parsed = Vec::new();
        for (name, _, file) in &self.lists {
            parsed.push(AuthorityList::dangerous_unverified(file, &limits).named(name)?);
        }
        let delegated = |name: &str| {
            let mut all = parsed.iter().flat_map(AuthorityList::delegations);
            all.any(|delegation| delegation.name() == name)
        };
        let tops: Vec<usize> = (0..parsed.len())
            .filter(|&at| !delegated(parsed[at].name()))
            .collect();
        match tops.as_slice() {
            [at] => Ok(self.lists.remove(*at)),
            [a, b, ..] => Err(fault!(
                "{} and {}: only one authority list can be in force, with its sub-lists; give the newest",
                self.lists[*a].0,
                self.lists[*b].0
            )),
            [] => Err(fault!(
                "{}: the lists delegate to each other; give the one of your region",
                self.lists[0].0
            )),
        }
    }

    fn pin(
        &mut self,
        name: &str,
        file: &ListFile,
        certificates: &mut Vec<Certificate>,
    ) -> Result<Roots, Fault> {
        if let Some(roots) = self.roots.take() {
            return Ok(roots);
        }
        if certificates.is_empty() {
            let embedded = file.embedded_roots(&Limits::DEFAULT).named(format!(
                "{name}: carries no root certificate; add --trust ROOT.pem"
            ))?;
            for root in &embedded {
                eprintln!(
                    "note: {name} is trusted by the root it carries ({}). Compare its SHA-256 with the one your region publishes:\n      \
                     提示：该名录以其自带根证书为信任依据，请与本地区公布的指纹核对：\n      {}",
                    root.subject(),
                    hex(&root.sha256())
                );
            }
            let roots = Roots::new(embedded.clone(), embedded.len()).named(name)?;
            certificates.extend(embedded);
            return Ok(roots);
        }
        Roots::any_of(certificates.clone()).named("--trust")
    }
}

enum Refused {
    Attack(Attack),
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn refused(name: &str, error: AuthorityError, remedy: &str) -> Refused {
    match error {
        AuthorityError::Attack(attack) => Refused::Attack(attack),
        error => Refused::Fault(fault!("{name}: {error}; {remedy}")),
    }
}
