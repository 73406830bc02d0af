//! What is a secret, what is none, and that no text takes long.

use super::*;

const SECRET: &str = "0123abcDEF";

#[test]
fn secrets_do_not_travel() {
    for text in [
        "key AKIAIOSFODNN7EXAMPLE used",
        "training/p/AKIAIOSFODNN7EXAMPLE.csv",
        "ASIAIOSFODNN7EXAMPLE",
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=0123abcDEF&X-Amz-Expires=60",
        "x-amz-security-token=0123abcDEF",
        "token ghp_0123abcDEF012 leaked",
        "github_pat_0123abcDEF",
        "password=0123abcDEF",
        "password = 0123abcDEF",
        "password : 0123abcDEF",
        "password =0123abcDEF",
        "password=\n0123abcDEF",
        "password=\u{0}0123abcDEF",
        "PASSWORD='my 0123abcDEF word'",
        "{\"secret_access_key\": \"0123abcDEF\"}",
        "{\"user\":\"x\",\"password\":\"0123abcDEF\",\"y\":1}",
        r#"{\"user\":\"x\",\"password\":\"0123abcDEF\"}"#,
        "aws_secret_access_key=0123abcDEF",
        "?a=1&token=0123abcDEF",
        "https://x.example/y?token=0123abcDEF",
        "postgres://user:0123abcDEF@db.example/flights",
        "Authorization: Bearer 0123abcDEF",
        "authorization:Basic 0123abcDEF",
        "token: password: 0123abcDEF",
        "token: password : 0123abcDEF",
        "Bearer \"secret\": \"0123abcDEF\"",
        "Bearer \"secret\" : \"0123abcDEF\"",
        "X-Api-Key: 0123abcDEF",
        "eyJhbGciOiJIUzI1NiJ9.0123abcDEF.x",
        "AWS4-HMAC-SHA256 Credential=0123abcDEF/20130401/s3, Signature=0123abcDEF",
        "-----BEGIN RSA PRIVATE KEY----- 0123abcDEF",
    ] {
        let masked = secrets(text);
        assert!(
            !masked.contains(SECRET) && !masked.contains("IOSFODNN7EXAMPLE"),
            "{masked}"
        );
        assert_eq!(secrets(&masked), masked, "masking again changes nothing");
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "AKIAma.csv and tokens.csv",
        "AKIAMANUFACTURER",
        "a  line\nand\tanother",
        "training/flight-delay/2013-04-01T06:00:00Z=x.csv",
        "start execution of pipeline `windsock-a-training`: ThrottlingException: Rate exceeded",
        "s3://bucket/key https://user@example.com/x",
        "",
        "= : =",
    ] {
        assert_eq!(secrets(text), text);
    }
}

#[test]
fn the_words_beside_a_secret_stay() {
    for (text, expected) in [
        ("user=x password=y z", "user=x password=(secret) z"),
        (
            "{\"password\": \"y z\", \"region\": \"us-east-1\"}",
            "{\"password\": \"(secret) \", \"region\": \"us-east-1\"}",
        ),
        ("{\"password\":\"\",\"a\":1}", "{\"password\":\"\",\"a\":1}"),
        ("k?X-Amz-Signature=ab12&x=1", "k?X-Amz-Signature=(secret)&x=1"),
        ("AKIAIOSFODNN7EXAMPLE.csv", "(secret).csv"),
        ("db://me:hunter2@host/x", "db://me:(secret)@host/x"),
    ] {
        assert_eq!(secrets(text), expected);
    }
}

#[test]
fn a_line_is_not_endless() {
    let cut = line(&"é".repeat(LINE_CHARS_MAX + 5));
    assert!(cut.ends_with("é... (and 5 more characters)"));
    assert_eq!(line("short"), "short");
}

/// Each of these is a million bytes, and quadratic work on them would take hours.
#[test]
fn no_text_takes_long() {
    for part in [
        "AKIA",
        "ghp_",
        "token=",
        "token=\"a\"",
        "\"",
        "://",
        "=",
        "é",
        "a@:",
        "token ",
        "password = ",
    ] {
        let text = part.repeat(1_000_000 / part.len());
        assert!(secrets(&text).len() < 3 * text.len() + 100);
    }
}

#[test]
fn odd_characters_never_panic() {
    for text in [
        "é=é",
        "token:",
        "ghp_é",
        "X-Amz-Signature=é",
        "ſecret=x",
        "İ=İ",
        "password=é é",
        "token=\"é",
        "\\\"token\\\":\\\"",
        "://:@",
        "://é:é@é",
    ] {
        secrets(text);
        line(text);
    }
}
