//! What is done about abuse.

pub mod appeal;
pub mod gate;
pub mod letter;
pub mod mark;
pub mod read;
pub mod step;
pub mod texts;
