use super::*;
use proptest::prelude::*;

const ID: &str = "m12.2.abcdef@shop.test";

/// A standard report with one group of fields and the returned headers.
fn standard(fields: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.x.test\nTo: support@shop.test\nSubject: Undelivered Mail\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nSorry about <eve@x.test>: it failed.\n\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.x.test\n\n\
         {fields}\n\n--b\nContent-Type: text/rfc822-headers\n\n\
         From: Shop <support@shop.test>\nReply-To: support+t12.sig@shop.test\n\
         Message-ID: <{ID}>\nSubject: Re: Lamp\n\n--b--\n"
    )
}

fn delivery(raw: &str) -> DeliveryReport {
    match read(raw.replace('\n', "\r\n").as_bytes()) {
        Some(Report::Delivery(report)) => report,
        other => panic!("{other:?} in {raw}"),
    }
}

fn short(report: &DeliveryReport) -> Vec<(&str, Action, &str)> {
    report
        .recipients
        .iter()
        .map(|it| (it.address.as_str(), it.action, it.status.as_str()))
        .collect()
}

#[test]
fn a_standard_report_names_recipient_reason_and_mail() {
    let report = delivery(&standard(
        "Original-Recipient: rfc822;ana@x.test\nFinal-Recipient: rfc822; ana@inner.x.test\n\
         Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.x.test\n\
         Diagnostic-Code: smtp; 550 5.1.1 <ana@x.test>:\n    no such user here",
    ));
    assert_eq!(short(&report), [("ana@x.test", Action::Failed, "5.1.1")]);
    assert_eq!(
        report.recipients[0].diagnostic,
        "550 5.1.1 <ana@x.test>: no such user here"
    );
    assert_eq!(report.original_id.as_deref(), Some(ID));
    assert_eq!(report.reply_details, ["t12.sig"]);
}

#[test]
fn every_action_is_told_apart() {
    for (word, action) in [
        ("failed", Action::Failed),
        ("Delayed", Action::Delayed),
        ("delivered (to mailbox)", Action::Delivered),
        ("relayed", Action::Relayed),
        ("expanded", Action::Expanded),
    ] {
        let fields = format!("Final-Recipient: RFC822;<ana@x.test>\nAction: {word}\nStatus: 2.0.0");
        assert_eq!(delivery(&standard(&fields)).recipients[0].action, action);
    }
    // Without an action nothing is claimed about the address.
    let silent = standard("Final-Recipient: rfc822;ana@x.test\nStatus: 5.0.0");
    assert_eq!(read(silent.as_bytes()), None);
}

#[test]
fn several_recipients_and_missing_lines_between_them() {
    let report = delivery(&standard(
        "Final-Recipient: rfc822;ana@x.test\nAction: failed\nStatus: 5.0.0\n\
         Diagnostic-Code: smtp;550-5.1.1 unknown\n\
         Original-Recipient: rfc822;ben@x.test\n\
         Final-Recipient: rfc822;b@inner.test\nAction: delayed\nStatus: 4.4.1\n\n\
         Final-Recipient: rfc822;cleo@x.test\nAction: delivered\nStatus: 2.1.5",
    ));
    assert_eq!(
        short(&report),
        [
            ("ana@x.test", Action::Failed, "5.1.1"),
            ("ben@x.test", Action::Delayed, "4.4.1"),
            ("cleo@x.test", Action::Delivered, "2.1.5"),
        ]
    );
}

#[test]
fn a_whole_returned_mail_is_read_like_its_headers() {
    let raw = standard("Final-Recipient: rfc822;ana@x.test\nAction: failed\nStatus: 5.1.1")
        .replace("text/rfc822-headers", "message/rfc822");
    assert_eq!(delivery(&raw).original_id.as_deref(), Some(ID));
    // The nearest mail counts, not one that it carries in turn.
    assert_eq!(delivery(&raw).reply_details, ["t12.sig"]);
}

#[test]
fn qmail_writes_words() {
    let report = delivery(&format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.x.test\nSubject: failure notice\n\n\
         Hi. This is the qmail-send program at mx.x.test.\n\
         I'm afraid I wasn't able to deliver your message to the following addresses.\n\
         This is a permanent error; I've given up. Sorry it didn't work out.\n\n\
         <ana@x.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n\
         <ben@x.test>:\nUser is over the quota. (#5.2.2)\n\n\
         --- Below this line is a copy of the message.\n\n\
         Return-Path: <support@shop.test>\nFrom: <support@shop.test>\n\
         Message-ID: <{ID}>\nReply-To: Shop <support+t12.sig@shop.test>\n\nhello\n\
         eve@x.test\n"
    ));
    assert_eq!(
        short(&report),
        [
            ("ana@x.test", Action::Failed, "5.1.1"),
            ("ben@x.test", Action::Failed, "5.2.2")
        ]
    );
    assert_eq!(report.original_id.as_deref(), Some(ID));
    assert_eq!(report.reply_details, ["t12.sig"]);
}

