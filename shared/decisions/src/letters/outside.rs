//! Text from outside (file names, error texts) before it goes into a letter: one line, no tricks, no secrets, not endless.

use crate::redact;

/// Shown of one outside text; the rest is counted.
pub const OUTSIDE_CHARS_MAX: usize = 300;
const LOOKED_AT_CHARS_MAX: usize = 4000;

/// One line of plain text that can neither break out of its place nor act in a mail program.
pub fn tamed(text: &str) -> String {
    tamed_to(text, OUTSIDE_CHARS_MAX)
}

pub fn tamed_to(text: &str, chars_max: usize) -> String {
    // Nothing beyond this can be shown, so it is counted and not looked at.
    let looked_at: String = text.chars().take(LOOKED_AT_CHARS_MAX).map(visible).collect();
    let unseen = text.chars().skip(LOOKED_AT_CHARS_MAX).count();
    let masked = redact::secrets(whole_words(&looked_at, unseen > 0));
    let words: Vec<&str> = masked.split_whitespace().collect();
    let plain = words.join(" ").replace("://", "[:]//").replace("s3[:]//", "s3://");
    cut(&plain, unseen, chars_max)
}

/// An ARN or a name of AWS's, as it stands in a command that a reader may paste.
pub fn identifier(text: &str) -> String {
    const CHARS_MAX: usize = 2048;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '-' | '_' | '.');
    let cut: String = text.chars().take(CHARS_MAX).collect();
    redact::secrets(&cut)
        .chars()
        .map(|c| if plain(c) { c } else { '?' })
        .collect()
}

/// The last word of a text that was cut may be half a secret, which nothing knows as one.
fn whole_words(text: &str, was_cut: bool) -> &str {
    match text.rfind(' ') {
        Some(end) if was_cut => &text[..end],
        _ => text,
    }
}

/// The same in ASCII, for subjects.
pub fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' })
        .collect()
}

/// Line breaks and control characters become spaces; marks that reorder or hide text become visible.
fn visible(c: char) -> char {
    match c {
        c if c.is_control() || c.is_whitespace() || matches!(c, '\u{2028}' | '\u{2029}') => ' ',
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => '?',
        '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => '?',
        '\u{e0000}'..='\u{e0fff}' => '?',
        // Letters without a shape.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}' => '?',
        c => c,
    }
}

fn cut(text: &str, unseen: usize, chars_max: usize) -> String {
    let length = text.chars().count();
    if length <= chars_max && unseen == 0 {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max).collect();
    format!(
        "{kept}... (and {} more characters)",
        length.saturating_sub(chars_max) + unseen
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_is_one_line_without_tricks() {
        for (text, expected) in [
            ("plain.csv", "plain.csv"),
            (
                "x\r\nBcc: all@corp.example\r\n\r\nhi.csv",
                "x Bcc: all@corp.example hi.csv",
            ),
            ("x\nSubject: y", "x Subject: y"),
            ("a\u{202e}fdp.exe", "a?fdp.exe"),
            ("zero\u{200b}width", "zero?width"),
            ("\u{1b}[31mred", "[31mred"),
            ("日本語/é.csv", "日本語/é.csv"),
            ("see https://evil.example/x", "see https[:]//evil.example/x"),
            ("s3://bucket/key", "s3://bucket/key"),
            ("<script>alert(1)</script>.csv", "<script>alert(1)</script>.csv"),
            ("a\u{2028}b\u{0}c", "a b c"),
        ] {
            assert_eq!(tamed(text), expected, "{text:?}");
        }
    }

    #[test]
    fn secrets_do_not_travel_by_mail() {
        for text in [
            "key AKIAIOSFODNN7EXAMPLE used",
            "ASIAIOSFODNN7EXAMPLE",
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=0123abcDEF&X-Amz-Expires=60",
            "x-amz-security-token=0123abcDEF",
            "token ghp_0123abcDEF012 leaked",
            "github_pat_0123abcDEF",
            "password=0123abcDEF",
            "password = 0123abcDEF",
            "{\"secret_access_key\": \"0123abcDEF\"}",
            "aws_secret_access_key=0123abcDEF",
            "Authorization: Bearer 0123abcDEF",
            "-----BEGIN RSA PRIVATE KEY----- 0123abcDEF",
        ] {
            let masked = tamed(text);
            assert!(
                !masked.contains("0123abcDEF") && !masked.contains("IOSFODNN7EXAMPLE"),
                "{masked}"
            );
        }
        assert_eq!(tamed("AKIAma.csv and tokens.csv"), "AKIAma.csv and tokens.csv");
    }

    #[test]
    fn an_identifier_can_be_pasted() {
        let arn = "arn:aws:sagemaker:us-east-1:111122223333:model-package/windsock-a/3";
        assert_eq!(identifier(arn), arn);
        assert_eq!(identifier("arn; rm -rf ~\n$(id)"), "arn??rm?-rf?????id?");
    }

    #[test]
    fn half_a_secret_at_the_end_of_what_is_looked_at_is_not_shown() {
        let key = "AKIAIOSFODNN7EXAMPLE";
        let text = tamed(&format!("{}{key}", " ".repeat(LOOKED_AT_CHARS_MAX - 10)));
        assert!(!text.contains("AKIA"), "{text}");
    }

    #[test]
    fn long_texts_end_with_a_count() {
        let text = tamed(&"é".repeat(1000));
        assert!(text.ends_with("... (and 700 more characters)"), "{text}");
        assert_eq!(ascii("été \u{1b}[0m"), "?t? ?[0m");
    }

    #[test]
    fn odd_bytes_never_panic() {
        for text in [
            "=",
            ":",
            "é=é",
            "token:",
            "ghp_é",
            "X-Amz-Signature=é",
            "ſecret=x",
            "İ=İ",
            "password=é é",
        ] {
            tamed(text);
            tamed_to(text, 1);
        }
    }
}
