//! What S3 answers to conditional writes, and what the store makes of it: the real client over a scripted connector.

mod script;

use script::{ABSENT, Script};
use windsock_effects_s3::{PutNew, Swap};

const LOST: &str = "<Error><Code>PreconditionFailed</Code><Message>no</Message></Error>";
const CONFLICT: &str = "<Error><Code>ConditionalRequestConflict</Code><Message>no</Message></Error>";
const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";

#[tokio::test]
async fn a_new_record_is_written_under_its_condition() {
    let script = Script::new(&[(200, "")]);
    let written = script.store().put_new("state/x.json", &1).await.unwrap();
    assert_eq!(written, PutNew::Written { etag: "e1".into() });
    assert_eq!(script.requests(), ["PUT /work/state/x.json if-none-match *"]);
}

#[tokio::test]
async fn a_record_that_is_there_is_no_error() {
    let script = Script::new(&[(412, LOST)]);
    assert_eq!(script.store().put_new("x", &1).await.unwrap(), PutNew::Exists);
}

#[tokio::test]
async fn a_conflict_is_not_an_answer_and_is_asked_again() {
    let script = Script::new(&[(409, CONFLICT), (409, CONFLICT), (412, LOST)]);
    assert_eq!(script.store().put_new("x", &1).await.unwrap(), PutNew::Exists);
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test]
async fn a_swap_names_the_etag_it_read() {
    let script = Script::new(&[(200, ""), (412, LOST), (404, ABSENT)]);
    let store = script.store();
    assert_eq!(
        store.put_if_match("x", &1, "e0").await.unwrap(),
        Swap::Done { etag: "e1".into() }
    );
    assert_eq!(store.put_if_match("x", &1, "e0").await.unwrap(), Swap::Lost);
    assert_eq!(store.put_if_match("x", &1, "e0").await.unwrap(), Swap::Lost);
    assert_eq!(script.requests()[0], "PUT /work/x if-match \"e0\"");
}

#[tokio::test]
async fn a_refusal_is_an_error_that_names_operation_and_object() {
    let script = Script::new(&[(403, DENIED)]);
    let error = script.store().put_new("x", &1).await.unwrap_err();
    assert_eq!(error.to_string(), "put object `x` in `work`");
}

#[tokio::test]
async fn what_is_absent_is_none_and_what_does_not_read_is_an_error() {
    let script = Script::new(&[(404, ABSENT), (200, "{"), (403, DENIED), (404, "")]);
    let store = script.store();
    assert_eq!(store.get_json::<u32>("x").await.unwrap(), None);
    assert_eq!(
        store.get_json::<u32>("x").await.unwrap_err().to_string(),
        "read the JSON of `x` in `work`"
    );
    assert!(store.get_json::<u32>("x").await.is_err());
    assert!(!store.exists("x").await.unwrap());
}

#[tokio::test]
async fn what_is_written_once_is_read_once_and_its_absence_every_time() {
    let script = Script::new(&[(404, ABSENT), (200, "7")]);
    let store = script.store();
    assert_eq!(store.get_write_once::<u32>("x").await.unwrap(), None);
    assert_eq!(store.get_write_once::<u32>("x").await.unwrap(), Some(7));
    assert_eq!(store.get_write_once::<u32>("x").await.unwrap(), Some(7));
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test]
async fn a_list_goes_through_its_pages_and_stops_at_its_limit() {
    let page = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>\
        <Contents><Key>a/1</Key><LastModified>2013-03-01T09:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>3</Size></Contents>\
        </ListBucketResult>";
    let last = "<ListBucketResult><IsTruncated>false</IsTruncated>\
        <Contents><Key>a/2/</Key><LastModified>2013-03-01T09:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>0</Size></Contents>\
        </ListBucketResult>";
    let listing = Script::new(&[(200, page), (200, last)])
        .store()
        .list("a/", 10)
        .await
        .unwrap();
    assert_eq!(
        listing
            .objects
            .iter()
            .map(|object| object.key.as_str())
            .collect::<Vec<_>>(),
        ["a/1", "a/2/"]
    );
    assert!(listing.objects[1].is_folder_marker() && !listing.more);
    let cut = Script::new(&[(200, page), (200, last)])
        .store()
        .list("a/", 1)
        .await
        .unwrap();
    assert!(cut.more && cut.objects.len() == 1);
}
