//! `/api/openapi.json`: every address of the API as OpenAPI 3.1 has it. What the command line prints as well is described once, in
//! docs/schema, and put in here.

use axum::Router;
use axum::body::Body;
use axum::http::Response;
use axum::routing::get;
use serde_json::Value;

use crate::replay::api::{json, told};
use crate::replay::error::Error;
use crate::replay::room::Room;

const DOCUMENT: &str = include_str!("openapi.json");

/// What docs/schema describes, by the names it has in the document.
const SCHEMAS: &[(&str, &str)] = &[
    ("Capture", include_str!("../../../docs/schema/capture.schema.json")),
    ("Article", include_str!("../../../docs/schema/article.schema.json")),
    ("Diff", include_str!("../../../docs/schema/diff.schema.json")),
    ("Explanation", include_str!("../../../docs/schema/explain.schema.json")),
    ("Source", include_str!("../../../docs/schema/sources.schema.json")),
    ("Status", include_str!("../../../docs/schema/status.schema.json")),
];

/// The addresses of this file.
pub(super) fn routes() -> Router<Room> {
    Router::new().route("/api/openapi.json", get(|| async { told(answer()) }))
}

fn answer() -> Result<Response<Body>, Error> {
    json(&document().map_err(|_| Error::Broken)?)
}

fn document() -> serde_json::Result<Value> {
    let mut document: Value = serde_json::from_str(DOCUMENT)?;
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    for (name, text) in SCHEMAS {
        // References within a schema are from the root of its file, and here from the root of the document.
        let text = text.replace("\"#/$defs/", &format!("\"#/components/schemas/{name}/$defs/"));
        let mut schema: Value = serde_json::from_str(&text)?;
        if let Some(members) = schema.as_object_mut() {
            members.remove("$schema");
        }
        document["components"]["schemas"][*name] = schema;
    }
    Ok(document)
}
