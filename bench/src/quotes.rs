//! Folding quotes: a megabyte of quoted mail, and a megabyte made to be slow.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use language::quotes::{fold_html, fold_text};

use crate::options::Options;
use crate::report::{Goal, Report};

/// How long each text is, in bytes.
const BYTES: usize = 1024 * 1024;
/// What folding an ordinary megabyte may take, in milliseconds.
const GOAL: Goal = Goal::Below(50.0);
/// Takes of each figure in a round; the first ones warm the caches.
const TAKES: u32 = 5;

/// Takes the figures.
pub fn run(options: &Options, report: &mut Report) -> Result<()> {
    let takes = options.rounds * TAKES;
    for (name, text) in [
        ("1 MB quote, plain text", quote()?),
        ("1 MB thread, plain text", thread()?),
    ] {
        report.judge(name, "ms", &timed(takes, || fold_text(&text).len()), GOAL);
    }
    for (name, html) in [
        ("1 MB quote, HTML", quote_html()?),
        ("1 MB thread, HTML", thread_html()?),
    ] {
        report.judge(name, "ms", &timed(takes, || fold_html(&html).len()), GOAL);
    }
    for (name, piece) in [
        ("lines that begin with On", "On 5 May\n"),
        ("lines that end in a colon", "On 5 at 10:00:\n"),
        ("lines like heads", "From: a@x.example\n"),
        ("quotes and answers", "> a\nb\n"),
        ("separators that are none", "-----Original----\n"),
    ] {
        linear(report, takes, name, piece, |text| fold_text(text).len());
    }
    for (name, piece) in [
        ("nested elements", "<div>"),
        ("quotes in HTML", "<blockquote>a</blockquote>b"),
        ("unclosed fonts", "<font size=1><p>x"),
        ("attributes", "<p a=1 b=2 c=3 "),
    ] {
        linear(report, takes, name, piece, |html| fold_html(html).len());
    }
    Ok(())
}

/// The time for a megabyte of `piece`, and by how much a second megabyte adds to it.
fn linear(report: &mut Report, takes: u32, name: &str, piece: &str, fold: impl Fn(&str) -> usize) {
    let one = piece.repeat(BYTES / piece.len());
    let two = piece.repeat(2 * BYTES / piece.len());
    let one = timed(takes, || fold(&one));
    let two = timed(takes, || fold(&two));
    report.add(format!("1 MB of {name}"), "ms", &one);
    report.add(format!("2 MB of {name}"), "ms", &two);
}

/// Milliseconds that each of the takes needs.
fn timed(takes: u32, run: impl Fn() -> usize) -> Vec<f64> {
    (0..takes)
        .map(|_| {
            let begun = Instant::now();
            black_box(run());
            begun.elapsed().as_secs_f64() * 1000.0
        })
        .collect()
}

/// A short answer above one long quote.
fn quote() -> Result<String> {
    let mut text =
        String::from("Thank you!\n\nOn 5 May 2020 at 10:00, Ana <a@x.example> wrote:\n\n");
    while text.len() < BYTES {
        writeln!(
            text,
            "> The parcel number {} has not come, and I wait for it.",
            text.len()
        )?;
    }
    Ok(text)
}

/// An answer above a thread of many mails, each quoted in the next.
fn thread() -> Result<String> {
    let mut text = String::from("Thank you!\n\n");
    for depth in 0.. {
        if text.len() >= BYTES {
            break;
        }
        let marks = ">".repeat(depth % 40);
        writeln!(
            text,
            "{marks} On 5 May 2020 at 10:00, Ana <a@x.example> wrote:\n{marks}>"
        )?;
        for _ in 0..20 {
            writeln!(text, "{marks}> The parcel has not come, and I wait for it.")?;
        }
    }
    Ok(text)
}

fn quote_html() -> Result<String> {
    let mut html = String::from(
        "<div>Thank you!</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On 5 May 2020 \
         at 10:00, Ana &lt;a@x.example&gt; wrote:<br></div><blockquote class=\"gmail_quote\">",
    );
    while html.len() < BYTES {
        let number = html.len();
        writeln!(
            html,
            "<p style=\"margin:0;font-family:Arial\">The parcel <b>number {number}</b> has not \
             come,<br>and I wait for it.</p>"
        )?;
    }
    html.push_str("</blockquote></div>");
    Ok(html)
}

/// What Outlook makes of a long thread.
fn thread_html() -> Result<String> {
    let mut html =
        String::from("<div class=\"WordSection1\"><p class=\"MsoNormal\">Thank you!</p>");
    while html.len() < BYTES {
        html.push_str(
            "<div style=\"border-top:solid #E1E1E1 1.0pt\"><p class=\"MsoNormal\"><b>From:</b> Ana\
             <br><b>Sent:</b> Monday<br><b>To:</b> Ben<br><b>Subject:</b> Parcel</p></div>",
        );
        for _ in 0..20 {
            writeln!(
                html,
                "<p class=\"MsoNormal\"><span style=\"font-size:11pt;color:#1F497D\">The parcel \
                 has not come.<o:p></o:p></span></p>"
            )?;
        }
    }
    Ok(html)
}
