//! Who is to read letters and gets none: an address that is not subscribed, or one that nobody confirmed.

use anyhow::Context;
use serde_json::json;

use super::{Check, quoted, unclear, well, wrong};
use crate::Deployed;

/// What SNS shows instead of the ARN of a subscription that nobody confirmed.
const UNCONFIRMED: &str = "PendingConfirmation";

/// An address that should get a topic's letters.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub address: String,
    /// Empty: all letters.
    pub audiences: Vec<&'static str>,
}

/// One check for a topic whose readers are known by name (a project's), or are whoever is subscribed (operations).
pub(super) async fn readers(deployed: &Deployed, topic: &str, readers: Option<&[Reader]>) -> anyhow::Result<Check> {
    let client = aws_sdk_sns::Client::new(&deployed.config);
    let (mut subscribed, mut all, mut token) = (Vec::new(), 0, None);
    loop {
        let list = client.list_subscriptions_by_topic().topic_arn(topic);
        let answer = list.set_next_token(token).send().await;
        if let Err(error) = &answer
            && error
                .as_service_error()
                .is_some_and(|error| error.is_not_found_exception())
        {
            let what = format!("letters of {}", named(topic));
            return Ok(wrong(
                what,
                "there is no such topic, so nobody is told",
                "windsock apply --all, or sam deploy",
            ));
        }
        let answer = answer.with_context(|| format!("list the subscriptions of {topic}"))?;
        // Whatever else a topic tells (a chat, a page) is its owner's to look after.
        all += answer.subscriptions().len();
        let by_mail = answer.subscriptions().iter();
        for one in by_mail.filter(|one| one.protocol() == Some("email")) {
            let address = one.endpoint().unwrap_or_default().to_owned();
            subscribed.push((address, one.subscription_arn() != Some(UNCONFIRMED)));
        }
        token = answer.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    Ok(match readers {
        Some(readers) => judged(topic, readers, &subscribed),
        None if all == 0 => unclear(
            format!("letters of {}", named(topic)),
            "nobody is subscribed, so alarms are seen by whoever looks alone: deploy with OperationsEmail",
        ),
        None => {
            let all = subscribed.iter().map(|(address, _)| Reader {
                address: address.clone(),
                audiences: Vec::new(),
            });
            judged(topic, &all.collect::<Vec<_>>(), &subscribed)
        }
    })
}

fn judged(topic: &str, readers: &[Reader], subscribed: &[(String, bool)]) -> Check {
    let what = format!(
        "letters of {}: {}",
        topic.rsplit(':').next().unwrap_or(topic),
        counted(readers.len())
    );
    let mut why = Vec::new();
    let mut mend = Vec::new();
    for reader in readers {
        let address = &reader.address;
        let mut same = subscribed
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(address));
        match same.next() {
            Some((_, true)) => continue,
            Some((_, false)) => why.push(format!("{address} has not confirmed, and gets nothing")),
            None => why.push(format!("{address} is not subscribed, and gets nothing")),
        }
        mend.push(subscribe(topic, reader));
    }
    if why.is_empty() {
        return well(what);
    }
    let mend = format!("{} (AWS mails a link, which the reader clicks)", mend.join("; "));
    wrong(what, why.join("; "), mend)
}

fn named(topic: &str) -> &str {
    topic.rsplit(':').next().unwrap_or(topic)
}

fn counted(readers: usize) -> String {
    match readers {
        1 => "1 reader".to_owned(),
        many => format!("{many} readers"),
    }
}

/// For an address that is there and not confirmed, SNS sends its mail again.
fn subscribe(topic: &str, reader: &Reader) -> String {
    let address = quoted(&reader.address);
    let plain = format!("aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {address}");
    if reader.audiences.is_empty() {
        return plain;
    }
    let filter = json!({ "audience": reader.audiences }).to_string();
    format!(
        "{plain} --attributes {}",
        quoted(&json!({ "FilterPolicy": filter }).to_string())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:windsock-demo";

    #[test]
    fn a_reader_who_did_not_confirm_is_named() {
        let readers = ["ada@example.com", "bob@example.com"].map(|address| Reader {
            address: address.to_owned(),
            audiences: vec!["managers", "approvers"],
        });
        let check = judged(
            TOPIC,
            &readers,
            &[("Ada@example.com".into(), true), ("bob@example.com".into(), false)],
        );
        assert_eq!(check.what, "letters of windsock-demo: 2 readers");
        let wrong = check.wrong().expect("bob gets nothing");
        assert_eq!(wrong.why, "bob@example.com has not confirmed, and gets nothing");
        assert_eq!(
            wrong.mend,
            r#"aws sns subscribe --topic-arn arn:aws:sns:us-east-1:111122223333:windsock-demo --protocol email --notification-endpoint bob@example.com --attributes '{"FilterPolicy":"{\"audience\":[\"managers\",\"approvers\"]}"}' (AWS mails a link, which the reader clicks)"#
        );
    }

    #[test]
    fn nobody_to_tell_is_well() {
        assert!(judged(TOPIC, &[], &[]).wrong().is_none());
    }
}