#[test]
fn exim_and_gmail_name_whom_they_mean_in_a_header() {
    let report = delivery(&format!(
        "X-Failed-Recipients: ana@x.test\nFrom: Mail Delivery System <Mailer-Daemon@mx.test>\n\
         Subject: Mail delivery failed: returning message to sender\n\n\
         This message was created automatically by mail delivery software.\n\n\
         A message that you sent could not be delivered to one or more of its\nrecipients. \
         This is a permanent error. The following address(es) failed:\n\n  ana@x.test\n    \
         host mx.x.test [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:\n    \
         550 5.1.1 no such user\n\n\
         ------ This is a copy of the message, including all the headers. ------\n\n\
         From: support@shop.test\nMessage-ID:\n <{ID}>\n\nben@x.test\n"
    ));
    assert_eq!(short(&report), [("ana@x.test", Action::Failed, "5.1.1")]);
    assert_eq!(report.original_id.as_deref(), Some(ID));
    let gmail = delivery(&format!(
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\n\
         X-Failed-Recipients: ana@x.test\nSubject: Delivery Status Notification (Failure)\n\n\
         Delivery to the following recipient failed permanently:\n\n     ana@x.test\n\n\
         Technical details of permanent failure: \n\
         550 550 5.1.1 <ana@x.test>: Recipient address rejected (state 14).\n\n\
         ----- Original message -----\n\nMessage-ID: <{ID}>\nSubject: Re: Lamp\n"
    ));
    assert_eq!(short(&gmail), [("ana@x.test", Action::Failed, "5.1.1")]);
    assert_eq!(gmail.original_id.as_deref(), Some(ID));
}

#[test]
fn a_warning_is_a_delay_and_no_failure() {
    let report = delivery(&format!(
        "X-Failed-Recipients: ana@x.test\nFrom: Mailer-Daemon@mx.test\n\
         Subject: Warning: message 1abc delayed 24 hours\n\n\
         A message that you sent has not yet been delivered to one or more of its\n\
         recipients after more than 24 hours.\n\n  ana@x.test\n\nMessage-ID: <{ID}>\n"
    ));
    assert_eq!(report.recipients[0].action, Action::Delayed);
}

#[test]
fn a_complaint_names_kind_reader_and_mail() {
    let raw = format!(
        "From: <fbl@provider.test>\nSubject: FW: Re: Lamp\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n\
         --b\nContent-Type: message/feedback-report\n\nFeedback-Type: Abuse\n\
         User-Agent: Feedback/1.0\nVersion: 1\nOriginal-Rcpt-To: <ana@x.test>\n\n\
         --b\nContent-Type: message/rfc822\n\nFrom: support@shop.test\n\
         Message-ID: <{ID}>\nSubject: Re: Lamp\n\nHello\n--b--\n"
    );
    let Some(Report::Feedback(report)) = read(raw.as_bytes()) else {
        panic!("no complaint was found");
    };
    assert_eq!(report.kind, "abuse");
    assert_eq!(report.recipient.as_deref(), Some("ana@x.test"));
    assert_eq!(report.original_id.as_deref(), Some(ID));
}

#[test]
fn statuses_are_found_in_what_servers_say() {
    for (text, status) in [
        ("550 5.1.1 no", Some("5.1.1")),
        ("(#5.2.2)", Some("5.2.2")),
        ("550-5.7.26 unauthenticated", Some("5.7.26")),
        ("host 192.0.2.7 said: 552 too big", Some("5.0.0")),
        ("451 try later", Some("4.0.0")),
        ("we are sorry", None),
        ("in 1200 words", None),
    ] {
        assert_eq!(status_in(text).as_deref(), status, "{text}");
    }
}

/// Reports that real servers wrote, where they are at hand.
#[test]
fn real_reports_name_their_recipients() {
    let root = std::env::var("EVENKEEL_CORPUS")
        .unwrap_or_else(|_| format!("{}/../../../shared/data", env!("CARGO_MANIFEST_DIR")));
    let folder = format!("{root}/mail/mikel-mail/multipart_report_emails");
    let Ok(files) = std::fs::read_dir(folder) else {
        eprintln!("skipped: no corpus (set EVENKEEL_CORPUS)");
        return;
    };
    let mut found = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        let report = read(&std::fs::read(&path).unwrap());
        let Some(Report::Delivery(report)) = report else {
            panic!("no report in {}", path.display());
        };
        assert!(report.recipients.iter().all(|it| !it.status.is_empty()));
        found.push(report.recipients.len());
    }
    found.sort_unstable();
    assert_eq!(found, [1, 1, 1, 5, 5]);
}

#[test]
fn a_persons_mail_is_no_report() {
    assert_eq!(
        read(b"From: a@x.test\nSubject: hello\n\nMy lamp broke. Ana\n"),
        None
    );
    assert_eq!(read(b""), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever a server writes, reading it neither panics nor claims more than the limits allow.
    #[test]
    fn nothing_makes_reading_fail(
        head in "(Content-Type: multipart/report; boundary=b\n)?\
            (X-Failed-Recipients: [a@,.x ]{0,30}\n)?",
        lines in proptest::collection::vec(
            "(--b|Content-Type: message/(delivery-status|feedback-report|rfc822)|Final-Recipient: \
             \\PC{0,20}|Action: (failed|delayed|\\PC{0,6})|<a@x.y>:|a@x.y|Status: [0-9.]{0,9}|\
             Message-ID: <\\PC{0,10}>|\\PC{0,30}|)", 0..40),
    ) {
        let raw = format!("From: mailer-daemon@x.y\n{head}\n{}", lines.join("\n"));
        if let Some(Report::Delivery(report)) = read(raw.as_bytes()) {
            prop_assert!(report.recipients.len() <= RECIPIENTS_MAX);
            for it in report.recipients {
                prop_assert!(normalise(&it.address).is_some());
                prop_assert!(it.diagnostic.chars().count() <= DIAGNOSTIC_CHARS_MAX);
            }
        }
    }
}
