//! A picture that an applicant sent. Oracle: one that was read has a size, and is what it says it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yinxin::compose::Picture;
use yinxin::limits::Limits;
use yinxin::record::MediaType;

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::DEFAULT;
    // A small file may stand for many pixels; what they cost is not what is looked for here.
    limits.picture_pixels = 1 << 18;
    if let Ok(picture) = Picture::read(data, &limits) {
        let (width, height) = picture.size();
        assert!(width > 0 && height > 0);
        assert_eq!(MediaType::of(data), Some(picture.media_type()));
    }
});
