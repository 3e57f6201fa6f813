use proptest::prelude::*;

use super::super::lines::PICTURE;
use super::*;

/// The text outside of folds, line by line, and the kinds of the folds.
fn outline(html: &str) -> (String, Vec<String>) {
    let tree = tree::parse(html).expect("an ordinary document");
    let (lines, places) = read::lines(&tree);
    let mut own = Vec::new();
    let mut folds: Vec<String> = Vec::new();
    let mut last = None;
    for (line, place) in lines.iter().zip(places) {
        let around = std::iter::successors(Some(place.node), |id| tree.get(*id)?.parent);
        let fold = around
            .into_iter()
            .find(|id| tree.attribute(*id, FOLD_ATTRIBUTE).is_some());
        match fold {
            Some(id) if last != Some(id) => {
                folds.push(tree.attribute(id, FOLD_ATTRIBUTE).unwrap().to_owned());
                last = Some(id);
            }
            None if !line.is_blank() => own.push(line.text.to_string()),
            _ => {}
        }
    }
    (own.join("\n"), folds)
}

/// All text that is seen of a document, without its spaces.
fn seen(html: &str) -> String {
    fn collect(tree: &tree::Tree, id: tree::Id, text: &mut String) {
        if tree
            .name(id)
            .is_some_and(|name| read::SILENT.contains(&name))
        {
            return;
        }
        text.push_str(tree.text(id).unwrap_or_default());
        let mut child = tree.get(id).and_then(|it| it.first);
        while let Some(id) = child {
            collect(tree, id, text);
            child = tree.get(id).and_then(|it| it.after);
        }
    }
    let tree = tree::parse(html).expect("an ordinary document");
    let mut text = String::new();
    collect(&tree, tree.root(), &mut text);
    text.retain(|c| !c.is_whitespace());
    text
}

fn check(name: &str, html: &str, own: &str, folds: &[&str]) {
    let folded = fold_html(html);
    let (text, found) = outline(&folded);
    assert_eq!(text, own, "{name}: {folded}");
    assert_eq!(found, folds, "{name}: {folded}");
    assert_eq!(seen(&folded), seen(html), "{name}");
}

