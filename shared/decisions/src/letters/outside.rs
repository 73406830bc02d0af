//! Text from outside (file names, error texts) before it goes into a letter: one line, no tricks, no secrets, not endless.

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
    let mut words: Vec<String> = looked_at.split_whitespace().map(mask).collect();
    mask_named_values(&mut words);
    let plain = words.join(" ").replace("://", "[:]//").replace("s3[:]//", "s3://");
    cut(&plain, unseen, chars_max)
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

const MASK: &str = "(secret)";
/// What stands before a secret, up to its own delimiter.
const MARKS: [&str; 14] = [
    "X-Amz-Signature=",
    "X-Amz-Security-Token=",
    "X-Amz-Credential=",
    "Signature=",
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "AKIA",
    "ASIA",
];
/// An access key id has 20 characters; a word that merely begins with AKIA is none.
const KEY_ID_LENGTH: usize = 20;

/// A word without the secrets in it.
fn mask(word: &str) -> String {
    let mut masked = word.to_owned();
    for mark in MARKS {
        let mut from = 0;
        while let Some(at) = find_ignoring_case(&masked[from..], mark).map(|at| at + from) {
            let value = at + mark.len();
            let end = masked[value..]
                .find(|c: char| !is_secret_char(c))
                .map_or(masked.len(), |length| value + length);
            if end == value {
                from = value;
                continue;
            }
            let is_key_id = mark.len() == 4 && mark.ends_with('A');
            if is_key_id && end - at < KEY_ID_LENGTH {
                from = value;
                continue;
            }
            // The name of a parameter stays, the prefix of a token goes with it.
            let start = if mark.ends_with('=') { value } else { at };
            masked.replace_range(start..end, MASK);
            from = start + MASK.len();
        }
    }
    masked
}

fn is_secret_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '/' | '=' | '%' | '.' | '~')
}

fn find_ignoring_case(text: &str, mark: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(&mark.to_ascii_lowercase())
}

/// `password=x`, `"secret": "x"`, `Bearer x`, `-----BEGIN ... KEY-----`.
fn mask_named_values(words: &mut Vec<String>) {
    const NAMES: [&str; 9] = [
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "secretaccesskey",
        "secret_access_key",
        "authorization",
    ];
    let mut next_is_secret = false;
    let mut was_named = false;
    for word in words.iter_mut() {
        let lower = word.to_ascii_lowercase();
        let is_sign = lower == "=" || lower == ":";
        if next_is_secret && !is_sign {
            // `Authorization: Bearer x` hides x as well.
            next_is_secret = lower == "bearer" || lower == "basic";
            *word = MASK.to_owned();
            continue;
        }
        let split = word.find(['=', ':']);
        let name = lower[..split.unwrap_or(lower.len())].trim_matches(|c: char| !c.is_alphanumeric());
        let named = NAMES.iter().any(|known| name.ends_with(known));
        match split {
            Some(at) if named && !word[at + 1..].trim_matches(['"', '\'']).is_empty() => {
                word.replace_range(at + 1.., MASK);
            }
            Some(_) => next_is_secret = named || (is_sign && was_named),
            None => next_is_secret = name == "bearer",
        }
        was_named = named && split.is_none();
    }
    if let Some(at) = words.iter().position(|word| word.contains("-----BEGIN")) {
        words.truncate(at);
        words.push("(key removed)".to_owned());
    }
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
