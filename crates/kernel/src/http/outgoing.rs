//! The one way by which Evenkeel calls other people's web servers.
//!
//! An address that a person typed must not become a way into the operator's own network (server
//! side request forgery): only https, no redirects, no proxies, and every address a name leads to
//! is looked at before it is connected to. Answers are limited in time and size.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub use reqwest::Url;

/// Longest wait for a whole answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(20);
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Where calls may lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses, by https.
    #[default]
    Public,
    /// To public addresses, and to these hosts wherever they are, to them also by http: names in
    /// small letters, or addresses.
    Also(Arc<[String]>),
    /// Also into private networks by https, and to this machine by http: the operator allowed it.
    Private,
}

impl Reach {
    /// Whether the operator allowed this host by name or address.
    fn names(&self, host: &str) -> bool {
        matches!(self, Self::Also(hosts) if hosts.iter().any(|it| it.eq_ignore_ascii_case(host)))
    }
}

/// Why a call came to nothing, in words for the one who typed the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingProblem {
    /// The address may not be called.
    #[error("{0}")]
    Refused(String),
    /// No whole answer in time.
    #[error("{0} did not answer in time")]
    Silent(String),
    /// The answer is too large.
    #[error("{0} answered with more than 1 MB")]
    TooLarge(String),
    /// The connection failed.
    #[error("{host} can't be reached: {reason}")]
    Failed {
        /// Who was called.
        host: String,
        /// What went wrong.
        reason: String,
    },
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct WebAnswer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Calls other people's web servers; cloned freely.
#[derive(Clone)]
pub struct Outgoing {
    client: reqwest::Client,
    reach: Reach,
}

