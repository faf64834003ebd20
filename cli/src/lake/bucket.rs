//! The lake in R2, by Cloudflare's REST API (<https://developers.cloudflare.com/api/resources/r2/>): 1,200 calls in five minutes, objects of 300 MiB.

use std::fs::File;
use std::path::Path;

use serde::Deserialize;

use super::{Lake, Object};
use crate::Error;
use crate::api::{Answer, Api, StoreError, garbled, read};
use crate::args::LakeAt;
use crate::store::segment;

/// R2 lists 1,000 objects a call.
const PAGE: &str = "1000";
/// So many pages of a list follow each other at most: 100 million objects.
const MOST_PAGES: usize = 100_000;

pub(crate) struct Bucket {
    api: Api,
    objects: String,
}

#[derive(Deserialize)]
struct Listed {
    key: String,
    #[serde(default)]
    size: u64,
}

impl Bucket {
    pub(crate) fn of(at: &LakeAt) -> Result<Self, StoreError> {
        Ok(Self::with(Api::of(&at.account)?, &at.bucket))
    }

    pub(crate) fn with(api: Api, bucket: &str) -> Self {
        Self {
            api,
            objects: format!("r2/buckets/{bucket}/objects"),
        }
    }

    fn object(&self, key: &str) -> String {
        let segments: Vec<String> = key.split('/').map(segment).collect();
        format!("{}/{}", self.objects, segments.join("/"))
    }

    /// All pages of a list: its objects, and with a delimiter the prefixes.
    fn pages(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
    ) -> Result<(Vec<Object>, Vec<String>), Error> {
        let what = format!("listing the objects {prefix}…");
        let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
        let mut cursor = String::new();
        for _ in 0..MOST_PAGES {
            let body = self.api.call(&what, || {
                let mut request = self
                    .api
                    .get(&self.objects)
                    .query("prefix", prefix)
                    .query("per_page", PAGE);
                if let Some(delimiter) = delimiter {
                    request = request.query("delimiter", delimiter);
                }
                if !cursor.is_empty() {
                    request = request.query("cursor", &cursor);
                }
                request.call()
            })?;
            let answer: Answer<Vec<Listed>> = read(&what, &body)?;
            let listed = answer
                .result
                .ok_or_else(|| garbled(&what, &"there is no list in it"))?;
            objects.extend(listed.into_iter().map(|listed| Object {
                key: listed.key,
                bytes: listed.size,
            }));
            let info = answer.result_info.unwrap_or_default();
            prefixes.extend(info.delimited);
            let more = info.is_truncated != Some(false);
            match info.cursor.filter(|cursor| more && !cursor.is_empty()) {
                Some(next) if next == cursor => break,
                Some(next) => cursor = next,
                None => {
                    objects.sort();
                    prefixes.sort();
                    return Ok((objects, prefixes));
                }
            }
        }
        Err(garbled(&what, &"the list goes round in circles").into())
    }
}

impl Lake for Bucket {
    fn list(&self, prefix: &str) -> Result<Vec<Object>, Error> {
        Ok(self.pages(prefix, None)?.0)
    }

    fn folders(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let (_, mut folders) = self.pages(prefix, Some("/"))?;
        // Nothing there, or an API that does not group: who took the one for the other would never compact anything.
        if folders.is_empty() {
            folders = self
                .pages(prefix, None)?
                .0
                .into_iter()
                .map(|object| object.key)
                .collect();
        }
        let name = |folder: &String| {
            let (name, _) = folder.strip_prefix(prefix)?.split_once('/')?;
            Some(name.to_owned())
        };
        let mut names: Vec<String> = folders.iter().filter_map(name).collect();
        names.dedup();
        Ok(names)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let what = format!("reading {key}");
        let found = self
            .api
            .call(&what, || self.api.get(&self.object(key)).call());
        match found {
            Ok(bytes) => Ok(Some(bytes)),
            Err(StoreError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn put(&self, key: &str, file: &Path) -> Result<(), Error> {
        let what = format!("writing {key}");
        let body = self.api.call(&what, || {
            self.api
                .put(&self.object(key))
                .header("content-type", "application/octet-stream")
                .send(File::open(file)?)
        })?;
        read::<serde_json::Value>(&what, &body)?;
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), Error> {
        let what = format!("taking out {key}");
        let done = self
            .api
            .call(&what, || self.api.delete(&self.object(key)).call());
        match done {
            Ok(_) | Err(StoreError::Refused { status: 404, .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
