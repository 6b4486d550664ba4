//! As much of JSON Schema (draft 2020-12) as docs/schema uses, and not a word more: a keyword it does not know is a defect of
//! the schema. It remembers what it has met, so that a test can ask whether everything that is described does occur.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A schema, and the places of it that a value has met.
pub struct Schema {
    root: Value,
    met: BTreeSet<String>,
}

impl Schema {
    /// Reads a schema. One that this validator cannot check to the full, or that leaves an object open, is refused.
    pub fn parse(text: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let schema = Self { root, met: BTreeSet::new() };
        if schema.root["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
            return Err("`$schema` does not name draft 2020-12".into());
        }
        schema.places().iter().try_for_each(|place| sound(place, &schema.root))?;
        Ok(schema)
    }

    /// Whether a value is as described; if not, where it is wrong.
    pub fn check(&mut self, value: &Value) -> Result<(), String> {
        self.met.extend(validate(&self.root, "", value, "$")?);
        Ok(())
    }

    /// What is described and was met in no value: keys, elements of lists, and the nulls among them.
    pub fn unmet(&self) -> Vec<String> {
        let mut described = BTreeSet::new();
        for place in self.places() {
            let schema = self.root.pointer(&place).unwrap_or(&Value::Null);
            if types(schema).iter().any(|kind| *kind == "null") {
                described.insert(format!("{place} null"));
            }
            described.insert(place);
        }
        described.into_iter().filter(|place| !self.met.contains(place) && !place.is_empty()).collect()
    }

    /// Where every schema within this one stands.
    fn places(&self) -> Vec<String> {
        let mut places = vec![];
        let mut waiting = vec![String::new()];
        while let Some(place) = waiting.pop() {
            let schema = self.root.pointer(&place).unwrap_or(&Value::Null);
            for keyword in ["properties", "$defs"] {
                let named = schema[keyword].as_object().into_iter().flat_map(Map::keys);
                waiting.extend(named.map(|name| format!("{place}/{keyword}/{name}")));
            }
            if schema.get("items").is_some() {
                waiting.push(format!("{place}/items"));
            }
            let branches = schema["oneOf"].as_array().map_or(0, Vec::len);
            waiting.extend((0..branches).map(|at| format!("{place}/oneOf/{at}")));
            places.push(place);
        }
        places
    }
}

/// Whether a value is as a place of a larger document describes it.
pub fn check_at(document: &Value, place: &str, value: &Value) -> Result<(), String> {
    validate(document, place, value, "$").map(drop)
}

/// What a schema itself must be: nothing in it unknown, nothing unexplained, no object open.
fn sound(place: &str, root: &Value) -> Result<(), String> {
    let schema = root.pointer(place).and_then(Value::as_object).ok_or(format!("{place}: no schema"))?;
    if let Some(keyword) = schema.keys().find(|keyword| !KEYWORDS.contains(&keyword.as_str())) {
        return Err(format!("{place}: `{keyword}` is a keyword that this validator does not know"));
    }
    if let Some(kind) =
        types(root.pointer(place).unwrap_or(&Value::Null)).iter().find(|kind| !TYPES.contains(&kind.as_str()))
    {
        return Err(format!("{place}: there is no type `{kind}`"));
    }
    let refers = schema.get("$ref").and_then(Value::as_str);
    if let Some(to) = refers.filter(|to| to.strip_prefix('#').and_then(|to| root.pointer(to)).is_none()) {
        return Err(format!("{place}: `{to}` is not in this file"));
    }
    let described = schema.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if !described && refers.is_none() && !place.ends_with("/items") {
        return Err(format!("{place}: no description"));
    }
    let Some(properties) = schema.get("properties") else { return Ok(()) };
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) || schema.get("type") != Some(&"object".into()) {
        return Err(format!("{place}: the object is open"));
    }
    let unknown = strings(schema.get("required")).into_iter().find(|key| properties.get(key).is_none());
    unknown.map_or(Ok(()), |key| Err(format!("{place}: `{key}` is required and not described")))
}

