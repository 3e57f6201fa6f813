//! How much of a corpus of real mails is read right, beside mail-parser alone.

use std::time::Instant;

// The judge, which is the corpus test's own file, compares with it.
use mail_parser as _;

use crate::report::Report;

#[path = "../../crates/channels/tests/all/corpus_judge.rs"]
mod corpus_judge;

use corpus_judge::{Mail, Reading, judge, mail_parser_alone, mails, ours};

/// Adds the shares of subjects, senders, files and texts read right, and the speed.
pub fn figures(report: &mut Report) {
    let mails = mails();
    if mails.is_empty() {
        report.note("Reading was not judged: there is no corpus (set EVENKEEL_CORPUS).");
        return;
    }
    shares(report, "Evenkeel", &mails, ours);
    shares(report, "mail-parser", &mails, mail_parser_alone);
    let passes: Vec<f64> = (0..5).map(|_| per_second(&mails)).collect();
    report.add("mails read (one core, mean 2.6 KB)", "/s", &passes);
}

fn shares(report: &mut Report, who: &str, mails: &[Mail], read: fn(&[u8]) -> Reading) {
    let (shares, _) = judge(mails, read);
    let all = shares.mails;
    for (what, right, of) in [
        ("subject", shares.subjects, all),
        ("sender", shares.senders, all),
        ("files", shares.files, all),
        ("text", shares.texts, shares.with_text),
    ] {
        let name = format!("{what} read right, of {of} mails ({who})");
        report.add(name, "%", &[share(right, of)]);
    }
}

fn share(right: usize, of: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    100.0 * number(right) / number(of).max(1.0)
}

fn per_second(mails: &[Mail]) -> f64 {
    let start = Instant::now();
    for mail in mails {
        std::hint::black_box(ours(&mail.raw));
    }
    let count = f64::from(u32::try_from(mails.len()).unwrap_or(u32::MAX));
    count / start.elapsed().as_secs_f64()
}
