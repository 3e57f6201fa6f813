//! Understanding what people write, without I/O: every function here takes text and gives back
//! what it found in it, in time linear in the length of the text.
//!
//! The room stands on nothing, so that any other may use it.

pub mod detect;
pub mod quotes;
