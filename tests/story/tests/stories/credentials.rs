//! `windsock credentials`: a shell that speaks as somebody else.

use windsock_story::{local::Local, people::Person, scratch, signed::Signer};

#[test]
fn a_shell_speaks_as_another_person_with_credentials_of_theirs() -> anyhow::Result<()> {
    let folder = scratch();
    let local = Local::up(&folder.path().join("state"))?;
    let printed = |role: &str| {
        let ended = local.windsock(&["credentials", role])?;
        assert!(ended.succeeded(), "{ended:?}");
        anyhow::Ok(ended.exports())
    };
    let (scientist, operator) = (printed("data-scientist")?, printed("operator")?);
    assert_ne!(scientist["AWS_ACCESS_KEY_ID"], operator["AWS_ACCESS_KEY_ID"]);
    assert_eq!(&operator, local.exports());
    let scientist = Person(Signer::from_exports(&scientist)?);
    scientist.upload("training/wind-power/1.csv", b"wind,megawatts\n1,2\n")?;
    Ok(())
}
