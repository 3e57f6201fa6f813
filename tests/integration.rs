//! The one integration-test binary: everything that needs more than one room.

mod coverage;
mod crash;
mod demo;
mod support;
