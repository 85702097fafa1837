//! The network as the options describe it: time-stamping authorities, and where evidence is fetched.

use std::time::Duration;

use yinxin::asn1::Oid;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::net::{
    Collector, Fetcher, Http, Level, RaiseError, Raiser, Reach, TimeStampAuthority, TimeStampClient,
};
use yinxin::pdf::Password;
use yinxin::pki::{Certificate, TimeStamper, TrustAnchors};
use yinxin::time::Time;

use crate::cli::{self, NetOptions, RaiseLevel};
use crate::files::{self, Fault, Named as _, fault};

/// Whom to ask, and how.
pub struct Network {
    client: Option<TimeStampClient>,
    fetcher: Fetcher,
    anchors: TrustAnchors,
    fetch_issuers: bool,
    timeout: Duration,
    incomplete: bool,
}

impl Network {
    /// Evidence is for chains to `roots`; if there are some, time stamps must be by authorities under them.
    pub fn load(options: &NetOptions, roots: Vec<Certificate>, incomplete: bool) -> Result<Self, Fault> {
        let mut http = Http::new();
        if let Some(proxy) = &options.proxy {
            http = http.proxy(proxy).named("--proxy")?;
        }
        if let Some(path) = &options.tls_root {
            let found = Certificate::from_pem_many(&files::read_text(path)?);
            http = http.tls_roots(found.named(path.display())?);
        }
        let timeout = Duration::from_secs(options.timeout.into());
        let anchors = TrustAnchors::new(roots);
        let mut client = None;
        if !options.tsa.is_empty() {
            let named = authorities(options)?;
            let mut asking = TimeStampClient::new(http.clone(), named).timeouts(timeout, timeout.min(EACH));
            if !anchors.is_empty() {
                asking = asking.anchors(anchors.clone());
            }
            client = Some(asking);
        }
        let mut fetcher = Fetcher::new(http)
            .timeout(timeout.min(EACH))
            .reach(match options.evidence_from {
                cli::Network::Public => Reach::Public,
                cli::Network::Own => Reach::Network,
                cli::Network::Any => Reach::Anywhere,
            });
        if let Some(folder) = &options.evidence_folder {
            std::fs::create_dir_all(folder).named(folder.display())?;
            fetcher = fetcher.folder(folder);
        }
        Ok(Self {
            client,
            fetcher,
            anchors,
            fetch_issuers: options.fetch_issuers,
            timeout,
            incomplete,
        })
    }

    /// Who stamps, if an authority is named.
    pub fn stamper(&self) -> Option<&dyn TimeStamper> {
        self.client.as_ref().map(|client| client as &dyn TimeStamper)
    }

    /// The raised file, what is to be said about it, and whether it is complete.
    pub fn raise(
        &self,
        file: Vec<u8>,
        password: &Password,
        to: RaiseLevel,
        now: Time,
    ) -> Result<(Vec<u8>, String, bool), Fault> {
        let file = Draft::open_with(file, password.clone(), &Limits::DEFAULT).map_err(|e| fault!("{e}"))?;
        let collector = Collector::new(&self.fetcher, &self.anchors)
            .missing_issuers(self.fetch_issuers)
            .timeout(self.timeout);
        let mut raiser = Raiser::new(collector).incomplete(self.incomplete);
        if let Some(stamper) = self.stamper() {
            raiser = raiser.time_stamp(stamper);
        }
        let (level, name) = match to {
            RaiseLevel::Lt => (Level::Lt, "B-LT"),
            RaiseLevel::Lta => (Level::Lta, "B-LTA"),
        };
        let raised = raiser.raise(&file, level, now).map_err(|error| explain(&error))?;
        let mut said = match (raised.revisions, raised.missing.is_empty()) {
            (0, true) => "has all evidence already 证据已齐全".to_owned(),
            (count, true) => format!("{name}, {count} revisions added 已追加修订"),
            (count, false) => format!("{name} not complete 证据不全, {count} revisions added 已追加修订"),
        };
        if let Some(time) = raised.time {
            said.push_str(&format!(", time stamp 时间戳 {time}"));
        }
        for lack in &raised.missing {
            said.push_str(&format!("\n  missing 缺少: {lack}"));
        }
        Ok((raised.bytes, said, raised.missing.is_empty()))
    }
}

/// For one request.
const EACH: Duration = Duration::from_secs(10);

fn authorities(options: &NetOptions) -> Result<Vec<TimeStampAuthority>, Fault> {
    let policy = options.tsa_policy.as_deref().map(identifier).transpose()?;
    let password = match &options.tsa_password_file {
        Some(path) => {
            let text = zeroize::Zeroizing::new(files::read_text(path)?);
            let line = text.trim_end_matches(['\r', '\n']);
            let (user, password) = line
                .split_once(':')
                .ok_or_else(|| fault!("{}: must hold one line, user:password", path.display()))?;
            Some((user.to_owned(), zeroize::Zeroizing::new(password.to_owned())))
        }
        None => None,
    };
    let named = options.tsa.iter().map(|address| {
        let mut authority = TimeStampAuthority::new(address);
        if let Some((user, password)) = &password {
            authority = authority.password(user, password);
        }
        if let Some(policy) = &policy {
            authority = authority.policy(Oid::new(policy));
        }
        authority
    });
    Ok(named.collect())
}

/// The contents octets of an object identifier in dotted decimal (X.690, clause 8.19).
fn identifier(text: &str) -> Result<Vec<u8>, Fault> {
    let wrong = || fault!("--tsa-policy: {text} is no object identifier, such as 1.2.3.4");
    let arcs: Option<Vec<u64>> = text.split('.').map(|arc| arc.parse().ok()).collect();
    let arcs = arcs.ok_or_else(wrong)?;
    let (first, second, rest) = match &arcs[..] {
        [first @ 0..=1, second @ 0..=39, rest @ ..] => (*first, *second, rest),
        [2, second @ 0..=1_000_000, rest @ ..] => (2, *second, rest),
        _ => return Err(wrong()),
    };
    let mut octets = vec![];
    for arc in std::iter::once(first * 40 + second).chain(rest.iter().copied()) {
        let groups = (64 - arc.leading_zeros()).div_ceil(7).max(1);
        for group in (0..groups).rev() {
            let low = u8::try_from(arc >> (7 * group) & 0x7f).unwrap_or_default();
            octets.push(if group > 0 { low | 0x80 } else { low });
        }
    }
    Ok(octets)
}

/// An error of raising for the operator, who types options.
fn explain(error: &RaiseError) -> Fault {
    match error {
        RaiseError::NoAuthority => fault!("LTA needs a time stamp; give --tsa"),
        RaiseError::NoTimeStamp => {
            fault!("nothing proves when the file was sealed; seal with --tsa, or raise it to lta")
        }
        RaiseError::Incomplete(missing) => {
            let mut text =
                "not all evidence could be had; nothing was written 证据不全，未写文件; try again later; stamp raise --allow-incomplete goes on without".to_owned();
            for one in missing {
                text.push_str(&format!("\n  missing 缺少: {one}"));
            }
            Fault(text)
        }
        other => fault!("{other}"),
    }
}
