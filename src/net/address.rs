//! Which addresses in certificates are followed, and to which machines (RFC 5280, clause 8: whoever follows them lets strangers
//! choose where to connect).
//!
//! Only `http`: `https` would need the very thing that is asked for, `ldap` and `file` have no business here. The name is resolved
//! once, every address it has must be permitted, and the connection goes to what was looked at, not to what the name means a moment
//! later.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::Duration;

use ureq::http::Uri;
use ureq::http::uri::Scheme;

use super::error::NetFault;

/// To which machines addresses in certificates may lead. Behind a proxy, which resolves names itself, this is asked of addresses in
/// digits and of this machine's own name alone: what else it lets through is for the proxy to say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reach {
    /// Machines with public addresses alone.
    Public,
    /// Those and machines of the own network (RFC 1918, RFC 4193, RFC 6598), where the authorities of many departments are. Not this
    /// machine itself, and nothing link-local, where machines in a cloud find their secrets.
    #[default]
    Network,
    /// All. For tests, and where the authority runs on this very machine.
    Anywhere,
}

/// Where a request goes.
pub(super) struct Target {
    /// Addresses to try, the host replaced by what its name means; the one given if the proxy resolves it.
    pub(super) addresses: Vec<String>,
    /// The Host field.
    pub(super) host: String,
}

/// Addresses of one name that are tried.
const MOST_TRIED: usize = 3;

impl Reach {
    /// The target that `address` names, if it may be asked.
    pub(super) fn target(self, address: &str, proxied: bool, timeout: Duration) -> Result<Target, NetFault> {
        let refused = NetFault::Address;
        let uri: Uri = address.parse().map_err(|_| refused("it is malformed"))?;
        if uri.scheme() != Some(&Scheme::HTTP) {
            return Err(refused("only http is asked for evidence"));
        }
        let authority = uri.authority().ok_or(refused("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("it holds a user name"));
        }
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let literal = bare.unwrap_or(host).parse::<IpAddr>().ok();
        if let Some(ip) = literal
            && !self.permits(ip)
        {
            return Err(refused(ELSEWHERE));
        }
        if proxied {
            let local =
                host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
            if local && self != Self::Anywhere {
                return Err(refused(ELSEWHERE));
            }
            return Ok(Target {
                addresses: vec![address.to_owned()],
                host: authority.to_string(),
            });
        }
        let port = authority.port_u16().unwrap_or(80);
        let mut found = match literal {
            Some(ip) => vec![SocketAddr::new(ip, port)],
            None => resolve(host.to_owned(), port, timeout)?,
        };
        if !found.iter().all(|one| self.permits(one.ip())) {
            return Err(refused(ELSEWHERE));
        }
        // Where IPv6 is announced and does not work, waiting for it would use up the time.
        found.sort_by_key(SocketAddr::is_ipv6);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let addresses = found
            .iter()
            .take(MOST_TRIED)
            .map(|one| format!("http://{one}{path}"));
        Ok(Target {
            addresses: addresses.collect(),
            host: authority.to_string(),
        })
    }

    fn permits(self, ip: IpAddr) -> bool {
        if self == Self::Anywhere {
            return true;
        }
        let ip = ip.to_canonical();
        let nowhere = ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || is_link_local(ip);
        !nowhere && (self == Self::Network || !is_private(ip))
    }
}

const ELSEWHERE: &str = "it leads to this machine or into a network that is not asked; permit that network, or take the evidence from a file";

/// The address that a server sends us on to from `from`.
pub(super) fn onward(from: &str, location: &str) -> Option<String> {
    if location.contains("://") {
        return Some(location.to_owned());
    }
    let path = location.strip_prefix('/').filter(|rest| !rest.starts_with('/'))?;
    let uri: Uri = from.parse().ok()?;
    Some(format!("http://{}/{path}", uri.authority()?))
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast() || ip.octets().first() == Some(&0),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || is_site_local(ip),
    }
}

