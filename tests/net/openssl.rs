//! Against OpenSSL's own responder (`openssl ocsp -port`) and its time-stamping authority (`openssl ts`) behind a server of this
//! process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use yinxin::crypto::DigestAlgorithm;
use yinxin::draft::Draft;
use yinxin::limits::Limits;
use yinxin::net::{
    Collector, Fetcher, Http, Lack, Level, NetFault, Nonce, RaiseError, Raiser, Reach, Role,
    TimeStampAuthority, TimeStampClient,
};
use yinxin::pki::{Certificate, OcspStatus, SoftwareSigner, TrustAnchors};
use yinxin::seal::Unstamped;
use yinxin::time::Time;
use yinxin::verify::{Trust, Verifier};

use crate::authority::TSA_TYPE;
use crate::common::Office;
use crate::server::{Reply, Server};

/// A folder with an authority that `openssl` made, and its responder.
struct Authority {
    folder: PathBuf,
    responder: Child,
    responder_url: String,
    tsa: Server,
}

const SETTINGS: &str = "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
    subjectKeyIdentifier=hash\n\
    [ocsp]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning\nnoCheck=ignored\n\
    [office]\nkeyUsage=critical,nonRepudiation\nauthorityInfoAccess=OCSP;URI:$ENV::OCSP\n\
    [revoked]\nkeyUsage=critical,nonRepudiation\nauthorityInfoAccess=OCSP;URI:$ENV::OCSP\n\
    [web]\nsubjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n\
    [stamp]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n\
    authorityInfoAccess=OCSP;URI:$ENV::OCSP\n\
    [own]\nserial=$ENV::DIR/serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\nother_policies=1.2.3.4.5\n\
    digests=sha256,sha512\nordering=no\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\naccuracy=secs:1\n";

const KEYS: [&str; 6] = ["ca", "ocsp", "office", "revoked", "stamp", "web"];

fn openssl(folder: &Path, address: &str, arguments: &[&str]) -> bool {
    let out = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .env("OCSP", address)
        .env("DIR", folder)
        .output();
    match out {
        Ok(out) if out.status.success() => true,
        Ok(out) => panic!("openssl {arguments:?}: {}", String::from_utf8_lossy(&out.stderr)),
        Err(_) => false,
    }
}

