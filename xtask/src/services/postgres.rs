//! A private PostgreSQL.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{User, free_port, log_to, wait_ready};
use crate::process::{self, Group};
use crate::tools;

/// Enough for every test thread to hold a pool.
const CONNECTIONS_MAX: u32 = 400;

/// The running server.
pub struct Server {
    group: Group,
    port: u16,
}

impl Server {
    /// Creates a cluster in the folder and starts it. `durable` turns `fsync` on; without it a
    /// commit survives the death of any process, though not a power cut.
    pub fn start(folder: &Path, user: &User, durable: bool) -> Result<Self> {
        let programs = tools::postgres_folder().context("PostgreSQL's programs are gone")?;
        let data = user.folder(folder, "postgres")?;
        let mut initdb = user.command(programs.join("initdb"), "KILL");
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]);
        initdb
            .args(["--no-sync", "--no-instructions", "--pgdata"])
            .arg(&data);
        process::output(&mut initdb)?;
        let port = free_port()?;
        let mut settings = fs::read_to_string(data.join("postgresql.conf"))?;
        write!(
            settings,
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n\
             max_connections = {CONNECTIONS_MAX}\nshared_buffers = 128MB\njit = off\n\
             fsync = {}\nfull_page_writes = off\nsynchronous_commit = on\n",
            if durable { "on" } else { "off" },
        )?;
        fs::write(data.join("postgresql.conf"), settings)?;
        let log = folder.join("postgres.log");
        // INT is its fast shutdown: open connections don't hold it up.
        let mut server = user.command(programs.join("postgres"), "INT");
        server.arg("-D").arg(&data);
        log_to(&mut server, &log)?;
        let mut group = Group::start(&mut server)?;
        wait_ready("PostgreSQL", &mut group, port, &log)?;
        wait_accepting(user, &programs, port)?;
        Ok(Self { group, port })
    }

    /// The address of a database whose user may create others.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address())
    }

    /// Host and port.
    pub fn address(&self) -> String {
        super::address(self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.group.stop(Signal::INT);
    }
}

/// The port opens a moment before the server takes sessions.
fn wait_accepting(user: &User, programs: &Path, port: u16) -> Result<()> {
    let mut refusal = None;
    let accepting = process::wait_until(super::READY_MAX, || {
        let mut command = user.command(programs.join("pg_isready"), "KILL");
        command.args(["--host=127.0.0.1", &format!("--port={port}")]);
        refusal = process::output(&mut command).err();
        refusal.is_none() || process::interrupted()
    });
    process::check_interrupted()?;
    match refusal {
        Some(error) if !accepting => Err(error.context("PostgreSQL takes no sessions")),
        _ => Ok(()),
    }
}
