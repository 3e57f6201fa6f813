//! Work that got stuck: jobs that gave up, and records that a reader could not deal with.
//!
//! Both are kept until a person has them tried again; nothing of them is thrown away.

pub mod commands;
pub mod http;

use kernel::ids::JobId;
use kernel::journal::{Record, RecordType};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody has a job tried again that gave up.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct JobRetried {
    /// The job.
    pub job: JobId,
}

/// Somebody has a reader try again what it could not deal with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ParkedRetried {
    /// The position of the first record.
    pub position: i64,
}

impl Record for JobRetried {
    const KIND: &'static str = "job.retried";
}
impl Record for ParkedRetried {
    const KIND: &'static str = "reader.retried";
}

/// The journal records of stuck work.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<JobRetried>(),
    RecordType::of::<ParkedRetried>(),
];
