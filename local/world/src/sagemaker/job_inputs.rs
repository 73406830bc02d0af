//! The objects that a job reads, as they are when it starts: a prefix, or the list in a manifest file.

use serde_json::Value;

use super::pattern::s3_uri;
use crate::{S3Object, World, work::JobFile};

/// One input of a job.
pub(super) struct Source {
    pub(super) container_path: String,
    pub(super) uri: String,
    pub(super) is_manifest: bool,
}

impl World {
    /// The files of one input. An error is the reason for which the job fails.
    pub(super) fn files_of(&self, source: &Source, role: &str) -> Result<Vec<JobFile>, String> {
        let uri = &source.uri;
        let (bucket, key) = s3_uri(uri).ok_or_else(|| format!("ClientError: '{uri}' is no s3 URI"))?;
        if source.is_manifest {
            return self.files_of_manifest(bucket, key, role);
        }
        if !self.may_list(role, bucket, key) {
            return Err(no_objects(uri, self.region(), role, bucket));
        }
        let files: Vec<_> = self
            .list_objects(bucket, key)
            .into_iter()
            // Folder markers of the console are no files.
            .filter(|object| !object.key.ends_with('/'))
            .map(|object| file(object, relative(&object.key, key)))
            .collect();
        if files.is_empty() {
            return Err(no_objects(uri, self.region(), role, bucket));
        }
        self.may_download(role, &files)?;
        Ok(files)
    }

    /// `[{"prefix": "s3://bucket/prefix/"}, "relative/key", ...]`: every object that it names must exist.
    fn files_of_manifest(&self, bucket: &str, key: &str, role: &str) -> Result<Vec<JobFile>, String> {
        let uri = format!("s3://{bucket}/{key}");
        self.may_read_object(role, bucket, key)?;
        let bytes = self.read_object(bucket, key).ok_or_else(|| missing(&uri))?;
        let unreadable = |why: &str| format!("ClientError: The manifest file {uri} cannot be read: {why}");
        let list: Vec<Value> =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(&format!("it is no JSON list: {error}")))?;
        let mut entries = list.iter();
        let prefix = entries.next().and_then(|first| first["prefix"].as_str());
        let prefix = prefix.ok_or_else(|| unreadable("its first entry has no \"prefix\""))?;
        let (bucket, prefix) = s3_uri(prefix).ok_or_else(|| unreadable("its prefix is no s3 URI"))?;
        let mut files = Vec::new();
        for entry in entries {
            let name = entry
                .as_str()
                .ok_or_else(|| unreadable(&format!("{entry} is no key")))?;
            let key = format!("{prefix}{name}");
            let object = self
                .object(bucket, &key)
                .ok_or_else(|| missing(&format!("s3://{bucket}/{key}")))?;
            files.push(file(object, name));
        }
        if files.is_empty() {
            return Err(unreadable("it names no object"));
        }
        self.may_download(role, &files)?;
        Ok(files)
    }

    /// The archive of a model; `None` for a model that is all in its image.
    pub(super) fn model_data(&self, uri: &str, role: &str) -> Result<Option<JobFile>, String> {
        if uri.is_empty() {
            return Ok(None);
        }
        if let Some((bucket, key)) = s3_uri(uri) {
            self.may_read_object(role, bucket, key)?;
        }
        let object = s3_uri(uri).and_then(|(bucket, key)| self.object(bucket, key));
        object
            .map(|object| Some(file(object, relative(&object.key, &object.key))))
            .ok_or_else(|| missing(uri))
    }
}

fn file(object: &S3Object, relative: &str) -> JobFile {
    JobFile {
        relative: relative.to_owned(),
        bucket: object.bucket.clone(),
        key: object.key.clone(),
        blobs: object.body.blobs.clone(),
    }
}

/// The path below the input's folder. An object named in full keeps its file name; below a prefix that is a folder,
/// with or without its slash, the tree stays; a prefix that ends inside a name is cut before that name.
fn relative<'a>(key: &'a str, prefix: &str) -> &'a str {
    let rest = key.strip_prefix(prefix).unwrap_or(key);
    if prefix.is_empty() || prefix.ends_with('/') {
        return rest;
    }
    match rest.strip_prefix('/') {
        Some(rest) => rest,
        None => {
            let folder = prefix.rfind('/').map_or(0, |slash| slash + 1);
            &key[folder..]
        }
    }
}

fn missing(uri: &str) -> String {
    format!("ClientError: Data download failed: NoSuchKey (404): The specified key does not exist. {uri}")
}

fn no_objects(uri: &str, region: &str, role: &str, bucket: &str) -> String {
    format!(
        "ClientError: No S3 objects found under S3 URL \"{uri}\" given in input data source. Please ensure that the \
         bucket exists in the selected region ({region}), that objects exist under that S3 prefix, and that the role \
         \"{role}\" has \"s3:ListBucket\" permissions on bucket \"{bucket}\"."
    )
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn one_object_keeps_its_name_and_a_prefix_its_tree() {
        assert_eq!(relative("a/b/manifest.json", "a/b/manifest.json"), "manifest.json");
        assert_eq!(relative("a/b/c/d.csv", "a/b"), "c/d.csv");
        assert_eq!(relative("a/b/c/d.csv", "a/b/"), "c/d.csv");
        assert_eq!(relative("a/batch.csv", "a/b"), "batch.csv");
        assert_eq!(relative("x.csv", ""), "x.csv");
    }
}
