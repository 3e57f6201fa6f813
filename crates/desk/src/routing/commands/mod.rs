//! Carrying decisions out, answering offers, and setting routing up.

pub mod care;
pub mod deal;
pub mod offers;
pub mod set_up;

pub use care::after_abuse;
pub use deal::{carry_out, deal};
pub use offers::withdraw;
