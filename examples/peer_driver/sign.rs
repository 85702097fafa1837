//! `w2`, `w3`: a visible seal, PAdES B-B.

use serde_json::{Map, Value};
use yinxin::draft::{Draft, Slots};
use yinxin::impression::Impression;
use yinxin::pki::SoftwareSigner;
use yinxin::seal::{Place, Seal};

use super::protocol::{Failure, Job, certificates, now, read};

const POINT_MM: f64 = 25.4 / 72.0;
/// The seal's box: 120 points square, lower left corner at 120, 60 on an A4 page of 841.89 points.
const SIDE_MM: f64 = 120.0 * POINT_MM;
const PLACE: Place = Place {
    page: 0,
    x_mm: 180.0 * POINT_MM,
    y_mm: (841.89 - 120.0) * POINT_MM,
};

pub fn seal(job: &Job) -> Result<Map<String, Value>, Failure> {
    if job.visible == Some(false) {
        return Err("a seal always shows; signing without a mark is not offered".into());
    }
    let chain = certificates(&job.signer_chain)?;
    // The root is what a verifier brings along itself (RFC 5652, clause 10.2.3).
    let chain = chain
        .into_iter()
        .filter(|certificate| !certificate.self_issued())
        .collect();
    let signer = SoftwareSigner::from_pem(&String::from_utf8(read(&job.key)?)?, chain)?;
    let seal = Seal::new(Impression::png(&read(&job.seal)?, SIDE_MM)?);
    let kept = if job.large {
        None
    } else {
        Some(Draft::new(read(&job.input)?, Slots::default()))
    };
    job.run(|at| {
        let fresh;
        let draft = match &kept {
            Some(draft) => draft,
            None => {
                fresh = Draft::new(read(&job.input)?, Slots::default());
                &fresh
            }
        };
        let sealed = draft.without_code().place(PLACE).seal(&seal, &signer, now()?)?;
        job.write(at, &sealed.to_bytes())
    })
}
