//! Coverage by enumeration: what must hold for every route, record and statement is checked for
//! every one of them, so that a new one can't be forgotten.

mod access;
mod records;
mod routes;
mod sql;
