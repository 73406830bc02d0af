//! Which program stands for a container image on this machine.

use std::path::Path;

use super::{Ended, Place, client_error};

/// The repository whose images are Windsock's own jobs.
const OWN_REPOSITORY: &str = "windsock-jobs";

/// The command for an image: the user's own from `windsock.local.yaml`, or Windsock's jobs.
pub(super) fn command(place: &Place, image: &str) -> Ended<Vec<String>> {
    let (repository, name) = (repository(image), name(image));
    let named = [image, repository, name]
        .into_iter()
        .find_map(|key| place.images.get(key));
    if let Some(command) = named {
        if command.is_empty() {
            return Err(client_error(format!(
                "the command for image `{name}` in windsock.local.yaml is empty"
            )));
        }
        return Ok(command.clone());
    }
    if name == OWN_REPOSITORY {
        return Ok(vec![own_jobs(&place.bin_dir)?]);
    }
    Err(client_error(format!(
        "no command on this machine stands for the image {image}: name one for `{name}` under `images` in windsock.local.yaml"
    )))
}

fn own_jobs(bin_dir: &Path) -> Ended<String> {
    let program = bin_dir.join(OWN_REPOSITORY);
    if program.is_file() {
        return Ok(program.display().to_string());
    }
    Err(client_error(format!(
        "{} is missing: build it, or start the local AWS with the folder that holds it",
        program.display()
    )))
}

/// Without `:tag` and `@digest`. A colon before the last slash is a registry's port.
fn repository(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// Without the registry either, which is what has a dot or a port before the first slash.
fn name(image: &str) -> &str {
    let repository = repository(image);
    match repository.split_once('/') {
        Some((registry, name)) if registry.contains(['.', ':']) => name,
        _ => repository,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_repository() {
        assert_eq!(
            name("123456789012.dkr.ecr.eu-central-1.amazonaws.com/windsock-jobs:0.1.0"),
            "windsock-jobs"
        );
        assert_eq!(name("windsock-jobs"), "windsock-jobs");
        assert_eq!(name("localhost:5000/team/churn@sha256:abc"), "team/churn");
        assert_eq!(repository("localhost:5000/churn"), "localhost:5000/churn");
        assert_eq!(name("team/churn:7"), "team/churn");
    }
}