impl Outgoing {
    /// A client that trusts the system's authorities, and those in `extra_pem` when given.
    ///
    /// # Errors
    /// The PEM text can't be read, or there is no TLS.
    pub fn new(reach: Reach, extra_pem: Option<&[u8]>) -> Result<Self, OutgoingProblem> {
        let failed = |reason: String| OutgoingProblem::Failed {
            host: "TLS".to_owned(),
            reason,
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for certificate in CertificateDer::pem_slice_iter(extra_pem.unwrap_or_default()) {
            let certificate = certificate.map_err(|error| failed(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| failed(error.to_string()))?;
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(Careful(reach.clone())))
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .user_agent("Evenkeel")
            .build()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self { client, reach })
    }

    /// Reads an address and says why it may not be called, if it may not. Names are looked at
    /// again when they are called.
    ///
    /// # Errors
    /// [`OutgoingProblem::Refused`].
    pub fn check(&self, address: &str) -> Result<Url, OutgoingProblem> {
        let refused = |reason: &str| OutgoingProblem::Refused(reason.to_owned());
        let url = Url::parse(address).map_err(|_| refused("is no web address"))?;
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let literal = host.parse::<IpAddr>().ok();
        if host.is_empty() {
            return Err(refused("names no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("holds a user name or a password"));
        }
        let here = host == "localhost" || literal.is_some_and(|it| it.is_loopback());
        if self.reach.names(host) && matches!(url.scheme(), "http" | "https") {
            return Ok(url);
        }
        let plain = url.scheme() == "http" && here && self.reach == Reach::Private;
        if url.scheme() != "https" && !plain {
            return Err(refused("does not begin with https://"));
        }
        let private = here || literal.is_some_and(is_private);
        if private && self.reach != Reach::Private {
            return Err(refused("leads into a private network"));
        }
        Ok(url)
    }

    /// Fetches a document.
    ///
    /// # Errors
    /// No whole answer.
    pub async fn get(&self, address: &str) -> Result<WebAnswer, OutgoingProblem> {
        let url = self.check(address)?;
        self.send(&url, self.client.get(url.clone())).await
    }

    /// Posts a form, with HTTP Basic credentials when given.
    ///
    /// # Errors
    /// No whole answer.
    pub async fn post_form(
        &self,
        address: &str,
        fields: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<WebAnswer, OutgoingProblem> {
        let url = self.check(address)?;
        let mut request = self
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(fields));
        if let Some((user, password)) = basic {
            request = request.basic_auth(user, Some(password));
        }
        self.send(&url, request).await
    }

    /// Posts JSON with these headers; no whole answer within `within` is a failure. Of the body no
    /// more than `bytes_max` is read.
    ///
    /// # Errors
    /// No whole answer.
    pub async fn post_json(
        &self,
        address: &str,
        headers: &[(&str, String)],
        body: String,
        (within, bytes_max): (Duration, usize),
    ) -> Result<WebAnswer, OutgoingProblem> {
        let url = self.check(address)?;
        let host = url.host_str().unwrap_or_default();
        let failed = |error: reqwest::Error| explain(host, &error);
        let mut request = self
            .client
            .post(url.clone())
            .timeout(within)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while body.len() < bytes_max
            && let Some(chunk) = response.chunk().await.map_err(failed)?
        {
            body.extend_from_slice(&chunk);
        }
        body.truncate(bytes_max);
        Ok(WebAnswer { status, body })
    }

    async fn send(
        &self,
        url: &Url,
        request: reqwest::RequestBuilder,
    ) -> Result<WebAnswer, OutgoingProblem> {
        let host = url.host_str().unwrap_or_default();
        let failed = |error: reqwest::Error| explain(host, &error);
        let mut response = request
            .header(ACCEPT, "application/json")
            .send()
            .await
            .map_err(failed)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(OutgoingProblem::TooLarge(host.to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(WebAnswer { status, body })
    }
}

/// Fields as `application/x-www-form-urlencoded`.
pub fn form(fields: &[(&str, &str)]) -> String {
    match Url::parse("http://localhost/") {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(fields);
            url.query().unwrap_or_default().to_owned()
        }
        Err(_) => String::new(),
    }
}

fn explain(host: &str, error: &reqwest::Error) -> OutgoingProblem {
    if error.is_timeout() {
        return OutgoingProblem::Silent(host.to_owned());
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    OutgoingProblem::Failed {
        host: host.to_owned(),
        reason: innermost.to_string(),
    }
}

/// Looks at every address a name leads to.
struct Careful(Reach);

impl Resolve for Careful {
    fn resolve(&self, name: Name) -> Resolving {
        let free = self.0 == Reach::Private || self.0.names(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| free || !is_private(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err("the name leads into a private network".into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}

/// Whether an address is not one of the public internet (IANA's special-purpose registries).
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let [high, low] = g.to_be_bytes();
    let [upper, lower] = h.to_be_bytes();
    let tail = Ipv4Addr::new(high, low, upper, lower);
    // Addresses that carry an IPv4 address lead where that one leads: NAT64 and 6to4.
    if (a, b, c, d, e, f) == (0x64, 0xff9b, 0, 0, 0, 0) {
        return is_private_v4(tail);
    }
    if a == 0x2002 {
        let ([high, low], [upper, lower]) = (b.to_be_bytes(), c.to_be_bytes());
        return is_private_v4(Ipv4Addr::new(high, low, upper, lower));
    }
    // Only 2000::/3 is given out; of it, 2001:db8::/32 is for documents.
    a & 0xe000 != 0x2000 || (a, b) == (0x2001, 0x0db8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(reach: Reach, address: &str) -> Option<String> {
        let problem = Outgoing::new(reach, None).unwrap().check(address).err()?;
        Some(problem.to_string())
    }

    #[test]
    fn only_https_to_public_places() {
        assert_eq!(refusal(Reach::Public, "https://login.example.com/x"), None);
        for (address, reason) in [
            ("login.example.com", "is no web address"),
            ("http://login.example.com", "does not begin with https://"),
            ("http://localhost/", "does not begin with https://"),
            ("https://localhost/", "leads into a private network"),
            ("https://127.1/", "leads into a private network"),
            ("https://0x7f000001/", "leads into a private network"),
            (
                "https://169.254.169.254/latest",
                "leads into a private network",
            ),
            ("https://[::ffff:10.0.0.1]/", "leads into a private network"),
            ("https://[fd00::1]/", "leads into a private network"),
            (
                "https://me:secret@example.com/",
                "holds a user name or a password",
            ),
            ("file:///etc/passwd", "names no host"),
        ] {
            assert_eq!(
                refusal(Reach::Public, address).as_deref(),
                Some(reason),
                "{address}"
            );
        }
    }

    #[test]
    fn the_operator_may_open_the_private_network() {
        assert_eq!(refusal(Reach::Private, "https://10.0.0.7/token"), None);
        assert_eq!(refusal(Reach::Private, "http://127.0.0.1:9000/token"), None);
        assert!(refusal(Reach::Private, "http://10.0.0.7/token").is_some());
    }

    #[test]
    fn the_operator_may_open_single_hosts() {
        let hosts = ["hooks.internal".to_owned(), "10.0.0.7".to_owned()];
        let reach = Reach::Also(hosts.into());
        for fine in [
            "http://hooks.internal:8080/x",
            "http://10.0.0.7/",
            "https://x.example/",
        ] {
            assert_eq!(refusal(reach.clone(), fine), None, "{fine}");
        }
        for other in [
            "https://10.0.0.8/",
            "https://localhost/",
            "http://x.example/",
        ] {
            assert!(refusal(reach.clone(), other).is_some(), "{other}");
        }
    }

    #[test]
    fn private_addresses_are_known_in_every_disguise() {
        for private in [
            "10.1.2.3",
            "100.64.0.1",
            "192.168.0.1",
            "172.31.0.1",
            "198.18.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "::ffff:127.0.0.1",
            "2001:db8::1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "8.8.8.8",
            "2a00:1450:4001::1",
            "64:ff9b::808:808",
            "172.32.0.1",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(
            form(&[("a b", "c&d=e"), ("ü", "+")]),
            "a+b=c%26d%3De&%C3%BC=%2B"
        );
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_refused_when_called() {
        let look = |reach| Careful(reach).resolve("localhost".parse().unwrap());
        assert!(look(Reach::Public).await.is_err());
        assert!(look(Reach::Private).await.is_ok());
    }
}
