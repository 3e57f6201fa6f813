//! What is served beside the API: the web app, the reference page, health and metrics.

pub mod assets;
pub mod headers;
pub mod health;
pub mod reference;
