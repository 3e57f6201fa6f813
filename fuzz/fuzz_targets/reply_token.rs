#![no_main]

#[path = "../targets.rs"]
#[expect(dead_code, reason = "each binary runs one target")]
mod targets;

use kernel::keys::Keys;
use std::sync::{LazyLock, Mutex};

/// Keys of a small world; signing needs none of the rest of it.
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let kept: Mutex<Option<Keys>> = Mutex::new(None);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(testkit::each_engine(&[kernel::MIGRATIONS], async |world| {
        *kept.lock().expect("nobody panicked") = Some(world.kernel.keys.clone());
    }));
    kept.into_inner()
        .expect("nobody panicked")
        .expect("a world has keys")
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::reply_token(&KEYS, data));
