use super::*;
use crate::email::oauth::ConnectionState;
use kernel::ids::MailConnectionId;

fn tokens(body: &str) -> Result<Tokens, TokenProblem> {
    read_answer(200, body.as_bytes())
}

fn refused(status: u16, body: &str) -> Option<ConnectionTrouble> {
    match read_answer(status, body.as_bytes()) {
        Err(TokenProblem::Refused(trouble, _)) => Some(trouble),
        Err(TokenProblem::Later(_)) => None,
        Ok(_) => panic!("no tokens were given"),
    }
}

#[test]
fn tokens_are_read_as_providers_write_them() {
    let google = tokens(
        r#"{"access_token":"ya29.a","expires_in":3599,"refresh_token":"1//r",
            "scope":"https://mail.google.com/","token_type":"Bearer"}"#,
    )
    .ok()
    .unwrap();
    assert_eq!(google.access, "ya29.a");
    assert_eq!(google.refresh.as_deref(), Some("1//r"));
    assert_eq!(google.lives.as_secs(), 3599);
    let bare = tokens(r#"{"access_token":"a","expires_in":"60"}"#)
        .ok()
        .unwrap();
    assert_eq!((bare.refresh, bare.lives.as_secs()), (None, 60));
    let unsaid = tokens(r#"{"access_token":"a"}"#).ok().unwrap();
    assert_eq!(unsaid.lives, LIFE_UNSAID);
}

#[test]
fn a_token_cannot_say_something_of_its_own() {
    for body in [
        r#"{"access_token":"a\u0001auth=Bearer b"}"#,
        r#"{"access_token":"a b"}"#,
        r#"{"access_token":""}"#,
        r#"{"access_token":"a","token_type":"mac"}"#,
        "<html>",
    ] {
        assert!(
            matches!(tokens(body), Err(TokenProblem::Later(_))),
            "{body}"
        );
    }
}

#[test]
fn refusals_say_who_can_mend_them() {
    let consent = Some(ConnectionTrouble::Consent);
    let client = Some(ConnectionTrouble::Client);
    assert_eq!(refused(400, r#"{"error":"invalid_grant"}"#), consent);
    assert_eq!(refused(400, r#"{"error":"interaction_required"}"#), consent);
    assert_eq!(refused(401, r#"{"error":"invalid_client"}"#), client);
    assert_eq!(refused(401, ""), client);
    assert_eq!(refused(503, r#"{"error":"invalid_grant"}"#), None);
    assert_eq!(refused(429, ""), None);
    assert_eq!(refused(400, r#"{"error":"temporarily_unavailable"}"#), None);
    assert_eq!(refused(302, ""), None, "a redirect is not followed");
}

#[test]
fn tokens_are_renewed_ahead_of_their_end() {
    let now = Timestamp::from_micros(0);
    let ends = |seconds| {
        let tokens = Tokens {
            access: "a".into(),
            refresh: None,
            lives: Duration::from_secs(seconds),
        };
        let (renew, end) = tokens.ends(now);
        (renew.micros() / 1_000_000, end.micros() / 1_000_000)
    };
    assert_eq!(ends(3600), (3300, 3600));
    assert_eq!(ends(100), (80, 100));
    assert_eq!(ends(0), (0, 0));
}

#[test]
fn consent_is_asked_for_with_everything_escaped() {
    let places = places(OauthProvider::Google, "").unwrap();
    let connection = MailConnection {
        id: MailConnectionId(1),
        provider: OauthProvider::Google,
        username: "a+b@shop.test".into(),
        issuer: places.issuer,
        authorize_url: places.authorize_url,
        token_url: places.token_url,
        scopes: places.scopes,
        hosts: places.hosts,
        client_id: "id&x".into(),
        client_secret: serde_json::from_str("\"AAAA\"").unwrap(),
        state: ConnectionState::Waiting,
        trouble: None,
        attempt: None,
        refresh_token: None,
        refresh_before: None,
        access_token: None,
        renew_at: None,
        expires_at: None,
        generation: 0,
        version: 1,
        connected_at: None,
    };
    let url = consent_url(&connection, "https://desk.test/app?x", "s.t", "c");
    assert_eq!(
        url,
        "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=id%26x\
         &redirect_uri=https%3A%2F%2Fdesk.test%2Fapp%3Fx&scope=https%3A%2F%2Fmail.google.com%2F\
         &state=s.t&code_challenge=c&code_challenge_method=S256&login_hint=a%2Bb%40shop.test\
         &access_type=offline&prompt=consent"
    );
}

#[test]
fn a_directory_cannot_lead_elsewhere() {
    let check = |text| {
        let mut problems = Problems::default();
        let tenant = tenant(text, &mut problems);
        (tenant, problems.refuse().is_ok())
    };
    assert_eq!(check(" "), ("common".to_owned(), true));
    assert!(check("shop.onmicrosoft.com").1);
    assert!(!check("evil/../x").1);
}
