//! What happens to surveys.

pub mod answer;
pub mod offer;
pub mod plan;
pub mod review;
pub mod settings;
