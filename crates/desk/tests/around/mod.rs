//! What is around tickets: set-up, the counts of the views, notices, the live feed.

mod board;
mod counts;
mod live;
mod macros;
mod notices;
pub mod office;
mod saved_views;
mod set_up;