impl Authority {
    /// `name` keeps the folders of tests apart.
    fn start(name: &str) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("yinxin-net-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        if !openssl(&folder, "", &["version"]) {
            println!("skipped: no `openssl` on this machine");
            return None;
        }
        std::fs::write(folder.join("settings"), SETTINGS).unwrap();
        std::fs::write(folder.join("serial"), "01\n").unwrap();
        let run = |address: &str, arguments: &[&str]| openssl(&folder, address, arguments);
        for key in KEYS {
            let file = format!("{key}.key");
            run(
                "",
                &[
                    "genpkey",
                    "-algorithm",
                    "EC",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-out",
                    &file,
                ],
            );
        }
        let request = |name: &str| {
            let (key, out, subject) = (
                format!("{name}.key"),
                format!("{name}.csr"),
                format!("/CN=test {name}"),
            );
            run(
                "",
                &["req", "-new", "-key", &key, "-subj", &subject, "-out", &out],
            );
        };
        KEYS.into_iter().for_each(request);
        let issue = |name: &str, serial: &str, address: &str, by: &[&str]| {
            let (csr, out) = (format!("{name}.csr"), format!("{name}.pem"));
            let own = [
                "x509",
                "-req",
                "-in",
                &csr,
                "-days",
                "30",
                "-set_serial",
                serial,
                "-out",
                &out,
            ];
            let more = ["-extfile", "settings", "-extensions", name];
            run(address, &[&own[..], &more, by].concat());
        };
        // Where the certificates will say the responder is, it says itself, so it starts before they are made.
        issue("ca", "1", "x", &["-signkey", "ca.key"]);
        let by_ca = ["-CA", "ca.pem", "-CAkey", "ca.key"];
        issue("ocsp", "2", "x", &by_ca);
        let far = "350101000000Z";
        let index = format!(
            "V\t{far}\t\t03\tunknown\t/CN=test office\nV\t{far}\t\t04\tunknown\t/CN=test stamp\n\
             R\t{far}\t260101000000Z\t05\tunknown\t/CN=test revoked\n"
        );
        std::fs::write(folder.join("index"), index).unwrap();
        let started = serving(
            &folder,
            &[
                "ocsp", "-port", "0", "-index", "index", "-CA", "ca.pem", "-rsigner", "ocsp.pem", "-rkey",
                "ocsp.key", "-ndays", "1",
            ],
        );
        let Some((responder, port)) = started else {
            println!("skipped: this openssl does not say at which port its responder listens");
            return None;
        };
        let responder_url = format!("http://127.0.0.1:{port}/");
        issue("office", "3", &responder_url, &by_ca);
        issue("stamp", "4", &responder_url, &by_ca);
        issue("revoked", "5", &responder_url, &by_ca);
        issue("web", "6", "x", &by_ca);
        let place = folder.clone();
        // One at a time: it counts in a file.
        let turn = Mutex::new(());
        let tsa = Server::start(move |received| {
            let _turn = turn.lock().unwrap();
            std::fs::write(place.join("query"), &received.body).unwrap();
            let reply = [
                "ts",
                "-reply",
                "-config",
                "settings",
                "-section",
                "own",
                "-queryfile",
                "query",
            ];
            let with = [
                "-signer",
                "stamp.pem",
                "-inkey",
                "stamp.key",
                "-chain",
                "ca.pem",
                "-out",
                "reply",
            ];
            openssl(&place, "x", &[&reply[..], &with].concat());
            Reply::ok(TSA_TYPE, std::fs::read(place.join("reply")).unwrap())
        });
        Some(Self {
            folder,
            responder,
            responder_url,
            tsa,
        })
    }

    fn certificate(&self, name: &str) -> Certificate {
        let text = std::fs::read_to_string(self.folder.join(format!("{name}.pem"))).unwrap();
        Certificate::from_pem_many(&text).unwrap().remove(0)
    }

    fn signer(&self, name: &str) -> SoftwareSigner {
        let key = std::fs::read_to_string(self.folder.join(format!("{name}.key"))).unwrap();
        SoftwareSigner::from_pem(&key, vec![self.certificate(name), self.certificate("ca")]).unwrap()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = self.responder.kill();
        let _ = self.responder.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A server of `openssl`, and the port at which it says that it listens.
fn serving(folder: &Path, arguments: &[&str]) -> Option<(Child, u16)> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut port = None;
    let mut line = String::new();
    while port.is_none() && said.read_line(&mut line).is_ok_and(|count| count > 0) {
        // ACCEPT [::]:39041 PID=7 or ACCEPT 0.0.0.0:39041
        let place = line
            .strip_prefix("ACCEPT ")
            .and_then(|rest| rest.split_whitespace().next());
        port = place.and_then(|place| place.rsplit(':').next()?.parse::<u16>().ok());
        line.clear();
    }
    // It would stop where nobody reads what it says.
    std::thread::spawn(move || said.read_to_end(&mut vec![]));
    if port.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    Some((child, port?))
}

fn clock() -> Time {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Time::from_unix(i64::try_from(seconds).unwrap()).unwrap()
}

fn fetcher() -> Fetcher {
    Fetcher::new(Http::new()).reach(Reach::Anywhere)
}

#[test]
fn openssls_responder_answers_our_requests_by_both_methods() {
    let Some(authority) = Authority::start("ocsp") else {
        return;
    };
    let (office, ca) = (authority.certificate("office"), authority.certificate("ca"));
    assert_eq!(
        office.ocsp_addresses(),
        std::slice::from_ref(&authority.responder_url)
    );
    for nonce in [Nonce::None, Nonce::Sent, Nonce::Required] {
        let got = fetcher()
            .nonce(nonce)
            .response(&authority.responder_url, &office, &ca, clock());
        let response = got.unwrap_or_else(|error| panic!("{nonce:?}: {error}"));
        assert_eq!(response.about(&office, &ca)[0].status(), OcspStatus::Good);
        assert_eq!(response.has_nonce(), nonce != Nonce::None);
    }
    // A certificate that its index does not have.
    let unknown = fetcher().response(
        &authority.responder_url,
        &authority.certificate("ocsp"),
        &ca,
        clock(),
    );
    let unknown = unknown.unwrap();
    assert_eq!(
        unknown.about(&authority.certificate("ocsp"), &ca)[0].status(),
        OcspStatus::Unknown
    );
}