const KEYWORDS: &[&str] = &[
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "type",
    "enum",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "oneOf",
];

const TYPES: &[&str] = &["object", "array", "string", "integer", "number", "boolean", "null"];

/// The places of the schema that the value meets, or what is wrong with it.
fn validate(root: &Value, place: &str, value: &Value, at: &str) -> Result<BTreeSet<String>, String> {
    let schema = root.pointer(place).ok_or(format!("{place}: no such schema"))?;
    let wrong = |what: String| Err(format!("{at}: {value} {what} ({place})"));
    let kinds = types(schema);
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(value, kind)) {
        return wrong(format!("is no {}", kinds.join(" or ")));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return wrong(format!("is none of {}", schema["enum"]));
    }
    let mut met = BTreeSet::from([if value.is_null() { format!("{place} null") } else { place.to_owned() }]);
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            let bound = |keyword: &str, none: f64| schema[keyword].as_f64().unwrap_or(none);
            if !(bound("minimum", f64::MIN)..=bound("maximum", f64::MAX)).contains(&number) {
                return wrong("is out of bounds".into());
            }
        }
        Value::String(text) => {
            let length = text.chars().count() as u64;
            let bound = |keyword: &str, none: u64| schema[keyword].as_u64().unwrap_or(none);
            if !(bound("minLength", 0)..=bound("maxLength", u64::MAX)).contains(&length) {
                return wrong("has a wrong length".into());
            }
            if !is_formatted(text, schema["format"].as_str()) {
                return wrong(format!("is no {}", schema["format"]));
            }
        }
        Value::Array(items) if schema.get("items").is_some() => {
            for (i, item) in items.iter().enumerate() {
                met.extend(validate(root, &format!("{place}/items"), item, &format!("{at}[{i}]"))?);
            }
        }
        Value::Object(keys) if schema.get("properties").is_some() => met.extend(object(root, place, keys, at)?),
        _ => {}
    }
    if let Some(to) = schema["$ref"].as_str() {
        met.extend(validate(root, to.trim_start_matches('#'), value, at)?);
    }
    if let Some(branches) = schema["oneOf"].as_array() {
        met.extend(one_of(root, place, branches.len(), value, at)?);
    }
    Ok(met)
}

fn object(root: &Value, place: &str, keys: &Map<String, Value>, at: &str) -> Result<BTreeSet<String>, String> {
    let schema = root.pointer(place).unwrap_or(&Value::Null);
    if let Some(key) = strings(schema.get("required")).into_iter().find(|key| !keys.contains_key(key)) {
        return Err(format!("{at}: `{key}` is missing ({place})"));
    }
    let mut met = BTreeSet::new();
    for (key, value) in keys {
        if schema["properties"].get(key).is_none() {
            return Err(format!("{at}: `{key}` is not described ({place})"));
        }
        met.extend(validate(root, &format!("{place}/properties/{key}"), value, &format!("{at}.{key}"))?);
    }
    Ok(met)
}

fn one_of(root: &Value, place: &str, branches: usize, value: &Value, at: &str) -> Result<BTreeSet<String>, String> {
    let results: Vec<_> = (0..branches).map(|i| validate(root, &format!("{place}/oneOf/{i}"), value, at)).collect();
    let (fitting, refusing): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    match fitting.len() {
        1 => fitting.into_iter().collect::<Result<Vec<_>, _>>().map(|met| met.into_iter().flatten().collect()),
        0 => Err(refusing.into_iter().filter_map(Result::err).collect::<Vec<_>>().join("; or ")),
        number => Err(format!("{at}: {value} fits {number} branches ({place})")),
    }
}

fn types(schema: &Value) -> Vec<String> {
    match &schema["type"] {
        Value::String(one) => vec![one.clone()],
        many => strings(Some(many)),
    }
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn is_formatted(text: &str, format: Option<&str>) -> bool {
    match format {
        None => true,
        Some("date-time") => text.parse::<jiff::Timestamp>().is_ok(),
        Some("uri") => url::Url::parse(text).is_ok(),
        Some(_) => false,
    }
}