#[test]
fn the_usual_clients() {
    let attr = "On Mon, Oct 24, 2016 at 3:36 PM Ana &lt;<a \
        href=\"mailto:a@x.example\">a@x.example</a>&gt; wrote:";
    check(
        "Gmail",
        &format!(
            "<div dir=ltr>Yes</div><br><div class=\"gmail_quote gmail_quote_container\"><div \
                dir=ltr class=gmail_attr>{attr}<br></div><blockquote class=gmail_quote \
                style=\"margin:0\">Hi<br></blockquote></div>"
        ),
        "Yes",
        &["quote"],
    );
    check(
        "Gmail with a signature",
        &format!(
            "<div>Yes<br clear=all><div><br></div><span class=gmail_signature_prefix>-- \
                </span><br><div class=gmail_signature \
                data-smartmail=gmail_signature><b>Ben</b><br>Acme</div></div><br><div \
                class=gmail_quote><div class=gmail_attr>{attr}</div><blockquote \
                class=gmail_quote>Hi</blockquote></div>"
        ),
        "Yes",
        &["signature", "quote"],
    );
    check(
        "Gmail in a language nobody listed",
        "<div>Yes</div><div class=gmail_quote>Ana zog zork:<br><blockquote \
            class=gmail_quote>Hi</blockquote></div>",
        "Yes",
        &["quote"],
    );
    check(
        "Apple Mail",
        "<body>Yes<div><br></div><div>Sent from my iPhone</div><div><br><blockquote \
            type=cite><div>On 24. Oct 2016, at 15:36, Ana &lt;a@x.example&gt; \
            wrote:</div><br><div>Hi</div></blockquote></div><br></body>",
        "Yes",
        &["signature", "quote"],
    );
    check(
        "Outlook on the web",
        "<div class=elementToProof>Yes</div><div id=Signature><p>Ben</p></div><div \
            id=appendonsend></div><hr style=\"width:98%\"><div id=divRplyFwdMsg \
            dir=ltr><b>Gwir:</b> Ana<br><b>Zork:</b> now</div><div>Hi</div>",
        "Yes",
        &["signature", "quote"],
    );
    check(
        "Outlook for desktops",
        "<div class=WordSection1><p class=MsoNormal>Yes</p><p \
            class=MsoNormal>&nbsp;</p><div><div style='border-top:solid #E1E1E1 1.0pt'><p \
            class=MsoNormal><b>Von:</b> Ana<br><b>Gesendet:</b> Montag<br><b>An:</b> \
            Ben<br><b>Betreff:</b> Hi</p></div></div><p class=MsoNormal>Hi</p></div>",
        "Yes",
        &["quote"],
    );
    check(
        "Outlook for Mac",
        "<div>Yes</div><div id=mail-editor-reference-message-container><div><b>From: \
            </b>Ana</div><div>Hi</div></div>",
        "Yes",
        &["quote"],
    );
    check(
        "Thunderbird",
        "<p>Yes</p><pre class=moz-signature cols=72>-- \nBen</pre><div \
            class=moz-cite-prefix>Ana zork:<br></div><blockquote type=cite \
            cite=\"mid:1\">Hi</blockquote>",
        "Yes",
        &["signature", "quote"],
    );
    check(
        "Yahoo",
        "<div>Yes</div><div id=ydp1yahoo_quoted_2 class=ydp1yahoo_quoted><div>On Monday, \
            October 24, 2016 at 03:36 PM, Ana wrote:</div><div>Hi</div></div>",
        "Yes",
        &["quote"],
    );
    check(
        "Proton",
        "<div>Yes</div><div class=protonmail_signature_block><div>Sent with Proton Mail secure \
            email.</div></div><div class=protonmail_quote>On Monday, October 24th, 2016 at \
            3:36 PM, Ana &lt;a@x.example&gt; wrote:<br><blockquote class=protonmail_quote \
            type=cite>Hi</blockquote></div>",
        "Yes",
        &["signature", "quote"],
    );
    check(
        "GMX",
        "<div>Yes</div><div name=quote style=\"margin:10px\"><div><b>Gesendet:</b> \
            Montag<br><b>Von:</b> Ana</div><div name=quoted-content>Hi</div></div>",
        "Yes",
        &["quote"],
    );
    check(
        "Mail.ru",
        "<div>Yes</div><div>&nbsp;</div><blockquote style=\"border-left:1px \
            solid\">Понедельник, 24 октября 2016, 15:36 от Ana \
            &lt;a@x.example&gt;:<br>Hi</blockquote>",
        "Yes",
        &["quote"],
    );
    check(
        "Samsung",
        "<div>Yes</div><div><br></div><div id=composer_signature><div>Von meinem Galaxy \
            gesendet</div></div><div>-------- Ursprüngliche Nachricht --------</div><div>Von: \
            Ana &lt;a@x.example&gt;</div><div>Datum: 24.10.16 15:36</div><div>An: \
            Ben</div><div>Betreff: Hi</div><div>Hi</div>",
        "Yes",
        &["signature", "quote"],
    );
    check(
        "Zimbra",
        "<div>Yes<br><br><hr id=zwchr><b>From: </b>Ana<br><b>To: </b>Ben<br>Hi</div>",
        "Yes",
        &["quote"],
    );
    check(
        "QQ",
        "<div>Yes</div><div style=\"font-size:12px\">------------------ 原始邮件 \
            ------------------</div><div>发件人: Ana</div><div>Hi</div>",
        "Yes",
        &["quote"],
    );
}

#[test]
fn a_paragraph_is_parted_where_its_quote_begins() {
    check(
        "Yandex",
        "<p><b>Yes</b><br>24.10.2016, 15:36, \"Ana\" \
            &lt;a@x.example&gt;:</p><blockquote>Hi</blockquote>",
        "Yes",
        &["quote"],
    );
    check(
        "in a preformatted text",
        "<pre>Yes\n\nOn 24 Oct 2016 at 15:36, Ana wrote:\n&gt; Hi\n&gt; there\n</pre>",
        "Yes",
        &["quote"],
    );
    check(
        "in a cell",
        "<table><tr><td>Yes<br><br>-----Original Message-----<br>From: Ana<br>Sent: \
            Monday<br><p>Hi</p></td></tr></table>",
        "Yes",
        &["quote"],
    );
}

#[test]
fn rows_are_not_parted() {
    check(
        "rows",
        "<table><tr><td>Yes</td></tr><tr><td>-----Original \
            Message-----</td></tr><tr><td>Hi</td></tr></table>",
        "Yes",
        &["quote", "quote"],
    );
}

#[test]
fn answers_between_quotes_stay_visible() {
    let html = "<div class=gmail_quote><div class=gmail_attr>On 24 Oct 2016, Ana \
        wrote:</div><blockquote \
        class=gmail_quote>Colour?</blockquote><div>Blue</div><blockquote \
        class=gmail_quote>Size?</blockquote><div>XL</div></div>";
    assert_eq!(fold_html(html), html);
}

#[test]
fn an_indented_text_is_no_quote() {
    let html = "<div>See:</div><blockquote style=\"margin:0 0 0 \
        40px;border:none;padding:0px\">this</blockquote>";
    assert_eq!(fold_html(html), html);
}

