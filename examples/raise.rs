//! Makes a sealed file last: evidence of revocation and a time stamp over all of it (PAdES B-LTA), or a newer one if it has that.
//!
//! ```sh
//! cargo run --features net --example raise -- SEALED.pdf ROOT.pem http://tsa.example/ RAISED.pdf
//! ```
//!
//! ROOT.pem holds the roots of the seal and of the time-stamping authority. For sealing with a time stamp from the start, give the same
//! `TimeStampClient` to `Sealing::time_stamp`.

use std::error::Error;
use std::time::SystemTime;

use yinxin::net::{Collector, Fetcher, Http, Level, Raiser, TimeStampAuthority, TimeStampClient};
use yinxin::pki::TrustAnchors;
use yinxin::{Certificate, Draft, Limits, Outcome, Time, Trust, Verifier};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [sealed, roots, address, raised] = &arguments[..] else {
        return Err("usage: raise SEALED.pdf ROOT.pem TSA-ADDRESS RAISED.pdf".into());
    };
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = Time::from_unix(since_1970.as_secs().try_into()?)?;
    let roots = Certificate::from_pem_many(&std::fs::read_to_string(roots)?)?;
    let file = std::fs::read(sealed)?;

    // Whether the seals are right is asked first: a time stamp over a forgery gives it nothing but a date.
    let verifier = Verifier::new(Trust::new().roots(roots.clone()));
    if verifier.verify_pdf(&file, now).outcome == Outcome::NotAuthentic {
        return Err(format!("{sealed}: is not authentic").into());
    }

    let anchors = TrustAnchors::new(roots);
    let client =
        TimeStampClient::new(Http::new(), [TimeStampAuthority::new(address)]).anchors(anchors.clone());
    let fetcher = Fetcher::new(Http::new());
    let raiser = Raiser::new(Collector::new(&fetcher, &anchors)).time_stamp(&client);
    let done = raiser.raise(&Draft::open(file, &Limits::DEFAULT)?, Level::Lta, now)?;

    let time = done.time.map(|time| time.to_string()).unwrap_or_default();
    println!("{raised}: {} revisions added, stamped {time}", done.revisions);
    for missing in &done.missing {
        println!("missing: {missing}");
    }
    let beside = format!("{raised}.tmp");
    std::fs::write(&beside, &done.bytes)?;
    std::fs::rename(beside, raised)?;
    Ok(())
}
