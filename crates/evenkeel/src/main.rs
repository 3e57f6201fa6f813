//! The Evenkeel binary.
fn main() {}