#[test]
fn forwards_are_not_folded_to_emptiness() {
    let head =
        "From: Ana &lt;a@x.example&gt;<br>Date: 24 Oct 2016<br>Subject: Hi<br>To: Ben<br><br>";
    check(
        "Gmail",
        &format!(
            "<div><br></div><div class=gmail_quote><div class=gmail_attr>---------- Forwarded \
                message ---------<br>{head}</div>Where is it?<br></div>"
        ),
        "Where is it?",
        &["quote"],
    );
    check(
        "Apple Mail",
        &format!(
            "<div><br></div><div>Sent from my iPhone</div><div>Begin forwarded \
                message:<br></div><blockquote type=cite><div>{head}</div><div>Where is \
                it?</div></blockquote>"
        ),
        "Where is it?",
        &["signature", "quote"],
    );
    check(
        "a picture alone",
        "<div><img src=\"cid:1\"></div><blockquote type=cite>Hi</blockquote>",
        &PICTURE.to_string(),
        &["quote"],
    );
}

#[test]
fn marks_of_the_sender_are_dropped() {
    let folded = fold_html("<p data-fold=quote>Pay <b DATA-FOLD=\"signature\">me</b></p>");
    assert_eq!(folded, "<p>Pay <b>me</b></p>");
}

#[test]
fn what_does_not_fold_comes_back_as_it_is() {
    let html = "<P>Hi <bR> there & so on";
    assert_eq!(fold_html(html), html);
}

#[test]
fn documents_made_to_exhaust_come_out_as_text() {
    for bomb in [
        "<div>".repeat(100_000),
        "<div><object></div></object>".repeat(20_000),
        format!("<p {}>", "a=1 b ".repeat(40_000)),
        format!(
            "{}{}",
            "<font size=1><b><i><u><s>".repeat(60),
            "<p>x".repeat(20_000)
        ),
    ] {
        let folded = fold_html(&format!("<p>Hello &amp; welcome</p>{bomb}"));
        assert!(folded.contains("Hello &amp; welcome"), "{:.80}", folded);
        assert!(folded.len() <= bomb.len() * 8 + 100);
        // What is not folded is as harmless as what is.
        let bomb = format!("<p>Hello &amp; welcome</p>{bomb}");
        let tamed = tamed(&bomb);
        assert!(tamed.contains("Hello &amp; welcome"), "{tamed:.80}");
    }
}

fn piece() -> impl Strategy<Value = String> {
    let tags = [
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "<br>",
        "<hr>",
        "<b>",
        "</b>",
        "<span>",
        "</span>",
        "<ul><li>",
        "</li>",
        "</ul>",
        "<table><tr><td>",
        "</td>",
        "</table>",
        "<pre>\n",
        "</pre>",
        "<a href=x>",
        "<blockquote>",
        "<blockquote type=cite>",
        "</blockquote>",
        "<div class=gmail_quote>",
        "<img src=x>",
        "<div class=gmail_signature>",
        "<div id=divRplyFwdMsg>",
        "<style>p{}</style>",
        "<!-- x -->",
        "-----Original Message-----<br>",
        "From: a@x.example<br>Sent: now<br>To: b<br>Subject: c<br>",
        "On 24 Oct 2016 at 15:36, Ana &lt;a@x.example&gt; wrote:<br>",
        "<div>-- </div>",
        "&gt; hi<br>",
        "<p>Sent from my iPhone</p>",
        "Yes",
        "\n",
        "<font color=red>",
        "</font>",
        "<center>",
        "<h1>",
    ];
    prop_oneof![
        8 => proptest::sample::select(tags.to_vec()).prop_map(str::to_owned),
        1 => "[a-z &;<>\"'=/!-]{0,10}",
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn no_word_is_lost(pieces in prop::collection::vec(piece(), 0..24)) {
        let html = pieces.concat();
        let folded = fold_html(&html);
        prop_assert_eq!(seen(&folded), seen(&html), "{} -> {}", html, folded);
        let (own, _) = outline(&folded);
        let says = |text: &str| text.contains(|c: char| c.is_alphanumeric());
        prop_assert!(!says(&seen(&html)) || !own.is_empty(), "{} -> {}", html, folded);
    }
}

#[test]
fn style_sheets_in_comments_and_less_than_signs_are_no_overload() {
    let sheet = "p.MsoNormal {margin: 0cm; font-size: 11.0pt;} ".repeat(200);
    let words = "word ".repeat(200);
    for html in [
        format!("<!-- {sheet} --><p>Hello</p>"),
        format!("<style><!-- {sheet} --></style><p>Hello</p>"),
        format!("<p>1 < 2 {words} <3 {words}</p><p>Hello</p>"),
    ] {
        assert!(fold_html(&html).contains("<p>Hello</p>"), "{html:.60}");
    }
}
