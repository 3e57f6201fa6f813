//! A small fake world for tests: both engines, a clock moved by hand, seeded randomness.

mod engines;
mod world;

pub use engines::{each_engine, postgres_url};
pub use world::World;