/// fec0::/10, given up by RFC 3879.
fn is_site_local(ip: Ipv6Addr) -> bool {
    ip.segments()
        .first()
        .is_some_and(|first| first & 0xffc0 == 0xfec0)
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        // RFC 6598 is 100.64.0.0/10.
        IpAddr::V4(ip) => ip.is_private() || matches!(ip.octets(), [100, second, ..] if second & 0xc0 == 64),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

/// What the system knows of `host`. It cannot be told to hurry, so a thread waits for it.
fn resolve(host: String, port: u16, timeout: Duration) -> Result<Vec<SocketAddr>, NetFault> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let waiting = std::thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            let found = (host.as_str(), port).to_socket_addrs();
            let _ = sender.send(found.map(|found| found.take(16).collect::<Vec<_>>()));
        });
    waiting.map_err(|e| NetFault::Connection(e.to_string()))?;
    match receiver.recv_timeout(timeout) {
        Ok(Ok(found)) if !found.is_empty() => Ok(found),
        Ok(Ok(_)) => Err(NetFault::Connection("there is no host of this name".to_owned())),
        Ok(Err(e)) => Err(NetFault::Connection(e.to_string())),
        Err(_) => Err(NetFault::TimedOut(timeout)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(reach: Reach, address: &str) -> bool {
        reach.target(address, false, Duration::from_secs(5)).is_ok()
    }

    #[test]
    fn only_http_and_only_machines_within_reach_are_asked() {
        for (address, public, network) in [
            ("http://198.51.100.7/a.crl", true, true),
            ("http://198.51.100.7:8080/", true, true),
            ("http://10.1.2.3/a.crl", false, true),
            ("http://192.168.1.1/a.crl", false, true),
            ("http://100.64.0.1/a.crl", false, true),
            ("http://[fd00::1]/a.crl", false, true),
            ("http://[2001:db8::1]:81/a.crl", true, true),
            ("http://127.0.0.1/a.crl", false, false),
            ("http://localhost/a.crl", false, false),
            ("http://[::1]/a.crl", false, false),
            ("http://[::ffff:127.0.0.1]/a.crl", false, false),
            ("http://169.254.169.254/latest/meta-data", false, false),
            ("http://[fe80::1]/", false, false),
            ("http://0.0.0.0/", false, false),
            ("http://0.1.2.3/", false, false),
            ("http://224.0.0.1/", false, false),
            ("http://255.255.255.255/", false, false),
            ("https://198.51.100.7/a.crl", false, false),
            ("ldap://198.51.100.7/cn=a", false, false),
            ("file:///etc/passwd", false, false),
            ("http://user@198.51.100.7/", false, false),
            ("http:///a", false, false),
            ("a.crl", false, false),
            ("", false, false),
        ] {
            assert_eq!(asked(Reach::Public, address), public, "public {address}");
            assert_eq!(asked(Reach::Network, address), network, "network {address}");
        }
        assert!(asked(Reach::Anywhere, "http://127.0.0.1:1/"));
        assert!(!asked(Reach::Anywhere, "file:///etc/passwd"));
    }

    #[test]
    fn a_proxy_is_not_sent_to_this_machine_either() {
        let target = |address| Reach::Network.target(address, true, Duration::ZERO);
        assert!(target("http://localhost/a").is_err());
        assert!(target("http://127.0.0.1/a").is_err());
        assert_eq!(
            target("http://ca.example/a").unwrap().addresses,
            ["http://ca.example/a"]
        );
    }

    #[test]
    fn a_server_sends_on_to_whole_addresses_and_to_paths_of_its_own() {
        let from = "http://a.example:81/x/y";
        let to = |location| onward(from, location);
        assert_eq!(to("http://b.example/z").as_deref(), Some("http://b.example/z"));
        assert_eq!(to("/z").as_deref(), Some("http://a.example:81/z"));
        assert_eq!(to("//b.example/z"), None);
        assert_eq!(to("z"), None);
    }
}