#[test]
fn a_file_is_sealed_stamped_raised_and_renewed_with_openssls_authorities() {
    let Some(authority) = Authority::start("raise") else {
        return;
    };
    let anchors = TrustAnchors::new(vec![authority.certificate("ca")]);
    let named = TimeStampAuthority::new(authority.tsa.url("/"));
    let client = TimeStampClient::new(Http::new(), [named])
        .digest(DigestAlgorithm::Sha512)
        .anchors(anchors.clone());
    let office = Office::with_key("p256");
    let now = clock();
    let sealed = office
        .draft("residence")
        .without_code()
        .time_stamp(&client, Unstamped::Refuse)
        .seal(&office.seal(), &authority.signer("office"), now)
        .unwrap();
    let fetcher = fetcher();
    let raiser = Raiser::new(Collector::new(&fetcher, &anchors)).time_stamp(&client);
    let mut file = Draft::open(sealed.into_bytes(), &Limits::DEFAULT).unwrap();
    for level in [Level::Lt, Level::Lta, Level::Lta] {
        let raised = raiser.raise(&file, level, clock());
        let raised = raised.unwrap_or_else(|error| panic!("{level:?}: {error}"));
        assert!(
            raised.missing.is_empty() && raised.revisions > 0,
            "{level:?}: {:?}",
            raised.missing
        );
        let trust = Trust::new().roots([authority.certificate("ca")]);
        let report = Verifier::new(trust).verify_pdf(&raised.bytes, clock());
        // The sample's own dates are of another year than this machine's clock.
        let seals = &report.seals;
        assert!(
            seals.iter().all(|seal| seal.intact && seal.trusted),
            "{level:?}: {seals:#?}"
        );
        file = Draft::open(raised.bytes, &Limits::DEFAULT).unwrap();
    }
    // One whose certificate is revoked: told, and nothing is appended.
    let file = office
        .draft("residence")
        .without_code()
        .time_stamp(&client, Unstamped::Refuse)
        .seal(&office.seal(), &authority.signer("revoked"), now)
        .unwrap();
    let file = Draft::open(file.into_bytes(), &Limits::DEFAULT).unwrap();
    let raiser = Raiser::new(Collector::new(&fetcher, &anchors));
    match raiser.raise(&file, Level::Lt, clock()) {
        Err(RaiseError::Incomplete(missing)) => {
            assert_eq!(missing.len(), 1);
            assert_eq!(missing[0].role, Role::Seal);
            assert_eq!(missing[0].lack, Lack::Revoked("2026-01-01".parse().unwrap()));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn openssls_authority_refuses_a_policy_that_is_not_its_own() {
    let Some(authority) = Authority::start("policy") else {
        return;
    };
    let asking = |policy: &'static [u8]| {
        let named = TimeStampAuthority::new(authority.tsa.url("/")).policy(crate::authority::policy(policy));
        TimeStampClient::new(Http::new(), [named]).request(&[7; 32])
    };
    assert!(asking(&[0x2a, 3, 4, 5]).is_ok());
    let refused = asking(&[0x2a, 3, 4, 6]).unwrap_err();
    assert!(matches!(refused.0[0].fault, NetFault::TimeStamp(_)), "{refused}");
    assert!(refused.to_string().contains("unacceptedPolicy"), "{refused}");
}

#[test]
fn a_server_with_tls_is_trusted_by_the_roots_that_are_given_and_by_no_others() {
    let Some(authority) = Authority::start("tls") else {
        return;
    };
    let started = serving(
        &authority.folder,
        &[
            "s_server", "-accept", "0", "-cert", "web.pem", "-key", "web.key", "-www", "-naccept", "20",
        ],
    );
    let Some((mut server, port)) = started else {
        println!("skipped: this openssl does not say at which port it listens");
        return;
    };
    let ask = |http: Http| {
        let named = TimeStampAuthority::new(format!("https://127.0.0.1:{port}/"));
        let second = std::time::Duration::from_secs(2);
        let client = TimeStampClient::new(http, [named])
            .timeouts(second, second)
            .tries(1);
        client.request(&[7; 32]).unwrap_err().0.remove(0).fault
    };
    // No public root vouches for it.
    let stranger = ask(Http::new());
    assert!(matches!(stranger, NetFault::Tls(_)), "{stranger:?}");
    let other = ask(Http::new().tls_roots(crate::common::pem("root")));
    assert!(matches!(other, NetFault::Tls(_)), "{other:?}");
    // Over TLS it talks, but stamps nothing.
    let known = ask(Http::new().tls_roots(vec![authority.certificate("ca")]));
    let _ = server.kill();
    let _ = server.wait();
    assert!(
        matches!(
            known,
            NetFault::TimedOut(_) | NetFault::ContentType(_) | NetFault::Status(_)
        ),
        "{known:?}"
    );
}
