//! The corpus of real mails, read as a careful person would, and beside it what mail-parser alone
//! reads. The corpus lies outside the project: `EVENKEEL_CORPUS`.

use crate::corpus_judge::{Shares, judge, mail_parser_alone, mails, ours};

#[test]
fn the_corpus_is_read_as_a_careful_person_would() {
    let mails = mails();
    if mails.is_empty() {
        eprintln!("skipped: no corpus (set EVENKEEL_CORPUS)");
        return;
    }
    let (us, wrong) = judge(&mails, ours);
    let (parser, _) = judge(&mails, mail_parser_alone);
    eprintln!("{}\n{}", line("evenkeel", us), line("mail-parser", parser));
    for problem in &wrong {
        eprintln!("  {problem}");
    }
    assert_eq!(mails.len(), 210, "the whole corpus");
    assert_eq!(wrong.len(), 0, "what was right stays right");
    assert!(us.subjects >= parser.subjects && us.senders >= parser.senders);
    assert!(us.files >= parser.files && us.texts >= parser.texts);
}

fn line(name: &str, shares: Shares) -> String {
    let Shares {
        mails,
        subjects,
        senders,
        files,
        with_text,
        texts,
    } = shares;
    format!(
        "{name}: subject {subjects}/{mails}, sender {senders}/{mails}, \
         files {files}/{mails}, text {texts}/{with_text}"
    )
}
