#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(t) = yinxin::time::Time::from_pdf(data) { assert_eq!(yinxin::time::Time::from_pdf(t.to_pdf().as_bytes()), Ok(t)); }
});
