//! The servers work as the tests that use them are told: by mail sent and read, and by SQL.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::Services;
use crate::process;
use crate::tools;
use crate::workspace::Workspace;

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

/// A connection on which lines go back and forth.
struct Line(BufReader<Box<dyn Wire>>);

impl Line {
    fn open(address: &str) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self(BufReader::new(Box::new(socket)))
    }

    fn tls(self, authority: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(authority).unwrap())
            .unwrap();
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("mail.test").unwrap();
        let session = ClientConnection::new(Arc::new(config), name).unwrap();
        assert!(
            self.0.buffer().is_empty(),
            "the server spoke before the TLS handshake"
        );
        Self(BufReader::new(Box::new(StreamOwned::new(
            session,
            self.0.into_inner(),
        ))))
    }

    fn read(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn write(&mut self, text: &str) {
        self.0
            .get_mut()
            .write_all(format!("{text}\r\n").as_bytes())
            .unwrap();
        self.0.get_mut().flush().unwrap();
    }

    /// An SMTP command and the last line of its reply.
    fn smtp(&mut self, command: &str) -> String {
        self.write(command);
        self.smtp_reply()
    }

    fn smtp_reply(&mut self) -> String {
        loop {
            let line = self.read();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// An IMAP command and its whole answer.
    fn imap(&mut self, command: &str) -> String {
        self.write(&format!("a {command}"));
        let mut answer = String::new();
        loop {
            let line = self.read();
            answer.push_str(&line);
            answer.push('\n');
            if line.starts_with("a ") {
                return answer;
            }
        }
    }
}

struct World {
    services: Services,
}

impl World {
    fn start() -> Self {
        // Several tests of this process may share a crypto provider; the first installs it.
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let services = Services::start(&Workspace::find().unwrap(), false).unwrap();
        Self { services }
    }

    fn get(&self, name: &str) -> String {
        let all = self.services.environment();
        all.into_iter().find(|(key, _)| *key == name).unwrap().1
    }

    fn authority(&self) -> PathBuf {
        PathBuf::from(self.get("EVENKEEL_TEST_MAIL_CA"))
    }

    fn smtp_starttls(&self) -> Line {
        let mut smtp = Line::open(&self.get("EVENKEEL_TEST_SMTP"));
        assert!(smtp.smtp_reply().starts_with("220 "));
        assert!(smtp.smtp("EHLO client.test").starts_with("250 "));
        assert!(smtp.smtp("STARTTLS").starts_with("220 "));
        let mut smtp = smtp.tls(&self.authority());
        assert!(smtp.smtp("EHLO client.test").starts_with("250 "));
        smtp
    }

    fn imap_tls(&self) -> Line {
        let mut imap = Line::open(&self.get("EVENKEEL_TEST_IMAPS")).tls(&self.authority());
        assert!(imap.read().starts_with("* OK"));
        imap
    }

    fn imap_starttls(&self) -> Line {
        let mut imap = Line::open(&self.get("EVENKEEL_TEST_IMAP"));
        assert!(imap.read().starts_with("* OK"));
        assert!(imap.imap("STARTTLS").contains("a OK"));
        imap.tls(&self.authority())
    }

    /// Waits for the first message of a mailbox and returns it.
    fn first_message(mut imap: Line, account: &str) -> String {
        assert!(
            imap.imap(&format!("LOGIN {account} practice"))
                .contains("a OK")
        );
        let arrived = process::wait_until(Duration::from_secs(20), || {
            imap.imap("SELECT INBOX").contains("* 1 EXISTS")
        });
        assert!(arrived, "no mail for {account}");
        imap.imap("FETCH 1 BODY.PEEK[]")
    }
}

#[test]
fn mail_sent_by_smtp_is_read_by_imap() {
    let world = World::start();
    let mut smtp = world.smtp_starttls();
    // \0ben@mail.test\0practice
    assert!(
        smtp.smtp("AUTH PLAIN AGJlbkBtYWlsLnRlc3QAcHJhY3RpY2U=")
            .starts_with("235 ")
    );
    assert!(smtp.smtp("MAIL FROM:<ben@mail.test>").starts_with("250 "));
    assert!(smtp.smtp("RCPT TO:<ana@mail.test>").starts_with("250 "));
    assert!(
        smtp.smtp("RCPT TO:<support+to.k-en@mail.test>")
            .starts_with("250 ")
    );
    assert!(smtp.smtp("DATA").starts_with("354 "));
    let accepted = smtp.smtp("From: ben@mail.test\r\nSubject: Where is it?\r\n\r\nHello\r\n.");
    assert!(accepted.starts_with("250 "), "{accepted}");

    let message = World::first_message(world.imap_tls(), "ana@mail.test");
    assert!(message.contains("Subject: Where is it?"), "{message}");
    assert!(message.contains("Delivered-To: ana@mail.test"), "{message}");
    let message = World::first_message(world.imap_starttls(), "support@mail.test");
    assert!(
        message.contains("Delivered-To: support+to.k-en@mail.test"),
        "{message}"
    );

    let mailbox = Path::new(&world.get("EVENKEEL_TEST_MAILDIR")).join("ana@mail.test/Maildir");
    let files = ["new", "cur"].map(|folder| fs::read_dir(mailbox.join(folder)).unwrap().count());
    assert_eq!(files.iter().sum::<usize>(), 1);
}

#[test]
fn servers_refuse_what_they_are_said_to_refuse() {
    let world = World::start();
    let mut smtp = world.smtp_starttls();
    // \0ben@mail.test\0wrong
    assert!(
        smtp.smtp("AUTH PLAIN AGJlbkBtYWlsLnRlc3QAd3Jvbmc=")
            .starts_with("535 ")
    );
    assert!(smtp.smtp("MAIL FROM:<ben@mail.test>").starts_with("250 "));
    assert!(smtp.smtp("RCPT TO:<nobody@mail.test>").starts_with("550 "));
    assert!(smtp.smtp("RCPT TO:<later@mail.test>").starts_with("451 "));
    assert!(
        smtp.smtp("RCPT TO:<ana@elsewhere.test>")
            .starts_with("550 ")
    );
    let mut imap = world.imap_tls();
    assert!(
        imap.imap("LOGIN ana@mail.test wrong")
            .contains("[AUTHENTICATIONFAILED]")
    );
    assert!(
        imap.imap("LOGIN eve@mail.test practice")
            .contains("[AUTHENTICATIONFAILED]")
    );
}

#[test]
fn postgres_lets_tests_create_databases() {
    let world = World::start();
    let url = world.get("EVENKEEL_TEST_POSTGRES");
    let psql = |url: &str, sql: &str| {
        let program = tools::postgres_folder().unwrap().join("psql");
        let program = if program.exists() {
            program
        } else {
            "psql".into()
        };
        process::output(process::command(program).args([url, "-At", "-c", sql])).unwrap()
    };
    psql(&url, "CREATE DATABASE evenkeel_probe");
    let (server, _) = url.rsplit_once('/').unwrap();
    let answer = psql(&format!("{server}/evenkeel_probe"), "SHOW fsync");
    assert_eq!(answer.trim(), "off");
}

#[test]
fn nothing_is_left_behind() {
    let world = World::start();
    let folder = world
        .authority()
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .to_path_buf();
    let addresses = [
        world.get("EVENKEEL_TEST_IMAP"),
        world.get("EVENKEEL_TEST_SMTP"),
        world.services.postgres.address(),
    ];
    for address in &addresses {
        assert!(TcpStream::connect(address).is_ok(), "{address}");
    }
    drop(world);
    for address in &addresses {
        assert!(
            TcpStream::connect(address).is_err(),
            "{address} still answers"
        );
    }
    assert!(!folder.exists());
}
