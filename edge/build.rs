//! Takes the built widget (`build/widget`, by `scripts/build-widget.mjs`) into the worker, each file in gzip and in brotli, so that a
//! deploy of the worker is a deploy of the widget too: the loader never names a module that the same worker does not hold.
//! Without a built widget (host tests, `cargo clippy`) the table is empty.
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?;
    let dir = Path::new(&here).join("../build/widget");
    let manifest = dir.join("manifest.json");
    println!("cargo::rerun-if-changed={}", manifest.display());

    let mut table = String::from(
        "/// The widget's files as built.\npub(crate) static FILES: &[WidgetFile] = &[\n",
    );
    if let Ok(json) = fs::read_to_string(&manifest) {
        let manifest: serde_json::Value = serde_json::from_str(&json)?;
        for file in manifest
            .get("files")
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten()
        {
            let name = text(file, "name").ok_or("manifest.json: a file without a name")?;
            let path = dir.join(name).canonicalize()?;
            println!("cargo::rerun-if-changed={}", path.display());
            let etag: String = Sha256::digest(fs::read(&path)?).iter().take(8).fold(
                String::new(),
                |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                },
            );
            let path = path.display();
            writeln!(
                table,
                "    WidgetFile {{ name: {name:?}, content_type: {:?}, immutable: {}, etag: {etag:?}, gzip: include_bytes!({:?}), brotli: include_bytes!({:?}) }},",
                text(file, "content_type").ok_or("manifest.json: a file without a content_type")?,
                file.get("immutable")
                    .and_then(serde_json::Value::as_bool)
                    .unwrap_or(false),
                format!("{path}.gz"),
                format!("{path}.br"),
            )?;
        }
    }
    table.push_str("];\n");
    fs::write(
        Path::new(&env::var_os("OUT_DIR").ok_or("no OUT_DIR")?).join("widget_files.rs"),
        table,
    )?;
    Ok(())
}

/// A field of a file in the manifest.
fn text<'a>(file: &'a serde_json::Value, field: &str) -> Option<&'a str> {
    file.get(field).and_then(serde_json::Value::as_str)
}
