//! TLS to PostgreSQL: `sslmode=require` encrypts and checks whom it talks to.
//!
//! The server is the test's own PostgreSQL behind a small door that speaks TLS. Authorities are
//! given by `SSL_CERT_FILE`, so what connects is this test binary started once more.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use kernel::db::{Db, DbError, Location, Tx};
use kernel::live::Live;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::db_postgres::on_postgres;

const URL: &str = "EVENKEEL_TEST_TLS_URL";
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

fn certificate(folder: &Path, name: &str) {
    const CONFIG: &str = "[req]\ndistinguished_name = who\nx509_extensions = what\nprompt = no\n\
        [who]\nCN = test\n[what]\nbasicConstraints = CA:FALSE\nsubjectAltName = IP:127.0.0.1\n";
    let file = |kind: &str| folder.join(format!("{name}.{kind}")).display().to_string();
    std::fs::write(file("cnf"), CONFIG).expect("the folder is writable");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ])
        .args(["-days", "2", "-config", &file("cnf")])
        .args(["-keyout", &file("key"), "-out", &file("crt")])
        .output()
        .expect("openssl is installed");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

/// Accepts connections that ask for TLS and hands what is inside to the server.
async fn serve(door: TcpListener, acceptor: TlsAcceptor, server: String) {
    loop {
        let (mut stream, _) = door.accept().await.expect("the door is open");
        let (acceptor, server) = (acceptor.clone(), server.clone());
        tokio::spawn(async move {
            let mut asked = [0; 8];
            stream.read_exact(&mut asked).await.ok()?;
            if asked != SSL_REQUEST {
                return None;
            }
            stream.write_all(b"S").await.ok()?;
            let mut inside = acceptor.accept(stream).await.ok()?;
            let mut server = TcpStream::connect(server).await.ok()?;
            tokio::io::copy_bidirectional(&mut inside, &mut server)
                .await
                .ok()
        });
    }
}

/// Starts this test binary once more to connect to `url`, trusting `authority` only.
async fn connects(url: String, authority: std::path::PathBuf) -> (bool, String) {
    let ran = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().expect("a test knows its binary"))
            .args([
                "--exact",
                "tls_postgres::the_other_side",
                "--ignored",
                "--nocapture",
            ])
            .env(URL, url)
            .env("SSL_CERT_FILE", authority)
            .env_remove("SSL_CERT_DIR")
            .output()
            .expect("a test can start its binary")
    });
    let ran = ran.await.expect("it ends");
    (
        ran.status.success(),
        String::from_utf8_lossy(&ran.stderr).into_owned(),
    )
}

#[tokio::test]
#[ignore = "started by the test below"]
async fn the_other_side() {
    let Ok(url) = std::env::var(URL) else { return };
    let db = Db::open(&Location::Postgres(url), &Live::default())
        .await
        .expect("it connects");
    let one = async |tx: &mut Tx<'_>| tx.one::<(i64,)>("SELECT 1", &[]).await;
    assert_eq!(
        db.read::<_, DbError, _>(one).await.expect("it reads"),
        Some((1,))
    );
}

#[tokio::test]
async fn a_required_encryption_is_used_and_the_server_is_checked() {
    on_postgres(async |world| {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path(), "ours");
        certificate(folder.path(), "foreign");
        let file = |name: &str| folder.path().join(name);
        let chain = vec![CertificateDer::from_pem_file(file("ours.crt")).unwrap()];
        let key = PrivateKeyDer::from_pem_file(file("ours.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = door.local_addr().unwrap();
        let url = world.database_url().unwrap();
        let (user, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let serving = tokio::spawn(serve(
            door,
            TlsAcceptor::from(Arc::new(config)),
            server.into(),
        ));

        let secure = format!("{user}@{place}/{database}?sslmode=require");
        let (connected, told) = connects(secure.clone(), file("ours.crt")).await;
        assert!(connected, "{told}");
        let (connected, told) = connects(secure, file("foreign.crt")).await;
        assert!(!connected && told.contains("certificate"), "{told}");
        let wrong_name = format!(
            "{user}@localhost:{}/{database}?sslmode=require",
            place.port()
        );
        let (connected, told) = connects(wrong_name, file("ours.crt")).await;
        assert!(!connected && told.contains("certificate"), "{told}");
        let unencrypted = format!("{user}@{server}/{database}?sslmode=require");
        let (connected, _) = connects(unencrypted, file("ours.crt")).await;
        assert!(
            !connected,
            "a server without TLS is refused when TLS is required"
        );
        serving.abort();
    })
    .await;
}
